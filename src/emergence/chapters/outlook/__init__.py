"""Figures of the chapter that looks ahead."""

from .figures import *  # noqa: F403
from .figures import __all__ as FIGURES
from .numbers import numbers

__all__ = [*FIGURES, "numbers"]
