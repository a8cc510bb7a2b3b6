"""Figures of the chapter on architectures: quality at equal size, cost by context length, who built what when."""

from . import cost, models, quality
from .cost import *  # noqa: F403
from .models import *  # noqa: F403
from .numbers import numbers
from .quality import *  # noqa: F403

FIGURES = [*quality.__all__, *cost.__all__, *models.__all__]
__all__ = [*FIGURES, "numbers"]
