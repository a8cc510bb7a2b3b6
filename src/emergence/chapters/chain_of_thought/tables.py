"""The rows that figures of the chapter on chain of thought share."""

from __future__ import annotations

from functools import cache

import pandas as pd

from emergence import data
from emergence.chart import (
    TIPS,
    Layer,
    Series,
    dots,
    dumbbell,
    fractions,
    named_rows,
    pick,
    plot,
    published_fractions,
    rules,
    share,
)
from emergence.figure import Chapter
from emergence.text import label

chapter = Chapter("chain_of_thought")
FAMILIES = ("GPT-3", "LaMDA", "PaLM")
PROMPTING = ("standard", "chain_of_thought")
WEI = (
    "cot_wei2022_arithmetic",
    "cot_wei2022_commonsense",
    "cot_wei2022_mawps_subsets",
    "cot_wei2022_symbolic",
)
"""Wei et al. 2022, appendix Tables 2 to 5."""
GROUPS = {
    "arithmetic": ("GSM8K", "SVAMP", "ASDiv", "AQuA", "MAWPS"),
    "commonsense": ("CSQA", "StrategyQA", "Date Understanding", "Sports Understanding", "SayCan"),
    "mawps_subsets": ("SingleOp", "SingleEq", "AddSub", "MultiArith"),
    "symbolic": tuple(
        f"{task}_{n}" for task in ("last_letter_concatenation", "coin_flip") for n in (2, 3, 4)
    ),
}
CHANCE = {"AQuA": 0.2, "CSQA": 0.2, "StrategyQA": 0.5, "Sports Understanding": 0.5} | {
    f"coin_flip_{n}": 0.5 for n in (2, 3, 4)
}
"""Guessing level that follows from the task's format: AQuA and CSQA have five options, the others two."""
BBH_SHARED = (
    "Boolean Expressions",
    "Causal Judgement",
    "Date Understanding",
    "Disambiguation QA",
    "Dyck Languages",
    "Formal Fallacies",
    "Hyperbaton",
    "Logical Deduction",
    "Movie Recommendation",
    "Multistep Arithmetic",
    "Navigate",
    "Object Counting",
    "Penguins in a Table",
    "Reasoning about Colored Objects",
    "Ruin Names",
)
"""BBH tasks that both papers print in full: Geometric Shapes lacks two cells, the three Logical Deductions are one mean."""


def with_flops(rows: pd.DataFrame) -> pd.DataFrame:
    """Adds `train_flops` from Wei et al. 2022 (emergence), Table 2: same family, nearest size within 10 percent.

    The two papers round sizes differently (LaMDA 420M and 453M, 68B and 69B). Models not in that table get a missing value.
    """
    table = data.load("wei2022_table2_models")

    def flops(model: pd.Series) -> float:
        ratio = (
            table.loc[table["family"] == model["family"], "params"] / model["params"] - 1
        ).abs()
        near = len(ratio) and ratio.min() < 0.1
        return table.loc[ratio.idxmin(), "train_flops"] if near else float("nan")

    return rows.assign(train_flops=rows.apply(flops, axis=1))


@cache
def wei() -> pd.DataFrame:
    """Every cell of Wei et al. 2022, appendix Tables 2 to 5: value as a fraction; `length` is the number of symbolic steps."""
    parts = []
    for table in WEI:
        rows = published_fractions(table)
        subset = rows["subset"].astype(object)
        group = table.removeprefix("cot_wei2022_")
        rows["task"] = subset if group == "mawps_subsets" else rows["task"]
        rows["length"] = subset.str[0].astype(float) if group == "symbolic" else float("nan")
        parts.append(rows.assign(task_group=group, table=table))
    rows = with_flops(pd.concat(parts, ignore_index=True))
    # The largest "GPT-3" is of a later generation than the others, so no line joins it to them.
    rows["model_series"] = rows["family"].where(rows["model"] != "GPT-3 175B", "text-davinci-002")
    return rows.sort_values(["table", "task", "setting", "params"], kind="stable")


def gained(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Standard and chain-of-thought scores side by side, where there are both, and their difference as `gain`."""
    wide = rows.pivot_table(index=key, columns="setting", values="value", dropna=False)
    wide = wide.dropna(subset=list(PROMPTING)).reset_index()
    return wide.assign(gain=wide["chain_of_thought"] - wide["standard"])


@cache
def gains() -> pd.DataFrame:
    """Chain of thought minus standard prompting, one row per model of known size and task (MAWPS by its four subsets)."""
    rows = wei().dropna(subset=["params"])
    rows = rows[rows["task"] != "MAWPS"]  # the mean of its subsets
    key = "task_group task length family model_series model params train_flops metric".split()
    rows = gained(rows, key)
    steps = rows["length"].map(", {:.0f}".format).where(rows["length"].notna(), "")
    return rows.assign(task=rows["task"].map(label) + steps).sort_values(["params", "task"])


@cache
def bbh() -> pd.DataFrame:
    """Chung et al. 2022 on the 15 shared BBH tasks, with their mean as task ``average``."""
    rows = data.load("bbh_by_size_chung2022")
    one_name = {r"^Logical Deduction .*": "Logical Deduction"}
    rows["task"] = rows["task"].replace(one_name, regex=True)
    key = ["family", "model", "setting"]
    tasks = pick(rows, task=list(BBH_SHARED)).groupby([*key, "task"], as_index=False, sort=False)
    tasks = tasks["value"].mean()
    mean = tasks.groupby(key, as_index=False, sort=False)["value"].mean().assign(task="average")
    rows = pd.concat([mean, tasks], ignore_index=True)
    # The table has no params column entries: the sizes are part of the PaLM names; those of the API models are not known.
    size = rows["model"].str.extract(r"(\d+)B")[0].astype(float) * 1e9
    rows = rows.assign(value=fractions(rows["value"]), params=size)
    return rows.assign(kind="published", metric="accuracy")


@cache
def bbh_levels() -> pd.DataFrame:
    """Suzgun et al. 2022 per task: random, human and model levels as fractions; printed averages left out."""
    rows = published_fractions("bbh_suzgun2022")
    return rows[rows["task_kind"] != "aggregate"]


@cache
def open_gains() -> pd.DataFrame:
    """Ruan et al. 2024: gain from chain of thought per open base model on GSM8K (strict match) and BBH (flexible extract)."""
    rows = pick(data.load("obs_chain_of_thought"), setting=list(PROMPTING))
    # The size of mixtures is ambiguous.
    rows = rows[~rows["family"].isin(["Mixtral", "DeepSeek-V2", "Jamba"])]
    gsm8k = pick(rows, task="GSM8K", answer_filter="strict-match")
    hard = pick(rows, task="BBH: overall", answer_filter="flexible-extract").assign(task="BBH")
    rows = gained(pd.concat([gsm8k, hard]), ["family", "model", "params", "train_flops", "task"])
    rows = rows.assign(model=rows["model"].str.split("/").str[-1])
    return rows.sort_values(["family", "params", "model"])


EVERY = {"kind": ["published", "reference"]}
"""A layer's `where`: levels of reference are drawn as marks like the others."""


def plot_rows(rows: pd.DataFrame, names: str, order, by: Series, top: float = 1, step: int = 22):
    """One row per name, one mark per series, joined by a thin line; the standard deviation (where there is one) as a bar."""
    spread: Layer = dumbbell(EVERY, width=1.5, opacity=0.45)
    if "std" in rows:
        spread = rules(width=2, opacity=None, x="low:Q", x2="high:Q")
    return plot(
        rows,
        x=share(domain=(0, top), ticks=5),
        y=named_rows(names, order),
        by=by,
        layers=[spread, dots(EVERY, size=85)],
        tips=(*TIPS, "std"),
        height=step * rows[names].nunique(),
    )
