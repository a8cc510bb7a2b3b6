"""Figures of the chapter on emergence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import marks as m
from emergence.figure import Choice, Figure, Live, Predict, Slider
from emergence.models import addition, load, pack
from emergence.text import label
from emergence.theme import PALETTE, kind_scales

__all__ = [
    "few_shot_panels",
    "augmented_prompting_panels",
    "ladder",
    "gpt3_arithmetic",
    "metric_lens",
    "four_lenses",
    "error_vs_cross_entropy",
    "mirage_arithmetic",
    "mmlu_by_flops",
    "open_models",
    "pythia_training",
    "bigbench_classes",
    "multi_step_dial",
    "vision_mirage",
    "palm_bigbench_lite",
    "few_shot_vs_sota",
    "own_seeds",
    "own_learning",
    "live_addition",
]

CHAPTER = "emergence"
SCALE = Choice("x", ("train_flops", "params"))


# --- shared parts ----------------------------------------------------------------------------------------------------
@cache
def _rows(table: str) -> pd.DataFrame:
    """The rows of one table in the schema of `data.evaluations`, scores as fractions."""
    rows = data.evaluations()
    return rows[rows["table"] == table].assign(kind="published").reset_index(drop=True)


def _with_chance(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of some panels and, per panel, one reference row with the score of random guessing, where it is known."""
    chance = (
        rows.dropna(subset=["chance"])
        .groupby("panel", sort=False, as_index=False)
        .agg(value=("chance", "first"), task=("task", "first"))
    )
    return pd.concat([rows, chance.assign(kind="reference", model=label("random_guessing"))])


def _panels(
    frame: pd.DataFrame,
    panels: Sequence[str],
    x: alt.X,
    y: alt.Y,
    color: alt.Color,
    shape: alt.Shape,
    columns: int,
    independent: bool = False,
    height: int = 140,
) -> alt.FacetChart:
    """Small multiples: lines through points, a dashed rule for reference rows, one cell per value of the column `panel`."""
    base = alt.Chart().transform_filter("datum.kind !== 'reference'")
    dash = [kind_scales()["strokeDash"]] if "simulation" in set(frame["kind"]) else []
    layers = alt.layer(
        base.mark_line(strokeWidth=1.8).encode(x, y, color, *dash),
        base.mark_point(size=42, filled=not dash, opacity=1).encode(
            x, y, color, shape, tooltip=m.tooltip(frame, TIPS)
        ),
        alt.Chart().transform_filter("datum.kind === 'reference'").mark_rule().encode(y=y),
    ).properties(width=150, height=height)
    head = alt.Header(labelExpr=m.label_expr(panels), labelLimit=260)
    chart = layers.facet(
        data=frame,
        facet=alt.Facet("panel:N", sort=list(panels), header=head, title=None),
        columns=min(columns, 2) if len(panels) in (2, 4) else columns,
    )
    return chart.resolve_scale(y="independent") if independent else chart


TIPS = (*m.TOOLTIP[:-1], "flag_note")


def _rows_of(names: pd.Series, step: int) -> dict:
    """Size of a chart with one row of `step` pixels per name, as wide as the page."""
    return {"width": "container", "height": step * names.nunique()}


def _score_y(y_scale: str, top: float = 0.7) -> alt.Y:
    """Vertical axis for the column `shown`, linear up to `top` or logarithmic (where 0 is drawn at the bottom edge)."""
    if y_scale == "linear_axis":
        return m.axis_y("shown", domain=(0, top), title=label("value"))
    return alt.Y(
        "shown:Q",
        scale=alt.Scale(type="log", domain=[BOTTOM / 1.3, 1]),
        title=label("value"),
        axis=alt.Axis(format="~%", values=[1e-4, 1e-3, 1e-2, 1e-1, 1]),
    )


def _only(encoding, values: Sequence[str]):
    """The same series encoding with only these entries in its legend."""
    encoding["legend"]["values"] = [v for v in encoding["scale"]["domain"] if v in values]
    return encoding


# --- 1 and 2: the figures of Wei et al. -------------------------------------------------------------------------------
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
FEW_SHOT_FAMILIES = ("LaMDA", "GPT-3", "Gopher", "Chinchilla", "PaLM")
COLUMNS = [
    "kind",
    "family",
    "model",
    "params",
    "train_flops",
    "task",
    "setting",
    "n_shots",
    "metric",
    "value",
    "setup",
    "flag_note",
]


@cache
def _few_shot() -> pd.DataFrame:
    """Figure 2 of Wei et al. at the nominal size and training compute of each model (their Table 2), not where a slip put it."""
    rows, printed = _rows(FEW_SHOT), data.load(FEW_SHOT)
    if not np.allclose(rows["value_printed"], printed["value"]):
        raise data.DataError(f"The rows of {FEW_SHOT} are not in the order of its file.")
    return rows.assign(
        train_flops=printed["train_flops_table2"].to_numpy(),
        panel=rows["task"].map(FEW_SHOT_PANELS),
    )


@cache
def few_shot_panels() -> Figure:
    def frame(x):
        return _with_chance(_few_shot().sort_values(["panel", "family", "params"], kind="stable"))[
            ["panel", *COLUMNS]
        ]

    def chart(rows, x, columns):
        return _panels(
            rows,
            tuple(FEW_SHOT_PANELS.values()),
            m.axis_x(_few_shot(), x),
            m.axis_y(domain=(0, 0.7)),
            *m.series("family", FEW_SHOT_FAMILIES),
            columns,
        )

    return Figure(
        "wei-few-shot-panels",
        CHAPTER,
        [FEW_SHOT],
        frame,
        chart,
        [SCALE],
        curve=["family", "panel"],
        facts=numbers,
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


@cache
def augmented_prompting_panels() -> Figure:
    def frame(x):
        rows = _rows(PROMPTING)
        rows = rows.assign(
            technique=rows["setting"].map(TECHNIQUE), panel=rows["task"].map(PROMPTING_PANELS)
        )
        return rows.sort_values(["panel", "technique", "params"], kind="stable")[
            ["panel", "technique", *COLUMNS]
        ]

    def chart(rows, x, columns):
        y = alt.Y(
            "value:Q",
            scale=alt.Scale(zero=True),
            axis=alt.Axis(format=".0%", tickCount=5),
            title=label("value"),
        )
        return _panels(
            rows,
            tuple(PROMPTING_PANELS.values()),
            m.axis_x(_rows(PROMPTING), x),
            y,
            *m.series("technique", ["without_technique", "with_technique"]),
            columns,
            independent=True,
        )

    return Figure(
        "wei-augmented-prompting-panels",
        CHAPTER,
        [PROMPTING],
        frame,
        chart,
        [SCALE],
        curve=["panel", "setting"],
        facts=numbers,
    )


# --- 3: Table 1 of Wei et al. -----------------------------------------------------------------------------------------
@cache
def _table1() -> pd.DataFrame:
    rows = data.load("emergent_table1_scales").dropna(subset=["emergence_params"])
    rows = rows.rename(
        columns={
            "emergence_train_flops": "train_flops",
            "emergence_params": "params",
            "model_family": "family",
            "ability": "task",
            "group": "setting",
        }
    )
    rows["setting"] = rows["setting"].map(
        {"few-shot prompting": "few_shot_prompting", "augmented prompting": "augmented_prompting"}
    )
    return rows.assign(kind="published", model=rows["family"] + " " + rows["params_as_printed"])


@cache
def ladder() -> Figure:
    families = tuple(_table1()["family"].unique())

    def frame(abilities, x):
        rows = _table1()
        if abilities != "all_abilities":
            rows = rows[(rows["setting"] == abilities) | (rows["family"] == abilities)]
        rows = rows.sort_values([x, "task"], kind="stable")
        rows["entry"] = rows["task"] + " · " + rows["model"]
        return rows[
            [
                "kind",
                "family",
                "model",
                "params",
                "train_flops",
                "task",
                "setting",
                "reference",
                "entry",
            ]
        ]

    def chart(rows, x, abilities):
        axis = m.axis_x(_table1(), x)
        row = alt.Y("entry:N", sort=None, axis=None, scale=alt.Scale(paddingInner=0.1))
        color, shape = m.series("setting", ["few_shot_prompting", "augmented_prompting"], title="")
        base = alt.Chart(rows).encode(y=row)
        return alt.layer(
            base.mark_rule(strokeDash=[1, 0], opacity=0.35, yOffset=7).encode(
                x=axis, x2=alt.value(0)
            ),
            base.mark_point(size=80, filled=True, opacity=1, yOffset=7).encode(
                axis,
                color,
                shape,
                tooltip=m.tooltip(rows, ("task", "model", "params", "train_flops", "reference")),
            ),
            base.mark_text(
                align="left", fontSize=11, dy=-6, x=2, limit=alt.ExprRef("width - 2")
            ).encode(text="entry:N"),
        ).properties(**_rows_of(rows["entry"], 34))

    return Figure(
        "wei-ladder",
        CHAPTER,
        ["emergent_table1_scales"],
        frame,
        chart,
        [
            Choice(
                "abilities",
                ("all_abilities", "few_shot_prompting", "augmented_prompting", *families),
            ),
            SCALE,
        ],
        columns=["task", "setting", "model", "params", "train_flops", "reference"],
        facts=numbers,
    )


# --- 4: arithmetic of GPT-3 -------------------------------------------------------------------------------------------
ARITHMETIC = ("3D+", "2D+", "2D-", "3D-", "4D+", "4D-", "5D+", "5D-", "2Dx", "1DC")


@cache
def gpt3_arithmetic() -> Figure:
    def frame(task, x):
        rows = _rows("gpt3_table_h1")
        rows = rows[rows["task"] == task].sort_values(["setting", "params"], kind="stable")
        return rows[COLUMNS]

    def chart(rows, x):
        return m.curves(
            rows,
            m.axis_x(_rows("gpt3_table_h1"), x),
            m.axis_y(),
            *m.series("setting", ["few_shot", "one_shot", "zero_shot"]),
        )

    return Figure(
        "gpt3-arithmetic",
        CHAPTER,
        ["gpt3_table_h1"],
        frame,
        chart,
        [Choice("task", ARITHMETIC), Choice("x", ("params", "train_flops"))],
        curve=["task", "setting"],
        predict=Predict("params", 1e11, "x", "value", {"setting": "few_shot"}),
        facts=numbers,
    )


# --- 5 and 6: the same answers under two metrics ----------------------------------------------------------------------
OPEN = "obs_emergent_capabilities"
IPA = "IPA transliterate"
IPA_ITEMS = 1003
"""Items behind the exact-match scores of the open models on IPA transliterate: the smallest number for which they are whole
numbers of items (see `formulas.items_behind`). Two models, Qwen-72B and Qwen1.5-72B, were scored on 1,000."""


@cache
def _open(table: str = OPEN) -> pd.DataFrame:
    rows = _rows(table)
    return rows.assign(model=rows["model"].str.split("/").str[-1])


@cache
def _mmlu() -> pd.Series:
    rows = _open("obs_base_llm_benchmarks")
    rows = rows[rows["task"] == "MMLU"]
    return rows.drop_duplicates("model").set_index("model")["value"]


LENS_DATA = {
    "open_ipa": (OPEN, IPA, ("bleu", "exact_match")),
    "lamda_ipa": (
        "wei2022_fig7_alternative_metrics",
        "ipa_transliterate",
        ("rouge1", "bleu", "exact_match"),
    ),
    "lamda_arithmetic": (
        "wei2022_fig7_alternative_metrics",
        "modified_arithmetic",
        ("rouge1", "sequence_f1", "exact_match"),
    ),
    "lamda_elements": (
        "wei2022_fig7_alternative_metrics",
        "periodic_elements",
        ("rouge1", "multiple_choice_grade", "exact_match"),
    ),
}
LENS_METRICS = ("exact_match", "bleu", "rouge1", "sequence_f1", "multiple_choice_grade")
BOTTOM = 2e-5
"""Where a score of 0 is drawn on a logarithmic axis: below every score that is not 0."""


@cache
def metric_lens() -> Figure:
    def frame(answers, y_scale, x):
        table, task, drawn = LENS_DATA[answers]
        rows = _open(table)
        rows = rows[(rows["task"] == task) & rows["metric"].isin(drawn)].dropna(
            subset=["train_flops"]
        )
        if table == OPEN:  # the same models under both metrics
            both = rows.groupby("model")["metric"].nunique()
            rows = rows[rows["model"].isin(both[both == 2].index)]
        shown = rows["value"] if y_scale == "linear_axis" else rows["value"].clip(lower=BOTTOM)
        return rows.assign(shown=shown).sort_values(["metric", "params"], kind="stable")[
            [*COLUMNS[:-1], "shown"]
        ]

    def chart(rows, answers, y_scale, x):
        y = _score_y(y_scale)
        color, shape = (_only(e, LENS_DATA[answers][2]) for e in m.series("metric", LENS_METRICS))
        horizontal = m.axis_x(_open(LENS_DATA[answers][0]).dropna(subset=["train_flops"]), x)
        base = alt.Chart(rows)
        points = base.mark_point(size=60, filled=True, opacity=0.85).encode(
            horizontal, y, color, shape, tooltip=m.tooltip(rows)
        )
        line = base.mark_line(strokeWidth=2).encode(horizontal, y, color)
        return (points if answers == "open_ipa" else alt.layer(line, points)).properties(
            width="container", height=320
        )

    return Figure(
        "metric-lens",
        CHAPTER,
        [OPEN, "wei2022_fig7_alternative_metrics"],
        frame,
        chart,
        [
            Choice("answers", tuple(LENS_DATA)),
            Choice("y_scale", ("log_axis", "linear_axis")),
            SCALE,
        ],
        columns=[*COLUMNS[:-1]],
        curve=["task", "metric"],
        facts=numbers,
    )


@cache
def _ipa() -> pd.DataFrame:
    """Open models on IPA transliterate under both metrics, with MMLU and LAMBADA perplexity where they are known."""
    rows = _open()
    rows = rows[rows["task"] == IPA].copy()
    rows["mmlu"] = rows["model"].map(_mmlu())
    last = data.load("pythia_evals")
    last = last[
        (last["task"] == "lambada_openai")
        & (last["metric"] == "ppl")
        & (last["setting"] == "zero_shot")
        & (last["step"].isna() | (last["step"] == 143000))
    ]
    rows["lambada_perplexity"] = rows["model"].map(
        last.drop_duplicates("model").set_index("model")["value"]
    )
    return rows


ITEMS = ("1003", "300", "100", "30")
LENS_X = ("params", "train_flops", "mmlu", "lambada_perplexity")


@cache
def _lens_rows(lens_models: str, metric: str) -> pd.DataFrame:
    """The models of one choice of the four lenses, scored by exact match or with partial credit (BLEU; for our sums, digits right)."""
    if lens_models == "open_models":
        return _ipa()[_ipa()["metric"] == ("bleu" if metric == "partial_credit" else metric)]
    rows = _own_scores()
    if lens_models == "addition_mean":
        rows = (
            rows.groupby(["width", "params"], as_index=False)
            .mean(numeric_only=True)
            .assign(model=lambda r: [label("addition_mean_of").format(width=w) for w in r["width"]])
        )
    drawn = "per_digit" if metric == "partial_credit" else metric
    tokens = SUMS_TRAINED * (addition.PROMPT + addition.ANSWER - 1)
    return rows.assign(
        kind="miniature",
        task=label("addition_task"),
        metric=drawn,
        value=rows[drawn],
        train_flops=6.0 * rows["params"] * tokens,
        mmlu=np.nan,
        lambada_perplexity=np.nan,
        digit_perplexity=np.exp(rows["cross_entropy"]),
        family="",
    )


@cache
def four_lenses() -> Figure:
    def frame(lens_models, metric, x, test_items, y_scale):
        rows = _lens_rows(lens_models, metric)
        if lens_models == "open_models":
            rows = rows.dropna(subset=[x])
        rows = rows.sort_values(["params", "model"], kind="stable")
        n = int(test_items)
        low, high = formulas.wilson_interval(rows["value"], n)
        blind = float(formulas.hidden_below(n))
        exact, counted = (
            metric == "exact_match",
            metric == "exact_match" and lens_models != "addition_mean",
        )
        rows = rows.assign(
            wilson_low=low if counted else np.nan,
            wilson_high=high if counted else np.nan,
            at_test_size=[
                "visible" if v >= blind or not exact else "below_resolution" for v in rows["value"]
            ],
        )
        if exact:
            rule = pd.DataFrame(
                {
                    "kind": ["reference"],
                    "value": [blind],
                    "model": [label("resolution_limit")],
                    "metric": [metric],
                    "task": [rows["task"].iloc[0]],
                }
            )
            rows = pd.concat([rows, rule])
        floor = 0.0 if y_scale == "linear_axis" else BOTTOM
        rows = rows.assign(
            shown=rows["value"].clip(lower=floor), shown_low=rows["wilson_low"].clip(lower=floor)
        )
        return rows.reindex(columns=[*LENS_COLUMNS, "at_test_size", "shown", "shown_low"])

    def chart(rows, lens_models, x, y_scale):
        ours = lens_models != "open_models"
        axis = _own_axis(x) if ours else _lens_axis(x)
        y = _score_y(y_scale, 1.0 if ours else 0.7)
        color, shape = m.series("at_test_size", ["visible", "below_resolution"], title="")
        base = alt.Chart(rows)
        points = base.transform_filter("datum.kind !== 'reference'")
        limit = base.transform_filter("datum.kind === 'reference'")
        line = (
            [
                points.mark_line(strokeWidth=2, color="currentColor").encode(
                    axis, y, kind_scales()["strokeDash"]
                )
            ]
            if lens_models == "addition_mean"
            else []
        )
        return alt.layer(
            points.mark_rule(strokeDash=[1, 0], opacity=0.45).encode(
                axis, alt.Y("shown_low:Q", title=label("value")), alt.Y2("wilson_high:Q")
            ),
            *line,
            points.mark_point(size=60, filled=not ours, strokeWidth=2, opacity=0.9).encode(
                axis, y, color, shape, tooltip=m.tooltip(rows, LENS_COLUMNS[2:])
            ),
            limit.mark_rule().encode(y=y),
            limit.mark_text(align="left", x=4, dy=-6, fontSize=11).encode(y=y, text="model:N"),
        ).properties(width="container", height=320)

    return Figure(
        "four-lenses",
        CHAPTER,
        [OPEN, "obs_base_llm_benchmarks", "pythia_evals"],
        frame,
        chart,
        [
            Choice("lens_models", ("open_models", "addition_seeds", "addition_mean")),
            Choice("metric", ("exact_match", "partial_credit")),
            Choice("x", LENS_X),
            Choice("test_items", ITEMS),
            Choice("y_scale", ("linear_axis", "log_axis")),
        ],
        columns=LENS_COLUMNS,
        facts=numbers,
        runs=[ADDITION],
    )


LENS_COLUMNS = [
    "kind",
    "family",
    "model",
    "params",
    "train_flops",
    "mmlu",
    "lambada_perplexity",
    "digit_perplexity",
    "task",
    "metric",
    "value",
    "wilson_low",
    "wilson_high",
]


def _lens_axis(x: str) -> alt.X:
    if x == "lambada_perplexity":
        return alt.X(
            "lambada_perplexity:Q",
            scale=alt.Scale(type="log", domain=[160, 3], nice=False),
            title=label(x),
            axis=alt.Axis(grid=False, values=[4, 6, 10, 20, 50, 100]),
        )
    if x == "mmlu":
        return alt.X(
            "mmlu:Q",
            scale=alt.Scale(domain=[0.2, 0.9]),
            title=label(x),
            axis=alt.Axis(grid=False, format=".0%", tickCount=6),
        )
    return m.axis_x(_ipa().dropna(subset=[x]), x)


def _own_axis(x: str) -> alt.X:
    """The same axis for models that add: perplexity is that of the digits, and in place of MMLU, which they cannot take, stands their size."""
    if x == "lambada_perplexity":
        return alt.X(
            "digit_perplexity:Q",
            scale=alt.Scale(type="log", domain=[6.5, 0.97], nice=False),
            title=label("digit_perplexity"),
            axis=alt.Axis(grid=False, values=[1, 2, 3, 4, 6]),
        )
    return m.axis_x(_lens_rows("addition_seeds", "exact_match"), "params" if x == "mmlu" else x)


# --- 7: error rate beside loss ----------------------------------------------------------------------------------------
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


@cache
def error_vs_cross_entropy() -> Figure:
    def frame(task, x):
        rows = _rows(LOSS).assign(temperature=data.load(LOSS)["temperature"])
        rows = rows[(rows["task"] == task) & (rows["metric"] != "neg_log_prob_correct")]
        error = rows["metric"].str.startswith("error_rate")
        sampled = error & (rows["temperature"] == 1)
        # percent beside nats: one axis format serves both panels, so the error keeps its printed unit
        rows = rows.assign(
            panel=np.where(error, "error_panel", "loss_panel"),
            value=rows["value_printed"],
            chance=rows["chance"] * 100,
            loss_curve=rows["metric"].mask(error, "error_rate").mask(sampled, "error_rate_sampled"),
        )
        rows = _with_chance(rows.sort_values(["panel", "loss_curve", "params"], kind="stable"))
        return rows[
            [
                "panel",
                "loss_curve",
                "kind",
                "family",
                "model",
                "params",
                "train_flops",
                "task",
                "metric",
                "value",
                "unit_printed",
            ]
        ]

    def chart(rows, x, task, columns):
        y = alt.Y("value:Q", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5), title=None)
        series = (
            _only(e, rows["loss_curve"].unique()) for e in m.series("loss_curve", LOSS_CURVES)
        )
        return _panels(
            rows,
            ("error_panel", "loss_panel"),
            m.axis_x(_rows(LOSS), x),
            y,
            *series,
            columns,
            independent=True,
            height=190,
        )

    return Figure(
        "error-vs-cross-entropy",
        CHAPTER,
        [LOSS],
        frame,
        chart,
        [Choice("task", LOSS_TASKS), SCALE],
        curve=["task", "loss_curve"],
        facts=numbers,
    )


# --- 8: the mirage ----------------------------------------------------------------------------------------------------
MIRAGE = "schaeffer2023_fig3_fig4_arithmetic_metrics"
MIRAGE_SOURCES = ("addition_2int_4digit", "multiplication_2int_2digit", "mathematical_model")


@cache
def mirage_arithmetic() -> Figure:
    @cache
    def points():
        rows = data.load(MIRAGE)
        rows = rows[
            (rows["figure"].astype(str) == "3")
            & (rows["temperature"].isna() | (rows["temperature"] == 0))
        ]
        return rows.assign(
            kind=np.where(rows["panel"] == "mathematical_model", "simulation", "published"),
            task=rows["panel"],
            panel=rows["metric"].map(
                {"accuracy": "mirage_accuracy", "neg_token_edit_distance": "mirage_edit"}
            ),
            params=rows["params_read"].round(-6),
            answer_tokens=rows["target_length"].astype(str),
            model=rows["model"].where(
                rows["family"] != "GPT-3", "GPT-3 " + rows["model"].astype(str)
            ),
        )

    def frame(task):
        rows = points()[points()["task"] == task].sort_values(
            ["panel", "answer_tokens", "params"], kind="stable"
        )
        return rows[
            [
                "panel",
                "answer_tokens",
                "kind",
                "family",
                "model",
                "params",
                "task",
                "metric",
                "value",
            ]
        ]

    def chart(rows, task, columns):
        # only accuracies lie above 0: they alone are written in percent
        axis = alt.Axis(
            tickCount=6,
            labelExpr="datum.value > 0 ? format(datum.value, '.0%') : format(datum.value, 'd')",
        )
        y = alt.Y("value:Q", axis=axis, title=None)
        return _panels(
            rows,
            ("mirage_accuracy", "mirage_edit"),
            m.axis_x(points(), "params"),
            y,
            *m.series("answer_tokens", ["1", "2", "3", "4", "5"]),
            columns,
            independent=True,
            height=230,
        )

    return Figure(
        "mirage-arithmetic",
        CHAPTER,
        [MIRAGE],
        frame,
        chart,
        [Choice("task", MIRAGE_SOURCES)],
        curve=["task", "panel", "answer_tokens"],
        facts=numbers,
    )


# --- 9: MMLU ----------------------------------------------------------------------------------------------------------
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
def _mmlu_curves() -> pd.DataFrame:
    """MMLU by model family, one set-up per family; compute as printed, else 6 x parameters x tokens (column `compute_basis`)."""
    tables = _rows("mmlu_by_size")
    tables = tables[
        [
            MMLU_SETUPS.get(f) == s.split(": ", 1)[1] and shots == "few_shot"
            for f, s, shots in zip(tables["family"], tables["setup"], tables["setting"])
        ]
    ]
    drawn = data.load("wei2022_fig4_perplexity_compute_mmlu").set_index(["family", "params"])
    compute = drawn[drawn["panel"] == "flops_vs_params"]["value"]
    perplexity = drawn[drawn["panel"] == "ppl_vs_params"]["value"]
    average = (
        drawn[drawn["panel"] == "mmlu_vs_params"]
        .reset_index()
        .assign(task="MMLU", metric="accuracy", kind="published")
    )
    average = average.assign(
        model=average["family"] + " " + average["model"],
        value=average["value"] / 100,
        setup="wei2022_fig4_perplexity_compute_mmlu",
    )
    categories = _rows("wei2022_fig10_mmlu_categories")
    rows = pd.concat([tables, average, categories[categories["task"] != "MMLU"]])
    key = pd.MultiIndex.from_frame(rows[["family", "params"]])
    rows["perplexity"] = key.map(perplexity)
    rows["train_flops"] = rows["train_flops"].fillna(pd.Series(key.map(compute), index=rows.index))
    printed = rows["train_flops"].notna()
    rows["train_flops"] = rows["train_flops"].fillna(6 * rows["params"] * rows["train_tokens"])
    rows["compute_basis"] = np.where(printed, "printed", "six_n_d")
    return rows.assign(task=rows["task"].map(MMLU_TASKS)).dropna(subset=["task"])


@cache
def mmlu_by_flops() -> Figure:
    def frame(task, x):
        rows = _mmlu_curves()
        rows = (
            rows[rows["task"] == task]
            .rename(columns={"perplexity": "wikitext_perplexity"})
            .dropna(subset=[x])
        )
        rows = rows.sort_values(["family", "params"], kind="stable")
        chance = pd.DataFrame(
            {
                "kind": ["reference"],
                "model": [label("random_guessing")],
                "task": [task],
                "value": [0.25],
            }
        )
        return pd.concat([rows, chance])[
            [
                "kind",
                "family",
                "model",
                "params",
                "train_flops",
                "compute_basis",
                "wikitext_perplexity",
                "task",
                "n_shots",
                "metric",
                "value",
                "setup",
                "flag_note",
            ]
        ]

    def chart(rows, x):
        if x == "wikitext_perplexity":
            horizontal = alt.X(
                f"{x}:Q",
                scale=alt.Scale(type="log", domain=[22, 6.5], nice=False),
                title=label(x),
                axis=alt.Axis(grid=False, values=[20, 15, 10, 8, 7]),
            )
        else:
            horizontal = m.axis_x(_mmlu_curves(), x)
        return m.curves(
            rows, horizontal, m.axis_y(domain=(0, 0.9)), *m.series("family", MMLU_FAMILIES)
        )

    return Figure(
        "mmlu-by-flops",
        CHAPTER,
        ["mmlu_by_size", "wei2022_fig4_perplexity_compute_mmlu", "wei2022_fig10_mmlu_categories"],
        frame,
        chart,
        [
            Choice("task", ("mmlu_average", "mmlu_stem", "mmlu_humanities", "mmlu_social_science")),
            Choice("x", ("train_flops", "params", "wikitext_perplexity")),
        ],
        curve=["family"],
        facts=numbers,
    )


# --- 10: open models --------------------------------------------------------------------------------------------------
BASE = "obs_base_llm_benchmarks"
OPEN_TASKS = {
    "open_add2": (OPEN, "2-digit addition", "accuracy"),
    "open_add3": (OPEN, "3-digit addition", "accuracy"),
    "open_sub3": (OPEN, "3-digit subtraction", "accuracy"),
    "open_mul2": (OPEN, "2-digit multiplication", "accuracy"),
    "open_unscramble": (OPEN, "Word unscrambling", "exact_match"),
    "open_persian": (OPEN, "ParsiNLU QA (Persian QA)", "accuracy"),
    "open_ipa_exact": (OPEN, IPA, "exact_match"),
    "open_ipa_bleu": (OPEN, IPA, "bleu"),
    "open_mmlu": (BASE, "MMLU", "accuracy"),
    "open_gsm8k": (BASE, "GSM8K", "accuracy"),
    "open_hellaswag": (BASE, "HellaSwag", "accuracy"),
    "open_truthfulqa": (BASE, "TruthfulQA", "accuracy"),
}
OPEN_FAMILIES = (
    "Pythia",
    "OPT",
    "BLOOM",
    "GPT-Neo/J",
    "Llama",
    "Llama-2",
    "Qwen1.5",
    "other_families",
)


@cache
def _open_task(key: str) -> pd.DataFrame:
    table, task, metric = OPEN_TASKS[key]
    rows = _open(table)
    rows = rows[(rows["task"] == task) & (rows["metric"] == metric)].drop_duplicates("model")
    rows = rows.assign(
        mmlu=rows["model"].map(_mmlu()),
        group=rows["family"].where(rows["family"].isin(OPEN_FAMILIES), "other_families"),
    )
    if key == "open_persian":  # four options per question; Wei et al. draw the same line
        rows["chance"] = 0.25
    return rows


@cache
def open_models() -> Figure:
    def frame(task, x):
        rows = _open_task(task).dropna(subset=[x]).sort_values(["group", x], kind="stable")
        chance = rows["chance"].dropna().unique()
        rows = rows.assign(task=task)
        if len(chance):
            rows = pd.concat(
                [
                    rows,
                    pd.DataFrame(
                        {
                            "kind": ["reference"],
                            "model": [label("random_guessing")],
                            "task": [task],
                            "value": chance[:1],
                        }
                    ),
                ]
            )
        return rows[
            [
                "kind",
                "group",
                "family",
                "model",
                "params",
                "train_flops",
                "mmlu",
                "task",
                "metric",
                "value",
                "flag_note",
            ]
        ]

    def chart(rows, x):
        every = pd.concat([_open(OPEN), _open(BASE)])
        horizontal = (
            alt.X(
                "mmlu:Q",
                scale=alt.Scale(domain=[0.2, 0.9]),
                title=label("mmlu"),
                axis=alt.Axis(grid=False, format=".0%", tickCount=6),
            )
            if x == "mmlu"
            else m.axis_x(every, x)
        )
        y = m.axis_y()
        color, shape = m.series("group", OPEN_FAMILIES, title=label("family"))
        base = alt.Chart(rows)
        flat = base.transform_filter("datum.kind === 'reference'")
        points = base.transform_filter("datum.kind === 'published'")
        return alt.layer(
            points.transform_filter("datum.group !== 'other_families'")
            .mark_line(strokeWidth=1.5)
            .encode(horizontal, y, color),
            points.mark_point(size=55, filled=True, opacity=1).encode(
                horizontal,
                y,
                color,
                shape,
                tooltip=m.tooltip(
                    rows, ("model", "params", "train_flops", "mmlu", "metric", "value", "flag_note")
                ),
            ),
            flat.mark_rule().encode(y=y),
            flat.mark_text(align="right", dy=-6, fontSize=11, x="width").encode(
                y=y, text="model:N"
            ),
        ).properties(width="container", height=340)

    return Figure(
        "emergent-open-models",
        CHAPTER,
        [OPEN, BASE],
        frame,
        chart,
        [Choice("task", tuple(OPEN_TASKS)), Choice("x", ("train_flops", "params", "mmlu"))],
        columns=[
            "kind",
            "family",
            "model",
            "params",
            "train_flops",
            "mmlu",
            "task",
            "metric",
            "value",
            "flag_note",
        ],
        facts=numbers,
    )


# --- 11: one run over training ----------------------------------------------------------------------------------------
PYTHIA_SIZES = {
    7.0426624e7: "70M",
    1.62322944e8: "160M",
    4.05334016e8: "410M",
    1.011781632e9: "1B",
    1.414647808e9: "1.4B",
    2.775208960e9: "2.8B",
    6.857302016e9: "6.9B",
    1.1846072320e10: "12B",
}
OPERATIONS = {
    "op_addition": "two-operand addition (x1 in 0-99)",
    "op_multiplication": "two-operand multiplication (x1 in 0-99)",
}


@cache
def _pythia() -> pd.DataFrame:
    """Deduplicated Pythia models over training: LAMBADA loss (ln perplexity, nats) and accuracy, arithmetic accuracy."""
    evals = data.load("pythia_evals")
    evals = evals[
        (evals["family"] == "Pythia")
        & evals["deduped"].fillna(False).astype(bool)
        & (evals["setting"] == "zero_shot")
        & (evals["task"] == "lambada_openai")
        & (evals["step"] >= 512)
    ]
    loss, accuracy = evals[evals["metric"] == "ppl"], evals[evals["metric"] == "acc"]
    sums = data.load("pythia_arithmetic")
    parts = [
        loss.assign(
            panel="lambada_loss", value=np.log(loss["value"]).round(6), metric="log_perplexity"
        ),
        accuracy.assign(
            panel="lambada_accuracy", value=(accuracy["value"] * 100).round(6), metric="accuracy"
        ),
        sums.assign(panel="sums", value=(sums["value"] * 100).round(6), metric="accuracy"),
    ]
    rows = pd.concat(parts).assign(kind="published", family="Pythia")
    sizes = pd.Series(PYTHIA_SIZES)
    nearest = [
        sizes.iloc[int(np.abs(np.log(sizes.index.to_numpy() / p)).argmin())]
        for p in rows["params"].astype(float)
    ]
    return rows.assign(pythia_size=nearest, train_tokens=rows["train_tokens"].astype(float))


@cache
def pythia_training() -> Figure:
    def frame(arithmetic_operation, arithmetic_shots):
        rows = _pythia()
        rows = rows[
            (rows["panel"] != "sums")
            | (
                (rows["task"] == OPERATIONS[arithmetic_operation])
                & (rows["n_shots"] == int(arithmetic_shots))
            )
        ]
        rows = rows.sort_values(["panel", "params", "train_tokens"], kind="stable")
        return rows[
            [
                "panel",
                "pythia_size",
                "kind",
                "family",
                "model",
                "params",
                "train_tokens",
                "task",
                "n_shots",
                "metric",
                "value",
            ]
        ]

    def chart(rows, columns):
        x = alt.X(
            "train_tokens:Q",
            scale=alt.Scale(type="log", domain=[9e8, 3.4e11], nice=False),
            title=label("train_tokens"),
            axis=alt.Axis(
                format="~s",
                values=[1e9, 1e10, 1e11],
                grid=False,
                labelExpr="replace(datum.label, 'G', 'B')",
            ),
        )
        y = alt.Y("value:Q", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5), title=None)
        return _panels(
            rows,
            ("lambada_loss", "lambada_accuracy", "sums"),
            x,
            y,
            *m.series("pythia_size", list(PYTHIA_SIZES.values())),
            columns,
            independent=True,
            height=190,
        )

    return Figure(
        "pythia-training",
        CHAPTER,
        ["pythia_evals", "pythia_arithmetic"],
        frame,
        chart,
        [
            Choice("arithmetic_operation", tuple(OPERATIONS)),
            Choice("arithmetic_shots", ("2", "0", "4", "8", "16")),
        ],
        curve=["panel", "pythia_size"],
        facts=numbers,
    )


# --- 12: BIG-bench ----------------------------------------------------------------------------------------------------
CLASSES = (
    "smoothly_increasing",
    "emergent_with_gpt3_or_lamda",
    "emergent_with_palm",
    "flat",
    "other_class",
)
CLASS_COLORS = [PALETTE[i] for i in (5, 1, 0, 7, 2)]
"""Bars have no shapes to tell them apart by, so the first four are colors that no reader confuses."""
CLASS_OF = {"other": "other_class", "emergent_with_lamda_gpt": "emergent_with_gpt3_or_lamda"}


@cache
def _bigbench() -> pd.DataFrame:
    """Three views of one question, in one schema: tasks by class, keywords by class, and metrics of emergent tasks."""
    tasks = data.load("emergent_bigbench_task_classes")
    tasks = tasks.assign(
        category=tasks["category"].replace(CLASS_OF), model=tasks["emerges_at_model"]
    )
    tasks["row"] = [
        label(c) if pd.isna(mo) else f"{label('emergent_at')} {mo}"
        for c, mo in zip(tasks["category"], tasks["model"])
    ]
    counts = tasks["row"].value_counts()
    tasks["order"] = tasks["category"].map(CLASSES.index)
    tasks["family"], tasks["billions"] = (
        tasks["model"].str.split().str[0],
        tasks["model"].str.extract(r"(\d+)B")[0].astype(float),
    )
    tasks = tasks.sort_values(["order", "family", "billions", "task"], kind="stable")
    tasks["position"] = tasks.groupby("row").cumcount() + 1
    tasks["row"] = [f"{r}: {counts[r]}" for r in tasks["row"]]
    words = data.load("wei2022_fig8_bigbench_keywords").rename(columns={"keyword": "task"})
    words = words.assign(category=words["category"].replace(CLASS_OF), row=words["task"])
    emergent = words[words["category"].str.startswith("emergent")].groupby("task")["value"].sum()
    words["order"] = -words["task"].map(emergent / words.groupby("task")["value"].sum())
    words = words.sort_values(["order", "task"], kind="stable")
    shares = data.load("schaeffer2023_fig5_metric_shares")
    shares = shares[shares["panel"] == "5C"].sort_values("count", ascending=False)
    shares = shares.assign(
        task=shares["category"],
        row=[label(f"metric_{c}") for c in shares["category"]],
        value=shares["count"],
        category="emergent_pairs",
    )
    return pd.concat(
        [
            tasks.assign(view="bigbench_tasks"),
            words.assign(view="bigbench_keywords"),
            shares.assign(view="bigbench_metrics"),
        ]
    ).assign(kind="published")


@cache
def bigbench_classes() -> Figure:
    def frame(bigbench_view):
        rows = _bigbench()
        return rows[rows["view"] == bigbench_view][
            ["kind", "row", "category", "task", "model", "position", "value"]
        ]

    def chart(rows, bigbench_view):
        base = alt.Chart(rows)
        color, shape = (
            _only(e, rows["category"].unique()) for e in m.series("category", CLASSES, title="")
        )
        color["scale"]["range"] = CLASS_COLORS
        if bigbench_view == "bigbench_tasks":
            x = alt.X(
                "position:Q",
                scale=alt.Scale(domain=[0, 60]),
                axis=alt.Axis(grid=False, tickCount=6),
                title=label("tasks_count"),
            )
            y = alt.Y("row:N", sort=None, axis=None)
            first = base.transform_filter("datum.position === 1")
            return alt.layer(
                base.mark_point(size=34, filled=True, opacity=1, yOffset=8).encode(
                    x,
                    y,
                    color,
                    shape,
                    tooltip=[
                        alt.Tooltip("task:N", title=label("task")),
                        alt.Tooltip("row:N", title=label("category")),
                    ],
                ),
                first.mark_text(align="left", fontSize=12, dy=-6, x=2).encode(y=y, text="row:N"),
            ).properties(**_rows_of(rows["row"], 36))
        y = alt.Y("row:N", sort=None, title=None, axis=alt.Axis(labelLimit=190))
        x = alt.X(
            "value:Q",
            axis=alt.Axis(tickCount=6),
            title=label("tasks_count" if bigbench_view == "bigbench_keywords" else "pairs_count"),
        )
        tips = m.tooltip(rows, ("row", "category", "value"))
        if bigbench_view == "bigbench_metrics":
            return (
                base.mark_bar(color=PALETTE[0])
                .encode(x, y, tooltip=tips)
                .properties(**_rows_of(rows["row"], 30))
            )
        order = alt.Order("rank:Q")
        rank = "indexof(" + str(list(CLASSES)) + ", datum.category)"
        return (
            base.transform_calculate(rank=rank)
            .mark_bar()
            .encode(x, y, color, order, tooltip=tips)
            .properties(**_rows_of(rows["row"], 20))
        )

    return Figure(
        "bigbench-classes",
        CHAPTER,
        [
            "emergent_bigbench_task_classes",
            "wei2022_fig8_bigbench_keywords",
            "schaeffer2023_fig5_metric_shares",
        ],
        frame,
        chart,
        [Choice("bigbench_view", ("bigbench_tasks", "bigbench_keywords", "bigbench_metrics"))],
        columns=["task", "category", "model", "value"],
        facts=numbers,
    )


# --- 13: p to the power L ---------------------------------------------------------------------------------------------
@cache
def multi_step_dial() -> Figure:
    sizes = np.logspace(7, 12, 51)

    def frame(answer_tokens, y_scale):
        token = formulas.token_accuracy(sizes)
        one = pd.DataFrame(
            {
                "kind": "simulation",
                "steps": "one_token",
                "params": sizes,
                "answer_tokens": 1,
                "value": token,
            }
        )
        every = one.assign(
            steps="all_tokens",
            answer_tokens=answer_tokens,
            value=formulas.chain_accuracy(token, answer_tokens),
        )
        rows = pd.concat([one, every])
        if y_scale == "log_axis":  # a logarithmic axis ends where a test of 10,000 items would
            rows = rows[rows["value"] >= 1e-4]
        return rows

    def chart(rows, y_scale):
        color, shape = m.series("steps", ["one_token", "all_tokens"], title="")
        x = m.axis_x(pd.DataFrame({"params": sizes}), "params")
        y = (
            m.axis_y()
            if y_scale == "linear_axis"
            else alt.Y(
                "value:Q",
                scale=alt.Scale(type="log", domain=[1e-4, 1]),
                title=label("value"),
                axis=alt.Axis(format="~%", values=[1e-4, 1e-3, 1e-2, 1e-1, 1]),
            )
        )
        base = alt.Chart(rows)
        halves = "abs(2 * log(datum.params) / LN10 - round(2 * log(datum.params) / LN10)) < 0.01"  # a mark per half decade
        return alt.layer(
            base.mark_line(strokeWidth=2.5).encode(x, y, color, kind_scales()["strokeDash"]),
            base.transform_filter(halves)
            .mark_point(size=60, filled=False, opacity=1)
            .encode(
                x, y, color, shape, tooltip=m.tooltip(rows, ("params", "answer_tokens", "value"))
            ),
        ).properties(width="container", height=320)

    return Figure(
        "multi-step-dial",
        CHAPTER,
        [],
        frame,
        chart,
        [Slider("answer_tokens", 1, 30, 1, 5), Choice("y_scale", ("linear_axis", "log_axis"))],
        simulation=True,
        facts=numbers,
    )


# --- 14: further evidence ---------------------------------------------------------------------------------------------
VISION = "schaeffer2023_fig7_fig8_fig11_vision"
VISION_CURVES = (
    "smooth_metric",
    "all 6 correct",
    "all 8 correct",
    "all 10 correct",
    "c=0.004",
    "c=0.003",
)


@cache
def vision_mirage() -> Figure:
    @cache
    def points():
        rows = data.load(VISION)
        rows = rows[rows["task"].isin(["mnist", "cifar100_reconstruction"])]
        smooth = rows["panel"] == "B"
        return rows.assign(
            kind="published",
            panel=np.where(smooth, "vision_smooth", "vision_sharp"),
            task="vision_" + rows["task"],
            rule=rows["variant"].mask(smooth, "smooth_metric"),
            model=rows["family"],
        )

    def frame(task):
        rows = points()[points()["task"] == task].sort_values(
            ["panel", "rule", "params"], kind="stable"
        )
        return rows[
            ["panel", "rule", "kind", "family", "model", "params", "task", "metric", "value"]
        ]

    def chart(rows, task, columns):
        y = alt.Y("value:Q", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5), title=None)
        series = (_only(e, rows["rule"].unique()) for e in m.series("rule", VISION_CURVES))
        known = points()[points()["task"] == task]
        return _panels(
            rows,
            ("vision_smooth", "vision_sharp"),
            m.axis_x(known, "params"),
            y,
            *series,
            columns,
            independent=True,
            height=190,
        )

    return Figure(
        "vision-mirage",
        CHAPTER,
        [VISION],
        frame,
        chart,
        [Choice("task", ("vision_cifar100_reconstruction", "vision_mnist"))],
        curve=["task", "rule"],
        facts=numbers,
    )


LITE = "palm_bigbench_lite_by_size"
PALM = {
    "PaLM 8B": "palm_8b",
    "PaLM 62B": "palm_62b",
    "PaLM 540B": "palm_540b",
    "Human (Avg.)": "average_rater",
}


@cache
def _lite() -> pd.DataFrame:
    """BIG-bench Lite tasks by PaLM size, with the excess of 540B over a line in log parameters through 8B and 62B (`excess`)."""
    rows = data.load(LITE)
    rows = rows[rows["model"].isin(PALM)].assign(value=lambda r: r["value"] / 100)
    rows["kind"] = np.where(rows["family"] == "human", "reference", "published")
    wide = rows.pivot(index="task", columns="model", values="value")
    small, middle, large = (
        np.log(rows.loc[rows["model"] == name, "params"].astype(float).iloc[0])
        for name in list(PALM)[:3]
    )
    line = wide["PaLM 62B"] + (wide["PaLM 62B"] - wide["PaLM 8B"]) * (large - middle) / (
        middle - small
    )
    return rows.assign(
        excess=rows["task"].map(wide["PaLM 540B"] - line),
        best=rows["task"].map(wide["PaLM 540B"]),
        who=rows["model"].map(PALM),
        entry=rows["task"].str.replace("_", " "),
    )


@cache
def palm_bigbench_lite() -> Figure:
    def frame(lite_order):
        rows = _lite().sort_values(
            ["excess" if lite_order == "by_excess" else "best", "task", "params"],
            ascending=[False, True, True],
        )
        rows["place"] = rows["task"].factorize()[0] + 1
        return rows[
            [
                "kind",
                "place",
                "entry",
                "who",
                "family",
                "model",
                "params",
                "task",
                "metric",
                "value",
                "excess",
            ]
        ]

    def chart(rows):
        x = alt.X(
            "value:Q",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format=".0%", tickCount=5, grid=True),
            title=label("value"),
        )
        y = alt.Y("entry:N", sort=None, axis=None)
        base = alt.Chart(rows)
        palm = base.transform_filter("datum.family === 'PaLM'")
        return alt.layer(
            palm.mark_line(strokeWidth=1.5, color="currentColor", opacity=0.4, yOffset=7).encode(
                x, y, detail="entry:N"
            ),
            base.mark_point(size=70, filled=True, opacity=1, yOffset=7).encode(
                x,
                y,
                *m.series("who", list(PALM.values()), title=""),
                tooltip=m.tooltip(rows, ("entry", "model", "value", "excess")),
            ),
            base.transform_filter("datum.who === 'palm_540b'")
            .mark_text(align="left", fontSize=11, dy=-6, x=2)
            .encode(y=y, text="entry:N"),
        ).properties(**_rows_of(rows["entry"], 34))

    return Figure(
        "palm-bigbench-lite",
        CHAPTER,
        [LITE],
        frame,
        chart,
        [Choice("lite_order", ("by_excess", "by_score"))],
        columns=["task", "model", "params", "metric", "value", "excess"],
        facts=numbers,
    )


SOTA = "wei2022_fig13_few_shot_vs_prior_sota"
SOTA_PANELS = {"triviaqa": "13A", "physical_qa": "13B", "GSM8K": "13C", "okvqa": "13D"}


@cache
def few_shot_vs_sota() -> Figure:
    def frame():
        rows = _rows(SOTA).assign(finetuned=data.load(SOTA)["prior_sota_finetuned"] / 100)
        rows = rows.assign(panel=rows["task"].map(SOTA_PANELS)).sort_values(
            ["panel", "params"], kind="stable"
        )
        lines = rows.drop_duplicates("panel").assign(
            kind="reference",
            model=label("prior_finetuned"),
            family=None,
            params=np.nan,
            setting="finetuned",
            value=lambda r: r["finetuned"],
        )
        return pd.concat([rows, lines])[
            ["panel", *COLUMNS[:4], "task", "setting", "metric", "value"]
        ]

    def chart(rows, columns):
        return _panels(
            rows,
            tuple(SOTA_PANELS.values()),
            m.axis_x(_rows(SOTA), "params"),
            m.axis_y(),
            *m.series("family", ("GPT-3", "PaLM", "Flamingo")),
            columns,
        )

    return Figure(
        "few-shot-vs-sota", CHAPTER, [SOTA], frame, chart, curve=["panel", "family"], facts=numbers
    )


# --- our own models: addition by size and seed -------------------------------------------------------------------------
ADDITION = "addition"
ADDS = 0.9
"""Exact match from which a model counts as one that adds."""
OWN_METRICS = ("exact_match", "per_digit", "cross_entropy")
GUESSED = float(np.log(10)) / addition.ANSWER
"""Cross-entropy per digit, in nats, of knowing all digits of the answer but one and guessing that one."""
SUMS_TRAINED = 1500 * 128
"""Examples that each model was trained on: steps times batch, as in the record."""


@cache
def _own_scores() -> pd.DataFrame:
    """The finished models, one row each: width, params, seed, the three measures, and whether the model adds."""
    rows = (
        data.curves(ADDITION, "scores")
        .sort_values(["width", "seed"], kind="stable")
        .reset_index(drop=True)
    )
    made = {(s["steps"] * s["batch"]) for s in data.run(ADDITION).settings}
    if made != {SUMS_TRAINED}:
        raise data.DataError(
            f"{ADDITION}: the record says {made} examples per model, the figures {SUMS_TRAINED}."
        )
    return rows.assign(
        kind="miniature",
        model=[
            label("addition_model").format(width=w, seed=s)
            for w, s in zip(rows["width"], rows["seed"])
        ],
        addition_outcome=np.where(rows["exact_match"] >= ADDS, "adds", "does_not_add"),
    )


def _own_y(metric: str) -> alt.Y:
    if metric == "cross_entropy":
        return alt.Y(
            "value:Q",
            scale=alt.Scale(domain=[0, 2], nice=False),
            axis=alt.Axis(tickCount=5),
            title=label("cross_entropy"),
        )
    return m.axis_y(title=label(metric))


@cache
def own_seeds() -> Figure:
    columns = [
        "kind",
        "model",
        "width",
        "params",
        "seed",
        "own_metric",
        "value",
        "addition_outcome",
        "spread",
    ]

    def frame(own_metric, seeds_drawn):
        rows = _own_scores().assign(own_metric=own_metric)
        rows["value"] = rows[own_metric]
        rows["spread"] = rows["params"] * (1 + 0.012 * (rows["seed"] - 7.5))  # seeds side by side
        mean = (
            rows.groupby(["width", "params"], as_index=False)["value"]
            .mean()
            .assign(
                kind="miniature",
                own_metric=own_metric,
                addition_outcome="mean_of_seeds",
                spread=lambda r: r["params"].astype(float),
                model=lambda r: [label("addition_mean_of").format(width=w) for w in r["width"]],
            )
        )
        rows = {"every_seed": rows, "mean_only": mean}.get(
            seeds_drawn, pd.concat([rows, mean], ignore_index=True)
        )
        if (
            own_metric == "cross_entropy"
        ):  # where k of the four digits are guessed and the others known
            levels = pd.DataFrame(
                {
                    "kind": "reference",
                    "own_metric": own_metric,
                    "value": [k * GUESSED for k in (1, 2, 3)],
                    "model": [label(f"digits_guessed_{k}") for k in (1, 2, 3)],
                }
            )
            rows = pd.concat([rows, levels], ignore_index=True)
        return rows.reindex(columns=columns).astype({"seed": "Int64"})

    def chart(rows, own_metric, seeds_drawn):
        groups = ("adds", "does_not_add", "mean_of_seeds")
        color, shape = (
            _only(e, {"every_seed": groups[:2], "mean_only": groups[2:]}.get(seeds_drawn, groups))
            for e in m.series("addition_outcome", groups, title="")
        )
        x = alt.X(
            "spread:Q",
            scale=alt.Scale(type="log", domain=[450, 40000], nice=False),
            title=label("params"),
            axis=alt.Axis(
                grid=False,
                values=sorted(int(p) for p in _own_scores()["params"].unique()),
                format=",d",
            ),
        )
        y = _own_y(own_metric)
        base = alt.Chart(rows).transform_filter("datum.kind === 'miniature'")
        mean = base.transform_filter("datum.addition_outcome === 'mean_of_seeds'")
        level = alt.Chart(rows).transform_filter("datum.kind === 'reference'")
        return alt.layer(
            level.mark_rule().encode(y=y),
            level.mark_text(align="right", dy=-6, fontSize=11, x="width").encode(
                y=y, text="model:N"
            ),
            mean.mark_line(strokeWidth=2).encode(x, y, color, kind_scales()["strokeDash"]),
            base.mark_point(size=70, filled=False, strokeWidth=2, opacity=0.9).encode(
                x, y, color, shape, tooltip=m.tooltip(rows, ("model", "params", "value"))
            ),
        ).properties(width="container", height=320)

    return Figure(
        "mini-addition-seeds",
        CHAPTER,
        [],
        frame,
        chart,
        [
            Choice("own_metric", OWN_METRICS),
            Choice("seeds_drawn", ("every_seed", "mean_only", "seeds_and_mean")),
        ],
        runs=[ADDITION],
        columns=columns[:-1],
        facts=numbers,
    )


@cache
def own_learning() -> Figure:
    outcome = _own_scores().set_index(["width", "seed"])["addition_outcome"]
    history = (
        data.curves(ADDITION, "history")
        .sort_values(["width", "seed", "step"], kind="stable")
        .rename(columns={"step": "train_step"})
    )
    history = history.assign(
        kind="miniature",
        addition_outcome=list(outcome.loc[list(zip(history["width"], history["seed"]))]),
    )

    def frame(own_width, own_metric):
        rows = history[history["width"] == int(own_width)]
        return rows.assign(own_metric=own_metric, value=rows[own_metric])[
            [
                "kind",
                "width",
                "params",
                "seed",
                "train_step",
                "own_metric",
                "value",
                "addition_outcome",
            ]
        ]

    def chart(rows, own_metric):
        color, shape = m.series("addition_outcome", ("adds", "does_not_add"), title="")
        x = alt.X(
            "train_step:Q",
            scale=alt.Scale(domain=[0, 1550], nice=False),
            axis=alt.Axis(grid=False, tickCount=6),
            title=label("train_step"),
        )
        y = _own_y(own_metric)
        if own_metric == "cross_entropy":
            y["scale"]["domain"] = [0, 2.4]
        base, each = alt.Chart(rows), alt.Detail("seed:N")
        return alt.layer(
            base.mark_line(strokeWidth=1.6, opacity=0.8).encode(
                x, y, color, each, kind_scales()["strokeDash"]
            ),
            base.transform_filter("datum.train_step % 500 === 0")
            .mark_point(size=50, filled=False, strokeWidth=2)
            .encode(x, y, color, shape, tooltip=m.tooltip(rows, ("seed", "train_step", "value"))),
        ).properties(width="container", height=320)

    return Figure(
        "mini-addition-training",
        CHAPTER,
        [],
        frame,
        chart,
        [
            Choice("own_width", tuple(str(w) for w in sorted(history["width"].unique())), "12"),
            Choice("own_metric", OWN_METRICS),
        ],
        runs=[ADDITION],
        facts=numbers,
    )


PLACES = ("carry", "hundreds", "tens", "ones")


@cache
def _live_models() -> list[dict]:
    """The models whose weights are kept, smallest first; at equal size the worse first."""
    rows = _own_scores().sort_values(["width", "exact_match"], kind="stable")
    kept = {file.removesuffix(".npz") for file in data.run(ADDITION).files if file.endswith(".npz")}
    return [
        {
            "name": name,
            "label": label("addition_live_model").format(params=f"{params:,}", seed=seed),
        }
        for name, params, seed in (
            (f"w{r.width}s{r.seed}", r.params, r.seed) for r in rows.itertuples()
        )
        if name in kept
    ]


LIVE_SUM = (487, 256)


def _answers_chart():
    """What every model writes for one sum, digit by digit."""
    rows = []
    a, b = (np.array([v]) for v in LIVE_SUM)
    right = addition.encode(a, b)[1][0]
    for known in _live_models():
        model = load(ADDITION, known["name"])
        digits = addition.write(model, a, b)[0]
        for place, digit, wanted in zip(PLACES[::-1], digits, right):
            rows.append(
                {
                    "kind": "miniature",
                    "tiny_model": known["label"],
                    "digit_place": place,
                    "digit_written": int(digit),
                    "right_digit": int(wanted),
                    "digit_is": "right_digit_written" if digit == wanted else "wrong_digit_written",
                    "digit_probability": np.nan,
                }
            )
    rows = pd.DataFrame(rows)
    color, shape = m.series("digit_is", ("right_digit_written", "wrong_digit_written"), title="")
    x = alt.X(
        "digit_place:N",
        sort=list(PLACES),
        title=None,
        axis=alt.Axis(
            orient="top", labelAngle=0, labelExpr=m.label_expr(PLACES), domain=False, ticks=False
        ),
    )
    y = alt.Y(
        "tiny_model:N",
        sort=[k["label"] for k in _live_models()],
        title=None,
        axis=alt.Axis(labelLimit=170, domain=False, ticks=False),
    )
    base = alt.Chart(rows).encode(x, y)
    return rows, alt.layer(
        base.mark_point(size=420, filled=False, strokeWidth=2).encode(
            color,
            shape,
            tooltip=m.tooltip(
                rows,
                ("tiny_model", "digit_place", "digit_written", "right_digit", "digit_probability"),
            ),
        ),
        base.mark_text(fontSize=13).encode(text="digit_written:Q"),
    ).properties(width="container", height=34 * len(_live_models()))


def _tally_chart():
    """Share of sums and of digits right so far, per model."""
    rows = pd.DataFrame(
        [
            {
                "kind": "miniature",
                "tiny_model": k["label"],
                "addition_metric": metric,
                "n_sums": 2000,
                "value": score,
            }
            for k, r in zip(_live_models(), _kept_scores())
            for metric, score in (("per_digit", r["per_digit"]), ("exact_match", r["exact_match"]))
        ]
    )
    color, shape = m.series("addition_metric", ("exact_match", "per_digit"), title="")
    x = alt.X(
        "value:Q",
        scale=alt.Scale(domain=[0, 1]),
        title=label("share_right"),
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    y = alt.Y(
        "tiny_model:N",
        sort=[k["label"] for k in _live_models()],
        title=None,
        axis=alt.Axis(labelLimit=170, labelPadding=9, ticks=False, grid=True),
        scale=alt.Scale(domain=[k["label"] for k in _live_models()]),
    )
    return rows, alt.Chart(rows).mark_point(size=90, filled=False, strokeWidth=2).encode(
        x,
        y,
        color,
        shape,
        tooltip=m.tooltip(rows, ("tiny_model", "addition_metric", "n_sums", "value")),
    ).properties(width="container", height=26 * len(_live_models()))


def _kept_scores() -> list[dict]:
    rows = {f"w{r['width']}s{r['seed']}": r for r in _own_scores().to_dict("records")}
    return [rows[k["name"]] for k in _live_models()]


def _packed(name: str):
    def make() -> bytes:
        model = load(ADDITION, name)
        return pack(model.config, model.weights)

    return make


@cache
def live_addition() -> Live:
    return Live(
        "mini-addition-live",
        CHAPTER,
        "addition",
        {"answers": _answers_chart, "tally": _tally_chart},
        runs=[ADDITION],
        options=lambda: {
            "models": _live_models(),
            "first": str(LIVE_SUM[0]),
            "second": str(LIVE_SUM[1]),
        },
        assets={k["name"]: _packed(k["name"]) for k in _live_models()},
        facts=numbers,
        room=(824, 929),
    )


def _own_numbers() -> dict[str, str]:
    """Numbers of our own models, widths in the keys."""
    rows = _own_scores()
    n = {
        "own_models": str(len(rows)),
        "own_seeds": str(rows["seed"].nunique()),
        "own_sums": f"{SUMS_TRAINED:,}",
        "own_test": f"{addition.N_TEST:,}",
        "own_other_models": str(len(rows) - len(_live_models())),
        "own_adds_at": m.percent(ADDS, 0),
    }
    for width, some in rows.groupby("width"):
        n |= {
            f"own_params_{width}": f"{some['params'].iloc[0]:,}",
            f"own_adds_{width}": str((some["exact_match"] >= ADDS).sum()),
            f"own_mean_{width}": m.percent(some["exact_match"].mean(), 0),
            f"own_digit_{width}": m.percent(some["per_digit"].mean(), 0),
            f"own_low_{width}": m.percent(some["exact_match"].min()),
            f"own_high_{width}": m.percent(some["exact_match"].max()),
            f"own_ce_low_{width}": f"{some['cross_entropy'].min():.2f}",
            f"own_ce_high_{width}": f"{some['cross_entropy'].max():.2f}",
        }
    between = rows[rows["width"].isin([8, 12, 16, 24])]["exact_match"]
    n["own_middle"], n["own_between"] = (
        str(((between >= 0.2) & (between < ADDS)).sum()),
        str(len(between)),
    )
    n |= {f"own_guess_{k}": f"{k * GUESSED:.3f}" for k in (1, 2, 3)}
    for k in (0, 1, 2, 3):
        some = rows[(rows["cross_entropy"] - k * GUESSED).abs() < 0.03]
        n |= {
            f"own_guess_{k}_n": str(len(some)),
            f"own_guess_{k}_exact": m.percent(some["exact_match"].mean(), 0 if k < 2 else 1),
            f"own_guess_{k}_digit": m.percent(some["per_digit"].mean(), 0),
        }
    one = rows[(rows["cross_entropy"] - GUESSED).abs() < 0.03]
    n["own_independent"] = m.percent((one["per_digit"] ** addition.ANSWER).mean(), 0)
    share = {w: int(n[f"own_adds_{w}"]) / int(n["own_seeds"]) for w in (12, 16)}
    n |= {
        "own_inversion": m.percent(share[12] * (1 - share[16]), 0),
        "own_jump": m.percent((1 - share[12]) * share[16], 0),
    }
    return n


# --- numbers of the prose ---------------------------------------------------------------------------------------------
def _cell(rows: pd.DataFrame, column: str = "value", **where) -> float:
    """The one value of `column` in the rows that match `where`; DataError unless exactly one distinct value is left."""
    for name, wanted in where.items():
        rows = rows[rows[name] == wanted]
    values = rows[column].dropna().unique()
    if len(values) != 1:
        raise data.DataError(f"{where}: expected one {column}, found {list(values)}")
    return float(values[0])


def _tabled(value: float) -> str:
    """A fraction as percent with the digits of Table H.1: 0.084 -> '8.4', 0.0015 -> '0.15'."""
    return f"{100 * value:.2g}" if value < 0.01 else m.percent(value)


def _flops(value: float) -> str:
    """Training compute as the field writes it: 2.3e22 -> '2.3·10²²'."""
    mantissa, power = f"{value:.1e}".split("e")
    return f"{mantissa}·10{str(int(power)).translate(str.maketrans('0123456789-', '⁰¹²³⁴⁵⁶⁷⁸⁹⁻'))}"


def _wei_numbers() -> dict[str, str]:
    few, prompting, table1 = _few_shot(), _rows(PROMPTING), _table1()
    out = {}
    short = {
        "modified_arithmetic": "arith",
        "ipa_transliterate": "ipa",
        "word_unscramble": "unscramble",
        "persian_qa": "persian",
        "truthfulqa": "truthful",
        "grounded_conceptual_mappings": "grounded",
        "MMLU": "mmlu",
        "word_in_context": "wic",
    }
    for task, key in short.items():
        rows = few[few["task"] == task]
        for family, params, name in zip(rows["family"], rows["params"], rows["model"]):
            size = name.split()[-1].lower().replace(".", "_")
            out[f"wei_{key}_{family.lower().replace('-', '')}_{size}"] = m.percent(
                _cell(rows, family=family, params=params)
            )
        out[f"wei_{key}_chance"] = f"{100 * rows['chance'].dropna().iloc[0]:.3g}"
    out["mmlu_gpt3_13b"], out["mmlu_gpt3_175b"] = (
        out["wei_mmlu_gpt3_13b"],
        out["wei_mmlu_gpt3_175b"],
    )
    for key, task, without, technique in (
        ("nlu", "nlu_10_task_average", "no_instruction_tuning", "instruction_tuned"),
        ("scratchpad", "addition_8_digit", "no_scratchpad", "scratchpad"),
        ("ece", "calibration", "letter_choices", "true_false_prompt"),
        ("wei_gsm8k", "GSM8K", "standard", "chain_of_thought"),
    ):
        rows = prompting[prompting["task"] == task]
        for params in sorted(rows["params"].unique()):
            size = f"{params / 1e9:g}b" if params >= 1e9 else f"{params / 1e6:g}m"
            out[f"{key}_{size}_without"] = m.percent(_cell(rows, setting=without, params=params))
            out[f"{key}_{size}_with"] = m.percent(_cell(rows, setting=technique, params=params))
    out["table1_n"] = str(len(table1))
    out["table1_min_flops"], out["table1_max_flops"] = (
        _flops(table1["train_flops"].min()),
        _flops(table1["train_flops"].max()),
    )
    out["table1_add3_flops"] = _flops(
        _cell(table1, "train_flops", task="Addition/subtraction (3 digit)")
    )
    return out


def _gpt3_numbers() -> dict[str, str]:
    rows = _rows("gpt3_table_h1")
    sizes = {
        "125m": 1.25e8,
        "350m": 3.5e8,
        "760m": 7.6e8,
        "1_3b": 1.3e9,
        "2_7b": 2.7e9,
        "6_7b": 6.7e9,
        "13b": 1.3e10,
        "175b": 1.75e11,
    }
    return {
        f"add{digits}_{size}": _tabled(
            _cell(rows, task=f"{digits}D+", setting="few_shot", params=params)
        )
        for digits in (2, 3, 4, 5)
        for size, params in sizes.items()
    }


def _lens_numbers() -> dict[str, str]:
    rows = _ipa()
    exact = rows[rows["metric"] == "exact_match"].set_index("model")
    bleu = rows[rows["metric"] == "bleu"].set_index("model")
    zero = exact.index[exact["value"] == 0]
    graded = bleu.loc[bleu.index.intersection(zero)]
    out = {
        "ipa_exact_n": str(len(exact)),
        "ipa_n": str(len(bleu["train_flops"].dropna().index.intersection(exact.index))),
        "ipa_items": f"{IPA_ITEMS:,}",
        "ipa_zero_n": str(len(graded)),
        "ipa_bleu_min": f"{100 * bleu['value'].min():.2g}",
        "ipa_bleu_max": m.percent(bleu["value"].max()),
        "ipa_zero_bleu_min": f"{100 * graded['value'].min():.2g}",
        "ipa_zero_bleu_max": m.percent(graded["value"].max()),
        "hidden_below_items": f"{100 * formulas.hidden_below(IPA_ITEMS):.2g}",
        "hidden_below_30": f"{100 * formulas.hidden_below(30):.2g}",
    }
    known = rows.dropna(subset=["train_flops", "mmlu"])
    for metric, part in known.groupby("metric"):
        for x in ("params", "train_flops", "mmlu"):
            out[f"ipa_rank_{metric}_{x}"] = f"{part[x].corr(part['value'], method='spearman'):.2f}"
    out["ipa_rank_n"] = str(known[known["metric"] == "exact_match"].shape[0])
    lamda = _rows("wei2022_fig7_alternative_metrics")
    out |= {
        f"lamda_ipa_rouge1_{size.lower()}": m.percent(
            _cell(lamda, task="ipa_transliterate", metric="rouge1", model=f"LaMDA {size}")
        )
        for size in ("29B", "69B")
    }
    return out


def _extra_numbers() -> dict[str, str]:
    """Numbers of the captions of the figures under 14."""
    jumps = _lite().drop_duplicates("task")["excess"]
    vision = data.load(VISION).dropna(subset=["params"]).sort_values("params")
    error = vision[vision["metric"] == "test_mse"]["value"]
    sharp = vision[vision["variant"] == "c=0.003"]["value"].to_numpy()
    seen = int((sharp >= 0.01).argmax())  # first network that gets one image in a hundred
    largest = (
        few_shot_vs_sota().frame().sort_values("params").groupby(["panel", "kind"])["value"].last()
    )
    return {
        **{
            f"sota_{panel.lower()}_{'prompted' if kind == 'published' else 'finetuned'}": m.percent(
                v
            )
            for (panel, kind), v in largest.items()
        },
        "lite_n": str(len(jumps)),
        "lite_jump10": str(int((jumps > 0.1).sum())),
        "lite_short10": str(int((jumps < -0.1).sum())),
        **{
            f"lite_code_{size.lower()}": m.percent(
                _cell(_lite(), task="code_line_description", model=f"PaLM {size}")
            )
            for size in ("8B", "62B", "540B")
        },
        "vision_mse_first": f"{error.iloc[0]:.2f}",
        "vision_mse_before": f"{error.iloc[seen - 1]:.3f}",
        "vision_mse_last": f"{error.iloc[-1]:.3f}",
        "vision_sharp_before": m.percent(sharp[seen - 1]),
        "vision_sharp_last": m.percent(sharp[-1]),
    }


def _later_numbers() -> dict[str, str]:
    """Numbers of the captions of figures 7 to 13."""
    fig5, curves, adders = (
        data.load(LOSS),
        _mmlu_curves(),
        _open_task("open_add2").dropna(subset=["train_flops"]),
    )
    ipa = fig5[(fig5["task"] == "ipa_transliterate")]
    average = curves[curves["task"] == "mmlu_average"]
    small, large = adders[adders["train_flops"] < 1e21], adders[adders["train_flops"] > 1e23]
    early = average[average["train_flops"] < 1e22]["value"]
    sums = _pythia()
    sums = sums[
        (sums["panel"] == "sums")
        & (sums["task"] == OPERATIONS["op_addition"])
        & (sums["n_shots"] == 2)
    ]
    first, sums = sums[sums["step"] == 13000], sums[sums["step"] == 143000]
    facts = data.load("facts_emergence")
    lambada = _pythia()
    lambada = lambada[(lambada["panel"] == "lambada_loss") & (lambada["pythia_size"] == "2.8B")]
    return {
        **_extra_numbers(),
        "ipa_error_8_6b": m.percent(
            _cell(ipa[ipa["temperature"] == 0], family="LaMDA", model="8.6B") / 100
        ),
        "ipa_loss_8_6b": f"{_cell(ipa, model='8.6B', metric='cross_entropy_loss'):.1f}",
        "mmlu_early_min": m.percent(early.min()),
        "mmlu_early_max": m.percent(early.max()),
        **{
            f"mmlu_{key}": m.percent(_cell(average, family=family, model=model))
            for key, family, model in (
                ("chinchilla_70b", "Chinchilla", "Chinchilla 70B"),
                ("llama2_70b", "Llama 2", "Llama 2 70B"),
                ("palm_8b", "PaLM", "PaLM 8B"),
                ("palm_540b", "PaLM", "PaLM 540B"),
                ("llama_7b", "LLaMA", "LLaMA 7B"),
            )
        },
        "mmlu_palm_8b_flops": _flops(_cell(average, "train_flops", model="PaLM 8B")),
        "mmlu_llama_7b_flops": _flops(_cell(average, "train_flops", model="LLaMA 7B")),
        **{
            f"pythia_loss_2_8b_{key}": f"{_cell(lambada[lambada['step'] == step]):.2f}"
            for key, step in (("first", 13000), ("last", 143000))
        },
        "pythia_tokens_first": f"{13000 * 2_097_152 / 1e9:.0f}",
        "pythia_tokens_last": f"{143000 * 2_097_152 / 1e9:.0f}",
        "pythia_add_2_8b_first": m.percent(_cell(first, pythia_size="2.8B") / 100),
        "ppl_gopher_printed": f"{_cell(facts, statement='WikiText103 perplexity Gopher 280B'):.2f}",
        "open_add2_n": str(len(adders)),
        "open_add2_small_n": str(len(small)),
        "open_add2_large_n": str(len(large)),
        "open_add2_small_max": m.percent(small["value"].max()),
        "open_add2_large_min": m.percent(large["value"].min()),
        **{
            f"pythia_add_{size.lower().replace('.', '_')}": m.percent(
                _cell(sums, pythia_size=size) / 100
            )
            for size in sums["pythia_size"]
        },
        # p(N)^L = 1/2 at N = c (L / ln 2)^(1/|alpha|), alpha = -1/2
        **{f"dial_half_{length}": f"{2 * (length / np.log(2)) ** 2:.3g}" for length in (1, 5, 10)},
    }


def _prose() -> dict[str, str]:
    """Numbers of the prose that no caption needs, straight from the printed tables."""
    load, n = data.load, {}

    def put(key, value, digits=1):
        n[key] = f"{value:,.{digits}f}"

    # Steps between neighboring models in Figure 2 of Wei et al. (sizes and compute of their Table 2)
    sizes = load("wei2022_table2_models")
    for key, family, small, large in (
        ("gap_gopher", "Gopher", "7.1B", "280B"),
        ("gap_gpt3", "GPT-3", "13B", "175B"),
        ("gap_lamda", "LaMDA", "29B", "69B"),
    ):
        put(
            f"{key}_params",
            _cell(sizes, "params", family=family, model=large)
            / _cell(sizes, "params", family=family, model=small),
            1 if key == "gap_lamda" else 0,
        )
        put(
            f"{key}_flops",
            _cell(sizes, "train_flops", family=family, model=large)
            / _cell(sizes, "train_flops", family=family, model=small),
            1 if key == "gap_lamda" else 0,
        )
    for model in ("29B", "69B"):
        put(
            f"lamda_tokens_{model.lower()}",
            _cell(sizes, "train_tokens", family="LaMDA", model=model) / 1e9,
            0,
        )  # billions of tokens

    n["lamda_69b_flops"] = _flops(_cell(sizes, "train_flops", family="LaMDA", model="69B"))
    for key, family, model in (("gopher", "Gopher", "280B"), ("chinchilla", "Chinchilla", "70B")):
        params, tokens = (
            _cell(sizes, c, family=family, model=model) for c in ("params", "train_tokens")
        )
        put(f"tokens_{key}", tokens / 1e9, 0)
        n[f"flops6nd_{key}"] = _flops(6 * params * tokens)

    # GPT-3, Table H.1, few-shot addition. Accuracy per digit if the D digits were independent: value ** (1 / D)
    h1 = load("gpt3_table_h1")
    h1 = h1[
        h1["task"].isin(["2D+", "3D+", "4D+", "5D+", "2Dx"])
        & (h1["setting"] == "few_shot")
        & (h1["split"].fillna("") != "test server")
    ]
    for size, params in (("13b", 13e9), ("175b", 175e9)):
        put(f"mul2_{size}", _cell(h1, task="2Dx", params=params))
    for task in ("2D+", "3D+", "4D+", "5D+"):
        for size, params in (("13b", 13e9), ("175b", 175e9)):
            n[f"add{task[0]}_{size}_per_digit"] = (
                f"{(_cell(h1, task=task, params=params) / 100) ** (1 / int(task[0])):.2f}"
            )
    seen = h1[(h1["task"] == "3D+") & (h1["params"] < 1e11)]
    slope, intercept = np.polyfit(
        np.log10(seen["params"].astype(float)), seen["value"].astype(float), 1
    )
    put(
        "add3_175b_line", slope * np.log10(175e9) + intercept
    )  # straight line through the seven smaller models
    p6, p13, p175 = (_cell(h1, task="3D+", params=params) / 100 for params in (6.7e9, 13e9, 175e9))
    steps = np.log(175 / 13) / np.log(13 / 6.7)  # the last gap, in units of the one before
    logit = np.log(p13 / (1 - p13)) + steps * (np.log(p13 / (1 - p13)) - np.log(p6 / (1 - p6)))
    put("add3_175b_last_two", 100 * (p13 + steps * (p13 - p6)))  # line through 6.7B and 13B
    put("add3_175b_log_odds", 100 / (1 + np.exp(-logit)))  # the same line on the log-odds

    # exp(-L (N/c)^a): the exponent |a| two points imply is ln(ln p1 / ln p2) / ln(N2 / N1), whatever L and c (Schaeffer et al. 2023, section 2)
    def implied(p1, p2, ratio):
        return np.log(np.log(p1) / np.log(p2)) / np.log(ratio)

    put("alpha_add3_6_7b_13b", implied(p6, p13, 13 / 6.7), 2)
    put("alpha_add3_13b_175b", implied(p13, p175, 175 / 13), 2)
    toy = load("schaeffer2023_fig3_fig4_arithmetic_metrics")
    toy = toy[
        (toy["figure"].astype(str) == "3")
        & (toy["panel"] == "mathematical_model")
        & (toy["metric"] == "accuracy")
        & (toy["target_length"] == 1)
    ]
    put(
        "alpha_mirage_toy",
        implied(_cell(toy, model="350M"), _cell(toy, model="6.7B"), 6.7e9 / 350e6),
        1,
    )
    put(
        "alpha_kaplan",
        _cell(
            load("kaplan_power_laws"),
            table="App. A (fitted values of the trends)",
            parameter="alpha_N",
        ),
        3,
    )

    # GSM8K from the chain-of-thought paper itself
    cot = load("cot_wei2022_arithmetic")
    for key, params in (("8b", 8e9), ("137b", 137e9)):
        put(
            f"gsm8k_lamda_{key}_standard",
            _cell(cot, task="GSM8K", family="LaMDA", params=params, setting="standard"),
        )
        put(
            f"gsm8k_lamda_{key}_cot",
            _cell(cot, task="GSM8K", family="LaMDA", params=params, setting="chain_of_thought"),
        )

    # Table 1 of Wei et al.: how many thresholds are the largest model of their family in Table 2 (FLAN is LaMDA)
    table1 = load("emergent_table1_scales").dropna(subset=["emergence_params"])
    family = table1["model_family"].replace({"FLAN": "LaMDA", "Anthropic": "Anthropic LM"})
    largest = family.map(sizes.groupby("family")["params"].max())
    put("ladder_comparable", largest.notna().sum(), 0)
    put("ladder_at_top", (table1["emergence_params"] >= largest).sum(), 0)
    n["ladder_flops_ratio"] = (
        f"{round(table1['emergence_train_flops'].max() / table1['emergence_train_flops'].min(), -3):,.0f}"
    )

    # BIG-bench
    classes = load("emergent_bigbench_task_classes")["category"].value_counts()
    for key, name in (
        ("smooth", "smoothly_increasing"),
        ("gpt_lamda", "emergent_with_gpt3_or_lamda"),
        ("palm", "emergent_with_palm"),
        ("flat", "flat"),
        ("other", "other"),
    ):
        put(f"bigbench_{key}", classes[name], 0)
    emergent = classes["emergent_with_gpt3_or_lamda"] + classes["emergent_with_palm"]
    put("bigbench_emergent", emergent, 0)
    put("bigbench_classified", classes.sum(), 0)
    facts = load("facts_emergence")

    def fact(start):
        rows = facts[facts["statement"].str.startswith(start)].sort_values(
            "statement", key=lambda s: s.str.len()
        )
        if rows.empty:
            raise data.DataError(f"No fact begins with {start!r}.")
        return str(rows["value"].iloc[0]).removesuffix(
            ".0"
        )  # the shortest statement with that beginning

    n["bigbench_tasks"] = fact("Tasks in BIG-bench")
    n["bigbench_breakthrough_percent"] = fact("Share of BIG-bench tasks with sudden")
    n["palm_jump10_percent"] = fact("BIG-bench tasks (of 150) with discontinuity above +10")
    for size in ("8B", "62B", "540B"):
        n[f"palm_logical_sequence_{size.lower()}"] = fact(
            f"logical_sequence normalized accuracy PaLM {size}"
        )
    n["palm62b_early_tasks"] = fact("BIG-Bench tasks where LaMDA 137B")
    n["mirage_metrics"] = fact("Preferred metrics in BIG-Bench examined")
    n["mirage_metrics_emergent"] = fact("Metrics with hand-annotated")

    # Cross-entropy beside error, LaMDA (Figure 5; greedy decoding, T = 0)
    fig5 = load("wei2022_fig5_fig6_error_vs_cross_entropy")
    for task, key, error in (
        ("modified_arithmetic", "arithmetic", "error_rate_exact_match"),
        ("ipa_transliterate", "ipa", "error_rate_bleu"),
    ):
        for model in ("17M", "29B", "69B"):
            put(
                f"ce_{key}_{model.lower()}",
                _cell(fig5, task=task, model=model, metric="cross_entropy_loss"),
                2,
            )
            put(
                f"error_{key}_{model.lower()}",
                _cell(fig5[fig5["temperature"] == 0], task=task, model=model, metric=error),
            )
    # Schaeffer et al.: 4-digit addition, target of 5 tokens, T = 0 (Figure 3, measured GPT-3 family)
    mirage = load("schaeffer2023_fig3_fig4_arithmetic_metrics")
    mirage = mirage[
        (mirage["panel"] == "addition_2int_4digit")
        & (mirage["temperature"] == 0)
        & (mirage["target_length"] == 5)
    ]
    edit = {}
    for model in ("350M", "1.3B", "6.7B", "175B"):
        key = model.lower().replace(".", "p")
        accuracy = 100 * _cell(mirage, metric="accuracy", model=model)
        n[f"mirage_accuracy_{key}"] = f"{accuracy:.2f}" if accuracy < 1 else f"{accuracy:.1f}"
        edit[model] = -_cell(mirage, metric="neg_token_edit_distance", model=model)
        put(f"mirage_edit_{key}", edit[model], 2)
    put(
        "mirage_edit_slope_small", (edit["350M"] - edit["6.7B"]) / np.log10(6.7e9 / 350e6), 1
    )  # tokens gained per tenfold of params
    put("mirage_edit_slope_large", (edit["6.7B"] - edit["175B"]) / np.log10(175e9 / 6.7e9), 1)
    shares = load("schaeffer2023_fig5_metric_shares")
    choice, string = (
        _cell(shares, "percent", category="multiple_choice_grade"),
        _cell(shares, "percent", category="exact_str_match"),
    )
    put("mirage_share_both", choice + string, 1)

    # Open models, one harness
    obs = load("obs_emergent_capabilities")
    wide = (
        obs[obs["task"] == "IPA transliterate"]
        .pivot_table(index=["model", "params", "train_flops"], columns="metric", values="value")
        .dropna()
        .reset_index()
    )
    zero = wide[wide["exact_match"] == 0]
    put("ipa_open_em_zero_spearman", zero["bleu"].rank().corr(zero["train_flops"].rank()), 2)
    for key, model in (
        ("llama7b", "huggyllama/llama-7b"),
        ("llama2_70b", "meta-llama/Llama-2-70b-hf"),
    ):
        put(f"ipa_open_{key}_bleu", _cell(wide, "bleu", model=model), 1)
    for key, model in (("llama7b", "huggyllama/llama-7b"), ("opt66b", "facebook/opt-66b")):
        put(f"add3_{key}", 100 * _cell(obs, task="3-digit addition", model=model))
    put(
        "persian_gemma2_9b",
        100 * _cell(obs, task="ParsiNLU QA (Persian QA)", model="google/gemma-2-9b"),
    )
    add3 = obs[obs["task"] == "3-digit addition"].set_index("model")
    sized = add3.dropna(subset=["train_flops"])
    put("add3_rank_models", len(sized), 0)
    put("add3_rank_flops", sized["value"].rank().corr(sized["train_flops"].rank()), 2)

    # Pythia 2.8B (deduplicated) over training, LAMBADA zero-shot: loss = ln(perplexity) in nats, accuracy in percent
    runs = load("pythia_evals_over_training")
    runs = runs[
        (runs["model"] == "Pythia-2.8b")
        & (runs["variant"] == "deduped")
        & (runs["task"] == "lambada_openai")
        & (runs["n_shots"] == 0)
    ]
    for step in (0, 512, 3000):
        put(f"lambada_loss_{step}", np.log(_cell(runs, step=step, metric="ppl")))
        put(f"lambada_acc_{step}", 100 * _cell(runs, step=step, metric="acc"))

    # Perplexity view (Figure 4)
    fig4 = load("wei2022_fig4_perplexity_compute_mmlu")
    for key, fam, model in (("chinchilla", "Chinchilla", "70B"), ("gopher", "Gopher", "280B")):
        put(f"ppl_{key}", _cell(fig4, panel="ppl_vs_params", family=fam, model=model), 1)
        put(f"mmlu4_{key}", _cell(fig4, panel="mmlu_vs_params", family=fam, model=model))

    # Risks and the field
    t = load("truthfulqa_by_size")
    for key, model in (("gpt3_350m", "GPT-3 350M"), ("gpt3_175b", "GPT-3 175B")):
        put(
            f"truthful_{key}",
            _cell(
                t, model=model, task="TruthfulQA (generation)", metric="% truthful (human-judged)"
            ),
            0,
        )
    put("truthful_human", _cell(t, model="Human", metric="% truthful"), 0)
    put("truthful_chinchilla_10shot", _cell(t, model="Chinchilla 70B", n_shots=10))
    sota = load("wei2022_fig13_few_shot_vs_prior_sota")
    for key, task, params in (("triviaqa_gpt3", "triviaqa", 175e9), ("gsm8k_palm", "gsm8k", 540e9)):
        put(f"sota_{key}", _cell(sota, task=task, params=params))
        put(f"sota_{key}_finetuned", _cell(sota, "prior_sota_finetuned", task=task, params=params))
    return n


@cache
def numbers() -> dict[str, str]:
    """Every number the chapter's prose and captions use, computed from the data package, formatted.

    Scores are percent without the sign ('43.9'); training compute is FLOPs ('2.3·10²²').
    """
    return (
        _wei_numbers()
        | _gpt3_numbers()
        | _lens_numbers()
        | _later_numbers()
        | _prose()
        | _own_numbers()
    )
