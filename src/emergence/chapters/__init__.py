"""One folder per chapter; each public function of its ``figures`` returns one `emergence.figure.Figure` or `Live`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from emergence import display  # noqa: F401 (from now on figures show themselves)
from emergence.figure import Figure, FigureError
from emergence.live import Live


@cache
def _all() -> dict[str, object]:
    found: dict[str, object] = {}
    for folder in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        chapter = importlib.import_module(f"{__name__}.{folder}")
        for function in chapter.FIGURES:
            figure = getattr(chapter, function)()
            if figure.name in found:
                raise FigureError(f"two figures are called {figure.name!r}")
            found[figure.name] = figure
    return found


def every() -> dict[str, object]:
    """All figures of the book by name, chapter by chapter."""
    return {name: figure for name, figure in _all().items() if isinstance(figure, Figure)}


def lives() -> dict[str, object]:
    """All live parts of the book by name, chapter by chapter."""
    return {name: part for name, part in _all().items() if isinstance(part, Live)}
