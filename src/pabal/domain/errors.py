"""What can go wrong, as a tree.

PabalError
  InputError     the user can mend it
  Refusal        a rule says no
  Unavailable    not known whether it was done; wait and repeat, which is safe
SettingsError    stands outside, so that "skip this mail and go on" cannot swallow it

Every class carries a code, one sentence and a remedy. Both are English here and are
message ids of the translation catalogue, so they are formatted after translation.
"""

from collections.abc import Callable
from typing import ClassVar

from pabal.domain.reasons import spoken

SPOKEN = frozenset({"reason", "field"})  # details that are words of ours, and nobody's name


def _untranslated(text: str) -> str:
    return text


class Explained(Exception):
    """An error that tells a person what happened and what to do next.

    `details` fill the `{names}` in `message` and `remedy`.
    """

    code: ClassVar[str] = "error"
    message: ClassVar[str] = "Something went wrong."
    remedy: ClassVar[str] = "Look into the log."

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(self.explain())

    def explain(self, translate: Callable[[str], str] = _untranslated) -> str:
        """Return the sentence, in the language that `translate` speaks."""
        return translate(self.message).format(**self._translated(translate))

    def advise(self, translate: Callable[[str], str] = _untranslated) -> str:
        """Return what to do next, in the language that `translate` speaks."""
        return translate(self.remedy).format(**self._translated(translate))

    def _translated(self, translate: Callable[[str], str]) -> dict[str, object]:
        return {name: _said(name, value, translate) for name, value in self.details.items()}


def _said(name: str, value: object, translate: Callable[[str], str]) -> object:
    if isinstance(value, Explained):
        return value.explain(translate)
    return spoken(value, translate) if name in SPOKEN and isinstance(value, str) else value


class PabalError(Explained):
    """Anything that Pabal itself has to say about a request or a mail."""


class InputError(PabalError):
    """What was given cannot be used; the user can mend it."""


class Refusal(PabalError):
    """What was asked is clear, and a rule says no."""


class Unavailable(PabalError):
    """It is not known whether it was done; repeating it later is safe."""


class SettingsError(Explained):
    """The program cannot work with what it was configured with."""


class MissingExtra(SettingsError):
    """A part of Pabal was asked for whose packages are not installed."""

    code = "missing-extra"
    message = "{purpose} needs packages that are not installed."
    remedy = "Install them with `pip install 'pabal[{extra}]'`."
