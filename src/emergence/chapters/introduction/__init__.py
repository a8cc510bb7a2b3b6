"""Figures of the introduction: three shapes of scaling, what can be forecast, the marks, traffic, the timeline."""

from .figures import *  # noqa: F403
from .figures import __all__ as FIGURES
from .numbers import numbers

__all__ = [*FIGURES, "numbers"]
