"""Tuning on instructions: with and without it by size, how many tasks, which prompts, at what cost."""

from __future__ import annotations

from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import (
    Axis,
    Layer,
    Panels,
    Series,
    dots,
    dumbbell,
    levels,
    line,
    linear,
    log,
    pick,
    plot,
    published_fractions,
    share,
    size,
    words,
)
from emergence.figure import Choice, Predict
from emergence.text import label

from .tables import COLUMNS, chapter, plot_named

__all__ = [
    "tuned_by_size",
    "tasks_and_size",
    "more_tasks",
    "prompt_elements",
    "bloomz_panels",
    "compute",
]

TUNING = ("untuned", "tuned")
ENGLISH = (
    "winogrande xl",
    "xwinograd en",
    "anli r1",
    "anli r2",
    "anli r3",
    "super_glue cb",
    "super_glue rte",
    "xnli en",
    "story_cloze 2016",
    "super_glue copa",
)
THREE_WAY = ("anli", "xnli", "cb")
"""Test sets of the BLOOMZ table with three answers (entails, contradicts, neither); all others have two."""


@cache
def bloomz() -> pd.DataFrame:
    """BLOOM and BLOOMZ, median accuracy over five English prompts, one row per model and held-out test set."""
    rows = published_fractions("bloomz_mt0_all_results_en_prompts", metric="Median acc.")
    rows = rows[
        rows["model"].str.fullmatch(r"BLOOMZ?-[\d.]+[MB]")
    ]  # without the variants -MT and -P3
    task = rows["dataset"] + " " + rows["config"]
    three = rows["dataset"].isin(THREE_WAY) | rows["config"].isin(THREE_WAY)
    return rows.assign(
        setting=np.where(rows["instruction_finetuned"], "tuned", "untuned"),
        english=task.isin(ENGLISH),
        chance=np.where(three, 1 / 3, 0.5),
        metric="median accuracy over 5 prompts",
        task=task,
    )


def bloomz_mean(english: bool) -> pd.DataFrame:
    rows = pick(bloomz(), english=english)
    key = ["kind", "family", "model", "params", "setting", "metric"]
    mean = rows.groupby(key, as_index=False)[["value", "chance"]].mean()
    return mean.assign(task="bloomz_english" if english else "bloomz_other")


@cache
def studies() -> pd.DataFrame:
    """Score by size without and with instruction tuning, for every study that reports at least three sizes; with guessing levels."""
    flan = published_fractions("wei2022_fig3_fig12_prompting_finetuning", panel="B")
    tuning = {"no_instruction_tuning": "untuned", "instruction_tuned": "tuned"}
    flan = flan.assign(
        task="flan",
        model="LaMDA " + (flan["params"] / 1e9).map("{:g}B".format),
        setting=flan["setting"].map(tuning),
    )
    t5 = published_fractions("flan2022_table5_all_models")
    t5 = pick(t5, family="T5", task="MMLU", setting="standard")
    tuned = np.where(t5["instruction_finetuned"], "tuned", "untuned")
    t5 = t5.assign(task="flan_t5", setting=tuned)
    means = [bloomz_mean(english) for english in (True, False)]
    chance = {
        "kind": "reference",
        "model": label("random_guessing"),
        "task": ["flan_t5", *(mean["task"].iloc[0] for mean in means)],
        "value": [0.25, *(mean["chance"].iloc[0] for mean in means)],
    }
    return pd.concat([flan, *means, t5, pd.DataFrame(chance)], ignore_index=True)[COLUMNS]


STUDIES = ("flan", "bloomz_english", "bloomz_other", "flan_t5")


@chapter.figure(
    "inst-tuned-by-size",
    tables=[
        "wei2022_fig3_fig12_prompting_finetuning",
        "bloomz_mt0_all_results_en_prompts",
        "flan2022_table5_all_models",
    ],
    curve=["task", "setting"],
    controls=[Choice("study", STUDIES)],
    predict=Predict("params", 1e10, "params", "value", {"setting": "tuned"}),
)
def tuned_by_size(study):
    """Score on unseen tasks (fractions) by size, of the same models with and without instruction tuning."""
    rows = pick(studies(), task=study).sort_values(["setting", "params"], kind="stable")
    return rows.assign(task=label(study))


@tuned_by_size.draw
def _(rows):
    return plot(
        rows,
        x=size("params", over=studies()),
        y=share(domain=(0.2, 0.9)),
        by=Series("setting", TUNING, title=""),
    )


BENCHMARKS = {
    "average": ("normalized_average", "mixed"),
    "mmlu_direct": ("MMLU", "standard"),
    "mmlu_chain": ("MMLU", "chain_of_thought"),
    "bbh_direct": ("BBH", "standard"),
    "bbh_chain": ("BBH", "chain_of_thought"),
    "tydiqa": ("TyDiQA", "standard"),
    "mgsm": ("MGSM", "chain_of_thought"),
}
TASK_COUNTS = (0, 9, 89, 282, 1836)


@cache
def flan_palm() -> pd.DataFrame:
    """Table 3 of Chung et al. 2022 only: the 540B model has other scores in their Tables 4 and 5."""
    rows = published_fractions("flan2022_table3_num_tasks")
    rows = rows.replace({"task": {"BIG-Bench Hard": "BBH"}})
    sizes = (rows["params"] / 1e9).map("{:g}B".format)
    rows = rows.assign(size=sizes, tuning_tasks=rows["n_finetuning_tasks"].astype(int))
    return rows.sort_values(["params", "tuning_tasks"], kind="stable")


@chapter.figure(
    "inst-tasks-and-size",
    tables=["flan2022_table3_num_tasks"],
    controls=[
        Choice("benchmark", tuple(BENCHMARKS)),
        Choice("view", ("by_tasks", "by_size")),
    ],
    columns=["model", "params", "tuning_tasks", "task", "setting", "n_shots", "metric", "value"],
)
def tasks_and_size(benchmark, view):
    """Score on unseen tasks (fractions) by the number of tasks trained on, and by size."""
    task, setting = BENCHMARKS[benchmark]
    rows = pick(flan_palm(), task=task, setting=setting)
    rows = rows.assign(task=label(benchmark), tuned_on=rows["tuning_tasks"].map(str))
    columns = (
        "kind family model params size tuning_tasks tuned_on task setting n_shots metric value"
    )
    return rows[columns.split()]


@tasks_and_size.draw
def _(rows, view):
    y = share(domain=(0, 0.8))
    if view == "by_size":
        counts = [str(count) for count in TASK_COUNTS]
        by = Series("tuned_on", counts, title="tuning_tasks")
        return plot(rows, size("params", over=flan_palm()), y, by)
    guide = {"ticks": TASK_COUNTS, "format": ",d", "grid": False, "guide": {"labelOverlap": False}}
    x = linear("tuning_tasks", (0, 2200), type="symlog", constant=4, nice=False, **guide)
    return plot(rows, x, y, Series("size", ("8B", "62B", "540B"), title="params"))


@cache
def amounts() -> pd.DataFrame:
    """Scores by the amount of training: clusters of tasks (FLAN), tasks and parameters (Super-NaturalInstructions)."""
    flan = published_fractions("flan2021_fig6_num_clusters")
    flan = flan.assign(study="clusters", series="FLAN 137B", added=flan["cluster_added"])
    flan["amount"] = flan["n_clusters"].astype(float)
    ni = published_fractions("superni_fig5_scaling")
    sizes = pick(ni, axis="model_size")
    sizes = sizes.assign(study="superni_size", series="Tk-Instruct", amount=sizes["params"])
    tasks = pick(ni, axis="number_of_tasks")
    # The right end of the printed curve is the set of all training tasks; the left end's number of tasks is not printed.
    every = tasks["note"].str.contains("all training tasks")
    count = tasks["x_training_tasks"].astype(float).where(~every, 757.0)
    tasks = tasks.assign(study="superni_tasks", amount=count).dropna(subset=["amount"])
    tasks["series"] = "Tk-Instruct, " + tasks["base_model"]
    return pd.concat([flan, sizes, tasks], ignore_index=True)


@chapter.figure(
    "inst-more-tasks",
    tables=["flan2021_fig6_num_clusters", "superni_fig5_scaling"],
    controls=[Choice("quantity", ("clusters", "superni_tasks", "superni_size"))],
    columns=["model", "params", "amount", "added", "task", "metric", "value"],
)
def more_tasks(quantity):
    """Score on unseen tasks (fractions) by how many clusters of tasks, tasks or parameters there were in training."""
    rows = pick(amounts(), study=quantity).sort_values(["series", "amount"])
    return rows["kind series model params amount added task metric value".split()]


@more_tasks.draw
def _(rows, quantity):
    title, shown = quantity + "_axis", pick(amounts(), study=quantity)
    by = Series("series", list(dict.fromkeys(shown["series"])), title="")
    y = share(domain=(0.3, 0.7))
    if quantity != "clusters":
        return plot(rows, size("amount", over=shown, title=title), y, by)
    counts = {"title": title, "ticks": range(1, 8), "format": "d", "grid": False, "nice": False}
    added = words("short", dx=10, angle=90, align="left")
    layers = [line(), dots(), levels(), added]
    chart = plot(rows, linear("amount", (0.7, 7.3), **counts), y, by, layers)
    return chart.transform_calculate(short="+ " + alt.datum.added)


@cache
def elements() -> pd.DataFrame:
    """Scores by what the prompts of training and test held, best first (FLAN, Super-NaturalInstructions)."""
    flan = published_fractions("flan2021_fig8_role_of_instructions")
    prompts = "cond_" + flan["finetuning_prompt"] + " / " + flan["inference_prompt"]
    flan = flan.assign(study="flan_prompts", condition=prompts.map(label))
    ni = published_fractions("superni_table4_instruction_elements")
    ni = ni[ni["testing_encoding"].str.startswith("average")]
    ni = ni.assign(study="superni_elements", condition=ni["training_encoding"].map(label))
    rows = pd.concat([flan, ni], ignore_index=True)
    return rows.sort_values("value", ascending=False, kind="stable")


@chapter.figure(
    "inst-prompt-elements",
    tables=["flan2021_fig8_role_of_instructions", "superni_table4_instruction_elements"],
    controls=[Choice("study", ("flan_prompts", "superni_elements"))],
)
def prompt_elements(study):
    """Score on unseen tasks (fractions) by what the training prompts said beside the example."""
    rows = pick(elements(), study=study)
    return rows[["kind", "model", "condition", "task", "metric", "value"]]


@prompt_elements.draw
def _(rows, study):
    tips = ("condition", "task", "metric", "value")
    return plot_named(rows, "condition", share(domain=(0, 0.7), ticks=5), tips=tips)


PANELS = {
    "english_tasks": None,
    "xnli": "xnli",
    "xcopa": "xcopa",
    "xstory": "xstory_cloze",
    "xwinograd": "xwinograd",
}


@chapter.figure(
    "inst-bloomz-panels",
    tables=["bloomz_mt0_all_results_en_prompts"],
    curve=["panel", "setting"],
    controls=[Choice("group", tuple(PANELS))],
    columns=COLUMNS,
)
def bloomz_panels(group):
    """Accuracy of BLOOM and BLOOMZ (fractions) by size on each test set of a group, beside guessing."""
    dataset = PANELS[group]
    other = {} if dataset is None else {"dataset": dataset}
    rows = pick(bloomz(), english=dataset is None, **other)
    rows = rows.assign(panel=rows["task"] if dataset is None else rows["config"])
    rows = rows.sort_values(["panel", "setting", "params"], kind="stable")
    chance = rows.drop_duplicates("panel")
    nobody = {"kind": "reference", "setting": None, "family": None, "params": np.nan}
    chance = chance.assign(value=chance["chance"], model=label("random_guessing"), **nobody)
    return pd.concat([rows, chance], ignore_index=True)[["panel", *COLUMNS]]


@bloomz_panels.draw
def _(rows, group, columns):
    largest = rows[(rows["setting"] == "tuned") & (rows["params"] > 1e11)]
    best = list(largest.sort_values("value", ascending=False)["panel"])
    guessing = Layer("rule", ("y",), {}, {"kind": "reference"})
    return plot(
        rows,
        x=size("params", over=bloomz()),
        y=share(domain=(0.25, 1)),
        by=Series("setting", TUNING, title=""),
        layers=[line(width=1.8), dots(size=42), guessing],
        panels=Panels("panel", best, height=120, at_most=3, prefix="panel_", limit=200),
        columns=columns,
    )


PETAFLOP_DAY = 8.64e19
"""Floating-point operations in one petaflop/s-day: 10**15 per second for 86,400 seconds."""
STAGES = {"pretrain_flops": "pretraining", "finetune_flops": "tuning_stage"}


@cache
def costs() -> pd.DataFrame:
    """Compute of pretraining and tuning in FLOPs, one row per model and stage; `share` is tuning over pretraining."""
    flan = data.load("flan2022_table2_compute")
    # U-PaLM's pretraining compute is printed ten times too small (see the table's notes) and is left out.
    flan["pretrain_flops"] = flan["pretrain_flops"].mask(flan["model"] == "Flan-U-PaLM 540B")
    gpt = pick(data.load("instructgpt_text_numbers"), metric="training_compute")
    gpt = gpt.set_index("model")["value"] * PETAFLOP_DAY
    ours = {
        "model": [label("sft_175b"), label("ppo_ptx_175b")],
        "params": 1.75e11,
        "pretrain_flops": gpt["GPT-3 175B"],
        "finetune_flops": [gpt["SFT 175B"], gpt["PPO-ptx 175B"]],
    }
    rows = pd.concat([flan[list(ours)], pd.DataFrame(ours)], ignore_index=True)
    rows = rows.assign(share=rows["finetune_flops"] / rows["pretrain_flops"])
    rows = rows.sort_values(["params", "finetune_flops"], kind="stable")
    order = {model: i for i, model in enumerate(rows["model"])}
    rows = rows.melt(["model", "params", "share"], list(STAGES), "stage", "flops")
    rows = rows.dropna(subset=["flops"])
    rows = rows.assign(
        kind="published", stage=rows["stage"].map(STAGES), order=rows["model"].map(order)
    )
    return rows.sort_values(["order", "stage"], kind="stable")


@chapter.figure("inst-compute", tables=["flan2022_table2_compute", "instructgpt_text_numbers"])
def compute():
    """Compute of pretraining and of tuning (FLOPs) for each model."""
    return costs()[["kind", "model", "params", "stage", "flops", "share"]]


@compute.draw
def _(rows):
    tuning = {"stage": "tuning_stage"}
    return plot(
        rows,
        x=log("flops", (1e18, 1e25), ticks=7, format="~e"),
        y=Axis("model:N", {}, None, "", {"sort": None}),
        by=Series("stage", tuple(STAGES.values()), title=""),
        layers=[
            dumbbell(width=None, opacity=0.35, yOffset=8),
            dots(size=80, yOffset=8),
            words("model", tuning, align="left", dy=-6, x=2),
        ],
        tips=("model", "params", "stage", "flops", "share"),
        height=34 * rows["model"].nunique(),
    )
