"""The tables of the chapter that looks ahead."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import decimal_years, pick, published_fractions
from emergence.figure import Chapter

chapter = Chapter("outlook")

RELEASED = {
    "Llama": "LLaMA-65B",
    "Llama-2": "Llama 2 70B",
    "Llama-3": "Llama 3 70B",
    "Llama-3.1": "Llama 3.1 405B",
    "CodeLlama": "Code Llama 34B",
    "Qwen1.5": "Qwen1.5-72B",
    "Qwen2": "Qwen2-72B",
    "Yi": "Yi-34B",
    "Gemma": "Gemma 7B",
    "Gemma-2": "Gemma 2 27B",
    "Pythia": "Pythia-12B",
    "BLOOM": "BLOOM",
    "OPT": "OPT-175B",
    "DeepSeek-LLM": "DeepSeek LLM 67B",
    "Cerebras-GPT": "Cerebras-GPT-13B",
    "StarCoder": "StarCoder",
    "MPT": "MPT-7B",
    "TinyLlama": "TinyLlama 1.1B",
    "GPT-2": "GPT-2",
    "microsoft/phi-2": "Phi-2",
    "microsoft/phi-1_5": "Phi-1.5",
    "Qwen/Qwen-72B": "Qwen-72B",
    "mistralai/Mistral-7B-v0.1": "Mistral 7B",
    "tiiuae/falcon-180B": "Falcon-180B",
    "tiiuae/falcon-40b": "Falcon-40B",
    "tiiuae/falcon-7b": "Falcon-7B",
    "allenai/OLMo-7B-hf": "OLMo-7B",
}
"""Family or model of Ruan et al. 2024, and the entry of the timeline whose date it takes; models without an entry are left out."""
TASKS = {
    "math_hard": "math_hard",
    "bbh": "bbh",
    "mmlu_pro": "mmlu_pro",
    "gpqa": "gpqa",
    "musr": "musr",
    "ifeval": "ifeval",
}
CHANCE = {"gpqa": 0.25, "mmlu_pro": 0.1}
"""Guessing levels that follow from the format: four and ten options. The other tasks mix formats or have none."""
TRUTH_FAMILIES = (
    "Pythia",
    "OPT",
    "Cerebras-GPT",
    "GPT-Neo/J",
    "Qwen1.5",
    "Llama-2",
    "Yi-1.5",
    "Gemma-2",
)
OLD, NEW = TRUTH_FAMILIES[:4], TRUTH_FAMILIES[4:]
NAMED = ("Llama", "Llama-2", "Llama-3", "Qwen1.5", "Qwen2", "Yi-1.5", "Gemma-2")
"""Families of the second leaderboard with a color of their own."""
TRAINED = {
    "DeepSeek-R1-Distill-Qwen": "distill_qwen",
    "DeepSeek-R1-Distill-Llama": "distill_llama",
    "DeepSeek-R1-Zero-Qwen": "rl_small",
    "QwQ": "qwq",
}
"""How a model of tables 5 and 6 was trained, by the beginning of its name."""
COMPARED = ("DeepSeek-V3", "DeepSeek-R1", "GPT-4o-0513", "OpenAI-o1-1217")
MIXTURES = r"Mixtral|Jamba|moe|DeepSeek-(?:Coder-)?V2|A14B"
"""Mixtures of experts: the source counts their parameters in two ways."""


def base_models(table: str) -> pd.DataFrame:
    """Dense base models of Ruan et al. 2024 in one of its tables, values as fractions, short model names."""
    rows = data.load(table)
    rows = rows[~rows["model"].str.contains(MIXTURES, regex=True)]
    return rows.assign(
        kind="published",
        short=rows["model"].str.split("/").str[-1],
        value=rows["value"].astype(float).round(6),
    )


@cache
def mmlu() -> pd.DataFrame:
    """MMLU of dense open base models from 2022 on, dated by the timeline; `year` is the date as a decimal number."""
    rows = base_models("obs_base_llm_benchmarks")
    rows = rows[rows["task"] == "MMLU"]
    entry = rows["model"].map(RELEASED).fillna(rows["family"].map(RELEASED))
    dates = data.load("llm_timeline").set_index("model")["date"]
    rows = rows.assign(date=entry.map(dates)).dropna(subset=["date"])
    rows = rows[rows["date"].dt.year >= 2022]
    rows["year"] = decimal_years(rows["date"])
    rows["date"] = rows["date"].dt.strftime("%Y-%m-%d")
    return rows.assign(model=rows["short"])[
        ["kind", "family", "model", "params", "date", "year", "task", "value"]
    ].sort_values(["year", "params"], kind="stable")


def frontier(rows: pd.DataFrame, score: float) -> pd.DataFrame:
    """The models that were, at their release, the smallest to reach `score`; rows in order of date."""
    reach = rows[rows["value"] >= score].sort_values(["year", "params"])
    return reach[reach["params"] < reach["params"].cummin().shift(fill_value=np.inf)]


@cache
def leaderboard() -> pd.DataFrame:
    """Dense open base models on the six tests of the second Open LLM Leaderboard; families without a name of their own as one."""
    rows = base_models("obs_leaderboard_v2")
    rows = rows.assign(
        task=rows["task"].map({v: k for k, v in TASKS.items()}),
        metric="leaderboard score",
        model=rows["short"],
        model_series=rows["family"].where(rows["family"].isin(NAMED), "other_families"),
    )
    columns = "kind family model_series model params train_flops task metric value"
    return rows[columns.split()].sort_values(["model_series", "params"], kind="stable")


@cache
def deepseek_r1() -> pd.DataFrame:
    """The percentages of DeepSeek-AI 2025 as fractions."""
    return published_fractions("deepseek_r1_2025", unit="percent")


@cache
def distillations() -> pd.DataFrame:
    """Tables 5 and 6 of DeepSeek-AI 2025, each cell once; `model_series` says how the model was trained."""
    rows = pick(deepseek_r1(), source_table=["5", "6"])
    rows = rows[~rows.duplicated(["model", "task", "metric", "value"])]
    name = rows["model"].str.extract(rf"^({'|'.join(TRAINED)})")[0]
    return rows.assign(model_series=name.map(TRAINED))


@cache
def against_v3() -> pd.DataFrame:
    """Table 4 of DeepSeek-AI 2025, four models; the tasks in the order of what R1 gains over V3."""
    rows = pick(deepseek_r1(), source_table="4", model=COMPARED)
    wide = rows.pivot(index="task", columns="model", values="value")
    gain = (wide["DeepSeek-R1"] - wide["DeepSeek-V3"]).sort_values(ascending=False)
    place = rows["task"].map(list(gain.index).index)
    rows = rows.assign(place=place).sort_values(["place", "model"])
    return rows[["kind", "model", "task", "metric", "value"]]


@cache
def attempts() -> pd.DataFrame:
    """Share of problems that at least one of k attempts solves, before and after reinforcement learning."""
    rows = data.load("rlvr_passk_yue2025")
    training = rows["model"].map({"base": "base", "RL-trained (RLVR)": "rl"})
    rows = rows.assign(kind="published", training=training, value=rows["value"].astype(float))
    columns = "kind family training params task k metric value"
    return rows[columns.split()].sort_values(["training", "k"])


@cache
def truthfulness() -> pd.DataFrame:
    """TruthfulQA, multiple choice, of dense open base models in eight families."""
    rows = pick(base_models("obs_base_llm_benchmarks"), task="TruthfulQA", family=TRUTH_FAMILIES)
    rows = rows.assign(model=rows["short"])
    return rows[["kind", "family", "model", "params", "task", "value"]].sort_values(
        ["family", "params"]
    )
