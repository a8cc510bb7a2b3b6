"""Figures of the chapter on chain of thought."""

from . import benchmarks, live, miniature, prompts, scale, steps
from .benchmarks import *  # noqa: F403
from .live import *  # noqa: F403
from .miniature import *  # noqa: F403
from .numbers import numbers
from .prompts import *  # noqa: F403
from .scale import *  # noqa: F403
from .steps import *  # noqa: F403

FIGURES = [
    *scale.__all__,
    *benchmarks.__all__,
    *steps.__all__,
    *prompts.__all__,
    *miniature.__all__,
    *live.__all__,
]
__all__ = [*FIGURES, "numbers"]
