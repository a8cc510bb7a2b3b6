"""What a state of the explorer draws. The page works on `pack`'s bytes with its own script (``client/src/models/explorer.js``); `select`
says what that script must draw, and the tests hold it to it."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from emergence import data
from emergence.theme import PALETTE

from .curves import KEY, ExplorerError, curve_id, key_of, near_names, store, written

X = ("params", "train_tokens", "train_flops", "date", "task")
Y = ("linear", "log", "logit")
MOST = len(PALETTE)


def state(**given: Any) -> dict[str, Any]:
    """A whole state of the explorer: ``curves`` (ids, at most eight), ``x``, ``other`` (the task on the axis when x is "task"),
    ``xscale``, ``y``, ``lines`` and ``fit``. Raises `ExplorerError` for a name or value it does not have."""
    full = {
        "curves": (),
        "x": "params",
        "other": None,
        "xscale": "log",
        "y": "linear",
        "lines": True,
        "fit": False,
    }
    for name in given:
        if name not in full:
            near = difflib.get_close_matches(name, full, n=3, cutoff=0.4) or list(full)
            raise ExplorerError(f"the explorer has no {name!r}; it has: {', '.join(near)}")
    full |= given
    if isinstance(full["curves"], str) or not isinstance(full["curves"], Sequence):
        raise ExplorerError(
            f"curves={data.shown(full['curves'])} is not allowed; allowed: a list or tuple of ids; see curve_id()"
        )
    for id in full["curves"]:
        if not isinstance(id, str) or id not in store().known:
            raise ExplorerError(f"{data.shown(id)} is no curve; see curve_id()")
    full["curves"] = tuple(dict.fromkeys(full["curves"]))
    if len(full["curves"]) > MOST:
        raise ExplorerError(f"{len(full['curves'])} curves; at most {MOST} can be told apart")
    for name, allowed in (
        ("x", X),
        ("y", Y),
        ("xscale", ("log", "linear")),
        ("lines", (True, False)),
        ("fit", (True, False)),
    ):
        if not isinstance(full[name], type(allowed[0])) or full[name] not in allowed:
            raise ExplorerError(
                f"{name}={data.shown(full[name])} is not allowed; allowed: {', '.join(map(repr, allowed))}"
            )
    if full["x"] == "task":
        tasks, other = set(store().curves["task"]), full["other"]
        if not isinstance(other, str) or other not in tasks:
            raise ExplorerError(f"other={data.shown(other)} is no task{near_names(other, tasks)}")
    if full["x"] in ("date", "task"):
        full["xscale"] = "linear"
    if full["x"] != "task":
        full["other"] = None
    return full


def year(date: pd.Series) -> pd.Series:
    """Dates as years with a fraction, by days of 1/365.25 year since the 1st of January."""
    return date.dt.year + (date.dt.day_of_year - 1) / 365.25


def partner(curve: int, task: str) -> int | None:
    """The curve of another task to set against `curve`: same table and family; of the same set-up if there is one (two tasks of one
    table may differ in the split that was scored). Of these the first that exist: same prompting, shots and metric; same prompting and
    shots; same prompting and metric; same prompting; any. None where there is no such curve, or more than one at that step."""
    curves = store().curves
    mine = curves.loc[curve]
    table = curves[
        (curves["table"] == mine["table"])
        & (curves["family"] == mine["family"])
        & (curves["task"] == task)
    ]
    same = table[table["setup"] == mine["setup"]]
    same = same if len(same) else table
    for columns in (
        ["setting", "n_shots", "metric"],
        ["setting", "n_shots"],
        ["setting", "metric"],
        ["setting"],
        [],
    ):
        wanted = written(mine[columns])
        found = (
            [
                c
                for c, key in zip(same.index, same[columns].itertuples(index=False), strict=True)
                if written(key) == wanted
            ]
            if columns
            else list(same.index)
        )
        if found:
            return int(found[0]) if len(found) == 1 else None
    return None


COLUMNS = (
    "kind slot family model task setting n_shots metric table setup paper locator "
    "params train_tokens train_flops date x y low high value unit ci_low ci_high run flag note"
).split()


def select(**given: Any) -> pd.DataFrame:
    """The rows drawn in a state (see `state`), columns `COLUMNS`; without the fit.

    ``slot`` is the place of the curve in the selection; ``x`` and ``y`` are drawn coordinates (years for dates, log-odds on the
    logit axis), ``low`` and ``high`` a printed interval on that axis; ``run`` names the line a point belongs to (missing: no line).
    A model evaluated at several moments of its training counts on the axes of size and date only where it had seen most tokens;
    on the axes of tokens and compute each of its runs is a line. Points that share an x are not joined. Curves whose unit is not
    that of the first are left out; so are rows without an x, or that the axis cannot show (zero on a log axis).
    """
    s, chosen = store(), state(**given)
    units = [s.curves["unit"][s.known[id][0]] for id in chosen["curves"]]
    to_y = _to_y(chosen["y"], bool(units) and units[0] == "fraction")
    parts, lines = [], {}
    for slot, id in enumerate(chosen["curves"]):
        if units[slot] != units[0]:
            continue
        members = s.known[id]
        rows = s.rows[s.rows["curve"].isin(members)].copy()
        rows["x"] = _x(rows, chosen, members)
        if chosen["x"] in ("params", "date"):
            seen = rows["train_tokens"].fillna(-1)
            rows = rows[
                seen
                == seen.groupby(
                    [rows["family"], rows["model"], rows["params"].fillna(-1)]
                ).transform("max")
            ]
        rows["y"], rows["low"], rows["high"] = (
            to_y(rows[c].to_numpy(float)) for c in ("value", "ci_low", "ci_high")
        )
        rows = rows[
            rows["x"].notna() & ((rows["x"] > 0) | (chosen["xscale"] != "log")) & rows["y"].notna()
        ]
        if rows.empty:
            continue
        rows["slot"], rows["kind"] = slot, "published"
        field = len(members) > 1 or written(s.curves.loc[members[0], list(KEY)]) != key_of(id)
        rows["run"] = None if field or chosen["x"] == "task" else _runs(rows, slot, chosen["x"])
        parts.append(rows)
        if chosen["lines"]:
            chance = s.curves["chance"][members[0]]
            for kind, levels in (
                ("chance", [] if pd.isna(chance) else [chance]),
                ("human", rows["human"].dropna().unique()),
            ):
                for level in levels:
                    y = to_y(np.array([level], float))[0]
                    if not math.isnan(y):
                        task = rows["task"].iloc[0]
                        place = {
                            name: rows[name].iloc[0]
                            for name in ("table", "setup", "source", "locator")
                        }
                        lines.setdefault(
                            (kind, task, level),
                            {
                                "kind": "reference",
                                "slot": slot,
                                "model": kind,
                                "task": task,
                                **place,
                                "value": level,
                                "y": y,
                                "unit": units[0],
                                "run": kind,
                            },
                        )
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    drawn = pd.concat([*parts, *([pd.DataFrame(list(lines.values()))] if lines else [])]).rename(
        columns={"source": "paper", "flag_note": "note"}
    )
    return drawn.reindex(columns=list(COLUMNS)).reset_index(drop=True)


def _to_y(scale: str, fraction: bool):
    """Scores → drawn coordinate; what the axis cannot show becomes NaN. Log-odds only make sense of fractions."""
    if scale == "log":
        return lambda v: np.where(v > 0, v, np.nan)
    if scale == "logit" and fraction:

        def logit(v):
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.where((v > 0) & (v < 1), np.log(v / (1 - v)), np.nan)

        return logit
    return lambda v: v


def _x(rows: pd.DataFrame, chosen: Mapping[str, Any], members: Sequence[int]) -> pd.Series:
    if chosen["x"] == "date":
        return year(rows["date"])
    if chosen["x"] != "task":
        return rows[chosen["x"]]
    s, found = store(), {}
    for c in members:
        other = partner(c, chosen["other"])
        if other is not None:
            scores = s.rows[s.rows["curve"] == other].set_index("point")["value"]
            found |= {(c, p): v for p, v in scores.items()}
    return pd.Series(
        [found.get(k, np.nan) for k in zip(rows["curve"], rows["point"], strict=True)],
        rows.index,
        float,
    )


def _runs(rows: pd.DataFrame, slot: int, x: str) -> list[str | None]:
    several = x in ("train_tokens", "train_flops") and rows["model"].duplicated().any()
    group = rows["model"] if several else pd.Series("", rows.index)
    shared = (
        rows.assign(group=group)
        .duplicated(["group", "x"], keep=False)
        .groupby(group)
        .transform("any")
    )
    return [None if stop else f"{slot}:{g}" for g, stop in zip(group, shared, strict=True)]


DEFAULT = (
    {"table": "gpt3_table_h1", "task": "3D+", "setting": "few_shot"},
    {"table": "gpt3_table_h1", "task": "HellaSwag", "setting": "few_shot"},
)


@cache
def _first_curves() -> tuple[str, ...]:
    return tuple(curve_id(**key) for key in DEFAULT)


def default() -> dict[str, Any]:
    """The state the page opens with: an ability that jumps beside one that grows steadily, in the same eight models."""
    return state(curves=_first_curves())
