"""Figures of the chapter on architectures: quality at equal size, cost by context length, who built what when."""

from __future__ import annotations

from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import marks as m
from emergence.chart.dates import decimal_years
from emergence.figure import Choice, Figure, Predict
from emergence.text import label

__all__ = [
    "same_size",
    "against_transformer",
    "hybrid_layers",
    "cost_by_context",
    "kv_cache",
    "recall",
    "training_speed",
    "lineage",
    "architecture_timeline",
]

CHAPTER = "architectures"
COLUMNS = ["kind", "family", "model", "params", "task", "setting", "n_shots", "metric", "value"]


def _with_reference(rows: pd.DataFrame, reference: list[dict]) -> pd.DataFrame:
    """`rows` and reference rows below them, with the columns of `rows`."""
    return pd.concat(
        [rows.astype(object), pd.DataFrame(reference).reindex(columns=list(rows)).astype(object)],
        ignore_index=True,
    )


# --- 1. same size, same data -----------------------------------------------------------------------------------------
TASKS = ("LAMBADA", "HellaSwag", "PIQA", "ARC-e", "ARC-c", "WinoGrande", "OpenBookQA")
# Guessing level that follows from the number of options; LAMBADA asks for a word and has none.
CHANCE = {
    "HellaSwag": 0.25,
    "PIQA": 0.5,
    "ARC-e": 0.25,
    "ARC-c": 0.25,
    "WinoGrande": 0.5,
    "OpenBookQA": 0.25,
}
PILE = "arch_pile_perplexity"
SAME_DATA = ("Pythia", "RWKV", "Mamba", "Mamba-2")
OTHER_DATA = ("Hybrid H3", "OPT", "GPT-Neo", "GPT-J")


@cache
def _zero_shot() -> pd.DataFrame:
    """Dao & Gu 2024, Table 10: accuracies as fractions, perplexity on the Pile as printed, and our mean of the seven tasks."""
    rows = data.load("mamba2_zero_shot")
    rows = rows[rows["table"] == "Table 10"]
    pile = rows[rows["task"].str.startswith("The Pile")].assign(task=PILE)
    tasks = rows[rows["task"].isin(TASKS) & (rows["metric"] == "accuracy")]
    tasks = tasks.assign(value=(tasks["value"] / 100).round(8))
    # The printed averages of two Mamba models do not match their cells, so the mean is ours for every model.
    key = ["family", "model", "params"]
    mean = tasks.groupby(key, as_index=False, sort=False).agg(
        value=("value", "mean"), tasks=("task", "size")
    )
    if set(mean.pop("tasks")) != {len(TASKS)}:
        raise data.DataError(
            "mamba2_zero_shot: a model lacks one of the seven tasks, so their mean is not comparable"
        )
    mean = mean.assign(task="arch_mean_of_seven", setting="zero_shot", n_shots=0, metric="accuracy")
    rows = pd.concat([mean, tasks, pile], ignore_index=True).assign(kind="published")
    return rows.sort_values(["family", "params"], kind="stable")[COLUMNS]


@cache
def same_size() -> Figure:
    def frame(task, trained_on):
        rows = _zero_shot()
        rows = rows[
            (rows["task"] == task)
            & rows["family"].isin(SAME_DATA + (OTHER_DATA if trained_on == "arch_any_data" else ()))
        ]
        chance = (
            [
                {
                    "kind": "reference",
                    "model": "chance",
                    "task": task,
                    "metric": "accuracy",
                    "value": CHANCE[task],
                }
            ]
            if task in CHANCE
            else []
        )
        return _with_reference(rows, chance)

    def chart(rows, task, trained_on):
        color, shape = m.series(
            "family", SAME_DATA + (OTHER_DATA if trained_on == "arch_any_data" else ()), title=""
        )
        if task == PILE:
            # One Pythia model lies far above the others; the logarithm keeps them apart.
            y = alt.Y(
                "value:Q",
                scale=alt.Scale(type="log", domain=[5.5, 35], nice=False),
                title=label("arch_perplexity_axis"),
                axis=alt.Axis(values=[6, 8, 10, 15, 20, 30], format="d"),
            )
        else:
            y = m.axis_y(domain=(0.2, 0.8))
        return m.curves(rows, m.axis_x(_zero_shot(), "params"), y, color, shape)

    return Figure(
        "arch-same-size",
        CHAPTER,
        ["mamba2_zero_shot"],
        frame,
        chart,
        facts=numbers,
        curve=["family", "task"],
        controls=[
            Choice("task", ("arch_mean_of_seven", *TASKS, PILE)),
            Choice("trained_on", ("arch_same_data", "arch_any_data")),
        ],
    )


# --- 2. every paper against its own Transformer ----------------------------------------------------------------------
KINDS_OF_MIXER = ("arch_older_linear", "arch_convolution", "arch_recurrent", "arch_hybrid")

COMPARISONS = (
    # table, rows that both sides share, challenger, its kind, the Transformer beside it, baseline_recipe of that Transformer
    (
        "hyena",
        {"table": "Table 4.3"},
        "Performer",
        "arch_older_linear",
        "Transformer",
        "arch_gpt_recipe",
    ),
    (
        "hyena",
        {"table": "Table 4.3"},
        "Linear Attention",
        "arch_older_linear",
        "Transformer",
        "arch_gpt_recipe",
    ),
    ("hyena", {"table": "Table 4.3"}, "Hybrid H3", "arch_hybrid", "Transformer", "arch_gpt_recipe"),
    (
        "hyena",
        {"table": "Table 4.3"},
        "Hyena-3-slim",
        "arch_convolution",
        "Transformer",
        "arch_gpt_recipe",
    ),
    (
        "hyena",
        {"table": "Table 4.4", "train_tokens": 1.5e10},
        "Hyena-2 (355M)",
        "arch_convolution",
        "GPT (355M)",
        "arch_gpt_recipe",
    ),
    (
        "mamba2_zero_shot",
        {"table": "Table 10", "task": "The Pile (validation)"},
        "RWKV4-3B",
        "arch_recurrent",
        "Pythia-2.8B",
        "arch_gpt_recipe",
    ),
    (
        "mamba2_zero_shot",
        {"table": "Table 10", "task": "The Pile (validation)"},
        "Mamba-2.8B",
        "arch_recurrent",
        "Pythia-2.8B",
        "arch_gpt_recipe",
    ),
    (
        "mamba2_zero_shot",
        {"table": "Table 10", "task": "The Pile (validation)"},
        "Mamba-2-2.7B",
        "arch_recurrent",
        "Pythia-2.8B",
        "arch_gpt_recipe",
    ),
    (
        "xlstm",
        {"task": "SlimPajama (validation)", "train_tokens": 3e11},
        "RWKV-4",
        "arch_recurrent",
        "Llama",
        "arch_llama_recipe",
    ),
    (
        "xlstm",
        {"task": "SlimPajama (validation)", "train_tokens": 3e11},
        "Mamba",
        "arch_recurrent",
        "Llama",
        "arch_llama_recipe",
    ),
    (
        "xlstm",
        {"task": "SlimPajama (validation)", "train_tokens": 3e11},
        "xLSTM[1:0]",
        "arch_recurrent",
        "Llama",
        "arch_llama_recipe",
    ),
    ("mamba2_hybrid_layers", {}, "Mamba-2", "arch_recurrent", "Transformer++", "arch_llama_recipe"),
    (
        "mamba2_hybrid_layers",
        {},
        "Mamba-2 + 6 attention layers",
        "arch_hybrid",
        "Transformer++",
        "arch_llama_recipe",
    ),
    (
        "mamba2_zero_shot",
        {"task": "The Pile (validation)"},
        "Mamba-2-2.7B",
        "arch_recurrent",
        "Transformer++",
        "arch_llama_recipe",
    ),
    (
        "mamba2_zero_shot",
        {"table": "Table 3 (2.7B, 64 layers, 300B tokens)", "task": "The Pile (validation)"},
        "Mamba-2-Attention",
        "arch_hybrid",
        "Transformer++",
        "arch_llama_recipe",
    ),
)


@cache
def _comparisons() -> pd.DataFrame:
    """Perplexity of a model and of the Transformer beside it in the same paper; `value` = ln(ratio), nats per token."""
    out = []
    for table, where, model, mixer, transformer, baseline_recipe in COMPARISONS:
        rows = data.load(table)
        rows = rows[rows["metric"] == "perplexity"]
        for column, wanted in where.items():
            rows = rows[rows[column] == wanted]
        ours, base = (rows[rows["model"] == name] for name in (model, transformer))
        if len(ours) != 1 or len(base) != 1:
            raise data.DataError(
                f"{table}: {model} against {transformer} needs one perplexity each, found {len(ours)} and {len(base)}"
            )
        ours, base = ours.iloc[0], base.iloc[0]
        paper = data.source(table)
        out.append(
            {
                "kind": "published",
                "entry": f"{model.replace(' attention layers', ' attn')}, {_size(ours['params'])}",
                "model": model,
                "mixer": mixer,
                "baseline": transformer,
                "baseline_recipe": baseline_recipe,
                "params": ours["params"],
                "baseline_params": base["params"],
                "task": ours["task"],
                "arch_paper": f"{paper.authors.split(',')[0]} {paper.year}",
                "perplexity": ours["value"],
                "baseline_perplexity": base["value"],
                "value": float(np.log(ours["value"] / base["value"])),
            }
        )
    rows = pd.DataFrame(out)
    # Mamba-2-2.7B is compared twice, with Pythia and with the Transformer++ of its own paper.
    rows.loc[
        (rows["model"] == "Mamba-2-2.7B") & (rows["baseline"] == "Transformer++"), "entry"
    ] += " *"
    return rows


def _size(params: float) -> str:
    return f"{params / 1e9:.1f}B" if params >= 1e9 else f"{params / 1e6:.0f}M"


@cache
def against_transformer() -> Figure:
    order = _comparisons()["entry"].tolist()

    def frame(baseline_recipe):
        rows = _comparisons()
        return (
            rows
            if baseline_recipe == "arch_every_recipe"
            else rows[rows["baseline_recipe"] == baseline_recipe]
        )

    def chart(rows, baseline_recipe):
        shown = (
            _comparisons()
            if baseline_recipe == "arch_every_recipe"
            else _comparisons()[_comparisons()["baseline_recipe"] == baseline_recipe]
        )
        color, shape = m.series("mixer", KINDS_OF_MIXER, title="")
        for channel in (color, shape):
            channel["legend"]["columns"] = 2
        x = alt.X(
            "value:Q",
            scale=alt.Scale(domain=[-0.12, 0.4], nice=False),
            title=label("arch_nats_axis"),
            axis=alt.Axis(format="+.1f", tickCount=6),
        )
        y = alt.Y(
            "entry:N",
            sort=[e for e in order if e in set(shown["entry"])],
            title=None,
            axis=alt.Axis(labelLimit=170, grid=True, tickSize=0, domain=False, labelPadding=6),
        )
        base = alt.Chart(rows)
        tip = [
            alt.Tooltip("model:N", title=label("model")),
            alt.Tooltip("perplexity:Q", title=label("arch_perplexity"), format=".4~g"),
            alt.Tooltip("baseline:N", title=label("arch_baseline")),
            alt.Tooltip(
                "baseline_perplexity:Q", title=label("arch_baseline_perplexity"), format=".4~g"
            ),
            alt.Tooltip("value:Q", title=label("arch_nats_axis"), format="+.3f"),
            alt.Tooltip("task:N", title=label("task")),
            alt.Tooltip("arch_paper:N", title=label("arch_paper")),
        ]
        return alt.layer(
            base.transform_aggregate(zero="count()").mark_rule(aria=False).encode(x=alt.datum(0)),
            base.transform_calculate(zero="0")
            .mark_rule(strokeWidth=1.5, strokeDash=[1, 0], opacity=0.45, aria=False)
            .encode(x=alt.X("zero:Q", title=label("arch_nats_axis")), x2="value:Q", y=y),
            base.mark_point(size=85, filled=True, opacity=1).encode(
                x, y, color, shape, tooltip=tip
            ),
        ).properties(width="container", height=22 * len(shown))

    return Figure(
        "arch-against-transformer",
        CHAPTER,
        ["hyena", "mamba2_zero_shot", "xlstm", "mamba2_hybrid_layers"],
        frame,
        chart,
        facts=numbers,
        controls=[
            Choice("baseline_recipe", ("arch_every_recipe", "arch_llama_recipe", "arch_gpt_recipe"))
        ],
        columns=[
            "arch_paper",
            "model",
            "mixer",
            "params",
            "perplexity",
            "baseline",
            "baseline_params",
            "baseline_perplexity",
            "task",
            "value",
        ],
    )


# --- 3. how much attention does it take? -----------------------------------------------------------------------------
@cache
def _hybrid() -> pd.DataFrame:
    """Dao & Gu 2024, Table 2: perplexity on the Pile by number of attention layers among 48."""
    rows = data.load("mamba2_hybrid_layers").rename(columns={"value": "perplexity"})
    rows["kind"] = np.where(rows["n_attention_layers"].isna(), "reference", "published")
    return rows.assign(n_attention_layers=rows["n_attention_layers"].astype(float))[
        [
            "kind",
            "model",
            "n_attention_layers",
            "n_layers",
            "params",
            "train_tokens",
            "task",
            "metric",
            "perplexity",
        ]
    ]


@cache
def hybrid_layers() -> Figure:
    def frame():
        return _hybrid()

    def chart(rows):
        x = alt.X(
            "n_attention_layers:Q",
            scale=alt.Scale(domain=[-1, 26], nice=False),
            title=label("n_attention_layers"),
            axis=alt.Axis(grid=False, tickCount=7),
        )
        y = alt.Y(
            "perplexity:Q",
            scale=alt.Scale(domain=[7.9, 8.8], nice=False),
            title=label("arch_perplexity_axis"),
            axis=alt.Axis(format=".1f", tickCount=6),
        )
        base = alt.Chart(rows)
        measured = base.transform_filter("datum.kind !== 'reference'")
        flat = base.transform_filter("datum.kind === 'reference'")
        tip = m.tooltip(rows, ("model", "n_attention_layers", "perplexity", "params"))
        return alt.layer(
            measured.mark_line(strokeWidth=2, color=m.PALETTE[0]).encode(x, y),
            measured.mark_point(size=70, filled=True, opacity=1, color=m.PALETTE[0]).encode(
                x, y, tooltip=tip
            ),
            flat.mark_rule().encode(y=y),
            flat.mark_text(align="right", dy=-7, fontSize=12, x="width").encode(
                y=y, text="model:N"
            ),
        ).properties(width="container", height=300)

    return Figure(
        "arch-hybrid-layers",
        CHAPTER,
        ["mamba2_hybrid_layers"],
        frame,
        chart,
        facts=numbers,
        predict=Predict(
            "n_attention_layers",
            6.5,
            "n_attention_layers",
            "perplexity",
            {"kind": "published"},
            log_x=False,
        ),
    )


# --- 4. cost by context length ---------------------------------------------------------------------------------------
BYTES = 2
"""Bytes per number: keys, values and states are kept with 16 bits in the usual set-up, and so are weights."""

RECURRENT = {
    # layers, recurrent state and convolution memory per layer (numbers), weights that multiply each token, attention layers
    # Mamba-2.8B: 64 blocks, d_model 2560, inner width 2 d_model, state 16, convolution 4, dt_rank d_model / 16 (Gu & Dao 2023, section 3.4, code release)
    "Mamba-2.8B": dict(
        layers=64,
        state=5120 * 16,
        conv=5120 * 4,
        matrices=64 * (2560 * 2 * 5120 + 5120 * (160 + 2 * 16) + 160 * 5120 + 5120 * 2560)
        + 2560 * 50280,
    ),
    # Mamba-2-2.7B: state 128, heads of 64, one group (Dao & Gu 2024, section 9; defaults of the code release)
    "Mamba-2-2.7B": dict(
        layers=64,
        state=5120 * 128,
        conv=(5120 + 2 * 128) * 4,
        matrices=64 * (2560 * (2 * 5120 + 2 * 128 + 80) + 5120 * 2560) + 2560 * 50280,
    ),
    # RWKV-4 3B: 32 blocks of width 2560, five vectors per block; time mix 4 d², channel mix 9 d² (Peng et al. 2023, section 3 and code release)
    "RWKV-4 3B": dict(layers=32, state=5 * 2560, conv=0, matrices=32 * 13 * 2560**2 + 2560 * 50277),
    # Pure Mamba-2 and hybrid at 8B: width 4096, state 128, 8 groups, vocabulary 256,000 (Waleffe et al. 2024, section 2)
    "Mamba-2 8B": dict(
        layers=56,
        state=8192 * 128,
        conv=(8192 + 2 * 8 * 128) * 4,
        matrices=56 * (4096 * (2 * 8192 + 2 * 8 * 128 + 128) + 8192 * 4096) + 4096 * 256000,
    ),
    "Mamba-2-Hybrid 8B": dict(
        layers=24,
        state=8192 * 128,
        conv=(8192 + 2 * 8 * 128) * 4,
        attention=dict(n_layers=4, n_heads=32, n_kv_heads=8, d_head=128),
        matrices=24 * (4096 * (2 * 8192 + 2 * 8 * 128 + 128) + 8192 * 4096)
        + 4 * 2 * 4096 * 128 * (32 + 8)
        + 28 * 2 * 4096 * 16384
        + 4096 * 256000,
    ),
}

SIZE_CLASSES = {
    "arch_3b": ("pythia-2.8b", "Mamba-2.8B", "Mamba-2-2.7B", "RWKV-4 3B"),
    "arch_8b": ("Llama-2-7b-hf", "Llama-3-8B", "Mamba-2-Hybrid 8B", "Mamba-2 8B"),
    "arch_large": ("GPT-3 175B", "LLaMA-65B", "Llama-2-70b-hf", "Llama-3.1-405B", "PaLM-540B"),
}
CONTEXTS = tuple(2**k for k in range(7, 21))


@cache
def _configs() -> pd.DataFrame:
    return data.load("arch_configs").set_index("model")


def state_values(model: str, context: float) -> float:
    """Numbers kept per sequence after `context` tokens: key–value cache, recurrent state, convolution memory."""
    if model in RECURRENT:
        r = RECURRENT[model]
        a = r.get("attention")
        cache_ = (
            formulas.kv_cache_values(a["n_layers"], a["n_kv_heads"], a["d_head"], context)
            if a
            else 0
        )
        return float(r["layers"] * (r["state"] + r["conv"]) + cache_)
    c = _configs().loc[model]
    return float(formulas.kv_cache_values(c["n_layers"], c["n_kv_heads"], c["d_head"], context))


def matrix_params(model: str) -> float:
    """Weights that multiply each token: all matrices with the output layer, without the input embedding (a look-up)."""
    if model in RECURRENT:
        return float(RECURRENT[model]["matrices"])
    c = _configs().loc[model]
    vocabulary = 0 if pd.isna(c["vocab_size"]) else c["vocab_size"]
    split = formulas.param_split(
        c["n_layers"],
        c["d_model"],
        c["n_heads"],
        c["d_head"],
        c["d_ff"],
        c["n_kv_heads"],
        c["ffn_matrices"],
        vocabulary,
    )
    return float(sum(split))


def token_flops(model: str, context: float) -> float:
    """FLOPs for one new token after `context` tokens: 2 per weight, attention over the context, 5 per recurrent number.

    The five of a linear recurrence h ← a h + k v, y = q h: decay, product, sum, and a multiply-add to read it out.
    """
    flops = 2 * matrix_params(model)
    if model in RECURRENT:
        r = RECURRENT[model]
        a = r.get("attention")
        attention = (
            formulas.attention_flops(a["n_layers"], a["n_heads"], a["d_head"], context) if a else 0
        )
        return float(flops + r["layers"] * (5 * r["state"] + 2 * r["conv"]) + attention)
    c = _configs().loc[model]
    return float(
        flops + formulas.attention_flops(c["n_layers"], c["n_heads"], c["d_head"], context)
    )


@cache
def cost_by_context() -> Figure:
    cost = {
        "arch_memory": lambda model, t: BYTES * state_values(model, t),
        "arch_operations": token_flops,
    }

    def frame(size_class, cost_of):
        rows = [
            {
                "kind": "simulation",
                "model": model,
                "context_tokens": t,
                "cost_of": cost_of,
                "value": cost[cost_of](model, t),
            }
            for model in SIZE_CLASSES[size_class]
            for t in CONTEXTS
        ]
        weights = {"arch_3b": 2.8e9, "arch_8b": 8e9}.get(size_class)
        drawn = cost_of == "arch_memory" and weights
        reference = (
            [
                {
                    "kind": "reference",
                    "model": label("arch_weights_" + size_class),
                    "cost_of": cost_of,
                    "value": BYTES * weights,
                }
            ]
            if drawn
            else []
        )
        return _with_reference(pd.DataFrame(rows), reference)

    def chart(rows, size_class, cost_of):
        x = alt.X(
            "context_tokens:Q",
            scale=alt.Scale(type="log", base=2, domain=[100, 1.3e6], nice=False),
            title=label("context_tokens"),
            axis=alt.Axis(
                values=[128, 1024, 8192, 65536, 524288],
                grid=False,
                labelExpr="datum.value < 1024 ? datum.value : datum.value / 1024 + 'K'",
            ),
        )
        memory = cost_of == "arch_memory"
        y = alt.Y(
            "value:Q",
            scale=alt.Scale(type="log", domain=[5e5, 2e13] if memory else [4e9, 2e13], nice=False),
            title=label(cost_of + "_axis"),
            axis=alt.Axis(tickCount=6, format="~s" if memory else "~e"),
        )
        color, shape = m.series("model", SIZE_CLASSES[size_class], title="")
        return m.curves(rows, x, y, color, shape)

    return Figure(
        "arch-cost-by-context",
        CHAPTER,
        ["arch_configs"],
        frame,
        chart,
        simulation=True,
        facts=numbers,
        controls=[
            Choice("cost_of", ("arch_memory", "arch_operations")),
            Choice("size_class", tuple(SIZE_CLASSES)),
        ],
        columns=["kind", "model", "context_tokens", "cost_of", "value"],
    )


# --- 5. the key–value cache of published models ----------------------------------------------------------------------
CACHED = (
    "GPT-3 175B",
    "OPT-175B",
    "PaLM-540B",
    "LLaMA-65B",
    "falcon-40b",
    "Llama-2-70b-hf",
    "Mistral-7B-v0.1",
    "Gemma-7b",
    "Llama-3-70B",
    "Llama-3.1-405B",
    "Gemma-2-27b",
    "Qwen2.5-72B",
    "Qwen3-32B",
)
CONTEXT_CHOICES = {
    "arch_2k": 2048,
    "arch_8k": 8192,
    "arch_32k": 32768,
    "arch_128k": 131072,
    "arch_1m": 1048576,
}
SHARING = ("arch_as_built", "arch_every_head")


@cache
def kv_cache() -> Figure:
    def frame(context_choice):
        rows = []
        for name in CACHED:
            c = _configs().loc[name]
            for heads, sharing in ((c["n_kv_heads"], SHARING[0]), (c["n_heads"], SHARING[1])):
                value = BYTES * float(
                    formulas.kv_cache_values(
                        c["n_layers"], heads, c["d_head"], CONTEXT_CHOICES[context_choice]
                    )
                )
                rows.append(
                    {
                        "kind": "simulation",
                        "model": name,
                        "sharing": sharing,
                        "n_layers": c["n_layers"],
                        "n_heads": c["n_heads"],
                        "n_kv_heads": c["n_kv_heads"],
                        "d_head": c["d_head"],
                        "context_tokens": CONTEXT_CHOICES[context_choice],
                        "value": value,
                    }
                )
        return pd.DataFrame(rows)

    def chart(rows):
        color, shape = m.series("sharing", SHARING, title="")
        for channel in (color, shape):
            channel["legend"]["columns"] = 1
        x = alt.X(
            "value:Q",
            scale=alt.Scale(type="log", domain=[1e8, 1e13], nice=False),
            title=label("arch_memory_axis"),
            axis=alt.Axis(format="~s", tickCount=5),
        )
        y = alt.Y(
            "model:N",
            sort=list(CACHED),
            title=None,
            axis=alt.Axis(labelLimit=130, grid=True, tickSize=0, domain=False, labelPadding=6),
        )
        base = alt.Chart(rows)
        tip = m.tooltip(
            rows, ("model", "sharing", "n_layers", "n_heads", "n_kv_heads", "d_head", "value")
        )
        return alt.layer(
            base.mark_rule(strokeWidth=1.5, strokeDash=[1, 0], opacity=0.45, aria=False).encode(
                x=alt.X("min(value):Q", title=label("arch_memory_axis")), x2="max(value):Q", y=y
            ),
            base.transform_filter(f"datum.sharing === '{SHARING[1]}'")
            .mark_point(size=85, filled=False, strokeWidth=2, opacity=1)
            .encode(x, y, color, shape, tooltip=tip),
            base.transform_filter(f"datum.sharing === '{SHARING[0]}'")
            .mark_point(size=60, filled=True, opacity=1)
            .encode(x, y, color, shape, tooltip=tip),
        ).properties(width="container", height=22 * len(CACHED))

    return Figure(
        "arch-kv-cache",
        CHAPTER,
        ["arch_configs"],
        frame,
        chart,
        simulation=True,
        facts=numbers,
        controls=[Choice("context_choice", tuple(CONTEXT_CHOICES), "arch_128k")],
    )


# --- 6. recall ---------------------------------------------------------------------------------------------------------
RECALLERS = ("Hyena", "FlashTransformer", "RWKV", "H3", "GSS", "AFT")


@cache
def recall() -> Figure:
    def frame():
        rows = data.load("hyena")
        rows = rows[rows["table"] == "Table 4.2"]
        rows = rows.assign(
            kind="published",
            length=rows["task"].str.extract(r"(\d+)$")[0].astype(float),
            value=(rows["value"] / 100).round(8),
        )
        return rows.sort_values(["model", "length"])[
            ["kind", "architecture", "model", "length", "task", "metric", "value"]
        ]

    def chart(rows):
        x = alt.X(
            "length:Q",
            scale=alt.Scale(type="log", domain=[2.6e4, 1.55e5], nice=False),
            title=label("arch_recall_length"),
            axis=alt.Axis(values=[30000, 64000, 131000], format="~s", grid=False),
        )
        color, shape = m.series("model", RECALLERS, title="")
        return m.curves(rows, x, m.axis_y(), color, shape, height=280)

    return Figure("arch-recall", CHAPTER, ["hyena"], frame, chart, facts=numbers, curve=["model"])


# --- 7. the implementation counts ------------------------------------------------------------------------------------
TRAINERS = ("Transformer", "Transformer + FlashAttention", "RetNet")
COSTS = {"arch_throughput": "throughput", "arch_training_memory": "memory"}


@cache
def training_speed() -> Figure:
    def rows_of(training_cost):
        rows = data.load("retnet")
        rows = rows[(rows["table"] == "Table 4") & (rows["metric"] == COSTS[training_cost])]
        return rows.assign(kind="published").sort_values(["model", "params"])[
            ["kind", "model", "params", "metric", "unit", "value"]
        ]

    def chart(rows, training_cost):
        color, shape = m.series("model", TRAINERS, title="")
        for channel in (color, shape):
            channel["legend"]["columns"] = 2
        fast = training_cost == "arch_throughput"
        y = alt.Y(
            "value:Q",
            scale=alt.Scale(type="log", domain=[900, 1e5], nice=False)
            if fast
            else alt.Scale(domain=[0, 80]),
            title=label(training_cost + "_axis"),
            axis=alt.Axis(format="~s", tickCount=6),
        )
        return m.curves(
            rows, m.axis_x(rows_of(training_cost), "params"), y, color, shape, height=300
        )

    return Figure(
        "arch-training-speed",
        CHAPTER,
        ["retnet"],
        rows_of,
        chart,
        facts=numbers,
        curve=["model"],
        controls=[Choice("training_cost", tuple(COSTS))],
    )


# --- 8. lineage of the big decoders ----------------------------------------------------------------------------------
ERAS = ("arch_until_2021", "arch_2022", "arch_since_2023")
LINEAGE = {
    "GPT-3 175B": "GPT-3",
    "LaMDA 137B": "LaMDA",
    "Chinchilla": "Chinchilla",
    "PaLM 540B": "PaLM",
    "Llama 3 70B": "Llama 3",
    "Llama 3.1 405B": "Llama 3.1",
}
TOKENS_PER_PARAM = 20
"""Hoffmann et al. 2022, Table 3: 1.4 trillion tokens for 67 billion parameters, near 20 at every size listed."""


@cache
def _decoders() -> pd.DataFrame:
    """Dense decoder Transformers of at least 1 billion parameters with known size and training tokens, from the timeline."""
    rows = data.load("llm_timeline")
    keep = (
        rows["architecture"].str.startswith("decoder transformer")
        & ~rows["moe"].fillna(False).astype(bool)
        & rows["params"].ge(1e9)
        & rows["train_tokens"].notna()
    )
    # FLAN's entry is LaMDA's network with a conflicting token count (see the caveats of the table).
    rows = rows[keep & ~rows["model"].str.startswith("FLAN")]
    year = rows["date"].dt.year
    return rows.assign(
        kind="published",
        arch_era=np.select([year <= 2021, year == 2022], ERAS[:2], ERAS[2]),
        landmark=[LINEAGE.get(n) for n in rows["model"]],
        tokens_per_param=rows["train_tokens"] / rows["params"],
        date=rows["date"].dt.strftime("%Y-%m-%d"),
    )


@cache
def lineage() -> Figure:
    columns = [
        "kind",
        "model",
        "organisation",
        "date",
        "arch_era",
        "params",
        "train_tokens",
        "tokens_per_param",
        "train_flops",
        "landmark",
    ]

    def frame(shown_until):
        rows = _decoders()
        rows = rows[rows["arch_era"].isin(ERAS[: ERAS.index(shown_until) + 1])][columns]
        line = [
            {
                "kind": "reference",
                "model": label("arch_twenty"),
                "params": p,
                "train_tokens": TOKENS_PER_PARAM * p,
                "tokens_per_param": TOKENS_PER_PARAM,
            }
            for p in (1.5e9, 6e11)
        ]
        return _with_reference(rows, line)

    def chart(rows):
        color, shape = m.series("arch_era", ERAS, title="")
        x = alt.X(
            "params:Q",
            scale=alt.Scale(type="log", domain=[9e8, 9e11], nice=False),
            title=label("params"),
            axis=alt.Axis(
                format="~s", tickCount=4, grid=False, labelExpr="replace(datum.label, 'G', 'B')"
            ),
        )
        y = alt.Y(
            "train_tokens:Q",
            scale=alt.Scale(type="log", domain=[2e10, 4e13], nice=False),
            title=label("train_tokens"),
            axis=alt.Axis(format="~s", tickCount=5, labelExpr="replace(datum.label, 'G', 'B')"),
        )
        base = alt.Chart(rows)
        measured, flat = (
            base.transform_filter("datum.kind !== 'reference'"),
            base.transform_filter("datum.kind === 'reference'"),
        )
        tip = m.tooltip(rows, ("model", "organisation", "date")) + [
            alt.Tooltip("params:Q", title=label("params"), format=".3~s"),
            alt.Tooltip("train_tokens:Q", title=label("train_tokens"), format=".3~s"),
            alt.Tooltip("tokens_per_param:Q", title=label("tokens_per_param"), format=".3~g"),
        ]
        return alt.layer(
            flat.mark_line(strokeDash=[4, 4], strokeWidth=1.2, color="currentColor").encode(x, y),
            flat.transform_filter("datum.params < 1e10")
            .mark_text(align="left", dx=26, dy=-4, fontSize=11)
            .encode(x, y, text="model:N"),
            measured.mark_point(size=65, filled=True, opacity=1).encode(
                x, y, color, shape, tooltip=tip
            ),
            measured.transform_filter("isValid(datum.landmark)")
            .mark_text(align="center", dy=13, fontSize=11)
            .encode(x, y, text="landmark:N"),
        ).properties(width="container", height=380)

    return Figure(
        "arch-lineage",
        CHAPTER,
        ["llm_timeline"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("shown_until", ERAS, ERAS[2])],
        columns=[
            "kind",
            "model",
            "organisation",
            "date",
            "params",
            "train_tokens",
            "tokens_per_param",
            "train_flops",
        ],
    )


# --- 9. timeline -------------------------------------------------------------------------------------------------------
GROUPS = ("arch_decoder", "arch_encoder", "arch_no_attention", "arch_hybrid")
NAMED = {
    "GPT-3 175B": "GPT-3",
    "PaLM 540B": "PaLM",
    "Mamba-2.8B": "Mamba",
    "RWKV-4 14B": "RWKV-4",
    "BERT-Large": "BERT",
    "Switch-C": "Switch-C",
    "DeepSeek-V3": "DeepSeek-V3",
}
"""Models named in the drawing: few enough not to collide in any of the three views."""


def architecture_family(architecture: str) -> str:
    """Our four families of the architectures in `llm_timeline`; raises ValueError for one it does not know.

    Recurrent, state-space, convolutional and retention networks read the past through a fixed-size state or a filter;
    hybrids mix such layers with attention.
    """
    if architecture.startswith(("decoder", "sparse-attention", "retrieval-augmented")):
        return "arch_decoder"
    if architecture.startswith("encoder"):
        return "arch_encoder"
    if architecture.startswith("hybrid"):
        return "arch_hybrid"
    if architecture.startswith(("RNN", "SSM", "convolution", "retention")):
        return "arch_no_attention"
    raise ValueError(
        f"architecture {architecture!r} belongs to none of the families {', '.join(GROUPS)}"
    )


@cache
def _timeline() -> pd.DataFrame:
    """The timeline with dates as decimal years; tokens per parameter count the parameters a token uses (`active_params`)."""
    rows = data.load("llm_timeline")
    rows["year"] = decimal_years(rows["date"])
    rows["architecture_family"] = rows["architecture"].map(architecture_family)
    moe = rows["moe"].fillna(False).astype(bool)
    rows["expert_kind"] = np.where(moe, "arch_experts", "arch_dense")
    rows["tokens_per_param"] = rows["train_tokens"] / rows["active_params"].where(
        moe, rows["params"]
    )
    rows.loc[rows["model"].str.startswith("FLAN"), "tokens_per_param"] = (
        np.nan
    )  # conflicting token count, see the caveats
    rows["context_length"] = rows["context_length"].astype(float)
    return rows.sort_values("date", kind="stable")


@cache
def architecture_timeline() -> Figure:
    axes = {"params": [5e7, 3e12], "tokens_per_param": [0.1, 2e4], "context_length": [300, 4e5]}

    def frame(arch_axis, arch_selection):
        rows = _timeline().dropna(subset=[arch_axis])
        if arch_selection == "arch_without_or_hybrid":
            rows = rows[rows["architecture_family"].isin(GROUPS[2:])]
        elif arch_selection == "arch_experts":
            rows = rows[rows["expert_kind"] == "arch_experts"]
        rows = rows.assign(
            kind="published",
            value=rows[arch_axis].astype(float),
            date=rows["date"].dt.strftime("%Y-%m-%d"),
            landmark=[NAMED.get(n) for n in rows["model"]],
        )
        return rows[
            [
                "kind",
                "model",
                "organisation",
                "date",
                "year",
                "architecture_family",
                "architecture",
                "expert_kind",
                "params",
                "active_params",
                "train_tokens",
                "context_length",
                "tokens_per_param",
                "value",
                "landmark",
            ]
        ]

    def chart(rows, arch_axis):
        color, shape = m.series("architecture_family", GROUPS, title="")
        x = alt.X(
            "year:Q",
            scale=alt.Scale(domain=[2016.9, 2025.7], nice=False),
            title=label("date"),
            axis=alt.Axis(format="d", tickCount=9, grid=False),
        )
        y = alt.Y(
            "value:Q",
            scale=alt.Scale(type="log", domain=axes[arch_axis], nice=False),
            title=label(arch_axis),
            axis=alt.Axis(format="~s", tickCount=5, labelExpr="replace(datum.label, 'G', 'B')"),
        )
        base = alt.Chart(rows)
        tip = m.tooltip(
            rows,
            (
                "model",
                "date",
                "architecture",
                "expert_kind",
                "params",
                "context_length",
                "tokens_per_param",
            ),
        )
        return alt.layer(
            base.mark_point(size=60, filled=True, opacity=1).encode(
                x, y, color, shape, tooltip=tip
            ),
            base.transform_filter("isValid(datum.landmark)")
            .mark_text(align="center", dy=-11, fontSize=11)
            .encode(x, y, text="landmark:N"),
        ).properties(width="container", height=380)

    return Figure(
        "arch-timeline",
        CHAPTER,
        ["llm_timeline"],
        frame,
        chart,
        facts=numbers,
        controls=[
            Choice("arch_axis", tuple(axes)),
            Choice("arch_selection", ("arch_all_models", "arch_without_or_hybrid", "arch_experts")),
        ],
        columns=[
            "model",
            "organisation",
            "date",
            "architecture",
            "expert_kind",
            "params",
            "active_params",
            "train_tokens",
            "context_length",
            "tokens_per_param",
        ],
    )


# --- numbers of prose and texts ----------------------------------------------------------------------------------------
def _bytes(value: float) -> str:
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e3:.3g} kB"


@cache
def numbers() -> dict[str, str]:
    """Every number of the prose, the captions and the alternative texts, formatted; percentages without the sign."""
    rows = _zero_shot()
    score = rows.set_index(["task", "model"])["value"]
    mean, pile = score["arch_mean_of_seven"], score[PILE]
    versus = _comparisons().set_index("entry")["value"]
    compared = _comparisons()
    modern = compared[compared["baseline_recipe"] == "arch_llama_recipe"]
    newer = compared[compared["mixer"] != "arch_older_linear"]
    hybrid = _hybrid()
    ppl = hybrid[hybrid["kind"] == "published"].set_index("n_attention_layers")["perplexity"]
    forecast = hybrid_layers().forecast()
    at = {
        name: BYTES * state_values(name, 2048) for group in SIZE_CLASSES.values() for name in group
    }
    per_token = {
        name: BYTES * (state_values(name, 1) - state_values(name, 0))
        for group in SIZE_CLASSES.values()
        for name in group
    }
    long = 131072
    far = recall().frame().set_index(["model", "length"])["value"]
    ret = data.load("retnet")
    speed = ret[(ret["table"] == "Table 4") & (ret["metric"] == "throughput")].pivot_table(
        index="params", columns="model", values="value"
    )
    same200 = ret[(ret["table"] == "Table 5") & (ret["task"] == "In-domain")].set_index("model")[
        "value"
    ]
    lra = data.load("rwkv")
    lra = lra[(lra["table"] == "Table 4") & (lra["task"] == "Long Range Arena: average")].set_index(
        "model"
    )["value"]
    xl = data.load("xlstm")
    ablation = xl[xl["task"].str.endswith("ablation")].set_index("model")["value"]
    nvidia = data.load("nvidia_mamba2_hybrid_8b")
    decoders, time = _decoders(), _timeline()
    ratio = decoders.set_index("model")["tokens_per_param"]
    since = time[time["date"].dt.year >= 2023]
    cg = data.load("chinchilla_vs_gopher")
    mmlu = cg[cg["task"] == "MMLU (57 tasks)"].set_index("model")["value"]
    context = time.set_index("model")["context_length"]
    palm, gpt3, llama3 = (
        _configs().loc[name] for name in ("PaLM-540B", "GPT-3 175B", "Llama-3.1-405B")
    )
    pythia = _configs().loc["pythia-2.8b"]
    cross = state_values("Mamba-2-2.7B", 0) / (per_token["pythia-2.8b"] / BYTES)
    weights_cross = 2.8e9 / (per_token["pythia-2.8b"] / BYTES)
    double = (
        2
        * matrix_params("pythia-2.8b")
        / float(
            formulas.attention_flops(pythia["n_layers"], pythia["n_heads"], pythia["d_head"], 1)
        )
    )
    double_gpt3 = (
        2
        * 1.75e11
        / float(formulas.attention_flops(gpt3["n_layers"], gpt3["n_heads"], gpt3["d_head"], 1))
    )
    token_bits = np.log2(50277)  # the tokenizer of Pythia, RWKV-4 and Mamba
    return {
        "mean_mamba2": m.percent(mean["Mamba-2-2.7B"]),
        "mean_mamba": m.percent(mean["Mamba-2.8B"]),
        "mean_pythia": m.percent(mean["Pythia-2.8B"]),
        "mean_pythia69": m.percent(mean["Pythia-6.9B"]),
        "mean_rwkv3": m.percent(mean["RWKV4-3B"]),
        "pile_mamba2": f"{pile['Mamba-2-2.7B']:.2f}",
        "pile_mamba": f"{pile['Mamba-2.8B']:.2f}",
        "pile_pythia": f"{pile['Pythia-2.8B']:.2f}",
        "pile_loss_mamba2": f"{np.log(pile['Mamba-2-2.7B']):.3f}",
        "pile_loss_pythia": f"{np.log(pile['Pythia-2.8B']):.3f}",
        "pile_factor": f"{(np.log(pile['Pythia-2.8B']) / np.log(pile['Mamba-2-2.7B'])) ** (1 / 0.076):.1f}",
        "pile_small_pythia": f"{pile['Pythia-160M']:.2f}",
        "modern": str(len(modern)),
        "modern_widest": f"{modern['value'].abs().max():.2f}",
        "newer": str(len(newer)),
        "newer_better": str(int((newer["value"] < 0).sum())),
        "older_linear": f"{versus['Linear Attention, 125M']:.2f}",
        "mamba2_pythia": f"{-versus['Mamba-2-2.7B, 2.7B']:.3f}",
        "mamba2_plus": f"{-versus['Mamba-2-2.7B, 2.7B *']:.3f}",
        "rwkv_llama": f"{versus['RWKV-4, 1.5B']:.3f}",
        "xlstm_llama": f"{-versus['xLSTM[1:0], 1.4B']:.3f}",
        "hyena_behind": f"{versus['Hyena-2 (355M), 355M']:.3f}",
        **{
            f"same200_{key}": f"{same200[model]:.2f}"
            for key, model in (
                ("retnet", "RetNet"),
                ("h3", "H3"),
                ("rwkv", "RWKV"),
                ("hyena", "Hyena"),
                ("linear", "Linear Transformer"),
            )
        },
        "hybrid27": f"{-versus['Mamba-2-Attention, 2.7B']:.3f}",
        "lstm_plain": f"{ablation['LSTM (vanilla, multi-layer)']:,.0f}",
        "lstm_resnet": f"{ablation['LSTM + ResNet backbone']:.1f}",
        "lstm_gating": f"{ablation['xLSTM[0:1] (exponential gating)']:.1f}",
        "lstm_matrix": f"{ablation['xLSTM[7:1] (+ matrix memory)']:.1f}",
        "hybrid_0": f"{ppl[0]:.2f}",
        "hybrid_1": f"{ppl[1]:.2f}",
        "hybrid_6": f"{ppl[6]:.2f}",
        "hybrid_24": f"{ppl[24]:.2f}",
        "hybrid_best": f"{ppl.idxmin():.0f}",
        "hybrid_transformer": f"{hybrid[hybrid['kind'] == 'reference']['perplexity'].item():.2f}",
        "hybrid_line": f"{forecast['line']:.2f}",
        "hybrid_first_share": f"{100 * (ppl[0] - ppl[1]) / (ppl[0] - ppl[6]):.0f}",
        "hybrid_layers": str(int(hybrid["n_layers"].iloc[0])),
        "hybrid_flat": f"{ppl[(ppl.index >= 3) & (ppl.index <= 9)].max() - ppl[(ppl.index >= 3) & (ppl.index <= 9)].min():.2f}",
        "kv_pythia": _bytes(per_token["pythia-2.8b"]),
        "kv_pythia_128k": _bytes(per_token["pythia-2.8b"] * long),
        "state_mamba": _bytes(at["Mamba-2.8B"]),
        "state_mamba2": _bytes(at["Mamba-2-2.7B"]),
        "state_rwkv": _bytes(at["RWKV-4 3B"]),
        "cross_mamba2": f"{cross:.0f}",
        "weights_cross": f"{weights_cross:,.0f}",
        "pythia_double": f"{double:,.0f}",
        "gpt3_double": f"{double_gpt3:,.0f}",
        "kv_gpt3": _bytes(per_token["GPT-3 175B"]),
        "kv_palm": _bytes(per_token["PaLM-540B"]),
        "kv_llama2_7": _bytes(per_token["Llama-2-7b-hf"]),
        "kv_llama3_8": _bytes(per_token["Llama-3-8B"]),
        "kv_llama31_128k": _bytes(per_token["Llama-3.1-405B"] * long),
        "kv_gpt3_128k": _bytes(per_token["GPT-3 175B"] * long),
        "kv_palm_128k": _bytes(per_token["PaLM-540B"] * long),
        "palm_heads": str(palm["n_heads"]),
        "llama31_heads": str(llama3["n_heads"]),
        "llama31_kv": str(llama3["n_kv_heads"]),
        "llama31_share": str(llama3["n_heads"] // llama3["n_kv_heads"]),
        "kv_hybrid": _bytes(per_token["Mamba-2-Hybrid 8B"]),
        "pythia_attention_2k": f"{100 * (1 - 2 * matrix_params('pythia-2.8b') / token_flops('pythia-2.8b', 2048)):.0f}",
        "state_numbers": f"{state_values('Mamba-2-2.7B', 0) / 1e6:.0f}",
        "state_bits": f"{8 * at['Mamba-2-2.7B'] / 1e6:.0f}",
        "token_bits": f"{token_bits:.1f}",
        "copy_mamba2": f"{8 * at['Mamba-2-2.7B'] / token_bits / 1e6:.0f}",
        "copy_rwkv": f"{round(8 * at['RWKV-4 3B'] / token_bits, -4):,.0f}",
        "kv_bits": f"{8 * per_token['pythia-2.8b'] / 1e6:.1f}",
        "recall_hyena_30": m.percent(far["Hyena", 30000], 0),
        "recall_hyena_131": m.percent(far["Hyena", 131000]),
        "recall_flash_30": m.percent(far["FlashTransformer", 30000]),
        "recall_rwkv_30": m.percent(far["RWKV", 30000]),
        "flash_gain_67": f"{speed.loc[6.7e9, 'Transformer + FlashAttention'] / speed.loc[6.7e9, 'Transformer']:.1f}",
        "retnet_gain_67": f"{speed.loc[6.7e9, 'RetNet'] / speed.loc[6.7e9, 'Transformer']:.1f}",
        "retnet_over_flash": f"{100 * (speed['RetNet'] / speed['Transformer + FlashAttention'] - 1).min():.0f}",
        "retnet_over_flash_max": f"{100 * (speed['RetNet'] / speed['Transformer + FlashAttention'] - 1).max():.0f}",
        "speed_plain": f"{speed.loc[6.7e9, 'Transformer']:,.0f}",
        "speed_flash": f"{speed.loc[6.7e9, 'Transformer + FlashAttention']:,.0f}",
        "speed_retnet": f"{speed.loc[6.7e9, 'RetNet']:,.0f}",
        "lra_transformer": f"{lra['Transformer']:.1f}",
        "lra_s4": f"{lra['S4']:.1f}",
        "lra_rwkv": f"{lra['RWKV']:.1f}",
        "nvidia_gain": f"{nvidia[nvidia['unit'] == 'percentage_points']['value'].item():.2f}",
        "nvidia_tokens": f"{nvidia['train_tokens'].iloc[0] / 1e12:.1f}",
        "gpt3_ratio": f"{ratio['GPT-3 175B']:.1f}",
        "lamda_ratio": f"{ratio['LaMDA 137B']:.1f}",
        "gopher_ratio": f"{ratio['Gopher']:.1f}",
        "chinchilla_ratio": f"{ratio['Chinchilla']:.0f}",
        "palm_ratio": f"{ratio['PaLM 540B']:.1f}",
        "llama3_ratio": f"{ratio['Llama 3 70B']:.0f}",
        "decoders": str(len(decoders)),
        "decoders_below_large": str(
            int(
                (
                    (decoders["arch_era"] == ERAS[0])
                    & (decoders["params"] > 1e11)
                    & (decoders["tokens_per_param"] < TOKENS_PER_PARAM)
                ).sum()
            )
        ),
        "decoders_large": str(
            int(((decoders["arch_era"] == ERAS[0]) & (decoders["params"] > 1e11)).sum())
        ),
        "decoders_late_above": str(
            int(
                (
                    (decoders["arch_era"] == ERAS[2])
                    & (decoders["tokens_per_param"] > TOKENS_PER_PARAM)
                ).sum()
            )
        ),
        "decoders_late": str(int((decoders["arch_era"] == ERAS[2]).sum())),
        "mmlu_chinchilla": f"{mmlu['Chinchilla']:.1f}",
        "mmlu_gopher": f"{mmlu['Gopher']:.1f}",
        "models": str(len(time)),
        "models_context": str(int(time["context_length"].notna().sum())),
        "models_params": str(int(time["params"].notna().sum())),
        "since_2023": str(len(since)),
        "decoder_2023": str(int((since["architecture_family"] == "arch_decoder").sum())),
        "none_2023": str(int((since["architecture_family"] == "arch_no_attention").sum())),
        "hybrid_2023": str(int((since["architecture_family"] == "arch_hybrid").sum())),
        "largest_none": f"{time[time['architecture_family'] == 'arch_no_attention']['params'].max() / 1e9:.0f}",
        "largest_hybrid": f"{time[time['architecture_family'] == 'arch_hybrid']['params'].max() / 1e9:.0f}",
        "context_gpt1": f"{context['GPT-1']:,.0f}",
        "context_gpt3": f"{context['GPT-3 175B']:,.0f}",
        "context_jamba": f"{context['Jamba v0.1']:,.0f}",
        "context_llama31": f"{context['Llama 3.1 405B']:,.0f}",
    }
