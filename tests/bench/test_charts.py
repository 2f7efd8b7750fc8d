"""Charts take whatever was measured: nothing, one value, or very many."""

import struct

import pytest
from bench.charts import Bar, Curve, Deadline, Panel, can_write_korean, draw_bars, draw_timeline

FIVE_MINUTES = Deadline(seconds=300, name="five minutes")


def size_of(path):
    """Width and height of a PNG, as its header has them."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", head[16:24])


@pytest.mark.parametrize("reference", ["", "smtp-source"])
@pytest.mark.parametrize("count", [0, 1, 7, 100_000])
def test_any_number_of_bars_fits_a_page(tmp_path, count, reference):
    bars = [Bar(name=f"contender {n}", value=n / 3, ours=n % 2 == 0) for n in range(count)]
    draw_bars(tmp_path / "new" / "bars.png", bars, title="Bars", unit="x", reference=reference)
    width, height = size_of(tmp_path / "new" / "bars.png")
    assert width == 1600
    assert 200 < height < 4000


@pytest.mark.parametrize("deadline", [None, FIVE_MINUTES])
@pytest.mark.parametrize("count", [0, 1, 2, 100_000])
def test_any_number_of_moments_fits_a_page(tmp_path, count, deadline):
    curve = Curve(points=[(n * 0.37, n) for n in range(count)], name="sent")
    panels = [Panel(title="one", curves=[curve, curve]), Panel(title="none", curves=[], share=0.5)]
    draw_timeline(tmp_path / "time.png", panels, title="Time", deadline=deadline)
    assert size_of(tmp_path / "time.png")[0] == 1600


def test_a_timeline_of_nothing_is_drawn(tmp_path):
    draw_timeline(tmp_path / "time.png", [], title="Time", deadline=FIVE_MINUTES)
    assert size_of(tmp_path / "time.png")[0] == 1600


def test_korean_labels_have_their_letters(tmp_path):
    """matplotlib warns of a letter that no font has, and a warning is an error here."""
    assert can_write_korean()
    bars = [Bar(name="파발: 원장, 연결 4개", value=12.5, ours=True), Bar(name="다른 것", value=0)]
    draw_bars(tmp_path / "bars.png", bars, title="초당 메일", unit="통/초", reference="기준")
    curve = Curve(points=[(0, 0), (1, 2)])
    draw_timeline(
        tmp_path / "time.png", [Panel(title="보낸 메일", curves=[curve])], title="다시 시도"
    )
