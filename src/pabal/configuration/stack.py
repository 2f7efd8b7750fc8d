"""Settings for Amazon Web Services: submitting to SES, and the pipeline that is deployed there."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings

from pabal.configuration.deployed import Stack
from pabal.configuration.errors import SettingsRefused, StackNotNamed


class StackSettings(BaseSettings):
    """How mails are submitted, which pipeline sends them, and where the one on AWS is."""

    transport: Literal["smtp", "ses"] = Field(
        default="smtp",
        description=(
            "How mails are submitted: to a mail server by SMTP, or to Amazon SES by its API, which "
            "needs the extra `aws`. Credentials come from the environment, a profile or the "
            "machine's role, as for every AWS tool."
        ),
        examples=["smtp", "ses"],
    )
    aws_region: str = Field(
        default="",
        description="Region of Amazon Web Services; empty for what AWS's own settings say.",
        examples=["a region, such as ap-northeast-2"],
    )
    ses_configuration_set: str = Field(
        default="",
        description=(
            "Configuration set of SES through which events are published; empty for the one of "
            "the sending domain."
        ),
        examples=["letters, digits, - and _"],
    )
    pipeline: Literal["local", "aws"] = Field(
        default="local",
        description=(
            "What sends campaigns: workers on hosts of your own, or the pipeline on AWS, which "
            "`pabal aws deploy` makes. It holds for campaigns that are started from then on."
        ),
        examples=["local", "aws"],
    )
    aws_table: str = Field(
        default="",
        description="The stack's table of DynamoDB; `pabal aws settings` prints this and the next.",
        examples=["the stack's output Table"],
    )
    aws_bucket: str = Field(
        default="",
        description="The stack's bucket of S3, into which packages are written.",
        examples=["the stack's output Bucket"],
    )
    aws_state_machine: str = Field(
        default="",
        description="The stack's state machine, which campaigns are started with.",
        examples=["the stack's output StateMachine"],
    )
    aws_returns_queue: str = Field(
        default="",
        description="The stack's queue for the console: who has left, what bounced, what ended.",
        examples=["the stack's output ReturnsQueue"],
    )

    @property
    def sends_on_aws(self) -> bool:
        return self.pipeline == "aws"

    @property
    def is_stack_named(self) -> bool:
        """Whether there is a stack to ask, also about what it has sent before."""
        return not self._unnamed

    def stack(self) -> Stack:
        """Return the stack's parts.

        Raises StackNotNamed: not all of them are set. SettingsRefused: it sends by SES alone.
        """
        if self._unnamed:
            raise StackNotNamed(names=", ".join(self._unnamed))
        if self.sends_on_aws and self.transport != "ses":
            raise SettingsRefused(
                name="PABAL_TRANSPORT",
                value=self.transport,
                reason="the pipeline on AWS submits to Amazon SES",
                allowed="ses, as long as PABAL_PIPELINE is aws",
            )
        return Stack(
            region=self.aws_region,
            table=self.aws_table,
            bucket=self.aws_bucket,
            state_machine=self.aws_state_machine,
            returns_queue=self.aws_returns_queue,
        )

    @property
    def _unnamed(self) -> list[str]:
        names = ("aws_table", "aws_bucket", "aws_state_machine", "aws_returns_queue")
        return [f"PABAL_{name.upper()}" for name in names if not getattr(self, name)]
