"""Figures of the chapter on architectures: quality at equal size, cost by context length, who built what when."""

from .figures import *  # noqa: F403
from .figures import __all__ as FIGURES
from .figures import numbers

__all__ = [*FIGURES, "numbers"]
