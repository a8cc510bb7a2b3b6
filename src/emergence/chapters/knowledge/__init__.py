"""Figures of the chapter on where knowledge lives: what is learned, in which part of the network, and how to change it."""

from .editing import *  # noqa: F403
from .live import *  # noqa: F403
from .miniature import *  # noqa: F403
from .numbers import numbers
from .recall import *  # noqa: F403
from .split import *  # noqa: F403
from .tracing import *  # noqa: F403

FIGURES = [
    "trace_map",
    "ffn_share",
    "split_calculator",
    "blimp_by_words",
    "lama",
    "closed_book_gpt3",
    "closed_book_t5",
    "small_siblings",
    "ffn_memories",
    "trace_lines",
    "edit_site",
    "edit_tradeoff",
    "edit_scaling",
    "edit_mend",
    "facts_trace",
    "facts_edits",
    "facts_capacity",
    "facts_live",
]
__all__ = [*FIGURES, "numbers"]
