"""Figures of the chapter on grokking."""

from . import live, miniature, published
from .live import *  # noqa: F403
from .miniature import *  # noqa: F403
from .numbers import numbers
from .published import *  # noqa: F403

FIGURES = [*published.__all__, *miniature.__all__, *live.__all__]
__all__ = [*FIGURES, "numbers"]
