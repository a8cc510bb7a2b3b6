"""Figures of the chapter on scaling laws: power laws, how a budget is split, and what comes after pre-training."""

from .budgets import *  # noqa: F403
from .figures import *  # noqa: F403
from .figures import numbers
from .kaplan import *  # noqa: F403

FIGURES = [
    "allocation",
    "kaplan_curves",
    "kaplan_joint",
    "refit",
    "isoflop",
    "budget",
    "chinchilla_gopher",
    "tokens_per_param",
    "inverse",
    "repeated_sampling",
    "thinking_tokens",
    "test_time_or_size",
    "rl_compute",
    "pass_at_k",
    "overoptimization",
]
__all__ = [*FIGURES, "numbers"]
