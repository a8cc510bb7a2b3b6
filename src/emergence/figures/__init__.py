"""One module per chapter; each public function returns one `emergence.figure.Figure`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache


@cache
def every() -> dict[str, object]:
    """All figures of the book by name, chapter by chapter."""
    from ..figure import FigureError

    found: dict[str, object] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")):
        chapter = importlib.import_module(f"{__name__}.{module}")
        for function in chapter.__all__:
            figure = getattr(chapter, function)()
            if figure.name in found:
                raise FigureError(f"two figures are called {figure.name!r}")
            found[figure.name] = figure
    return found
