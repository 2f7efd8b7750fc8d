"""Packages in a bucket: prefix / campaign / digest / name, encrypted at rest.

S3 renames nothing. A draft is written beside its place and copied there when it is sealed,
its manifest last: whoever finds a manifest finds all that it names. What comes back is checked
against its digest by whoever reads it (package.py), as it is of any store.
"""

import secrets
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from pabal.configuration.aws import aws_client
from pabal.domain.identity import CampaignId
from pabal.package.errors import BucketUnavailable, PackageMissing
from pabal.package.manifest import MANIFEST

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_DRAFTS = ".drafts"
_COPIES = 8  # at once
_AT_ONCE = 1000  # S3 API: DeleteObjects
_ATTEMPTS = 3
_MISSING = frozenset({"NoSuchKey", "404"})


class S3Store:
    """Implements package.store.PackageStore. Threads may share it.

    prefix: before every key, without slashes at its ends; "" for none.
    kms_key: encrypts with this key of KMS; "" for S3's own.
    """

    def __init__(self, client: "S3Client", bucket: str, prefix: str, kms_key: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._encryption = _encryption(kms_key)

    def draft(self, campaign: CampaignId) -> "S3Draft":
        return S3Draft(self, campaign, f"{self._home(campaign)}{_DRAFTS}/{secrets.token_hex(8)}/")

    def read(self, campaign: CampaignId, digest: str, name: str) -> bytes:
        with self._asking(campaign, name):
            answer = self._client.get_object(
                Bucket=self._bucket, Key=self.key(campaign, digest, name)
            )
            return answer["Body"].read()

    def prune(self, campaign: CampaignId, *, keep: str) -> None:
        home = self._home(campaign)
        # A draft may be another process's work of this moment; it is not ours to remove.
        kept = (f"{home}{keep}/", f"{home}{_DRAFTS}/")
        with self._asking(campaign):
            self.remove(key for key in self.keys(home) if not key.startswith(kept))

    def key(self, campaign: CampaignId, digest: str, name: str) -> str:
        """Return where a file stands, for whoever reads it without us."""
        return f"{self._home(campaign)}{digest}/{name}"

    def names(self, campaign: CampaignId, digest: str) -> frozenset[str]:
        """Return the files that are there of a package."""
        home = self.key(campaign, digest, "")
        return frozenset(key.removeprefix(home) for key in self._found(campaign, home))

    # For drafts

    def write(self, campaign: CampaignId, key: str, content: bytes) -> None:
        with self._asking(campaign):
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=content,
                ChecksumAlgorithm="SHA256",
                **self._encryption,
            )

    def copy(self, campaign: CampaignId, source: str, target: str) -> None:
        with self._asking(campaign):
            self._client.copy_object(
                Bucket=self._bucket,
                CopySource={"Bucket": self._bucket, "Key": source},
                Key=target,
                **self._encryption,
            )

    def has(self, campaign: CampaignId, digest: str) -> bool:
        return next(self._found(campaign, self.key(campaign, digest, MANIFEST)), None) is not None

    def _found(self, campaign: CampaignId, prefix: str) -> Iterator[str]:
        with self._asking(campaign):
            yield from self.keys(prefix)

    def keys(self, prefix: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
            for each in page.get("Contents", []):
                yield each.get("Key", "")

    def remove(self, keys: Iterable[str]) -> None:
        doomed = [key for key in keys if key]
        for start in range(0, len(doomed), _AT_ONCE):
            objects = [{"Key": key} for key in doomed[start : start + _AT_ONCE]]
            self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": objects})  # type: ignore[typeddict-item]

    @contextmanager
    def _asking(self, campaign: CampaignId, name: str = "") -> Generator[None]:
        """Raises PackageMissing, BucketUnavailable."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            if name and error.response.get("Error", {}).get("Code") in _MISSING:
                raise PackageMissing(campaign=campaign, name=name) from error
            raise BucketUnavailable(campaign=campaign, reason=str(error)) from error
        except BotoCoreError as error:
            raise BucketUnavailable(campaign=campaign, reason=str(error)) from error

    def _home(self, campaign: CampaignId) -> str:
        return f"{self._prefix}{campaign}/"


class S3Draft:
    """Objects beside their place. Implements package.store.PackageDraft."""

    def __init__(self, store: S3Store, campaign: CampaignId, home: str) -> None:
        self._store = store
        self._campaign = campaign
        self._home = home
        self._names: list[str] = []

    def put(self, name: str, content: bytes) -> None:
        self._store.write(self._campaign, f"{self._home}{name}", content)
        self._names.append(name)

    def seal(self, digest: str) -> None:
        if not self._store.has(self._campaign, digest):
            *content, manifest = sorted(self._names, key=lambda name: name == MANIFEST)
            with ThreadPoolExecutor(_COPIES) as pool:
                list(pool.map(partial(self._place, digest), content))
            self._place(digest, manifest)
        self.discard()

    def discard(self) -> None:
        """Remove what was put; what cannot be removed, the bucket's lifecycle removes."""
        from botocore.exceptions import BotoCoreError, ClientError

        names, self._names = self._names, []
        try:
            self._store.remove(f"{self._home}{name}" for name in names)
        except (BotoCoreError, ClientError):
            return

    def _place(self, digest: str, name: str) -> None:
        target = self._store.key(self._campaign, digest, name)
        self._store.copy(self._campaign, f"{self._home}{name}", target)


def open_s3_store(
    bucket: str, *, prefix: str = "packages", region: str = "", kms_key: str = ""
) -> S3Store:
    """Return the store in a bucket.

    Raises MissingExtra: boto3 is not installed. AwsRegionMissing.
    """
    client: Any = aws_client(
        "s3", purpose="The package store on S3", region=region, attempts=_ATTEMPTS
    )
    return S3Store(client, bucket, prefix, kms_key)


def _encryption(kms_key: str) -> dict[str, Any]:
    if kms_key:
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key}
    return {"ServerSideEncryption": "AES256"}
