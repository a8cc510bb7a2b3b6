"""The rows that figures of the chapter on in-context learning share."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import one
from emergence.figure import Chapter

chapter = Chapter("in_context_learning")
SHOTS = ("zero_shot", "one_shot", "few_shot")

TASK_GROUPS = {
    "cloze": ("HellaSwag", "LAMBADA", "StoryCloze"),
    "closed_book": ("NQs", "TriviaQA", "WebQs"),
    "translation": ("Ro→En 16", "En→Ro 16", "Fr→En 14", "En→Fr 14", "De→En 16", "En→De 16"),
    "winograd": ("Winograd", "Winogrande"),
    "science_questions": ("PIQA", "ARC (Challenge)", "ARC (Easy)", "OpenBookQA"),
    "reading": ("Quac", "RACE-h", "RACE-m", "SQuADv2", "CoQA", "DROP"),
    "superglue_tasks": ("BoolQ", "Copa", "RTE", "WSC", "ReCoRD"),
    "anli": ("ANLI R1", "ANLI R2", "ANLI R3"),
    "arithmetic": ("2D+", "2D-", "3D+", "3D-", "4D+", "4D-", "5D+", "5D-", "2Dx", "1DC"),
    "word_games": (
        "Cycled Letters",
        "Anagrams 1",
        "Anagrams 2",
        "Symbol Insertion",
        "Reversed Words",
    ),
}
"""Tasks of Brown et al. 2020 by their section 3; CB, WiC and MultiRC are left out of means (flagged cells)."""

PALM_NAMES = {
    "Lambada": "LAMBADA",
    "Natural Questions": "NQs",
    "Web Questions": "WebQs",
    "ARC-c": "ARC (Challenge)",
    "ARC-e": "ARC (Easy)",
    "OpenbookQA": "OpenBookQA",
    "QuAC": "Quac",
    "Drop": "DROP",
    "Multirc": "MultiRC",
}
"""PaLM's names for the tasks of the GPT-3 paper."""

SIZES = {
    "GPT-3": ("GPT-3 XL", "GPT-3 13B", "GPT-3 175B"),
    "PaLM": ("PaLM 8B", "PaLM 62B", "PaLM 540B"),
}


@cache
def gpt3() -> pd.DataFrame:
    """Table H.1 of Brown et al. 2020 without its test-server column: 63 measures (`task_and_metric`) × 3 settings × 8 sizes."""
    rows = data.evaluations("gpt3_table_h1")
    rows = rows[~rows["setup"].str.endswith("test server")]
    several = rows.groupby("task")["metric"].transform("nunique") > 1
    return rows.assign(
        kind="published",
        task_and_metric=rows["task"].where(~several, rows["task"] + " (" + rows["metric"] + ")"),
        reading_of_cell=np.where(rows["flag"].isna(), "as_printed", "flagged"),
    ).reset_index(drop=True)


def one_metric(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows without the measures that repeat a task in a second metric: one score per task is left."""
    second = ("SQuADv2 em", "SQuADv2 EM", "CB f1", "ReCoRD f1", "MultiRC acc")
    repeated = (rows["task"] + " " + rows["metric"]).isin(second)
    return rows[~repeated & ~rows["metric"].isin(["ppl", "BLEU-sb", "average"])]


@cache
def scores() -> pd.DataFrame:
    """One score per task of GPT-3 that can be averaged: accuracy, else F1 or BLEU; no task with a doubtful cell."""
    rows = one_metric(gpt3())
    rows = rows[~rows["task"].isin(["WiC", "CB", "MultiRC"])]
    # The few-shot column of the smallest model repeats its one-shot column in 27 rows, so it is no measurement of few-shot.
    return rows[~((rows["setting"] == "few_shot") & (rows["model"] == "GPT-3 Small"))]


@cache
def means() -> pd.DataFrame:
    """Mean score by group of tasks, setting and size of GPT-3; group ``all_accuracy``: every task scored by accuracy."""
    rows = scores()
    parts = [rows[rows["metric"] == "acc"].assign(task_group="all_accuracy")]
    for group, tasks in TASK_GROUPS.items():
        parts.append(rows[rows["task"].isin(tasks)].assign(task_group=group))
    key = ["task_group", "setting", "family", "model", "params", "train_flops"]
    averaged = {"value": ("value", "mean"), "tasks_in_mean": ("task", "nunique")}
    found = pd.concat(parts).groupby(key, as_index=False, sort=False).agg(**averaged)
    found = found.assign(kind="published", value=found["value"].round(8))
    return found.sort_values(["task_group", "setting", "params"])


@cache
def gains() -> pd.DataFrame:
    """Few-shot minus zero-shot score of the tasks that GPT-3 and PaLM share, three sizes each; no doubtful cell."""
    palm = data.evaluations("palm_table40_by_size")
    palm = palm.assign(task=palm["task"].replace(PALM_NAMES))
    both = one_metric(pd.concat([gpt3(), palm]))
    sizes = both["model"].isin(sum(SIZES.values(), ()))
    both = both[both["flag"].isna() & sizes & both["task"].isin(set(palm["task"]))]
    both = both.assign(metric=both["metric"].str.lower().replace({"em": "exact_match"}))
    index = ["family", "model", "params", "task", "metric"]
    wide = both.pivot_table(index=index, columns="setting", values="value")
    wide = wide.dropna(subset=["zero_shot", "few_shot"]).reset_index()
    return wide.assign(shot_gain=(wide["few_shot"] - wide["zero_shot"]).round(8), kind="published")


def printed(model: str, quantity: str) -> str:
    """The one value that a paper's text gives for a model and a quantity."""
    return str(one(data.load("facts_in_context_learning"), model=model, quantity=quantity))


DEPTHS = (1, 2, 3, 4)
RIVALS = ("least_squares", "ridge", "gradient_step", "nearest")


def regression_record(table: str, task: str = "linear") -> pd.DataFrame:
    """A table of the miniature's record; `regression_answers` names who answered, or what a model is compared with."""
    rows = data.curves("regression", table)
    rows = rows[rows["task"] == task].reset_index(drop=True)
    names = {"errors": "answers", "distances": "algorithm"}.get(table)
    return rows.assign(regression_answers="reg_" + rows[names]) if names else rows
