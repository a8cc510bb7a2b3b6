"""The words of a figure or live part, their numbers filled in."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from emergence.text import within

from .control import FigureError


def in_own_words(method: Callable) -> Callable:
    """Decorates a method of a figure or live part: inside, labels are those of its figure and chapter."""

    @functools.wraps(method)
    def inside(self, *args, **kwargs):
        with within(self.chapter, self.name):
            return method(self, *args, **kwargs)

    return inside


def filled(
    name: str, texts: Mapping[str, str], part: str, facts: Callable[[], Mapping[str, Any]] | None
) -> str:
    """One text of the figure `name` with its ``{placeholders}`` filled; raises `FigureError` for one that `facts` does not give."""
    try:
        return texts[part].format_map(facts() if facts else {})
    except KeyError as error:
        raise FigureError(
            f"{name}: its text {part!r} asks for {error}, which its facts do not give"
        ) from None
