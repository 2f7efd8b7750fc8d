"""Every error can be explained, and the generated pages say what the program says."""

import importlib
import pkgutil
from collections import Counter

import pytest
from docs.reference import pages

import pabal
from pabal.domain.errors import Explained, InputError, PabalError, Refusal, SettingsError

for _module in pkgutil.walk_packages(pabal.__path__, "pabal."):
    if not _module.name.endswith(("__main__", ".wsgi")):
        importlib.import_module(_module.name)

ABSTRACT = {PabalError, InputError, Refusal, SettingsError}


def every(kind):
    for child in kind.__subclasses__():
        yield child
        yield from every(child)


ERRORS = sorted({*every(Explained)} - ABSTRACT, key=lambda error: error.__name__)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_an_error_says_what_happened_and_what_to_do(error):
    own = {**vars(Explained), **{k: v for c in reversed(error.__mro__) for k, v in vars(c).items()}}
    if not error.__subclasses__():
        assert own["code"] != Explained.code
    assert own["message"].rstrip(".…}”):").strip()
    assert own["remedy"]


def test_codes_are_unique():
    codes = Counter(error.code for error in ERRORS if "code" in vars(error))
    assert [code for code, count in codes.items() if count > 1] == []


def test_the_reference_pages_are_up_to_date():
    """`make docs` writes them."""
    stale = [path.name for path, text in pages().items() if path.read_text() != text]
    assert stale == []
