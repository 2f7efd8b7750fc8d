"""Clients of Amazon Web Services: the one place that imports boto3.

Credentials, region and endpoints come from the environment as every AWS tool reads them;
AWS_ENDPOINT_URL_SESV2 and its like lead to another server.
"""

from typing import Any

from pabal.configuration.errors import AwsRegionMissing
from pabal.domain.errors import MissingExtra


def aws_client(
    service: str,
    *,
    purpose: str,
    region: str = "",
    connections: int = 10,
    connect_timeout: float = 5,
    read_timeout: float = 30,
    attempts: int = 1,
) -> Any:
    """Make a client, safe for many threads. It reads files and takes a tenth of a second.

    purpose: who asks, for a person where the packages are missing.
    region: "" for what the environment says.
    attempts: how often a request is made in all, where its answer fails or is late.

    Raises MissingExtra: boto3 is not installed. AwsRegionMissing.
    """
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import NoRegionError
    except ImportError as error:
        raise MissingExtra(purpose=purpose, extra="aws") from error
    config = Config(
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        max_pool_connections=connections,
        retries={"total_max_attempts": attempts, "mode": "standard"},
    )
    session: Any = boto3.session.Session(region_name=region or None)
    try:
        return session.client(service, config=config)
    except NoRegionError as error:
        raise AwsRegionMissing from error
