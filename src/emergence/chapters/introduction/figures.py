"""Figures of the introduction: three shapes of scaling, what can be forecast, the marks, traffic, the timeline."""

from __future__ import annotations

from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import marks as m
from emergence.chart.dates import decimal_years
from emergence.chart.theme import KINDS, kind_scales
from emergence.figure import Choice, Figure, Predict, Slider
from emergence.text import label

__all__ = ["three_shapes", "forecast_three", "loss_law", "traffic", "timeline"]

CHAPTER = "introduction"
COLUMNS = [
    "kind",
    "panel",
    "family",
    "model",
    "params",
    "task",
    "setting",
    "n_shots",
    "metric",
    "unit",
    "value",
    "chance",
]
TABLES = ["kaplan2020_fig1_loss_vs_scale", "gpt3_table_h1", "mckenzie2023_inverse_scaling_tasks"]

ARITHMETIC = ("2D+", "2D-", "3D+", "3D-", "4D+", "4D-", "5D+", "5D-")
INVERSE = (
    "hindsight_neglect",
    "modus_tollens",
    "repetitive_algebra",
    "sig_figs",
    "neqa",
    "into_the_unknown",
    "resisting_correction",
    "memo_trap",
    "redefine",
    "pattern_match_suppression",
)
"""The inverse-scaling tasks scored by accuracy; prompt injection is a loss and has no place on the same axis."""


# --- the three series everything here is made of ----------------------------------------------------------------------
@cache
def _loss() -> pd.DataFrame:
    """Kaplan et al. 2020, Fig. 1 right: test loss (nats per token) by non-embedding parameters, one row per training run."""
    rows = data.load("kaplan2020_fig1_loss_vs_scale")
    rows = (
        rows[rows["panel"] == "parameters"]
        .sort_values(["x_value", "value"])
        .rename(columns={"x_value": "params"})
    )
    return rows.assign(
        kind="published",
        panel="loss",
        family="Kaplan",
        model=None,
        task="next_token",
        setting=None,
        n_shots=None,
        chance=None,
    )[COLUMNS]


@cache
def _gpt3(task: str) -> pd.DataFrame:
    """Brown et al. 2020, Table H.1: few-shot accuracy (fraction) of the eight GPT-3 models on one arithmetic task."""
    rows = data.load("gpt3_table_h1")
    rows = rows[(rows["task"] == task) & (rows["setting"] == "few_shot")].sort_values("params")
    return rows.assign(
        kind="published",
        panel="arithmetic",
        value=rows["value"] / 100,
        unit="fraction",
        chance=None,
    )[COLUMNS]


@cache
def _palm(task: str) -> pd.DataFrame:
    """McKenzie et al. 2023, Fig. 2: accuracy (fraction) of the four PaLM models on one inverse-scaling task, and chance."""
    rows = data.load("mckenzie2023_inverse_scaling_tasks")
    rows = rows[(rows["task"] == task) & (rows["family"] == "PaLM")].sort_values("params")
    return rows.assign(
        kind="published",
        panel="inverse",
        model="PaLM " + rows["model"],
        n_shots=None,
        chance=rows["random_baseline"],
    )[COLUMNS]


def u_shaped(values: list[float], margin: float = 0.01) -> bool:
    """Whether scores by growing size fall and rise again: the lowest is neither first nor last, by more than `margin`."""
    low = min(values[1:-1])
    return low < values[0] - margin and low < values[-1] - margin


def _power_law_forecast(rows: pd.DataFrame, beyond: float) -> float:
    """Loss of the largest model according to L = (N_c/N)^alpha fitted by least squares in log L to models up to `beyond`."""
    seen, target = rows[rows["params"] <= beyond], rows["params"].max()
    slope, intercept = np.polyfit(np.log10(seen["params"]), np.log10(seen["value"]), 1)
    return float(10 ** (intercept + slope * np.log10(target)))


# --- figures ----------------------------------------------------------------------------------------------------------
@cache
def three_shapes() -> Figure:
    panels = ("loss", "arithmetic", "inverse")

    def frame(arithmetic_task, inverse_task):
        return pd.concat(
            [
                _loss().astype(object),
                _gpt3(arithmetic_task).astype(object),
                _palm(inverse_task).astype(object),
            ]
        )

    def chart(rows, columns):
        color, shape = m.series("family", ["Kaplan", "GPT-3", "PaLM"])
        x = alt.X(
            "params:Q",
            scale=alt.Scale(type="log", nice=False),
            title=label("params"),
            axis=alt.Axis(
                format="~s", tickCount=4, grid=False, labelExpr="replace(datum.label, 'G', 'B')"
            ),
        )
        y = alt.Y(
            "value:Q",
            scale=alt.Scale(zero=False, nice=False),
            title=None,
            axis=alt.Axis(
                tickCount=5,
                labelExpr="datum.value > 1 ? format(datum.value, '.0f') : format(datum.value, '.0%')",
            ),
        )
        base = alt.Chart()
        # The axes of the panels are independent; this invisible bar gives each its limits, whatever task is chosen.
        limits = base.transform_calculate(
            low="datum.panel === 'loss' ? 2 : 0", high="datum.panel === 'loss' ? 6.2 : 1"
        )
        layers = [
            limits.mark_rule(opacity=0, aria=False).encode(
                y=alt.Y("low:Q", title=None), y2="high:Q"
            ),
            base.mark_line(strokeWidth=2).encode(x, y, color),
            base.mark_point(size=55, filled=True, opacity=1).encode(
                x, y, color, shape, tooltip=m.tooltip(rows)
            ),
            base.transform_filter("isValid(datum.chance)")
            .mark_rule(aria=False)
            .encode(y=alt.Y("max(chance):Q", title=None)),
        ]
        names = "{" + ",".join(f"'{p}':'{label('panel_' + p)}'" for p in panels) + "}[datum.label]"
        facet = alt.Facet(
            "panel:N", sort=list(panels), header=alt.Header(labelExpr=names, labelPadding=4)
        )
        return (
            alt.layer(*layers, data=rows)
            .properties(width=150, height=180)
            .facet(facet, columns=columns)
            .resolve_scale(x="independent", y="independent")
        )

    return Figure(
        "three-shapes",
        CHAPTER,
        TABLES,
        frame,
        chart,
        facts=numbers,
        curve=["panel", "family", "task"],
        controls=[Choice("arithmetic_task", ARITHMETIC, "3D+"), Choice("inverse_task", INVERSE)],
        columns=[c for c in COLUMNS if c not in ("panel", "unit")],
    )


SEEN = {"addition": 7e9, "test_loss": 1.2e8, "hindsight": 7e10}
"""Models up to this many parameters are shown before the forecast."""


@cache
def forecast_three() -> Figure:
    def series(quantity):
        return {
            "addition": lambda: _gpt3("3D+"),
            "test_loss": _loss,
            "hindsight": lambda: _palm("hindsight_neglect"),
        }[quantity]()

    def frame(quantity):
        # Two runs share the largest size of the loss curve; a forecast has one answer, the better run.
        rows = series(quantity).astype(object).drop_duplicates("params")
        return rows.assign(held_back=(rows["params"] > SEEN[quantity]).astype(int))

    def chart(rows, quantity):
        loss = quantity == "test_loss"
        y = (
            m.axis_y(domain=(1.5, 6.5), format=".1f", title=label("panel_loss"))
            if loss
            else m.axis_y()
        )
        # Colors as in the first figure; the control already says which family is drawn.
        color, shape = (
            channel.legend(None) for channel in m.series("family", ["Kaplan", "GPT-3", "PaLM"])
        )
        return m.curves(rows, m.axis_x(series(quantity), "params"), y, color, shape)

    return Figure(
        "forecast-three",
        CHAPTER,
        TABLES,
        frame,
        chart,
        facts=numbers,
        curve=["family", "task"],
        controls=[Choice("quantity", tuple(SEEN))],
        predict=Predict("held_back", 0.5, "params", "value", {"kind": "published"}),
        columns=[c for c in COLUMNS if c not in ("panel", "unit")],
    )


@cache
def loss_law() -> Figure:
    def frame():
        rows = _loss()[["kind", "params", "value"]].astype(object)
        size = np.geomspace(rows["params"].min(), rows["params"].max(), 40)
        law = pd.DataFrame({"kind": "fit", "params": size, "value": kaplan_loss(size)})
        chance = pd.DataFrame(
            {"kind": ["reference"], "params": [None], "value": [np.log(VOCABULARY)]}
        )
        return pd.concat([rows, law.astype(object), chance.astype(object)])

    def chart(rows):
        x = m.axis_x(_loss(), "params")
        y = alt.Y(
            "value:Q",
            scale=alt.Scale(type="log", domain=[2, 12], nice=False),
            title=label("panel_loss"),
            axis=alt.Axis(values=[2, 3, 4, 6, 8, 10, 12], format="d"),
        )
        names = "{" + ",".join(f"'{k}':'{label(k)}'" for k in KINDS) + "}[datum.value]"
        dash = alt.StrokeDash(
            "kind:N",
            title=label("kind_of_number"),
            scale=kind_scales()["strokeDash"]["scale"],
            legend=alt.Legend(
                labelExpr=names,
                symbolSize=500,
                symbolStrokeWidth=2,
                symbolType="stroke",
                symbolStrokeColor="currentColor",
                columns=2,
            ),
        )
        base = alt.Chart(rows)
        marks = base.transform_filter("datum.kind === 'published'").mark_point(
            size=70, filled=True, opacity=1, color=m.PALETTE[0]
        )
        flat = base.transform_filter("datum.kind === 'reference'")
        return alt.layer(
            base.transform_filter("datum.kind !== 'reference'")
            .mark_line(strokeWidth=2, color=m.PALETTE[0])
            .encode(
                x,
                y,
                dash,
                opacity=alt.condition("datum.kind === 'published'", alt.value(0), alt.value(1)),
            ),
            marks.encode(x, y, tooltip=m.tooltip(rows)),
            flat.mark_rule().encode(y=y),
            flat.mark_text(align="right", dy=-7, fontSize=12, x="width").encode(
                y=y, text=alt.value(label("uniform_guess"))
            ),
        ).properties(width="container", height=300)

    return Figure(
        "loss-law",
        CHAPTER,
        ["kaplan2020_fig1_loss_vs_scale", "kaplan_power_laws"],
        frame,
        chart,
        facts=numbers,
    )


VOCABULARY = 50257
"""Tokens Kaplan et al.'s models choose from (section 2.1): a uniform guess has a loss of ln(50257) nats."""


def kaplan_loss(params):
    """Test loss in nats per token by non-embedding parameters, L(N) = (N_c/N)^alpha_N (Kaplan et al. 2020, eq. 1.1)."""
    rows = data.load("kaplan_power_laws")
    law = rows[(rows["law"] == "L(N)") & rows["table"].str.startswith("App. A")].set_index(
        "parameter"
    )["value"]
    return (law["N_c"] / np.asarray(params, float)) ** law["alpha_N"]


CELLS, STEPS, SLOWDOWN, LIMIT = 60, 60, 0.3, 5


def traffic_steps(
    cells: int, cars: int, steps: int, slowdown: float, seed: int, limit: int = LIMIT
) -> tuple[np.ndarray, np.ndarray]:
    """Nagel & Schreckenberg (1992), section 2: cars on a ring road, all stepping at once.

    Each step every car speeds up by one cell per step to at most `limit`, brakes so as not to reach the car ahead, slows
    by one with probability `slowdown`, and moves. The cars start evenly spaced and at rest. Returns positions and speeds,
    both of shape (steps, cars), in cells and cells per step.
    """
    if not 0 < cars <= cells:
        raise ValueError(
            f"cars={cars} is out of range; a ring of {cells} cells holds 1 to {cells} cars"
        )
    rng = np.random.default_rng(seed)
    position, speed = np.arange(cars) * cells // cars, np.zeros(cars, int)
    positions, speeds = np.empty((steps, cars), int), np.empty((steps, cars), int)
    for t in range(steps):
        # A car alone on the ring has itself ahead.
        gap = (np.roll(position, -1) - position - 1) % cells
        speed = np.minimum(np.minimum(speed + 1, limit), gap)
        speed = np.where(rng.random(cars) < slowdown, np.maximum(speed - 1, 0), speed)
        position = (position + speed) % cells
        positions[t], speeds[t] = position, speed
    return positions, speeds


@cache
def traffic_averages(
    density: float, cells: int = 1000, steps: int = 1500, settle: int = 500
) -> tuple[float, float]:
    """Share of cars standing still and mean speed (cells per step) on a long ring, after `settle` steps; fixed seed."""
    _, speed = traffic_steps(cells, round(cells * density), steps, SLOWDOWN, seed=0)
    return float((speed[settle:] == 0).mean()), float(speed[settle:].mean())


@cache
def traffic() -> Figure:
    def frame(density):
        cars = round(CELLS * density)
        position, speed = traffic_steps(CELLS, cars, STEPS, SLOWDOWN, seed=1972)
        rows = pd.DataFrame(
            {
                "kind": "simulation",
                "density": density,
                "step": np.repeat(np.arange(1, STEPS + 1), cars),
                "cell": position.ravel(),
                "speed": speed.ravel(),
            }
        )
        return rows.assign(motion=np.where(rows["speed"] == 0, "standing", "moving"))

    def chart(rows):
        color, shape = m.series("motion", ["moving", "standing"], title="")
        x = alt.X(
            "cell:Q",
            scale=alt.Scale(domain=[-1, CELLS], nice=False),
            title=label("cell"),
            axis=alt.Axis(grid=False),
        )
        y = alt.Y(
            "step:Q",
            scale=alt.Scale(domain=[STEPS + 1, 0], nice=False),
            title=label("step"),
            axis=alt.Axis(grid=False),
        )
        return (
            alt.Chart(rows)
            .mark_point(size=22, filled=True, opacity=1, aria=False)
            .encode(x, y, color, shape)
            .properties(width="container", height=380)
        )

    return Figure(
        "traffic",
        CHAPTER,
        [],
        frame,
        chart,
        controls=[Slider("density", 0.05, 0.5, 0.05, 0.2, format=".0%")],
        simulation=True,
        facts=numbers,
    )


ARCHITECTURES = ("decoder", "encoder_decoder", "encoder", "no_full_attention")
LANDMARKS = {
    "Transformer (big)": "Transformer",
    "BERT-Large": "BERT",
    "GPT-3 175B": "GPT-3",
    "PaLM 540B": "PaLM",
    "GPT-4": "GPT-4",
    "Grok-3": "Grok-3",
}
"""Models named in the drawing, by the name written there: few and short, so that they fit a phone."""


def architecture_group(architecture: str) -> str:
    """Our four groups of the architectures in `llm_timeline`; raises ValueError for one it does not know."""
    if architecture.startswith(
        ("decoder transformer", "sparse-attention transformer", "retrieval-augmented transformer")
    ):
        return "decoder"
    if architecture.startswith(("encoder-decoder", "encoder + decoder")):
        return "encoder_decoder"
    if architecture.startswith("encoder transformer"):
        return "encoder"
    if architecture.startswith(("RNN", "SSM", "hybrid", "convolution", "retention")):
        return "no_full_attention"
    raise ValueError(
        f"architecture {architecture!r} belongs to none of the groups {', '.join(ARCHITECTURES)}"
    )


@cache
def _timeline() -> pd.DataFrame:
    """Epoch AI's models with dates as decimal years; `certainty` is 'estimate' where Epoch rates an entry Speculative."""
    rows = data.load("llm_timeline")
    rows["year"] = decimal_years(rows["date"])
    rows["group"] = rows["architecture"].map(architecture_group)
    leak = rows["note"].fillna("").str.contains("press leak")
    rows["certainty"] = np.where(
        (rows["epoch_confidence"] == "Speculative") | leak, "estimate", "as_reported"
    )
    # T0 was fine-tuned from T5; Epoch's figure for it is the fine-tuning alone.
    rows.loc[rows["model"] == "T0-XXL", "train_flops"] = np.nan
    return rows.sort_values("date", kind="stable")


@cache
def timeline() -> Figure:
    def frame(y, group):
        rows = _timeline().dropna(subset=[y])
        rows = rows if group == "every_group" else rows[rows["group"] == group]
        rows = rows.assign(
            kind="published",
            value=rows[y].astype(float),
            date=rows["date"].dt.strftime("%Y-%m-%d"),
            landmark=[LANDMARKS.get(name) for name in rows["model"]],
        )
        return rows[
            [
                "kind",
                "model",
                "family",
                "organisation",
                "date",
                "year",
                "group",
                "architecture",
                "params",
                "train_flops",
                "certainty",
                "epoch_confidence",
                "note",
                "value",
                "landmark",
            ]
        ]

    def chart(rows, y):
        span = _timeline()
        color, shape = m.series("group", ARCHITECTURES, title="")
        x = alt.X(
            "year:Q",
            scale=alt.Scale(domain=[2016.7, 2025.7], nice=False),
            title=label("date"),
            axis=alt.Axis(format="d", tickCount=9, grid=False),
        )
        axis = m.axis_x(span, y)
        scale = alt.Scale(
            type="log", domain=[5e7, 3e12] if y == "params" else [1e17, 2e27], nice=False
        )
        vertical = alt.Y("value:Q", scale=scale, axis=axis["axis"], title=label(y))
        tip = m.tooltip(
            rows,
            (
                "model",
                "organisation",
                "date",
                "architecture",
                "params",
                "train_flops",
                "epoch_confidence",
                "note",
            ),
        )
        base = alt.Chart(rows)
        return alt.layer(
            base.transform_filter("datum.certainty !== 'estimate'")
            .mark_point(size=60, filled=True, opacity=1)
            .encode(x, vertical, color, shape, tooltip=tip),
            base.transform_filter("datum.certainty === 'estimate'")
            .mark_point(size=60, filled=False, strokeWidth=2, opacity=1)
            .encode(x, vertical, color, shape, tooltip=tip),
            base.transform_filter("isValid(datum.landmark)")
            .mark_text(align="center", dy=-11, fontSize=11)
            .encode(x, vertical, text="landmark:N"),
        ).properties(width="container", height=380)

    return Figure(
        "llm-timeline",
        CHAPTER,
        ["llm_timeline"],
        frame,
        chart,
        facts=numbers,
        controls=[
            Choice("y", ("train_flops", "params")),
            Choice("group", ("every_group", *ARCHITECTURES)),
        ],
        columns=[
            "model",
            "organisation",
            "date",
            "architecture",
            "params",
            "train_flops",
            "epoch_confidence",
            "note",
        ],
    )


# --- numbers of prose and texts ---------------------------------------------------------------------------------------
def _about(value: float) -> str:
    """A large number with two significant digits, e.g. 42,000."""
    return f"{float(f'{value:.1e}'):,.0f}"


@cache
def numbers() -> dict[str, str]:
    """Every number of the prose, the captions and the alternative texts, formatted; percentages without the sign."""
    loss, three, five = (
        _loss(),
        _gpt3("3D+").set_index("params")["value"],
        _gpt3("5D+").set_index("params")["value"],
    )
    hindsight = _palm("hindsight_neglect").set_index("params")["value"]
    palm = {task: _palm(task)["value"].tolist() for task in INVERSE}
    dips = [t for t, v in palm.items() if u_shaped(v)]
    line = forecast_three()
    lines = {q: line.forecast(quantity=q) for q in SEEN}
    small = loss[loss["params"] <= 1e7]
    law = _power_law_forecast(loss, 1e7)
    models = _timeline()
    flops, dates = models.set_index("model")["train_flops"], models.set_index("model")["year"]
    ladder = data.load("emergent_table1_scales").dropna(subset=["emergence_params"])
    facts = data.load("facts_emergence")
    share = facts[
        (facts["source"] == "mirage") & facts["statement"].str.startswith("Share of hand-annotated")
    ].iloc[0]["value"]
    return {
        "loss_runs": str(len(loss)),
        "loss_first": f"{loss['value'].max():.1f}",
        "loss_last": f"{loss['value'].min():.1f}",
        "params_first": f"{loss['params'].min():,.0f}",
        "params_last": f"{loss['params'].max() / 1e9:.1f}",
        "alpha": f"{_kaplan('alpha_N'):.3f}",
        "loss_factor_ten": f"{100 * (1 - 10 ** -_kaplan('alpha_N')):.0f}",
        "law_small": str(len(small)),
        "law_forecast": f"{law:.2f}",
        "law_truth": f"{lines['test_loss']['truth']:.2f}",
        "law_error": f"{100 * abs(law / lines['test_loss']['truth'] - 1):.0f}",
        "law_ratio": _about(loss["params"].max() / small["params"].max()),
        "loss_line": f"{lines['test_loss']['line']:.2f}",
        "worst_fit": f"{100 * np.abs(kaplan_loss(loss['params']) / loss['value'] - 1).max():.1f}",
        "uniform": f"{np.log(VOCABULARY):.1f}",
        "add3_67": m.percent(three[6.7e9]),
        "add3_13": m.percent(three[1.3e10]),
        "add3_175": m.percent(three[1.75e11]),
        "add3_line": m.percent(lines["addition"]["line"]),
        "add5_175": m.percent(five[1.75e11]),
        "hind_1": m.percent(hindsight[1e9]),
        "hind_8": m.percent(hindsight[8e9]),
        "hind_540": m.percent(hindsight[5.4e11]),
        "hind_line": m.percent(lines["hindsight"]["line"]),
        "inverse_tasks": str(len(INVERSE)),
        "inverse_u": str(len(dips)),
        "inverse_u_above": str(sum(palm[t][-1] > palm[t][0] for t in dips)),
        "inverse_below_chance": str(
            sum(v[-1] < _palm(t)["chance"].iloc[0] for t, v in palm.items())
        ),
        "jam_10": m.percent(traffic_averages(0.1)[0]),
        "jam_40": m.percent(traffic_averages(0.4)[0], 0),
        "jam_15": m.percent(traffic_averages(0.15)[0], 0),
        "jam_20": m.percent(traffic_averages(0.2)[0], 0),
        "speed_10": f"{traffic_averages(0.1)[1]:.1f}",
        "speed_15": f"{traffic_averages(0.15)[1]:.1f}",
        "speed_20": f"{traffic_averages(0.2)[1]:.1f}",
        "flan_lamda": f"{flops['FLAN 137B (LaMDA-PT)'] / flops['LaMDA 137B']:.1f}",
        "models_flops": str(int(models["train_flops"].notna().sum())),
        "models": str(len(models)),
        "models_no_params": str(int(models["params"].isna().sum())),
        "flops_gpt3": _power(flops["GPT-3 175B"]),
        "flops_grok3": _power(flops["Grok-3"]),
        "flops_transformer": _power(flops["Transformer (big)"]),
        "flops_growth": _about(flops["Grok-3"] / flops["GPT-3 175B"]),
        "flops_growth_2020": _about(flops["GPT-3 175B"] / flops["Transformer (big)"]),
        "decoders_2023": str(int((models[models["year"] >= 2023]["group"] == "decoder").sum())),
        "since_2023": str(int((models["year"] >= 2023).sum())),
        "estimates": str(int((models["certainty"] == "estimate").sum())),
        "doubling_months": f"{12 * (dates['Grok-3'] - dates['GPT-3 175B']) / np.log2(flops['Grok-3'] / flops['GPT-3 175B']):.0f}",
        "years_between": f"{dates['Grok-3'] - dates['GPT-3 175B']:.1f}",
        "perplexity_last": f"{np.exp(loss['value'].min()):.0f}",
        "perplexity_uniform": f"{VOCABULARY:,}",
        "halving_factor": _about(2 ** (1 / _kaplan("alpha_N"))),
        "digit_67": f"{three[6.7e9] ** (1 / 3):.2f}",
        "digit_13": f"{three[1.3e10] ** (1 / 3):.2f}",
        "digit_175": f"{three[1.75e11] ** (1 / 3):.2f}",
        "ladder": str(len(ladder)),
        "ladder_low": f"{ladder['emergence_params'].min() / 1e6:.0f} million",
        "ladder_high": f"{ladder['emergence_params'].max() / 1e9:.0f} billion",
        "mirage_share": share.lstrip(">"),
    }


def _kaplan(parameter: str) -> float:
    rows = data.load("kaplan_power_laws")
    return float(
        rows[
            (rows["law"] == "L(N)")
            & rows["table"].str.startswith("App. A")
            & (rows["parameter"] == parameter)
        ]["value"].iloc[0]
    )


def _power(value: float) -> str:
    """A large number in words a reader knows, e.g. 3.1·10²³."""
    exponent = int(np.floor(np.log10(value)))
    return f"{value / 10**exponent:.1f}·10{str(exponent).translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
