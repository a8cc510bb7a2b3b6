"""The numbers in the words of each figure of the chapter on scaling laws, from its own rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import one, percent, pick, points

from .benchmarks import chinchilla_gopher, inverse
from .budgets import allocation, budget, tokens_per_param
from .chinchilla import isoflop, refit
from .inference import (
    COVERED,
    repeated_sampling,
    test_time_or_size,
    thinking_tokens,
)
from .kaplan import kaplan_curves, kaplan_joint
from .laws import (
    DEFAULT,
    DRAWS,
    Law,
    cheapest,
    optimal,
    printed,
    refitted,
)
from .reinforcement import overoptimization, pass_at_k, rl_compute
from .tables import kaplan_constant, models, prize_tasks, rounded


def in_words(value: float) -> str:
    """A count in words: 7.0e10 -> 70 billion; two significant digits below 100 of a unit, three above."""
    for factor, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if value >= 0.9995 * factor:
            scaled = value / factor
            return f"{scaled:,.0f} {word}" if scaled >= 99.5 else f"{rounded(scaled, 2):g} {word}"
    return f"{value:,.0f}"


def trimmed(value: float) -> str:
    return percent(value, trim=True)


def at_1e24() -> dict[str, str]:
    """What the rule of Kaplan et al. and the replication recommend for 1e24 FLOPs."""
    n = {}
    for rule in ("kaplan", "replication"):
        params, tokens = optimal(rule, 1e24)
        n[f"{rule}_24_N"] = in_words(params)
        n[f"{rule}_24_D"] = in_words(tokens)
    return n


@allocation.facts
def _():
    return at_1e24()


@budget.facts
def _():
    params, tokens = cheapest(1e24, "served_1e13")
    return {**at_1e24(), "served_24_N": in_words(params), "served_24_D": in_words(tokens)}


def per_param(model: str) -> str:
    value = one(models(), "tokens_per_param", model=model)
    return f"{rounded(value, 2) if value < 100 else round(value):,g}"


@tokens_per_param.facts
def _():
    return {
        "tpp_gpt3": per_param("GPT-3 175B"),
        "tpp_gopher": per_param("Gopher"),
        "tpp_chin": per_param("Chinchilla"),
        "tpp_llama7": per_param("LLaMA-7B"),
        "tpp_llama3": per_param("Llama 3 70B"),
        "tpp_phi4": per_param("Phi-4"),
    }


@kaplan_curves.facts
def _():
    rows = pick(kaplan_curves().frame(), kind="published").sort_values("x_value")
    first, last = rows.iloc[0], rows.iloc[-1]
    return {
        "kaplan_N_first": in_words(first["x_value"]),
        "kaplan_N_last": in_words(last["x_value"]),
        "kaplan_L_first": f"{first['value']:.2f}",
        "kaplan_L_last": f"{last['value']:.2f}",
        "kaplan_slope_N": f"{kaplan_constant('L(N)', 'alpha_N'):g}",
    }


@kaplan_joint.facts
def _():
    rows = kaplan_joint().frame()
    unlimited = pick(rows, data_size="data_unlimited")
    return {
        "joint_inf_6": f"{one(unlimited, params=1e6):.2f}",
        "joint_inf_11": f"{one(unlimited, params=1e11):.2f}",
        "joint_9_11": f"{one(rows, data_size='data_1e+09', params=1e11):.2f}",
    }


@refit.facts
def _():
    laws = {"our": refitted(*DEFAULT), "rep": printed("replication"), "hoff": printed("hoffmann")}
    n = {"draws": str(DRAWS)}
    for key, law in laws.items():
        n[f"{key}_alpha"] = f"{law['alpha']:.3f}"
        n[f"{key}_beta"] = f"{law['beta']:.3f}"
    return n


def best_size(law: Law, flops: float) -> float:
    return float(formulas.compute_optimal(flops, **law)[0])


@isoflop.facts
def _():
    ours = refitted(*DEFAULT)
    params = best_size(ours, 1e20) * np.array([1, 0.5, 2])
    best, *others = formulas.parametric_loss(params, 1e20 / (6 * params), **ours)
    return {
        "iso_our_20": in_words(params[0]),
        "iso_hoff_20": in_words(best_size(printed("hoffmann"), 1e20)),
        "valley": f"{max(others) - best:.2f}",
    }


def pairs(suite: str) -> pd.DataFrame:
    """The rows of Chinchilla against Gopher: a row for each task, a column for each model."""
    rows = chinchilla_gopher().frame(suite=suite)
    return rows.pivot(index="task", columns="model", values="value")


@chinchilla_gopher.facts
def _():
    scores = pairs("benchmarks")
    timeline = data.load("llm_timeline")
    n = {
        "chin_tasks": str(len(scores)),
        "chin_better": str((scores["Chinchilla"] > scores["Gopher"]).sum()),
        "chin_equal": str((scores["Chinchilla"] == scores["Gopher"]).sum()),
    }
    for key, model in (("chin", "Chinchilla"), ("goph", "Gopher")):
        n[f"{key}_N"] = in_words(one(timeline, "params", model=model))
        n[f"{key}_D"] = in_words(one(timeline, "train_tokens", model=model))
        n[f"{key}_mmlu"] = trimmed(scores.loc["MMLU, 5-shot", model])
    return n


def palm(task: str, size: str) -> str:
    return trimmed(one(prize_tasks(), family="PaLM", task=task, model=size))


@inverse.facts
def _():
    return {
        "hind_1B": palm("hindsight_neglect", "1B"),
        "hind_8B": palm("hindsight_neglect", "8B"),
        "hind_62B": palm("hindsight_neglect", "62B"),
        "hind_540B": palm("hindsight_neglect", "540B"),
        "hind_line": trimmed(inverse().forecast()["line"]),
    }


@repeated_sampling.facts
def _():
    llama = pick(data.load("monkeys_brown2024_points"), model="Llama-3-8B-Instruct")
    covered, chosen = pick(llama, metric="coverage"), pick(llama, metric="best_selection_success")
    fits = pick(data.load("monkeys_brown2024_fits"), task=tuple(COVERED.values()))
    return {
        "monkey_100": f"{one(covered, n_samples=100):g}",
        "monkey_10000": f"{one(covered, n_samples=10000):g}",
        "select_100": f"{one(chosen, n_samples=100):g}",
        "select_10000": f"{one(chosen, n_samples=10000):g}",
        "monkey_error_low": percent(fits["fit_error_mean"].min()),
        "monkey_error_high": percent(fits["fit_error_mean"].max()),
    }


@thinking_tokens.facts
def _():
    rows = thinking_tokens().frame().sort_values("thinking_tokens")
    forced = pick(rows, thinking="AIME24")
    rejected = pick(rows, thinking="rejection_aime")
    return {
        "s1_first": trimmed(forced["value"].iloc[0]),
        "s1_last": trimmed(forced["value"].iloc[-1]),
        "s1_first_tokens": f"{forced['thinking_tokens'].iloc[0]:,.0f}",
        "s1_last_tokens": f"{forced['thinking_tokens'].iloc[-1]:,.0f}",
        "s1_reject_first": trimmed(rejected["value"].iloc[0]),
        "s1_reject_last": trimmed(rejected["value"].iloc[-1]),
    }


@test_time_or_size.facts
def _():
    rows = test_time_or_size().frame()
    few, many = pick(rows, token_ratio="ratio_low"), pick(rows, token_ratio="ratio_high")
    return {
        "snell_easy_low": points(one(few, snell_difficulty="easy")),
        "snell_hard_low": points(one(few, snell_difficulty="hard")),
        "snell_medium_high": points(one(many, snell_difficulty="medium")),
        "snell_hard_high": points(one(many, snell_difficulty="hard")),
    }


@rl_compute.facts
def _():
    fits = data.load("scalerl_khatri2025_fits").set_index("run")
    short, long = fits.loc["ScaleRL (batch 768, 14k context)"], fits.loc["ScaleRL-32k context"]
    return {
        "rl_base_A": f"{short['A']:g}",
        "rl_base_mid": f"{short['C_mid']:,.0f}",
        "rl_32k_A": f"{long['A']:g}",
        "rl_32k_mid": f"{long['C_mid']:,.0f}",
    }


def solved(version: str, k: int) -> str:
    return trimmed(one(pass_at_k().frame(), rl_version=version, k=k))


@pass_at_k.facts
def _():
    return {
        "pass_base_1": solved("rl_before", 1),
        "pass_rl_1": solved("rl_after", 1),
        "pass_base_1024": solved("rl_before", 1024),
        "pass_rl_1024": solved("rl_after", 1024),
    }


@overoptimization.facts
def _():
    return {"rl_zero": f"{np.e:.1f}"}
