"""The figures of Wei et al. 2022: panels of abilities, the ladder of thresholds, error beside loss, MMLU by compute."""

from __future__ import annotations

from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import (
    Axis,
    Layer,
    Series,
    dots,
    linear,
    log,
    pick,
    plot,
    published,
    share,
    size,
    words,
)
from emergence.figure import Choice
from emergence.text import label

from .tables import COLUMNS, SCALE, chapter, plot_panels, with_chance

__all__ = [
    "few_shot_panels",
    "augmented_prompting_panels",
    "ladder",
    "error_vs_cross_entropy",
    "mmlu_by_flops",
    "few_shot_vs_sota",
]

FEW_SHOT = "wei2022_fig2_fig11_few_shot"
FEW_SHOT_PANELS = {
    "modified_arithmetic": "2A",
    "ipa_transliterate": "2B",
    "word_unscramble": "2C",
    "persian_qa": "2D",
    "truthfulqa": "2E",
    "grounded_conceptual_mappings": "2F",
    "MMLU": "2G",
    "word_in_context": "2H",
}


@cache
def few_shot() -> pd.DataFrame:
    """Figure 2 of Wei et al. at the nominal size and training compute of each model (their Table 2), not where a slip put it."""
    rows, printed = published(FEW_SHOT), data.load(FEW_SHOT)
    if not np.allclose(rows["value_printed"], printed["value"]):
        raise data.DataError(f"The rows of {FEW_SHOT} are not in the order of its file.")
    compute = printed["train_flops_table2"].to_numpy()
    return rows.assign(train_flops=compute, panel=rows["task"].map(FEW_SHOT_PANELS))


@chapter.figure(
    "wei-few-shot-panels", tables=[FEW_SHOT], curve=["family", "panel"], controls=[SCALE]
)
def few_shot_panels(x):
    """Scores with examples in the prompt (fractions) on eight tasks by training compute or size, beside guessing."""
    rows = few_shot().sort_values(["panel", "family", "params"], kind="stable")
    return with_chance(rows)[["panel", *COLUMNS]]


@few_shot_panels.draw
def _(rows, x, columns):
    return plot_panels(
        rows,
        tuple(FEW_SHOT_PANELS.values()),
        size(x, over=few_shot()),
        share(domain=(0, 0.7)),
        Series("family", ("LaMDA", "GPT-3", "Gopher", "Chinchilla", "PaLM")),
        columns,
    )


PROMPTING = "wei2022_fig3_fig12_prompting_finetuning"
PROMPTING_PANELS = {
    "GSM8K": "3A",
    "nlu_10_task_average": "3B",
    "addition_8_digit": "3C",
    "calibration": "3D",
}
TECHNIQUE = {
    "standard": "without_technique",
    "chain_of_thought": "with_technique",
    "no_instruction_tuning": "without_technique",
    "instruction_tuned": "with_technique",
    "no_scratchpad": "without_technique",
    "scratchpad": "with_technique",
    "letter_choices": "without_technique",
    "true_false_prompt": "with_technique",
}


@chapter.figure(
    "wei-augmented-prompting-panels",
    tables=[PROMPTING],
    curve=["panel", "setting"],
    controls=[SCALE],
)
def augmented_prompting_panels(x):
    """Scores (fractions) with and without four techniques, by training compute or size."""
    rows = published(PROMPTING)
    panel = rows["task"].map(PROMPTING_PANELS)
    rows = rows.assign(technique=rows["setting"].map(TECHNIQUE), panel=panel)
    rows = rows.sort_values(["panel", "technique", "params"], kind="stable")
    return rows[["panel", "technique", *COLUMNS]]


@augmented_prompting_panels.draw
def _(rows, x, columns):
    return plot_panels(
        rows,
        tuple(PROMPTING_PANELS.values()),
        size(x, over=published(PROMPTING)),
        share(domain=None, ticks=5, zero=True),
        Series("technique", ("without_technique", "with_technique")),
        columns,
        independent=("y",),
    )


@cache
def thresholds() -> pd.DataFrame:
    """Table 1 of Wei et al.: the smallest model that shows each ability."""
    rows = data.load("emergent_table1_scales").dropna(subset=["emergence_params"])
    names = {
        "emergence_train_flops": "train_flops",
        "emergence_params": "params",
        "model_family": "family",
        "ability": "task",
        "group": "setting",
    }
    rows = rows.rename(columns=names)
    setting = rows["setting"].str.replace(r"[- ]", "_", regex=True)
    model = rows["family"] + " " + rows["params_as_printed"]
    return rows.assign(kind="published", setting=setting, model=model)


SETTINGS = ("few_shot_prompting", "augmented_prompting")


@chapter.figure(
    "wei-ladder",
    tables=["emergent_table1_scales"],
    controls=lambda: [
        Choice("abilities", ("all_abilities", *SETTINGS, *thresholds()["family"].unique())),
        SCALE,
    ],
    columns=["task", "setting", "model", "params", "train_flops", "reference"],
)
def ladder(abilities, x):
    """Training compute (FLOPs) or size of the smallest model that shows each ability (Wei et al. 2022, Table 1)."""
    rows = thresholds()
    if abilities != "all_abilities":
        rows = rows[(rows["setting"] == abilities) | (rows["family"] == abilities)]
    rows = rows.sort_values([x, "task"], kind="stable")
    rows = rows.assign(entry=rows["task"] + " · " + rows["model"])
    return rows["kind family model params train_flops task setting reference entry".split()]


@ladder.draw
def _(rows, x, abilities):
    to_mark = {"strokeDash": [1, 0], "opacity": 0.35, "yOffset": 7}
    above = {"align": "left", "dy": -6, "x": 2, "limit": alt.ExprRef("width - 2")}
    return plot(
        rows,
        x=size(x, over=thresholds()),
        y=Axis("entry:N", {"paddingInner": 0.1}, None, "", {"sort": None}),
        by=Series("setting", SETTINGS, title=""),
        layers=[
            Layer("rule", ("x", "y"), to_mark, None, {"x2": alt.value(0)}),
            dots(size=80, yOffset=7),
            words("entry", **above),
        ],
        tips=("task", "model", "params", "train_flops", "reference"),
        height=34 * rows["entry"].nunique(),
    )


LOSS = "wei2022_fig5_fig6_error_vs_cross_entropy"
LOSS_TASKS = (
    "ipa_transliterate",
    "modified_arithmetic",
    "word_unscramble",
    "figure_of_speech_detection",
    "logical_arguments",
    "sports_understanding",
)
LOSS_CURVES = ("error_rate", "error_rate_sampled", "cross_entropy_loss", "neg_log_prob_incorrect")


@chapter.figure(
    "error-vs-cross-entropy",
    tables=[LOSS],
    curve=["task", "loss_curve"],
    controls=[Choice("task", LOSS_TASKS), SCALE],
)
def error_vs_cross_entropy(task, x):
    """Error rate (percent) and cross-entropy (nats) of the same models on one task, by training compute or size."""
    rows = published(LOSS).assign(temperature=data.load(LOSS)["temperature"])
    rows = rows[(rows["task"] == task) & (rows["metric"] != "neg_log_prob_correct")]
    error = rows["metric"].str.startswith("error_rate")
    curve = rows["metric"].mask(error, "error_rate")
    curve = curve.mask(error & (rows["temperature"] == 1), "error_rate_sampled")
    # Percent beside nats: one axis format serves both panels, so the error keeps its printed unit.
    rows = rows.assign(
        panel=np.where(error, "error_panel", "loss_panel"),
        value=rows["value_printed"],
        chance=rows["chance"] * 100,
        loss_curve=curve,
    )
    rows = with_chance(rows.sort_values(["panel", "loss_curve", "params"], kind="stable"))
    columns = "panel loss_curve kind family model params train_flops task metric value unit_printed"
    return rows[columns.split()]


@error_vs_cross_entropy.draw
def _(rows, x, task, columns):
    return plot_panels(
        rows,
        ("error_panel", "loss_panel"),
        size(x, over=published(LOSS)),
        linear("value", title="", ticks=5, zero=True),
        Series("loss_curve", LOSS_CURVES).only(rows),
        columns,
        independent=("y",),
        height=190,
    )


MMLU_FAMILIES = ("GPT-3", "Gopher", "Chinchilla", "PaLM", "LLaMA", "Llama 2")
MMLU_SETUPS = {
    "GPT-3": "Hendrycks2020 Table 1",
    "PaLM": "Chowdhery2022 (PaLM) Table 6",
    "LLaMA": "Touvron2023 (LLaMA) Table 9",
    "Llama 2": "Touvron2023b (Llama 2) Table 3",
}
MMLU_TASKS = {
    "MMLU": "mmlu_average",
    "MMLU STEM": "mmlu_stem",
    "MMLU Humanities": "mmlu_humanities",
    "MMLU Social Sciences": "mmlu_social_science",
    "mmlu_stem": "mmlu_stem",
    "mmlu_humanities": "mmlu_humanities",
    "mmlu_social_science": "mmlu_social_science",
}


@cache
def mmlu_curves() -> pd.DataFrame:
    """MMLU by model family, one set-up per family; compute as printed, else 6 x parameters x tokens (column `compute_basis`)."""
    tables = pick(published("mmlu_by_size"), setting="few_shot")
    setup = tables["setup"].str.split(": ", n=1).str[1]
    tables = tables[setup == tables["family"].map(MMLU_SETUPS)]
    drawn = data.load("wei2022_fig4_perplexity_compute_mmlu")
    by_model = drawn.set_index(["family", "params"])
    compute = by_model[by_model["panel"] == "flops_vs_params"]["value"]
    perplexity = by_model[by_model["panel"] == "ppl_vs_params"]["value"]
    average = pick(drawn, panel="mmlu_vs_params")
    average = average.assign(
        kind="published",
        model=average["family"] + " " + average["model"],
        task="MMLU",
        metric="accuracy",
        value=average["value"] / 100,
        setup="wei2022_fig4_perplexity_compute_mmlu",
    )
    categories = published("wei2022_fig10_mmlu_categories")
    rows = pd.concat([tables, average, categories[categories["task"] != "MMLU"]])
    key = pd.MultiIndex.from_frame(rows[["family", "params"]])
    rows["wikitext_perplexity"] = key.map(perplexity)
    flops = rows["train_flops"].fillna(pd.Series(key.map(compute), index=rows.index))
    rows["compute_basis"] = np.where(flops.notna(), "printed", "six_n_d")
    rows["train_flops"] = flops.fillna(6 * rows["params"] * rows["train_tokens"])
    return rows.assign(task=rows["task"].map(MMLU_TASKS)).dropna(subset=["task"])


@chapter.figure(
    "mmlu-by-flops",
    tables=[
        "mmlu_by_size",
        "wei2022_fig4_perplexity_compute_mmlu",
        "wei2022_fig10_mmlu_categories",
    ],
    curve=["family"],
    controls=[
        Choice("task", ("mmlu_average", "mmlu_stem", "mmlu_humanities", "mmlu_social_science")),
        Choice("x", ("train_flops", "params", "wikitext_perplexity")),
    ],
)
def mmlu_by_flops(task, x):
    """MMLU (fractions) of six families by training compute, size, or perplexity on WikiText, beside guessing."""
    rows = pick(mmlu_curves(), task=task).dropna(subset=[x])
    rows = rows.sort_values(["family", "params"], kind="stable")
    chance = {"kind": "reference", "model": label("random_guessing"), "task": task, "value": 0.25}
    columns = "kind family model params train_flops compute_basis wikitext_perplexity task n_shots metric value setup flag_note"
    return pd.concat([rows, pd.DataFrame([chance])])[columns.split()]


@mmlu_by_flops.draw
def _(rows, x):
    falling = log("wikitext_perplexity", (22, 6.5), ticks=(20, 15, 10, 8, 7), grid=False)
    return plot(
        rows,
        x=falling if x == "wikitext_perplexity" else size(x, over=mmlu_curves()),
        y=share(domain=(0, 0.9)),
        by=Series("family", MMLU_FAMILIES),
    )


SOTA = "wei2022_fig13_few_shot_vs_prior_sota"
SOTA_PANELS = {"triviaqa": "13A", "physical_qa": "13B", "GSM8K": "13C", "okvqa": "13D"}


@chapter.figure("few-shot-vs-sota", tables=[SOTA], curve=["panel", "family"])
def few_shot_vs_sota():
    """Scores with examples in the prompt (fractions) by size, beside the best model tuned for the task until then."""
    rows = published(SOTA).assign(finetuned=data.load(SOTA)["prior_sota_finetuned"] / 100)
    rows = rows.assign(panel=rows["task"].map(SOTA_PANELS))
    rows = rows.sort_values(["panel", "params"], kind="stable")
    best = rows.drop_duplicates("panel")
    nobody = {"kind": "reference", "family": None, "params": np.nan, "setting": "finetuned"}
    best = best.assign(model=label("prior_finetuned"), value=best["finetuned"], **nobody)
    columns = "panel kind family model params task setting metric value"
    return pd.concat([rows, best])[columns.split()]


@few_shot_vs_sota.draw
def _(rows, columns):
    x = size("params", over=published(SOTA))
    by = Series("family", ("GPT-3", "PaLM", "Flamingo"))
    return plot_panels(rows, tuple(SOTA_PANELS.values()), x, share(), by, columns)
