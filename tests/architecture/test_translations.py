"""Everything that somebody may read is there in Korean too, with its blanks."""

import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from builders.msgids import SOURCE, Text, all_texts

CATALOGUE = SOURCE / "locale" / "ko" / "LC_MESSAGES" / "django.po"
_PERCENT_BLANK = re.compile(r"%\((\w+)\)[a-z]")
_HANGUL = re.compile("[가-힣]")


@pytest.fixture(scope="module")
def texts() -> dict[str, Text]:
    return {text.msgid: text for text in all_texts()}


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="ko")


def _entries(catalogue: Catalog) -> dict[str, Message]:
    entries = (message for message in catalogue if message.id)
    return {m.id if isinstance(m.id, str) else m.id[0]: m for m in entries}


def _translation(entry: Message) -> str:
    """Korean has one form for all numbers."""
    return entry.string if isinstance(entry.string, str) else entry.string[0]


def test_every_text_is_translated(texts: dict[str, Text], catalogue: Catalog) -> None:
    entries = _entries(catalogue)
    missing = [
        f"{text.where}: {text.msgid}"
        for text in texts.values()
        if text.msgid not in entries or not _translation(entries[text.msgid])
    ]

    assert not missing, f"put into {CATALOGUE.name}:\n" + "\n".join(missing)


def test_no_translation_is_left_over(texts: dict[str, Text], catalogue: Catalog) -> None:
    stale = [msgid for msgid in _entries(catalogue) if msgid not in texts]

    assert not stale, f"take out of {CATALOGUE.name}:\n" + "\n".join(stale)


def test_translations_have_the_same_blanks(catalogue: Catalog) -> None:
    for msgid, entry in _entries(catalogue).items():
        assert _blanks(_translation(entry)) == _blanks(msgid), msgid


def test_translations_name_the_same_commands(catalogue: Catalog) -> None:
    for msgid, entry in _entries(catalogue).items():
        commands = re.findall("`[^`]+`", msgid)
        assert sorted(re.findall("`[^`]+`", _translation(entry))) == sorted(commands), msgid


def test_translations_are_korean_and_none_is_a_guess(catalogue: Catalog) -> None:
    for msgid, entry in _entries(catalogue).items():
        assert _HANGUL.search(_translation(entry)), msgid
        assert not entry.fuzzy, msgid


def test_the_catalogue_compiles(catalogue: Catalog, tmp_path: Path) -> None:
    """What `pybabel compile` does at set-up; .mo files are not kept in git."""
    compiled = tmp_path / "django.mo"
    with compiled.open("wb") as file:
        write_mo(file, catalogue)

    assert compiled.stat().st_size > 10_000


def _blanks(text: str) -> tuple[set[str], set[str]]:
    """Return the names in `{name}` and in `%(name)s`."""
    percent = set(_PERCENT_BLANK.findall(text))
    braces = set() if percent else {name for _t, name, *_rest in Formatter().parse(text) if name}
    return braces, percent
