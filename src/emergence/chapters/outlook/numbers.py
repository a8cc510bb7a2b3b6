"""Every number in the words of the chapter that looks ahead: of each figure, from its own rows, and of the prose."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import one, percent, pick

from .figures import distilled, harder, reasoning, sampled, smallest, truthful
from .tables import (
    attempts,
    chapter,
    deepseek_r1,
    distillations,
    frontier,
    leaderboard,
    mmlu,
    truthfulness,
)


def billions(params: float) -> str:
    return f"{params / 1e9:.3g}"


def reach(score: float) -> tuple[pd.Series, pd.Series, float]:
    """The first and the last model that were the smallest to reach `score`, and the months between them."""
    best = frontier(mmlu(), score)
    first, last = best.iloc[0], best.iloc[-1]
    return first, last, 12 * (last["year"] - first["year"])


def halving(score: float) -> str:
    """Months in which the smallest model that reaches `score` became half as large."""
    first, last, months = reach(score)
    return f"{months / np.log2(first['params'] / last['params']):.0f}"


@smallest.facts
def _():
    first, last, months = reach(0.5)
    return {
        "dated": str(len(mmlu())),
        "reach_50_first": first["model"],
        "reach_50_first_size": billions(first["params"]),
        "reach_50_first_date": first["date"][:7],
        "reach_50_last": last["model"],
        "reach_50_last_size": billions(last["params"]),
        "reach_50_last_date": last["date"][:7],
        "reach_50_factor": f"{first['params'] / last['params']:.0f}",
        "reach_50_months": f"{months:.0f}",
    }


def hard(task: str, model: str) -> str:
    return percent(one(leaderboard(), task=task, model=model))


@harder.facts
def _():
    rows = pick(leaderboard(), task="math_hard")
    return {
        "hard_below": str((rows["value"] < 0.05).sum()),
        "math_hard_n": str(len(rows)),
        "math_hard_llama2": hard("math_hard", "Llama-2-70b-hf"),
        "math_hard_qwen15_7": hard("math_hard", "Qwen1.5-7B"),
        "math_hard_qwen15_32": hard("math_hard", "Qwen1.5-32B"),
        "math_hard_qwen2": hard("math_hard", "Qwen2-72B"),
    }


def taught(model: str, task: str) -> str:
    return percent(one(distillations(), model=model, task=task, metric="pass_at_1"))


@distilled.facts
def _():
    return {
        "distill15_aime": taught("DeepSeek-R1-Distill-Qwen-1.5B", "AIME 2024"),
        "distill32_aime": taught("DeepSeek-R1-Distill-Qwen-32B", "AIME 2024"),
        "gpt4o_aime": taught("GPT-4o-0513", "AIME 2024"),
        "rl32_aime": taught("DeepSeek-R1-Zero-Qwen-32B", "AIME 2024"),
    }


def solved() -> pd.DataFrame:
    """Problems of AIME 2024 that Qwen 2.5 32B solves, by attempts, before and after reinforcement learning."""
    rows = pick(attempts(), task="AIME24", family="Qwen-2.5-32B")
    return rows.pivot(index="k", columns="training", values="value")


@sampled.facts
def _():
    base, trained = solved()["base"], solved()["rl"]
    return {
        "aime_32b_base_1": percent(base[1]),
        "aime_32b_rl_1": percent(trained[1]),
        "aime_32b_last": str(base.index.max()),
        "aime_32b_base_last": percent(base.iloc[-1]),
        "aime_32b_rl_last": percent(trained.iloc[-1]),
    }


def ends(family: str) -> tuple[str, str]:
    """Scores of the smallest and of the largest model of a family."""
    scores = pick(truthfulness(), family=family).sort_values("params")["value"]
    return percent(scores.iloc[0]), percent(scores.iloc[-1])


@truthful.facts
def _():
    families = {"pythia": "Pythia", "opt": "OPT", "qwen15": "Qwen1.5", "yi15": "Yi-1.5"}
    scores = {key: ends(family) for key, family in families.items()}
    small = {f"{key}_small": score for key, (score, _) in scores.items()}
    return small | {f"{key}_large": score for key, (_, score) in scores.items()}


def gain(task: str, metric: str = "pass_at_1") -> str:
    """What R1 scores above V3."""
    rows = pick(deepseek_r1(), source_table="4", task=task, metric=metric)
    return percent(one(rows, model="DeepSeek-R1") - one(rows, model="DeepSeek-V3"))


@reasoning.facts
def _():
    return {
        "gain_aime": gain("AIME 2024"),
        "gain_code": gain("LiveCodeBench"),
        "gain_mmlu": gain("MMLU"),
        "gain_swe": gain("SWE-bench Verified", "resolved"),
    }


def tokens_per_param(model: str) -> str:
    """Training tokens for each parameter, to two digits."""
    rows = data.load("llm_timeline")
    ratio = one(rows, "train_tokens", model=model) / one(rows, "params", model=model)
    return f"{float(f'{ratio:.2g}'):g}"


@chapter.prose
def prose():
    neo_small, neo_large = ends("GPT-Neo/J")
    crossed = solved().index[solved()["base"] > solved()["rl"]]
    first, last, months = reach(0.7)
    flops = data.load("llm_timeline").set_index("model")["train_flops"]
    blind = 1 - 0.999 ** attempts()["k"].max()
    everything = data.load("obs_base_llm_benchmarks")
    return {
        "scored": str((everything["task"] == "MMLU").sum()),
        "reach_50_halving": halving(0.5),
        "reach_70_halving": halving(0.7),
        "reach_70_first_size": billions(first["params"]),
        "reach_70_last_size": billions(last["params"]),
        "reach_70_months": f"{months:.0f}",
        "math_hard_line": percent(harder().forecast()["line"]),
        "math_hard_llama3": hard("math_hard", "Meta-Llama-3-70B"),
        "math_hard_qwen15": hard("math_hard", "Qwen1.5-110B"),
        "math_hard_qwen2_small": hard("math_hard", "Qwen2-1.5B"),
        "gpqa_llama2": hard("gpqa", "Llama-2-70b-hf"),
        "gpqa_qwen2": hard("gpqa", "Qwen2-72B"),
        "ifeval_llama2": hard("ifeval", "Llama-2-70b-hf"),
        "ifeval_llama3": hard("ifeval", "Meta-Llama-3-70B"),
        "flops_growth": f"{flops['Llama 3.1 405B'] / flops['GPT-3 175B']:.0f}",
        "gpt3_ratio": tokens_per_param("GPT-3 175B"),
        "chinchilla_ratio": tokens_per_param("Chinchilla"),
        "llama3_ratio": tokens_per_param("Llama 3 70B"),
        "distill15_gpqa_d": taught("DeepSeek-R1-Distill-Qwen-1.5B", "GPQA Diamond"),
        "gpt4o_gpqa_d": taught("GPT-4o-0513", "GPQA Diamond"),
        "qwq_aime": taught("QwQ-32B-Preview", "AIME 2024"),
        "gptneoj_small": neo_small,
        "gptneoj_large": neo_large,
        "aime_32b_cross": str(crossed.min()),
        "gain_gpqa_d": gain("GPQA Diamond"),
        "blind": f"{100 * blind:.0f}",
        "blind_solved": f"{30 * blind:.0f}",
        "aime_error": f"{100 * np.sqrt(0.5 * 0.5 / 30):.0f}",
    }


numbers = chapter.numbers
