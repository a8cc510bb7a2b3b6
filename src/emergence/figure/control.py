"""The controls of a figure, and the forecast it may ask for."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emergence import data
from emergence.text import label


class FigureError(ValueError):
    """A figure was asked for something it does not have, or breaks the contract; the message is one sentence."""


@dataclass(frozen=True)
class Choice:
    """One of a few named options, e.g. a task. `default` is the first option unless given."""

    name: str
    options: Sequence[str]
    default: str | None = None

    def __post_init__(self):
        object.__setattr__(self, "options", tuple(self.options))
        if not self.options:
            raise FigureError(f"{self.name} has no options; a choice needs at least one")
        if self.default is None:
            object.__setattr__(self, "default", self.options[0])
        self.check(self.default)

    def check(self, value: Any) -> Any:
        # An array would compare with each option by its elements.
        if not isinstance(value, Hashable) or value not in self.options:
            near = (
                difflib.get_close_matches(str(value), self.options, n=3, cutoff=0.4) or self.options
            )
            raise FigureError(
                f"{self.name}={data.shown(value)} is not an option; allowed: {', '.join(map(repr, near))}"
            )
        return value

    def say(self, value: str) -> str:
        """The words a reader sees for one of its options."""
        return label(value)

    @property
    def grid(self) -> tuple[str, ...]:
        return tuple(self.options)

    def to_page(self) -> dict:
        return {
            "name": self.name,
            "label": label(self.name),
            "type": "choice",
            "default": self.options.index(self.default),
            "options": [{"value": o, "label": self.say(o)} for o in self.options],
        }


@dataclass(frozen=True)
class Slider:
    """A number from `minimum` to `maximum`; the page offers steps of `step`, the notebook any value between."""

    name: str
    minimum: float
    maximum: float
    step: float
    default: float
    format: str = "g"

    def __post_init__(self):
        if not self.step > 0:
            raise FigureError(f"{self.name}: step={self.step!r}; a slider needs a step above 0")
        self.check(self.default)
        if not any(math.isclose(self.default, v) for v in self.grid):
            raise FigureError(
                f"{self.name}: default {self.default:g} is not on the grid of steps of {self.step:g}"
            )

    def check(self, value: Any) -> Any:
        real = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not real or not self.minimum <= value <= self.maximum:
            raise FigureError(
                f"{self.name}={data.shown(value)} is out of range; allowed: numbers from {self.minimum:g} to {self.maximum:g}"
            )
        return value

    def say(self, value: float) -> str:
        """The words a reader sees for a value; those of the grid are written in the slider's format, finer ones in full."""
        return (
            format(value, self.format)
            if any(math.isclose(value, v) for v in self.grid)
            else f"{value:g}"
        )

    @property
    def grid(self) -> tuple[float, ...]:
        steps = round((self.maximum - self.minimum) / self.step)
        whole = all(float(v).is_integer() for v in (self.minimum, self.step))
        values = (self.minimum + i * self.step for i in range(steps + 1))
        return tuple(int(v) if whole else round(v, 10) for v in values)

    def to_page(self) -> dict:
        default = min(range(len(self.grid)), key=lambda i: abs(self.grid[i] - self.default))
        return {
            "name": self.name,
            "label": label(self.name),
            "type": "slider",
            "default": default,
            "options": [{"value": v, "label": self.say(v)} for v in self.grid],
        }


Control = Choice | Slider


@dataclass(frozen=True)
class Predict:
    """Predict first: rows with ``frame[column] > beyond`` stay hidden until the reader has placed a forecast.

    The reader forecasts `y` of the last row of the series `where` (largest `x`). `x` names a column, or a control whose
    value is a column. The comparison is a least-squares straight line through the visible rows of that series, in
    log10 of `x` when `log_x`. Reference rows are never hidden.
    """

    column: str
    beyond: float
    x: str
    y: str
    where: Mapping[str, str]
    log_x: bool = True
