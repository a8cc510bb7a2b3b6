"""Figures of the chapter on the paradigm shift: from one network per task to one model for all of them."""

from .figures import *  # noqa: F403
from .figures import __all__ as FIGURES
from .numbers import numbers

__all__ = [*FIGURES, "numbers"]
