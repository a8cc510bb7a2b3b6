"""Where a chain helps, and what in it does: BIG-Bench Hard, ablations, an external calculator."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import Series, fractions, pick, plot, published_fractions, share, size
from emergence.figure import Choice
from emergence.text import label

from .tables import BBH_SHARED, GROUPS, bbh, bbh_levels, chapter, plot_rows

__all__ = ["bbh_by_size", "bbh_by_task", "ablations", "calculator"]

SUZGUN_NAMES = {
    "Logical Deduction (avg)": "Logical Deduction",
    "Multi-Step Arithmetic [Two]": "Multistep Arithmetic",
}


@chapter.figure(
    "bbh-by-size",
    tables=["bbh_by_size_chung2022", "bbh_suzgun2022"],
    controls=[Choice("task", ("average", *BBH_SHARED)), Choice("family", ("PaLM", "Flan-PaLM"))],
)
def bbh_by_size(task, family):
    """Accuracy (fractions) by size on BIG-Bench Hard, answering at once and with a chain, beside guessing and people."""
    rows = pick(bbh(), task=task, family=family)
    rows = rows[~rows["model"].str.contains("cont-")].sort_values(["setting", "params"])
    levels = bbh_levels().assign(task=bbh_levels()["task"].replace(SUZGUN_NAMES))
    levels = pick(
        levels, task=BBH_SHARED if task == "average" else task, setting=["random", "human_avg"]
    )
    levels = levels.groupby("setting", as_index=False)["value"].mean()
    known = {"kind": "reference", "task": task, "metric": "accuracy"}
    levels = levels.assign(model=levels["setting"].map(label), **known)
    columns = "kind family model params task setting metric value"
    return pd.concat([rows, levels], ignore_index=True)[columns.split()]


@bbh_by_size.draw
def _(rows):
    return plot(
        rows,
        x=size("params", over=bbh().dropna(subset=["params"])),
        y=share(),
        by=Series("setting", ("answer_only", "chain_of_thought")),
    )


ANSWERS = ("answer_only", "chain_of_thought", "human_avg", "random")


@cache
def codex_first() -> tuple[str, ...]:
    """The tasks, those first on which Codex gains most from a chain."""
    rows = pick(bbh_levels(), model="code-davinci-002", setting=list(ANSWERS[:2]))
    wide = rows.pivot_table(index="task", columns="setting", values="value")
    gain = wide["chain_of_thought"] - wide["answer_only"]
    return tuple(gain.sort_values(ascending=False).index)


@chapter.figure(
    "bbh-by-task",
    tables=["bbh_suzgun2022"],
    controls=[Choice("model", ("code-davinci-002", "text-davinci-002", "PaLM 540B"))],
)
def bbh_by_task(model):
    """Accuracy (fractions) of one model on each task of BIG-Bench Hard, beside people and guessing."""
    rows = bbh_levels()
    level = rows["setting"].isin(ANSWERS[2:])
    rows = rows.assign(kind=np.where(level, "reference", "published"))
    columns = "kind family model task task_kind setting n_shots metric value"
    return rows.loc[level | (rows["model"] == model), columns.split()]


@bbh_by_task.draw
def _(rows):
    return plot_rows(rows, "task", codex_first(), Series("setting", ANSWERS, columns=2))


ABLATED = (
    "GSM8K",
    "SVAMP",
    "ASDiv",
    "MAWPS",
    "last_letter_concatenation",
    "coin_flip",
    "Date Understanding",
    "Sports Understanding",
    "SayCan",
)
ABLATION = "kind family model params task prompt_part setting metric value std low high".split()


@chapter.figure(
    "ablations",
    tables=["cot_wei2022_ablations"],
    controls=[Choice("task", ABLATED)],
    columns=ABLATION[:-2],
)
def ablations(task):
    """Score (fractions) of LaMDA 137B with parts of the chain taken away or written by others, with the spread over orders."""
    names = {"kind": "prompt_part", "std_over_5_exemplar_orders": "std"}
    rows = pick(data.load("cot_wei2022_ablations"), task=task).rename(columns=names)
    value, std = fractions(rows["value"]), fractions(rows["std"])
    ends = {"low": (value - std).clip(lower=0), "high": (value + std).clip(upper=1)}
    return rows.assign(kind="published", value=value, std=std, **ends)[ABLATION]


@ablations.draw
def _(rows, task):
    order = list(dict.fromkeys(rows["setting"]))
    top = 0.25 if task == "GSM8K" else 0.7 if task in GROUPS["arithmetic"] else 1
    by = Series("prompt_part", ("baseline", "ablation", "robustness"), columns=2)
    return plot_rows(rows, "setting", order, by, top, step=26)


CALCULATED = ("standard", "chain_of_thought", "chain_of_thought+external_calculator")


@chapter.figure(
    "calculator",
    tables=["cot_wei2022_calculator"],
    controls=[Choice("task", GROUPS["arithmetic"])],
)
def calculator(task):
    """Accuracy (fractions) without a chain, with one, and with a calculator working out its equations, by model."""
    rows = published_fractions("cot_wei2022_calculator", task=task, setting=list(CALCULATED))
    return rows["kind family model params task setting n_shots metric value".split()]


@calculator.draw
def _(rows):
    table = pick(data.load("cot_wei2022_calculator"), setting="standard")
    order = table["model"].drop_duplicates()
    return plot_rows(rows, "model", order, Series("setting", CALCULATED, columns=2), step=34)
