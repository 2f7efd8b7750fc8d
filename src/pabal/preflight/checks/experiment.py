"""What an A/B test cannot be joined with, and what it cannot do without."""

from collections.abc import Iterator

from pabal.package.manifest import Manifest
from pabal.preflight.finding import Finding, Severity

_ON_AWS = Finding(
    code="experiment-on-aws",
    severity=Severity.ERROR,
    message="The pipeline on AWS sends everybody the same mail at once, so it has no A/B test.",
    remedy="Take the A/B test out, or have the campaign sent from your own hosts.",
)
_BY_CLOCKS = Finding(
    code="experiment-by-clocks",
    severity=Severity.ERROR,
    message="An A/B test and a time by each subscriber's own clock do not go together.",
    remedy="Choose one moment for all, or take the A/B test out.",
)
_BLIND = Finding(
    code="experiment-blind",
    severity=Severity.ERROR,
    message="Nothing is recorded that this A/B test could be decided by.",
    remedy="Let a person decide it, or have clicks recorded: PABAL_TRACKING, and the campaign's"
    " own choice.",
)
_SAME = Finding(
    code="experiment-same",
    severity=Severity.ERROR,
    message="Two variants of the A/B test are the same mail.",
    remedy="Give B a subject or a content of its own, or take the A/B test out.",
)


def check_experiment(manifest: Manifest, *, is_on_aws: bool) -> Iterator[Finding]:
    plan, experiment = manifest.plan, manifest.plan.experiment
    if experiment is None:
        return
    if is_on_aws:
        yield _ON_AWS
    if plan.local_time is not None:
        yield _BY_CLOCKS
    if experiment.decides_itself and not experiment.measure.is_seen(plan.tracking):
        yield _BLIND
    if len(set(manifest.templates)) < experiment.variants:
        yield _SAME
