"""Figures of the chapter on grokking."""

from .figures import *  # noqa: F403
from .figures import __all__ as FIGURES
from .figures import numbers

__all__ = [*FIGURES, "numbers"]
