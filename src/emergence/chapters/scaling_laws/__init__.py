"""Figures of the chapter on scaling laws: power laws, how a budget is split, and what comes after pre-training."""

from .benchmarks import *  # noqa: F403
from .budgets import *  # noqa: F403
from .chinchilla import *  # noqa: F403
from .inference import *  # noqa: F403
from .kaplan import *  # noqa: F403
from .numbers import numbers
from .reinforcement import *  # noqa: F403

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
