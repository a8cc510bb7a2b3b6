"""Figures of the chapter on where knowledge lives: what is learned, in which part of the network, and how to change it."""

from .figures import *  # noqa: F403
from .figures import __all__ as FIGURES
from .figures import numbers

__all__ = [*FIGURES, "numbers"]
