"""The explorer: every evaluation of the data package in one chart, searched and drawn in the browser."""

from .figures import *  # noqa: F403
from .figures import __all__ as FIGURES
from .figures import numbers

__all__ = [*FIGURES, "numbers"]
