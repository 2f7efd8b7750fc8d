"""The variants of an experiment: each recipient's mail is proved for all that they may get."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pabal.domain.errors import InputError
from pabal.domain.experiment import LETTERS, PLACES, Experiment
from pabal.domain.recipient import Recipient
from pabal.message.render import Proof, Renderer
from pabal.package.package import Package
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
        numbers = self._possible(recipient.position)
        proofs = [self._prove(number, recipient) for number in numbers]
        return max(proofs, key=lambda proof: proof.size_bytes)

    def each(
        self, package: Package, check: Callable[[Renderer, Recipient], Iterable[Finding]]
    ) -> Iterator[Finding]:
        """Check each variant for the first who may get it. What is said of one is not said again.

        One that nobody gets, since the recipients are too few, is not looked at.
        """
        said: list[Finding] = []
        for number, renderer in enumerate(self.renderers):
            position = self._first(number, package.manifest.recipients)
            if position is not None:
                found = check(renderer, package.recipient(position))
                fresh = [finding for finding in found if finding not in said]
                said += fresh
                yield from (_of(finding, number) for finding in fresh)

    def _first(self, number: int, recipients: int) -> int | None:
        positions = range(min(recipients, PLACES))
        return next((each for each in positions if number in self._possible(each)), None)

    def _possible(self, position: int) -> Sequence[int]:
        return self.experiment.possible(position) if self.experiment else (0,)

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
