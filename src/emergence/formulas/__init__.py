"""Formulas of the field as pure NumPy functions. Each names its source; numbers in, numbers out, arrays broadcast."""

from .attention import (
    attention_flops,
    attention_regression,
    gradient_step_weights,
    gradient_steps,
    kv_cache_values,
    linear_attention,
)
from .chains import chain_accuracy, coverage, majority_vote, step_accuracy
from .metrics import (
    emergence_score,
    hidden_below,
    items_behind,
    token_accuracy,
    token_edit_distance,
    wilson_interval,
)
from .networks import ParamSplit, cosine_logits, param_split
from .preferences import fit_preferences, kl_divergence, kl_optimal_policy, preference
from .scaling import (
    bootstrap_parametric_loss,
    compute_optimal,
    fit_parametric_loss,
    inference_optimal,
    kaplan_loss,
    parametric_loss,
)

__all__ = [
    "attention_flops",
    "attention_regression",
    "gradient_step_weights",
    "gradient_steps",
    "kv_cache_values",
    "linear_attention",
    "chain_accuracy",
    "coverage",
    "majority_vote",
    "step_accuracy",
    "emergence_score",
    "hidden_below",
    "items_behind",
    "token_accuracy",
    "token_edit_distance",
    "wilson_interval",
    "ParamSplit",
    "cosine_logits",
    "param_split",
    "fit_preferences",
    "kl_divergence",
    "kl_optimal_policy",
    "preference",
    "bootstrap_parametric_loss",
    "compute_optimal",
    "fit_parametric_loss",
    "inference_optimal",
    "kaplan_loss",
    "parametric_loss",
]
