"""Figures of the chapter on in-context learning."""

from . import examples, gpt3, learning, live, miniature
from .examples import *  # noqa: F403
from .gpt3 import *  # noqa: F403
from .learning import *  # noqa: F403
from .live import *  # noqa: F403
from .miniature import *  # noqa: F403
from .numbers import numbers

FIGURES = [
    *gpt3.__all__,
    *examples.__all__,
    *learning.__all__,
    *miniature.__all__,
    *live.__all__,
]
__all__ = [*FIGURES, "numbers"]
