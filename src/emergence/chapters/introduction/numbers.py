"""Every number in the words of the introduction: of each figure, from its own rows, and of the prose."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import about, one, percent, scientific

from .figures import forecast_three, loss_law, three_shapes, timeline
from .ring_road import averages
from .tables import (
    INVERSE,
    VOCABULARY,
    chapter,
    gpt3,
    kaplan,
    kaplan_loss,
    loss,
    models,
    palm,
    u_shaped,
)


def runs() -> dict[str, str]:
    return {"loss_runs": str(len(loss()))}


def addition(params: float, task: str = "3D+") -> float:
    return one(gpt3(task), params=params)


def largest_addition() -> dict[str, str]:
    return {"add3_175": percent(addition(1.75e11))}


def hindsight(params: float) -> str:
    return percent(one(palm("hindsight_neglect"), params=params))


def dips() -> list[list[float]]:
    """Scores of PaLM by growing size on each inverse-scaling task where they fall and rise again."""
    scores = [palm(task)["value"].tolist() for task in INVERSE]
    return [values for values in scores if u_shaped(values)]


@three_shapes.facts
def _():
    return {
        **runs(),
        **largest_addition(),
        "loss_first": f"{loss()['value'].max():.1f}",
        "loss_last": f"{loss()['value'].min():.1f}",
        "add3_67": percent(addition(6.7e9)),
        "hind_1": hindsight(1e9),
        "hind_8": hindsight(8e9),
        "hind_540": hindsight(5.4e11),
        "inverse_tasks": str(len(INVERSE)),
        "inverse_u": str(len(dips())),
        "inverse_u_above": str(sum(values[-1] > values[0] for values in dips())),
    }


@forecast_three.facts
def _():
    line = forecast_three().forecast(quantity="addition")["line"]
    return {**largest_addition(), "add3_line": percent(line)}


@loss_law.facts
def _():
    rows = loss()
    error = np.abs(kaplan_loss(rows["params"]) / rows["value"] - 1)
    return {
        **runs(),
        "params_first": f"{rows['params'].min():,.0f}",
        "params_last": f"{rows['params'].max() / 1e9:.1f}",
        "worst_fit": f"{100 * error.max():.1f}",
        "uniform": f"{np.log(VOCABULARY):.1f}",
    }


def flops(model: str) -> float:
    return one(models(), "train_flops", model=model)


@timeline.facts
def _():
    return {
        "models_flops": str(models()["train_flops"].notna().sum()),
        "flops_transformer": scientific(flops("Transformer (big)")),
        "flops_gpt3": scientific(flops("GPT-3 175B")),
        "flops_grok3": scientific(flops("Grok-3")),
    }


def power_law_forecast(rows: pd.DataFrame, beyond: float) -> float:
    """Loss of the largest model according to L = (N_c/N)^alpha fitted by least squares in log L to models up to `beyond`."""
    seen, target = rows[rows["params"] <= beyond], rows["params"].max()
    slope, intercept = np.polyfit(np.log10(seen["params"]), np.log10(seen["value"]), 1)
    return float(10 ** (intercept + slope * np.log10(target)))


def of_forecasts() -> dict[str, str]:
    told, rows = forecast_three().forecast(quantity="test_loss"), loss()
    law, small = power_law_forecast(rows, 1e7), rows[rows["params"] <= 1e7]
    hindsight = forecast_three().forecast(quantity="hindsight")["line"]
    seven = gpt3("3D+").astype({"params": float, "value": float}).query("params < 1e11")
    slope, intercept = np.polyfit(np.log10(seven["params"]), seven["value"], 1)
    return {
        "add3_line_seven": percent(intercept + slope * np.log10(1.75e11)),
        "law_small": str(len(small)),
        "law_forecast": f"{law:.2f}",
        "law_truth": f"{told['truth']:.2f}",
        "law_error": f"{100 * abs(law / told['truth'] - 1):.0f}",
        "law_ratio": about(rows["params"].max() / small["params"].max()),
        "loss_line": f"{told['line']:.2f}",
        "hind_line": percent(hindsight),
    }


def of_growth() -> dict[str, str]:
    rows = models()
    recent = rows[rows["year"] >= 2023]
    years = one(rows, "year", model="Grok-3") - one(rows, "year", model="GPT-3 175B")
    growth = flops("Grok-3") / flops("GPT-3 175B")
    return {
        "flan_lamda": f"{flops('FLAN 137B (LaMDA-PT)') / flops('LaMDA 137B'):.1f}",
        "models": str(len(rows)),
        "models_no_params": str(rows["params"].isna().sum()),
        "flops_growth": about(growth),
        "flops_growth_2020": about(flops("GPT-3 175B") / flops("Transformer (big)")),
        "decoders_2023": str((recent["group"] == "decoder").sum()),
        "since_2023": str(len(recent)),
        "estimates": str((rows["certainty"] == "estimate").sum()),
        "doubling_months": f"{12 * years / np.log2(growth):.0f}",
        "years_between": f"{years:.1f}",
    }


def of_palm() -> dict[str, str]:
    """What PaLM's four models saw: tokens in billions, compute divided by six times the parameters."""
    models = data.load("mckenzie2023_table3_models").query("family == 'PaLM'").set_index("model")
    models = models.astype({"params": float, "train_flops": float})
    tokens = models["train_flops"] / (6 * models["params"]) / 1e9
    first, second = models.loc["1B"], models.loc["8B"]
    return {
        "palm_tokens_1b": f"{tokens['1B']:.0f}",
        "palm_tokens_8b": f"{tokens['8B']:.0f}",
        "palm_tokens_540b": f"{tokens['540B']:.0f}",
        "palm_step_params": f"{second['params'] / first['params']:.0f}",
        "palm_step_flops": f"{second['train_flops'] / first['train_flops']:.0f}",
    }


@chapter.prose
def _():
    alpha = kaplan("alpha_N")
    inverse = [palm(task).iloc[-1] for task in INVERSE]
    jam = {density: averages(density) for density in (0.1, 0.15, 0.2, 0.4)}
    ladder = data.load("emergent_table1_scales")["emergence_params"].dropna()
    mirage = data.load("facts_emergence")
    mirage = mirage[mirage["statement"].str.startswith("Share of hand-annotated")]
    return {
        **of_forecasts(),
        **of_growth(),
        **of_palm(),
        "alpha": f"{alpha:.3f}",
        "loss_factor_ten": f"{100 * (1 - 10**-alpha):.0f}",
        "halving_factor": about(2 ** (1 / alpha)),
        "perplexity_last": f"{np.exp(loss()['value'].min()):.0f}",
        "perplexity_uniform": f"{VOCABULARY:,}",
        "add3_13": percent(addition(1.3e10)),
        "add5_175": percent(addition(1.75e11, "5D+")),
        "digit_67": f"{addition(6.7e9) ** (1 / 3):.2f}",
        "digit_13": f"{addition(1.3e10) ** (1 / 3):.2f}",
        "digit_175": f"{addition(1.75e11) ** (1 / 3):.2f}",
        "inverse_below_chance": str(sum(last["value"] < last["chance"] for last in inverse)),
        "jam_10": percent(jam[0.1][0]),
        "jam_15": percent(jam[0.15][0], 0),
        "jam_20": percent(jam[0.2][0], 0),
        "jam_40": percent(jam[0.4][0], 0),
        "speed_10": f"{jam[0.1][1]:.1f}",
        "speed_15": f"{jam[0.15][1]:.1f}",
        "speed_20": f"{jam[0.2][1]:.1f}",
        "ladder": str(len(ladder)),
        "ladder_low": f"{ladder.min() / 1e6:.0f} million",
        "ladder_high": f"{ladder.max() / 1e9:.0f} billion",
        "mirage_share": one(mirage, source="mirage").lstrip(">"),
    }


numbers = chapter.numbers
