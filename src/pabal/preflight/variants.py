"""The variants of an experiment: each recipient's mail is proved for all that they may get."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pabal.domain.campaign import CampaignPlan
from pabal.domain.errors import InputError
from pabal.domain.experiment import LETTERS, Experiment
from pabal.domain.recipient import Recipient
from pabal.message.render import Proof, Renderer
from pabal.preflight.finding import Finding
from pabal.preflight.ways import Ways


@dataclass(frozen=True, slots=True)
class Variants:
    """By number: what renders each, and the ways through its template."""

    experiment: Experiment | None
    renderers: Sequence[Renderer]
    ways: Sequence[Ways]

    @classmethod
    def of(cls, plan: CampaignPlan, renderers: Sequence[Renderer]) -> "Variants":
        return cls(plan.experiment, renderers, [Ways(plan.kind) for _ in renderers])

    def prove(self, recipient: Recipient) -> Proof:
        """Prove every mail that a recipient may get; return what the largest weighs.

        Raises what Renderer.prove does; behind the first variant, details say of which.
        """
        numbers = self.experiment.possible(recipient.position) if self.experiment else (0,)
        proofs = [self._proved(number, recipient) for number in numbers]
        return max(proofs, key=lambda proof: proof.size_bytes)

    def judged(
        self, judge: Callable[[Renderer, Recipient], Iterable[Finding]]
    ) -> Iterator[Finding]:
        """Judge the mails of each variant; what is said of one is not said again of another."""
        said: list[Finding] = []
        for number, (renderer, ways) in enumerate(zip(self.renderers, self.ways, strict=True)):
            found = ways.judged(partial(judge, renderer))
            fresh = [finding for finding in found if finding not in said]
            said += fresh
            yield from (_of(finding, number) for finding in fresh)

    def _proved(self, number: int, recipient: Recipient) -> Proof:
        try:
            proof = self.renderers[number].prove(recipient)
        except InputError as error:
            error.details = {**error.details, **_name(number)}
            raise
        self.ways[number].add(recipient, proof)
        return proof


def _of(finding: Finding, number: int) -> Finding:
    return replace(finding, details={**finding.details, **_name(number)}) if number else finding


def _name(number: int) -> dict[str, str]:
    return {"variant": LETTERS[number]} if number else {}
