"""What `pabal doctor` tries of the pipeline on AWS."""

from collections.abc import Callable, Iterator

from pabal.cli.language import _
from pabal.configuration.settings import Settings
from pabal.pipeline.local.wiring import wall_clock

Look = Callable[[], str]


def looks_at_stack(settings: Settings) -> Iterator[tuple[str, Look]]:
    """Yield what is looked at and how; each raises Explained where it is not as it ought to be."""
    yield _("pipeline on AWS"), lambda: _named(settings)
    if not settings.is_stack_named:
        return
    from pabal.console.campaigns.elsewhere import remote

    yield "DynamoDB", lambda: remote().find_table(wall_clock())
    yield "S3", lambda: remote().find_bucket()
    yield "Step Functions", lambda: remote().find_state_machine()
    yield "SQS", lambda: remote().find_returns_queue()
    yield _("on their way to AWS"), _waiting


def _named(settings: Settings) -> str:
    settings.stack()
    return _("sends") if settings.sends_on_aws else _("is known, and sends nothing more")


def _waiting() -> str:
    """What a worker does within a second, where one runs and AWS answers."""
    from pabal.console.audience.exchange import StopNote
    from pabal.console.campaigns.launching import RequestHandovers

    return _("{campaigns} campaigns, {stops} suppressions").format(
        campaigns=len(RequestHandovers().waiting()), stops=StopNote.objects.count()
    )
