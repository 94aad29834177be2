"""Figures as numbers: where lines and areas go. Templates write the SVG around them."""

from collections.abc import Iterable

WIDTH = 1000
HEIGHT = 300


def moving(points: Iterable[tuple[float, float]]) -> str:
    """The `d` of a path through the points, in tenths of a unit."""
    return "M" + "L".join(f"{x:.4g} {y:.4g}" for x, y in points)
