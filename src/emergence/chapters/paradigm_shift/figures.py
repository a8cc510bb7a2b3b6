"""Figures of the chapter on the paradigm shift: from one network per task to one model for all of them."""

from __future__ import annotations

import altair as alt

from emergence.chart import (
    PALETTE,
    TIPS,
    Layer,
    Panels,
    Series,
    dots,
    dumbbell,
    levels,
    line,
    linear,
    log,
    named_rows,
    names,
    pick,
    places,
    plot,
    share,
    size,
)
from emergence.figure import Choice, Predict
from emergence.text import label

from .tables import (
    ARCHITECTURES,
    BENCHMARKS,
    GLUE_MODELS,
    GLUE_TASKS,
    LANGUAGES,
    PARADIGMS,
    PROBES,
    PROMPTED,
    SHOTS,
    T5_TASKS,
    bert_sizes,
    chapter,
    designs,
    electra,
    gains,
    glue,
    layers,
    pretraining,
    prompted,
    systems,
    t5,
    translations,
)

__all__ = [
    "records",
    "bleu_by_compute",
    "pretraining_gain",
    "glue_by_task",
    "bert_by_size",
    "pipeline_layers",
    "glue_by_compute",
    "t5_by_size",
    "prompting_by_size",
    "routes",
]

HUNDREDTHS = alt.expr.format(alt.datum.value * 100, "d")
"""BLEU and ROUGE are no percentages of anything counted: they are written without a sign."""
COMPUTE = (1e18, 1e19, 1e20, 1e21)


@chapter.figure(
    "paradigm-records",
    tables=["paradigm_timeline"],
    controls=[Choice("benchmarks", tuple(BENCHMARKS))],
    columns=[
        "kind",
        "task",
        "model",
        "params",
        "paradigm",
        "date",
        "metric",
        "value",
        "record",
        "source",
    ],
)
def records(benchmarks):
    """Test-set scores (fractions) of systems by date on three benchmarks, the best so far, and people."""
    return pick(systems(), group=benchmarks).drop(columns="group")


@records.draw
def _(rows, benchmarks, columns):
    shared = benchmarks == "with_human"
    # Names and translation have no common range, and BLEU is no percentage.
    apart = share(domain=None, title="score_100").but(labelExpr=HUNDREDTHS)
    y = share(domain=(0.4, 1)) if shared else apart
    years = (2016 if shared else 2002, 2022)
    step = {"interpolate": "step-after", "strokeWidth": 1.5, "strokeDash": [1, 0], "opacity": 0.55}
    best = {"y": alt.Y("record:Q", title=label(y.title or "value"))}
    return plot(
        rows,
        x=linear("year", years, title="date", ticks=4, format="d", grid=False, nice=False),
        y=y,
        by=Series("paradigm", PARADIGMS, title="", columns=2),
        layers=[
            Layer("rule", ("y",), {"aria": False}, {"kind": "reference"}),
            Layer("line", ("x",), {**step, "color": "currentColor"}, None, best),
            dots({"dated": "month"}, size=45, strokeWidth=1.5),
            dots({"dated": "year"}, size=45, hollow=True, strokeWidth=1.5),
        ],
        tips=("model", "paradigm", "params", "date", "metric", "value", "source"),
        panels=Panels(
            "task", BENCHMARKS[benchmarks], height=230, independent=() if shared else ("y",)
        ),
        columns=columns,
    )


BELOW = ("ConvS2S", "GNMT + RL", "GNMT + RL Ensemble", "Deep-Att + PosUnk")


@chapter.figure(
    "paradigm-bleu-by-compute",
    tables=["attention_table2_bleu_vs_flops"],
    controls=[Choice("languages", LANGUAGES)],
    columns=["model", "train_flops", "task", "metric", "value", "layers", "ensemble"],
)
def bleu_by_compute(languages):
    """BLEU (fractions) of translation models against training compute (FLOPs), single models and ensembles."""
    rows = pick(translations(), task=languages)
    left = ("MoE",) if languages == LANGUAGES[1] else ()
    name = rows["model"].str.replace(r" \+ PosUnk| \+ RL| Ensemble", "", regex=True)
    columns = "kind model train_flops task metric value layers ensemble name place"
    rows = rows.assign(name=name, place=places(rows["model"], below=BELOW, left=left))
    return rows[columns.split()]


@bleu_by_compute.draw
def _(rows, languages):
    domain = (0.24, 0.29) if languages == LANGUAGES[0] else (0.375, 0.425)
    return plot(
        rows,
        x=log("train_flops", (7e17, 2.5e21), ticks=COMPUTE, format="~e", grid=False),
        y=share(domain=domain, title="BLEU", ticks=5, format=".3f").but(labelExpr=HUNDREDTHS),
        by=Series("layers", ("transformer", "recurrent", "convolutional"), title=""),
        layers=[
            dots({"ensemble": "single"}, size=80),
            dots({"ensemble": "ensemble"}, size=80, hollow=True),
            names(),
        ],
        tips=(*TIPS, "layers", "ensemble"),
        height=340,
    )


@chapter.figure(
    "paradigm-pretraining-gain",
    tables=["t5_table1_pretraining_gain"],
    columns=["model", "params", "task", "setting", "metric", "value", "std"],
)
def pretraining_gain():
    """A network of T5-Base's size with and without pretraining on seven tasks (fractions), in order of the gain."""
    columns = "kind family model params task setting metric value std low high"
    return pretraining()[columns.split()]


@pretraining_gain.draw
def _(rows):
    plain = {"strokeWidth": 2, "strokeDash": [1, 0]}
    spread = {"x": alt.X("low:Q", title=label("value")), "x2": "high:Q"}
    return plot(
        rows,
        x=share(ticks=5),
        y=named_rows("task", list(gains().index), limit=170),
        by=Series("setting", ("from_scratch", "pretrained"), title=""),
        layers=[
            dumbbell(width=1.5, opacity=0.45),
            Layer("rule", ("y",), plain, alt.expr.isValid(alt.datum.std), spread),
            dots(size=85),
        ],
        tips=(*TIPS, "std"),
        height=30 * len(gains()),
    )


@chapter.figure(
    "paradigm-glue-by-task",
    tables=["bert_table1_glue"],
    columns=["kind", "model", "params", "task", "metric", "value"],
)
def glue_by_task():
    """Test scores (fractions) of five systems on the tasks of GLUE."""
    return glue()[["kind", "model", "params", "task", "metric", "value"]]


@glue_by_task.draw
def _(rows):
    x = share(domain=(0.3, 1), ticks=5)
    return plot(
        rows,
        x=x,
        y=named_rows("task", GLUE_TASKS, limit=170),
        by=Series("model", GLUE_MODELS, title="", columns=2),
        layers=[dumbbell(width=1.5, opacity=0.35), dots(size=85, opacity=0.9)],
        height=32 * len(GLUE_TASKS),
    )


@chapter.figure("paradigm-bert-by-size", tables=["bert_table6_model_size"], curve=["task"])
def bert_by_size():
    """Six sizes of BERT: accuracy (fraction) on three tasks after fine-tuning against perplexity of pretraining."""
    return bert_sizes()[["kind", "family", "model", "task", "metric", "perplexity", "value"]]


@bert_by_size.draw
def _(rows):
    return plot(
        rows,
        x=log(
            "perplexity",
            (6.2, 3.05),
            title="perplexity_axis",
            ticks=(6, 5, 4.5, 4, 3.5, 3.2),
            format=".1f",
            grid=False,
        ),
        y=share(domain=(0.75, 0.95)),
        by=Series("task", ("SST-2", "MRPC", "MNLI-m"), title=""),
        layers=[line(), dots()],
        tips=("model", "task", "perplexity", "metric", "value"),
        height=300,
    )


MEASURES = {
    "layer": ("expected_layer", "mixing_weight_center_of_gravity"),
    "score_f1": ("f1_layer0_baseline", "f1_full_model"),
}


@chapter.figure(
    "paradigm-pipeline-layers",
    tables=["bert_pipeline_layers"],
    controls=[Choice("model", ("BERT-large", "BERT-base")), Choice("measure", tuple(MEASURES))],
)
def pipeline_layers(model, measure):
    """Eight intermediate tasks in BERT: where they are solved (layer), or the F1 of a probe (fraction)."""
    rows = pick(layers(), model=model, quantity=MEASURES[measure])
    return rows[["kind", "model", "task", "quantity", "unit", "value"]]


@pipeline_layers.draw
def _(rows, model, measure):
    depth = (0, 24 if model == "BERT-large" else 12)
    layer = linear(domain=depth, title="layer_axis", format="d", nice=False)
    x = layer if measure == "layer" else share(domain=(0.5, 1), ticks=5)
    return plot(
        rows,
        x=x,
        y=named_rows("task", PROBES, limit=170),
        by=Series("quantity", MEASURES[measure], title=""),
        layers=[dumbbell(width=1.5, opacity=0.45), dots(size=85)],
        tips=("model", "task", "quantity", "value"),
        height=30 * len(PROBES),
    )


PLACED = {
    "left": ("RoBERTa-100K", "ELECTRA-Base", "ELECTRA-Large"),
    "right": ("XLNet",),
    "below": (
        "BERT-Small",
        "GPT",
        "BERT-Base",
        "BERT-Large",
        "ELMo",
        "BERT-Large (ELECTRA authors)",
    ),
}
"""Where the names stand that are not above their mark."""


@chapter.figure(
    "paradigm-glue-by-compute",
    tables=["electra_glue_vs_compute"],
    curve=["model"],
    columns=[
        "model",
        "params",
        "train_flops",
        "task",
        "metric",
        "value",
        "objective",
        "setup",
    ],
)
def glue_by_compute():
    """Average on GLUE (fraction) after fine-tuning against compute of pretraining (FLOPs)."""
    model = electra()["model"]
    name = model.str.replace(" (ELECTRA authors)", "*")
    rows = electra().assign(name=name, place=places(model, **PLACED))
    columns = "kind family model params train_flops task metric value objective setup"
    return rows[[*columns.split(), "name", "place"]]


@glue_by_compute.draw
def _(rows):
    objectives = "left_to_right masked permuted replaced_tokens"
    return plot(
        rows,
        x=log("train_flops", (2e17, 9e21), ticks=COMPUTE, format="~e", grid=False),
        y=share(domain=(0.68, 0.92)),
        by=Series("objective", objectives.split(), title="", columns=2),
        layers=[dots(size=80), names()],
        tips=(*TIPS, "objective"),
        height=340,
    )


@chapter.figure(
    "paradigm-t5-by-size",
    tables=["t5_table14_by_size", "paradigm_timeline"],
    controls=[Choice("task", tuple(T5_TASKS))],
    curve=["task", "kind"],
    predict=Predict("params", 5e9, "params", "value", {"kind": "published"}),
)
def t5_by_size(task):
    """Score (fraction) of five sizes of T5 after fine-tuning, the best earlier model and people."""
    return pick(t5(), task=task)


@t5_by_size.draw
def _(rows, task):
    counted = T5_TASKS[task] not in ("BLEU", "ROUGE-2")
    points = share(domain=(0.15, 0.45)).but(labelExpr=HUNDREDTHS)
    return plot(
        rows,
        x=size("params", over=t5().dropna(subset=["params"]).astype({"params": float})),
        y=share(domain=(0.6, 1)) if counted else points,
        layers=[levels("left"), line(color=PALETTE[0]), dots(color=PALETTE[0])],
    )


@chapter.figure(
    "paradigm-prompting-by-size",
    tables=["gpt3_table_h1", "gpt3_table_h1_sota", "paradigm_timeline"],
    controls=[Choice("task", tuple(PROMPTED))],
    curve=["task", "setting", "kind", "model"],
)
def prompting_by_size(task):
    """Score (fraction) of GPT-3 by size with no, one and a few examples in the prompt, and of fine-tuned models."""
    return pick(prompted(), task=task)


@prompting_by_size.draw
def _(rows):
    return plot(
        rows,
        x=size("params", over=pick(prompted(), kind="published").astype({"params": float})),
        y=share(),
        by=Series("setting", SHOTS),
        layers=[levels("left"), line(), dots()],
    )


@chapter.figure("paradigm-routes", tables=["llm_timeline"], curve=["group"])
def routes():
    """Number of models published per year, by architecture."""
    return designs()[["kind", "year", "group", "models_in_year", "value"]]


@routes.draw
def _(rows):
    return plot(
        rows,
        x=linear("year", (2017, 2024), ticks=8, format="d", grid=False, nice=False, padding=12),
        y=linear(domain=(0, 30), title="models", format="d"),
        by=Series("group", tuple(ARCHITECTURES), title="", columns=2),
        layers=[line(), dots()],
        tips=("year", "group", "value", "models_in_year"),
        height=300,
    )
