"""The variants of an experiment: each recipient's mail is proved for all that they may get."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pabal.domain.errors import InputError
from pabal.domain.experiment import LETTERS, Experiment
from pabal.domain.recipient import Recipient
from pabal.message.render import Proof, Renderer
from pabal.preflight.finding import Finding


@dataclass(frozen=True, slots=True)
class Variants:
    renderers: Sequence[Renderer]
    experiment: Experiment | None

    def prove(self, recipient: Recipient) -> Proof:
        """Prove every mail that a recipient may get; return what the largest weighs.

        Raises what Renderer.prove does; then details say of which variant.
        """
        if self.experiment is None:
            return self.renderers[0].prove(recipient)
        numbers = self.experiment.possible(recipient.position)
        proofs = [self._prove(number, recipient) for number in numbers]
        return max(proofs, key=lambda proof: proof.size_bytes)

    def each(self, check: Callable[[Renderer], Iterable[Finding]]) -> Iterator[Finding]:
        """Check the variants one by one. What holds for the first is not said again."""
        said: list[Finding] = []
        for number, renderer in enumerate(self.renderers):
            fresh = [finding for finding in check(renderer) if finding not in said]
            said += fresh
            yield from (_of(finding, number) for finding in fresh)

    def _prove(self, number: int, recipient: Recipient) -> Proof:
        try:
            return self.renderers[number].prove(recipient)
        except InputError as error:
            error.details = {**error.details, **_name(number)}
            raise


def _of(finding: Finding, number: int) -> Finding:
    return replace(finding, details={**finding.details, **_name(number)}) if number else finding


def _name(number: int) -> dict[str, str]:
    return {"variant": LETTERS[number]} if number else {}
