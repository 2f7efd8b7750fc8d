"""Pictures of what was measured, for a page of text: 800 pixels wide, drawn twice as fine.

Colours are those of Pabal's pages; ours and the others' differ in lightness too, so that
neither printing in grey nor colour blindness takes the meaning away.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

_INK, _SOFT, _LINE = "#1d2124", "#5b6268", "#e3e1da"
_OURS, _OTHERS, _LIMIT = "#0d6e5f", "#b5b9bd", "#b06f00"

_WIDE = 8.0  # inches, of 100 pixels on the page
_PIXELS = 200  # an inch
_MOST_BARS = 40
_NOTHING = "–"
_TICK_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)

# In the order in which they are wished for; any of the first has Hangul.
_KOREAN_FONTS = (
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Noto Sans CJK JP",
    "NanumGothic",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
)
_LATIN_FONT = "DejaVu Sans"  # comes with matplotlib


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One contender. value: 0 or more."""

    name: str
    value: float
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A count over time, which stays as it is until its next point.

    points: seconds and count, in order of time.
    """

    points: Sequence[tuple[float, float]]
    name: str = ""
    ours: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Curves that share a scale. share: of the picture's height, against the others."""

    title: str
    curves: Sequence[Curve]
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A moment that everything should come before."""

    seconds: float
    name: str


def can_write_korean() -> bool:
    """Whether there is a font for Korean labels; without one, give English ones."""
    return _fonts()[0] != _LATIN_FONT


def draw_bars(
    path: Path, bars: Sequence[Bar], *, title: str, unit: str = "", reference: str = ""
) -> None:
    """Draw one bar under the other as PNG, in the order given.

    reference: what the line at 1.0 means; "" for no line.
    """
    shown = bars[:_MOST_BARS]
    height = 0.9 + 0.34 * max(1, len(shown)) + (0.3 if reference else 0)
    with _picture(path, title, height) as figure:
        axes = figure.add_subplot()
        _lay_bars(axes, shown, unit, room_for=1.0 if reference else 0.0)
        if reference:
            _mark_reference(axes, reference)
        if not bars:
            _note(figure, _NOTHING)
        elif len(bars) > len(shown):
            _note(figure, f"+ {len(bars) - len(shown):,}")


def draw_timeline(
    path: Path, panels: Sequence[Panel], *, title: str, deadline: Deadline | None = None
) -> None:
    """Draw panels over one axis of time as PNG; times are minutes and seconds."""
    with _picture(path, title, 0.8 + 1.5 * sum(each.share for each in panels)) as figure:
        if not panels:
            _note(figure, _NOTHING)
            return
        column = figure.subplots(
            len(panels),
            sharex=True,
            squeeze=False,
            gridspec_kw={"height_ratios": [each.share for each in panels]},
        )[:, 0]
        for axes, panel in zip(column, panels, strict=True):
            _draw_panel(axes, panel)
        _time_axis(column[-1], _last_moment(panels, deadline))
        if deadline is not None:
            _mark_deadline(column, deadline)


@contextmanager
def _picture(path: Path, title: str, height: float) -> Iterator[Figure]:
    """Give an empty figure in our style; keep it at the path when it is drawn."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context(_style()):
        figure = Figure(figsize=(_WIDE, height), dpi=_PIXELS, layout="constrained")
        FigureCanvasAgg(figure)
        figure.get_layout_engine().set(w_pad=0.16, h_pad=0.1)
        figure.suptitle(title, x=0.02, ha="left", fontsize=12, fontweight="bold", color=_INK)
        yield figure
        figure.savefig(path, dpi=_PIXELS)


def _style() -> dict[str, object]:
    return {
        "font.family": _fonts(),
        "font.size": 9.5,
        "text.color": _INK,
        "axes.edgecolor": _LINE,
        "axes.labelcolor": _SOFT,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "xtick.color": _SOFT,
        "ytick.color": _SOFT,
        "xtick.major.size": 0,
        "xtick.major.pad": 6,
        "ytick.major.size": 0,
        "axes.unicode_minus": False,
        "agg.path.chunksize": 10_000,  # a curve of 100,000 points is more than one path takes
    }


def _fonts() -> list[str]:
    known = {font.name for font in font_manager.fontManager.ttflist}
    return [*[name for name in _KOREAN_FONTS if name in known][:1], _LATIN_FONT]


# Bars


def _lay_bars(axes: Axes, bars: Sequence[Bar], unit: str, *, room_for: float) -> None:
    places = range(len(bars))
    values = [bar.value for bar in bars]
    largest = max([*values, room_for])
    colours = [_OURS if bar.ours else _OTHERS for bar in bars]
    axes.barh(places, values, height=0.62, color=colours, zorder=2)
    for place, bar in zip(places, bars, strict=True):
        axes.annotate(
            f"{_written(bar.value, largest)} {unit}".rstrip(),
            (bar.value, place), xytext=(5, 0), textcoords="offset points", va="center",
            fontweight="bold" if bar.ours else "normal", color=_INK if bar.ours else _SOFT,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1}, zorder=3,
        )  # fmt: skip
    axes.set_yticks(list(places), [bar.name for bar in bars])
    for label, bar in zip(axes.get_yticklabels(), bars, strict=True):
        label.set(color=_INK, fontweight="bold" if bar.ours else "normal")
    axes.set(xlim=(0, 1.14 * max(largest, 0.001)), ylim=(max(0, len(bars) - 1) + 0.5, -0.5))
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)


def _written(value: float, largest: float) -> str:
    """Write a value as finely as the largest of its picture deserves."""
    digits = 0 if largest >= 100 else 1 if largest >= 10 else 2
    return f"{value:,.{digits}f}"


def _mark_reference(axes: Axes, name: str) -> None:
    axes.axvline(1.0, color=_SOFT, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate(
        name, (1.0, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 4),
        textcoords="offset points", ha="center", va="bottom", fontsize=8.5, color=_SOFT,
    )  # fmt: skip


def _note(figure: Figure, text: str) -> None:
    figure.supxlabel(text, fontsize=8.5, color=_SOFT)


# Time


def _draw_panel(axes: Axes, panel: Panel) -> None:
    axes.set_title(panel.title, loc="left", fontsize=9.5, color=_SOFT)
    axes.grid(axis="y", color=_LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    for curve in panel.curves:
        times = [seconds for seconds, _ in curve.points]
        counts = [count for _, count in curve.points]
        axes.step(
            times, counts, where="post", linewidth=1.4, alpha=0.8, label=curve.name or None,
            color=_OURS if curve.ours else _OTHERS, marker="o" if len(times) == 1 else None,
        )  # fmt: skip
    largest = max((count for curve in panel.curves for _, count in curve.points), default=0)
    axes.set_ylim(0, 1.06 * max(largest, 1))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10], integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))
    if any(curve.name for curve in panel.curves):
        axes.legend(frameon=False, fontsize=8.5, labelcolor=_SOFT)


def _last_moment(panels: Sequence[Panel], deadline: Deadline | None) -> float:
    ends = [curve.points[-1][0] for panel in panels for curve in panel.curves if curve.points]
    return max([*ends, deadline.seconds if deadline else 0.0, 1.0])


def _time_axis(axes: Axes, last: float) -> None:
    axes.set_xlim(0, last * 1.04)
    step = next((each for each in _TICK_SECONDS if last / each <= 8), last / 8)
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: _clock(seconds)))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _mark_deadline(column: Sequence[Axes], deadline: Deadline) -> None:
    for axes in column:
        axes.axvline(deadline.seconds, color=_LIMIT, linewidth=1.4, linestyle=(0, (4, 3)))
    column[0].annotate(
        deadline.name, (deadline.seconds, 1.0), xycoords=("data", "axes fraction"),
        xytext=(0, 4), textcoords="offset points", ha="right", va="bottom",
        fontsize=9, color=_LIMIT,
    )  # fmt: skip
