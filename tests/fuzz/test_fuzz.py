"""No parser of what anybody may write breaks, hangs or believes a forgery: a short `make fuzz`."""

from dataclasses import replace

import pytest

from fuzz.playing import in_time, play
from fuzz.targets import targets


@pytest.mark.parametrize("name", targets())
def test_it_reads_or_refuses(name):
    """Other inputs every time would make the suite fail on another day: the seed stays."""
    play(targets()[name], 1, examples=40, keep=False)


def test_a_find_is_told_with_its_smallest_input():
    def breaks(data):
        assert b"\xff\xfe" not in data

    broken = replace(targets()["reply"], read=breaks)
    with pytest.raises(AssertionError) as found:
        play(broken, 1, keep=False)
    assert r"fed=b'\xff\xfe'" in "".join(found.value.__notes__)


def test_what_takes_too_long_is_a_find():
    with pytest.raises(AssertionError, match="processor time"):
        in_time(lambda _: None, b"", 0.0)
