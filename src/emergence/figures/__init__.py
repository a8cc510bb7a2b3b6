"""One module per chapter; each public function returns one `emergence.figure.Figure` or `emergence.live.Live`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache


@cache
def _all() -> dict[str, object]:
    from ..figure import FigureError

    found: dict[str, object] = {}
    for module in sorted(
        m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")
    ):
        chapter = importlib.import_module(f"{__name__}.{module}")
        for function in chapter.__all__:
            figure = getattr(chapter, function)()
            if figure.name in found:
                raise FigureError(f"two figures are called {figure.name!r}")
            found[figure.name] = figure
    return found


def every() -> dict[str, object]:
    """All figures of the book by name, chapter by chapter."""
    from ..figure import Figure

    return {name: figure for name, figure in _all().items() if isinstance(figure, Figure)}


def lives() -> dict[str, object]:
    """All live parts of the book by name, chapter by chapter."""
    from ..live import Live

    return {name: part for name, part in _all().items() if isinstance(part, Live)}
