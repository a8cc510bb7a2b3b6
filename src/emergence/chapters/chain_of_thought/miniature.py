"""Chains in miniature: small Transformers that follow a ball under five cups, step by step or at once."""

from __future__ import annotations

from functools import cache

import pandas as pd

from emergence import data
from emergence.chart import Axis, Series, dots, levels, line, linear, log, pick, plot, share
from emergence.figure import Choice
from emergence.models import cups
from emergence.text import label

from .tables import chapter

__all__ = ["cups_accuracy", "cups_temperature", "cups_votes"]

MODELS = {
    ("written", 2, 12): "written_d12",
    ("written", 1, 64): "written_d64",
    **{("direct", layers, 64): f"direct_{layers}" for layers in (1, 2, 3, 4)},
}
GROUPS = {
    "steps_or_answer": ("written_d12", "direct_1", "direct_4", "direct_3_long"),
    "answer_by_depth": ("direct_1", "direct_2", "direct_3", "direct_4", "direct_3_long"),
}
WRITERS = ("written_d64", "written_d12")
OWN = [line(), dots(size=60, hollow=True)]


@cache
def record(table: str) -> pd.DataFrame:
    """A table of the record with the column `cup_model`."""
    rows = data.curves("cups", table)
    shape = ["mode", "layers", "width"]
    names = rows[shape].apply(lambda model: MODELS[tuple(model)], axis=1)
    longer = rows["steps"] > rows.groupby(shape)["steps"].transform("min")
    return rows.assign(cup_model=names.where(~longer, names + "_long"))


def swaps() -> Axis:
    return linear("swaps", (0.5, 12.5), ticks=12, grid=False, nice=False)


@chapter.figure("cups-accuracy", runs=["cups"], controls=[Choice("cup_group", tuple(GROUPS))])
def cups_accuracy(cup_group):
    """Share of balls found (fractions) by number of swaps, writing every step or answering at once, beside guessing."""
    rows = pick(record("accuracy"), cup_model=list(GROUPS[cup_group]))
    rows = rows.rename(columns={"accuracy": "value"}).assign(kind="miniature")
    guessing = {"kind": "reference", "cup_model": label("random_guessing"), "value": 1 / cups.CUPS}
    columns = "kind cup_model params steps seed swaps value"
    rows = pd.concat([rows, pd.DataFrame([guessing])], ignore_index=True)
    return rows.reindex(columns=columns.split())


@cups_accuracy.draw
def _(rows, cup_group):
    return plot(
        rows,
        x=swaps(),
        y=share("value", (0, 1.02), title="cups_right"),
        by=Series("cup_model", GROUPS[cup_group], title=""),
        layers=[*OWN, levels("left", "cup_model", dx=6)],
        tips=("cup_model", "params", "steps", "seed", "swaps", "value"),
        detail=["seed"],
        height=330,
    )


@chapter.figure(
    "cups-temperature",
    runs=["cups"],
    curve=["cup_curve"],
    controls=lambda: [
        Choice("cup_temperature", temperatures(), "temperature_3"),
        Choice("cup_writer", WRITERS),
    ],
)
def cups_temperature(cup_temperature, cup_writer):
    """Share of sampled chains whose first k steps are all right, beside the k-th power of the measured share of right steps."""
    temperature = float(cup_temperature.removeprefix("temperature_"))
    rows = pick(record("temperature"), cup_model=cup_writer, temperature=temperature)
    measured = {"kind": "miniature", "cup_curve": "all_steps_right", "value": rows["all_right"]}
    value = rows["step_right"] ** rows["swaps"]
    power = {"kind": "simulation", "cup_curve": "power_of_p", "value": value}
    rows = pd.concat([rows.assign(**measured), rows.assign(**power)], ignore_index=True)
    return rows[["kind", "cup_curve", "swaps", "step_right", "value"]]


def temperatures() -> tuple[str, ...]:
    return tuple(
        f"temperature_{t:g}" for t in sorted(record("temperature")["temperature"].unique())
    )


@cups_temperature.draw
def _(rows):
    return plot(
        rows,
        x=swaps(),
        y=share("value", (0, 1.02), title="cups_share"),
        by=Series("cup_curve", ("all_steps_right", "power_of_p"), title=""),
        layers=OWN,
        tips=("cup_curve", "swaps", "step_right", "value"),
        height=310,
    )


HEATS = ("vote_temperature_2", "vote_temperature_3", "vote_temperature_4")


@chapter.figure(
    "cups-votes",
    runs=["cups"],
    curve=["cup_length"],
    controls=[
        Choice("cup_vote_temperature", HEATS, "vote_temperature_3"),
        Choice("cup_writer", WRITERS),
    ],
)
def cups_votes(cup_vote_temperature, cup_writer):
    """Share of balls found (fractions) by the majority of several sampled chains, for three lengths."""
    temperature = float(cup_vote_temperature.removeprefix("vote_temperature_"))
    rows = pick(record("votes"), cup_model=cup_writer, temperature=temperature)
    length = "swaps_" + rows["swaps"].astype(str)
    rows = rows.assign(kind="miniature", cup_length=length, value=rows["accuracy"])
    return rows[["kind", "cup_length", "chains", "value"]]


@cups_votes.draw
def _(rows):
    return plot(
        rows,
        x=log("chains", (0.9, 45), ticks=(1, 2, 3, 5, 10, 20, 40), format="d", grid=False),
        y=share("value", (0, 1.02), title="cups_right"),
        by=Series("cup_length", ("swaps_4", "swaps_8", "swaps_12"), title=""),
        layers=OWN,
        tips=("cup_length", "chains", "value"),
        height=310,
    )
