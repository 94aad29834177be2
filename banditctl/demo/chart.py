"""Shares over time as an SVG: stacked steps, drawn by hand, readable without scripts or fonts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from banditctl.demo.show import COLOURS

_WIDTH, _HEIGHT, _LEFT, _TOP = 860, 320, 48, 56

Point = tuple[datetime, Mapping[str, float]]


def shares_svg(points: Sequence[Point], until: datetime, variants: Sequence[str], title: str) -> str:
    """The shares in force from each point to the next, the last one `until` the end."""
    since = points[0][0]
    span = (until - since).total_seconds()

    def x(at: datetime) -> float:
        return _LEFT + _WIDTH * (at - since).total_seconds() / span

    edges = [x(at) for at, _ in points] + [x(until)]
    layers = _layers(points, variants)
    areas = [
        f'<path d="{_steps(edges, lower, upper)}" fill="{colour}"><title>{variant}</title></path>'
        for variant, colour, lower, upper in zip(variants, COLOURS, layers, layers[1:], strict=False)
    ]
    return "\n".join([_head(title), *_legend(variants), *areas, *_axes(points[0][0], until, x(until)), "</svg>\n"])


def _layers(points: Sequence[Point], variants: Sequence[str]) -> list[list[float]]:
    """Cumulative shares: layer k holds, for each point, the sum of the first k variants."""
    layers = [[0.0] * len(points)]
    for variant in variants:
        layers.append([below + shares[variant] for below, (_, shares) in zip(layers[-1], points, strict=True)])
    return layers


def _steps(edges: Sequence[float], lower: Sequence[float], upper: Sequence[float]) -> str:
    there = [f"{edges[i + j]:.1f} {_y(level):.1f}" for i, level in enumerate(upper) for j in (0, 1)]
    back = [f"{edges[i + j]:.1f} {_y(lower[i]):.1f}" for i in reversed(range(len(lower))) for j in (1, 0)]
    return f"M{' L'.join(there + back)}Z"


def _y(share: float) -> float:
    return _TOP + _HEIGHT * (1 - share)


def _head(title: str) -> str:
    size = f'viewBox="0 0 {_LEFT + _WIDTH + 24} {_TOP + _HEIGHT + 40}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="sans-serif" font-size="13">'
        f"<title>{title}</title>"
        f'<rect width="100%" height="100%" fill="white"/><text x="{_LEFT}" y="20" font-size="15">{title}</text>'
    )


def _legend(variants: Sequence[str]) -> list[str]:
    return [
        f'<rect x="{_LEFT + 170 * i}" y="31" width="12" height="12" fill="{colour}"/>'
        f'<text x="{_LEFT + 18 + 170 * i}" y="42">{variant}</text>'
        for i, (variant, colour) in enumerate(zip(variants, COLOURS, strict=False))
    ]


def _axes(since: datetime, until: datetime, right: float) -> list[str]:
    """Lines over the areas, shares on the left, the first and the last day below."""
    shares = [
        f'<line x1="{_LEFT}" x2="{right:.0f}" y1="{_y(share):.0f}" y2="{_y(share):.0f}" stroke="#0003"/>'
        f'<text x="{_LEFT - 6}" y="{_y(share) + 4:.0f}" text-anchor="end">{share:.0%}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    below = _TOP + _HEIGHT + 22
    dates = f'<text x="{_LEFT}" y="{below}">{since:%d %b %Y}</text>'
    return [*shares, dates, f'<text x="{right:.0f}" y="{below}" text-anchor="end">{until:%d %b %Y}</text>']
