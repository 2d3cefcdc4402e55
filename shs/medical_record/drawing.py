"""Parts of drawings with a time axis: where a value lies, and round numbers for an axis."""

import math
from typing import NamedTuple

WIDTH, LEFT, RIGHT, TOP = 600, 44, 588, 12


class Tick(NamedTuple):
    """A line across a drawing with its label; `at` is its place from the left or the top."""

    at: float
    label: str


class Dot(NamedTuple):
    """A drawn value; `words` tell what it is, `is_critical` that somebody has to look."""

    x: float
    y: float
    words: str
    is_critical: bool = False


class Box(NamedTuple):
    """A drawn rectangle."""

    x: float
    y: float
    width: float
    height: float


class Scale(NamedTuple):
    """Maps values from `least` to `most` to places from `start` to `end`."""

    least: float
    most: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a value lies; values outside lie on the edge."""
        part = (min(max(value, self.least), self.most) - self.least) / (self.most - self.least)
        return round(self.start + (self.end - self.start) * part, 1)


def axis(values: list[float], span: float, limit: float = math.inf) -> tuple[float, float, list[float]]:
    """The least and the most value of an axis of at least `span` units that holds all `values` and does not reach
    beyond `limit`, and its round ticks."""
    least, most = min(values), max(values)
    if (lacking := span - (most - least)) > 0:
        least, most = least - lacking / 2, most + lacking / 2
    if most > limit:
        least, most = least - (most - limit), limit
    if least < 0:  # nothing is measured below 0
        least, most = 0.0, most - least
    step = _round_step((most - least) / 4)
    first, last = math.floor(least / step) * step, math.ceil(most / step) * step
    count = round((last - first) / step)
    return first, last, [round(first + at * step, 6) for at in range(count + 1)]


def _round_step(rough: float) -> float:
    size = float(10 ** math.floor(math.log10(rough)))
    return next(step * size for step in (1, 2, 5, 10) if step * size >= rough)


def points(dots: list[Dot]) -> str:
    """The dots as SVG's polyline takes them."""
    return " ".join(f"{dot.x},{dot.y}" for dot in dots)
