"""Figures of the chapter on instruction tuning."""

from .amounts import *  # noqa: F403
from .feedback import *  # noqa: F403
from .live import *  # noqa: F403
from .miniature import *  # noqa: F403
from .numbers import numbers
from .simulations import *  # noqa: F403
from .tuning import *  # noqa: F403

FIGURES = [
    "win_rates",
    "tuned_by_size",
    "tasks_and_size",
    "more_tasks",
    "prompt_elements",
    "bloomz_panels",
    "compute",
    "ratings",
    "alignment_tax",
    "automatic_evaluations",
    "summaries",
    "preference_fit",
    "overoptimization",
    "kl_bandit",
    "prompt_search",
    "lima",
    "collections",
    "instructions_by_tasks",
    "instructions_by_size",
    "instructions_live",
]
__all__ = [*FIGURES, "numbers"]
