"""Shares and regret over time as an SVG: drawn by hand, readable without scripts, by day and by night."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import numpy as np

from banditctl.core.units import Array, write_duration
from banditctl.simulator.scenario import HOUR, Scenario
from banditctl.simulator.watching import POINTS, Run

_WIDTH, _HEIGHT, _LEFT = 860, 220, 64
# Where the upper and the lower panel begin, and where all of it ends.
_SHARES, _REGRET, _BOTTOM = 76, 346, 606

_ROOM = f'viewBox="0 0 {_LEFT + _WIDTH + 24} {_BOTTOM}"'
_FONT = 'font-family="sans-serif"'

# As many as there can be variants; each stands out from its neighbours, on white and on black.
_COLOURS = (
    "#7f8c99", "#2e8b57", "#d08770", "#5b7db1", "#b8860b",
    "#8e6fa8", "#3a9ea5", "#b5566b", "#6b8e23", "#a0785a",
)  # fmt: skip

_STYLE = """\
<style>
.paper { fill: #fff } .ink { fill: #222 } .line { stroke: #222; fill: none; stroke-width: 2 }
.grid { stroke: #0003 } .band { fill: #2223 } .other { stroke: #777; fill: none; stroke-dasharray: 6 4 }
@media (prefers-color-scheme: dark) {
.paper { fill: #15181c } .ink { fill: #ddd } .line { stroke: #ddd } .grid { stroke: #fff3 } .band { fill: #ddd3 }
}
</style>"""


def picture(scenario: Scenario, runs: Sequence[Run]) -> str:
    """Mean shares above; regret below, with what nineteen of twenty runs lie between and beside an equal split."""
    shares = np.array([run.shares for run in runs]).mean(axis=0).T
    missed, equal = np.array([run.missed for run in runs]), _equal(scenario)
    top = max(float(np.quantile(missed, 0.975, axis=0).max()), float(equal.max())) or 1.0
    name = f"{scenario.experiment.name} in the world {scenario.world}"
    told = f"{name}: {len(runs)} runs of {write_duration(scenario.horizon)}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {_ROOM} role="img" aria-labelledby="title desc" {_FONT}>',
            f'<title id="title">{told}</title>',
            f'<desc id="desc">{_described(scenario, shares, missed, equal)}</desc>',
            _STYLE,
            f'<rect class="paper" width="100%" height="100%"/>{_text(_LEFT, 24, told, size=15)}',
            *_legend(scenario.experiment.variants),
            *_areas(scenario.experiment.variants, shares),
            *_levels(_SHARES, [(level, f"{level:.0%}") for level in (0, 0.25, 0.5, 0.75, 1)]),
            *_regret(missed / top, equal / top),
            *_levels(_REGRET, [(level, f"{level * top:,.4g}") for level in (0, 0.5, 1)]),
            *_days(scenario.horizon),
            "</svg>\n",
        ]
    )


def _equal(scenario: Scenario) -> Array:
    """(POINTS,) what an equal split has missed until each point of time."""
    ends = [scenario.horizon * (point / (POINTS - 1)) for point in range(POINTS)]
    steps = [
        scenario.traffic * ((until - since) / HOUR) * scenario.gaps((since + until) / 2).mean()
        for since, until in pairwise(ends)
    ]
    return np.concatenate([[0.0], np.cumsum(steps)])


def _described(scenario: Scenario, shares: Array, missed: Array, equal: Array) -> str:
    ends = ", ".join(f"{name} {end:.0%}" for name, end in zip(scenario.experiment.variants, shares[:, -1], strict=True))
    return (
        f"Mean shares over time, at the end {ends}. Below, regret over time: at the end {missed[:, -1].mean():,.4g} "
        f"rewards are missed in the mean, and {equal[-1]:,.4g} by an equal split."
    )


def _x(point: float) -> float:
    return _LEFT + _WIDTH * point / (POINTS - 1)


def _path(top: int, levels: Array, *, back: bool = False) -> str:
    """Points over all of the width, each at its level between 0 and 1 of a panel."""
    points = [f"{_x(number):.1f} {top + _HEIGHT * (1 - level):.1f}" for number, level in enumerate(levels)]
    return " L".join(reversed(points) if back else points)


def _areas(variants: Sequence[str], shares: Array) -> list[str]:
    """One on the other: each between the sum of those before it and its own."""
    edges = np.concatenate([np.zeros((1, POINTS)), np.cumsum(shares, axis=0)])
    return [
        f'<path d="M{_path(_SHARES, upper)} L{_path(_SHARES, lower, back=True)}Z" fill="{colour}">'
        f"<title>{name}</title></path>"
        for name, colour, lower, upper in zip(variants, _COLOURS, edges, edges[1:], strict=False)
    ]


def _regret(missed: Array, equal: Array) -> list[str]:
    low, high = np.quantile(missed, (0.025, 0.975), axis=0)
    band = f"M{_path(_REGRET, high)} L{_path(_REGRET, low, back=True)}Z"
    return [
        _text(_LEFT, _REGRET - 14, "regret, the mean and 19 of 20 runs; dashed, an equal split"),
        f'<path class="band" d="{band}"><title>19 of 20 runs</title></path>',
        f'<path class="other" d="M{_path(_REGRET, equal)}"><title>an equal split</title></path>',
        f'<path class="line" d="M{_path(_REGRET, missed.mean(axis=0))}"><title>the mean of the runs</title></path>',
    ]


def _levels(top: int, levels: Sequence[tuple[float, str]]) -> list[str]:
    """Lines across a panel, each with what it stands for."""
    rows = [(top + _HEIGHT * (1 - level), label) for level, label in levels]
    return [
        f'<line class="grid" x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{y:.0f}" y2="{y:.0f}"/>'
        + _text(_LEFT - 6, y + 4, label, anchor="end")
        for y, label in rows
    ]


def _days(horizon: timedelta) -> list[str]:
    below = _REGRET + _HEIGHT + 24
    return [
        _text(_x((POINTS - 1) * part), below, f"{horizon * part / HOUR:,.4g} h", anchor=anchor)
        for part, anchor in ((0, "start"), (0.5, "middle"), (1, "end"))
    ]


def _legend(variants: Sequence[str]) -> list[str]:
    """Five to a row."""
    places = [(_LEFT + 172 * (number % 5), 34 + 18 * (number // 5)) for number in range(len(variants))]
    return [
        f'<rect x="{x}" y="{y}" width="12" height="12" fill="{colour}"/>' + _text(x + 18, y + 11, name)
        for (x, y), name, colour in zip(places, variants, _COLOURS, strict=False)
    ]


def _text(x: float, y: float, words: str, *, anchor: str = "start", size: int = 13) -> str:
    return f'<text class="ink" x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-size="{size}">{words}</text>'
