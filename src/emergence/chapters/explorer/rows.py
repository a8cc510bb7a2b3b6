"""Every evaluation in one chart: what the explorer of the book packs, draws and fits.

A *curve* is what may share a line: one table, set-up, family of models, task, prompting, number of shots and metric. A *field*
is the same for all families of a table together; its points are never joined. Both have an id that links carry. The page
works on `pack`'s bytes with its own script (``client/src/models/explorer.js``); `select` and `fit_logistic` say what that script
must draw, and the tests hold it to them.
"""

from __future__ import annotations

import difflib
import gzip
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from emergence import data
from emergence.figure import plain, to_json
from emergence.theme import PALETTE

KEY = ("table", "setup", "family", "task", "setting", "n_shots", "metric")
"""What one curve is."""
POINT = ("family", "model", "params", "train_tokens", "train_flops", "date")
"""What one model is, at one moment of its training."""
X = ("params", "train_tokens", "train_flops", "date", "task")
Y = ("linear", "log", "logit")
MOST = len(PALETTE)
ALL = "*"
"""Stands for the family in the id of a field."""
FEWEST = 4
"""A fit of two parameters to fewer different sizes than this would be a drawing, not a fit."""
BEYOND = 1.0
"""How far beyond the points a fit may place its midpoint, interval included: a factor of ten, and on the axis of dates a year."""
EXACT = 1e-12
"""Sums of squares closer than this differ by rounding: scores have four digits or fewer."""


class ExplorerError(ValueError):
    """A state the explorer does not have; the message is one sentence."""


def identify(keys: Sequence[str]) -> list[str]:
    """Ids of the texts `keys`: 40 bits of FNV-1a (Fowler, Noll & Vo; two 32-bit hashes with different starts) as ten hex digits."""
    raw = [k.encode() for k in keys]
    size = max(map(len, raw))
    letters = np.zeros((len(raw), size), np.uint32)
    for row, text in zip(letters, raw, strict=True):
        row[: len(text)] = np.frombuffer(text, np.uint8)
    lengths = np.array(list(map(len, raw)))
    one, two = (np.full(len(raw), start, np.uint32) for start in (0x811C9DC5, 0x2F0B4C47))
    with np.errstate(over="ignore"):
        for i in range(size):
            on = i < lengths
            one[on] = (one[on] ^ letters[on, i]) * np.uint32(0x01000193)
            two[on] = (two[on] ^ letters[on, i]) * np.uint32(0x01000193)
    return [f"{a:08x}{b & 255:02x}" for a, b in zip(one.tolist(), two.tolist(), strict=True)]


def _text(value: Any) -> str:
    """A value of a key as text, the same for an empty cell whatever it is made of and for a whole number read as a float."""
    if pd.isna(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _written(row: Sequence[Any]) -> str:
    return "\x1f".join(map(_text, row))


def _near(value: object, names: Iterable[str]) -> str:
    """What a message says of names that are spelled nearly like `value`: nothing where there are none."""
    near = difflib.get_close_matches(str(value), sorted(set(names)), n=3, cutoff=0.6)
    return f"; near: {', '.join(map(repr, near))}" if near else ""


@dataclass(frozen=True, eq=False)
class Store:
    """All rows in the order of their curves. `curves` has one row per curve, `points` one per model at one moment of its training;
    ``rows["curve"]`` and ``rows["point"]`` number them. `known` maps ids to the curves they stand for."""

    rows: pd.DataFrame
    curves: pd.DataFrame
    points: pd.DataFrame
    known: Mapping[str, tuple[int, ...]]


@cache
def store() -> Store:
    """Raises `ExplorerError` when two curves get the same id (then `identify` needs more bits)."""
    rows = data.evaluations()
    rows["curve"] = rows.groupby(list(KEY), dropna=False, sort=False).ngroup()
    rows["point"] = rows.groupby(list(POINT), dropna=False, sort=False).ngroup()
    rows = rows.sort_values("curve", kind="stable", ignore_index=True)
    curves = rows.drop_duplicates("curve").set_index("curve")[[*KEY, "unit", "source", "chance"]]
    points = rows.drop_duplicates("point").set_index("point").sort_index()[list(POINT)]
    ids = identify([_written(k) for k in curves[list(KEY)].itertuples(index=False)])
    known: dict[str, tuple[int, ...]] = {id: (c,) for c, id in enumerate(ids)}
    fields: dict[str, list[int]] = {}
    for c, key in enumerate(curves[list(KEY)].assign(family=ALL).itertuples(index=False)):
        fields.setdefault(_written(key), []).append(c)
    known |= {
        id: tuple(members)
        for id, members in zip(identify(list(fields)), fields.values(), strict=True)
    }
    if len(known) != len(curves) + len(fields):
        raise ExplorerError("two curves have the same id; identify() needs more bits")
    return Store(rows, curves, points, known)


def curve_id(**key: Any) -> str:
    """The id of the one curve (or field, with ``family="*"``) that fits `key`, which names some of `KEY`; raises `ExplorerError`."""
    wrong = set(key) - set(KEY)
    if wrong:
        raise ExplorerError(f"a curve has no {', '.join(sorted(wrong))}; it has: {', '.join(KEY)}")
    if not key:
        raise ExplorerError(f"curve_id() needs at least one of: {', '.join(KEY)}")
    for name, value in key.items():
        if not pd.api.types.is_scalar(value):
            raise ExplorerError(
                f"{name}={data.shown(value)} is not allowed; allowed: one text or number"
            )
    s, wanted = store(), {name: _text(value) for name, value in key.items()}
    table = (
        s.curves.assign(family=ALL).drop_duplicates(list(KEY))
        if wanted.get("family") == ALL
        else s.curves
    )
    texts = {name: table[name].astype(object).map(_text) for name in wanted}
    hit = table[np.logical_and.reduce([texts[name] == value for name, value in wanted.items()])]
    if hit.empty:
        raise ExplorerError(
            f"no curve fits {data.shown(key)}"
            + next(
                (
                    _near(value, texts[name])
                    for name, value in wanted.items()
                    if value not in set(texts[name])
                ),
                "",
            )
        )
    if len(hit) > 1:
        raise ExplorerError(
            f"{len(hit)} curves fit {key}; name more of: {', '.join(k for k in KEY if k not in key)}"
        )
    return identify([_written(hit.iloc[0][list(KEY)])])[0]


# --- what travels ------------------------------------------------------------------------------------------------------
def packed(curves: Sequence[int] | None = None) -> dict:
    """Rows of the given curves (default: all) as columns, texts as numbers into lists: JSON-ready. See the script's `Store`."""
    s = store()
    curves = list(range(len(s.curves))) if curves is None else sorted(curves)
    rows = s.rows if len(curves) == len(s.curves) else s.rows[s.rows["curve"].isin(curves)]
    rows = rows.reset_index(drop=True)
    head = s.curves.loc[curves]
    numbers, points = np.unique(rows["point"], return_inverse=True)
    models = s.points.loc[numbers]
    texts: dict[str, list] = {}

    def coded(name: str, column: pd.Series) -> list[int]:
        codes, values = pd.factorize(column, use_na_sentinel=False)
        texts[name] = [plain(v) for v in values]
        return codes.tolist()

    def sparse(column: str) -> list:
        there = rows[column].dropna()
        return [there.index.tolist(), [plain(v) for v in there]]

    locators = rows.drop_duplicates("table").set_index("table")["locator"]
    notes = rows[rows["flag"].notna()]
    note_codes, note_values = pd.factorize(
        pd.Series(list(zip(notes["flag"], notes["flag_note"], strict=True)), dtype=object)
    )
    return {
        "curves": {name: coded(name, head[name]) for name in (*KEY, "unit", "source", "chance")}
        | {"rows": rows.groupby("curve", sort=False).size().reindex(curves).tolist()},
        "points": {
            name: coded(name if name != "family" else "point_family", models[name])
            for name in POINT
        },
        "rows": {
            "point": points.tolist(),
            "value": [plain(v) for v in rows["value"]],
            **{name: sparse(name) for name in ("human", "ci_low", "ci_high")},
            "note": [notes.index.tolist(), note_codes.tolist()],
        },
        "texts": texts,
        "locators": [locators[t] for t in texts["table"]],
        "sources": [[s.place, s.url] for s in map(data.source, texts["table"])],
        "notes": [list(v) for v in note_values],
    }


def pack() -> bytes:
    """All evaluations for the page: gzip of `packed`'s JSON."""
    return gzip.compress(to_json(packed()).encode(), mtime=0)


# --- what is drawn -----------------------------------------------------------------------------------------------------
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
            raise ExplorerError(f"other={data.shown(other)} is no task{_near(other, tasks)}")
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
        wanted = _written(mine[columns])
        found = (
            [
                c
                for c, key in zip(same.index, same[columns].itertuples(index=False), strict=True)
                if _written(key) == wanted
            ]
            if columns
            else list(same.index)
        )
        if found:
            return int(found[0]) if len(found) == 1 else None
    return None


COLUMNS = (
    "kind",
    "slot",
    "family",
    "model",
    "task",
    "setting",
    "n_shots",
    "metric",
    "table",
    "setup",
    "paper",
    "locator",
    "params",
    "train_tokens",
    "train_flops",
    "date",
    "x",
    "y",
    "low",
    "high",
    "value",
    "unit",
    "ci_low",
    "ci_high",
    "run",
    "flag",
    "note",
)


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
        field = len(members) > 1 or _written(s.curves.loc[members[0], list(KEY)]) != _written_of(id)
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


def _written_of(id: str) -> str:
    return _keys()[id]


@cache
def _keys() -> dict[str, str]:
    keys = [_written(k) for k in store().curves[list(KEY)].itertuples(index=False)]
    return dict.fromkeys(store().known, "") | dict(zip(identify(keys), keys, strict=True))


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


# --- the fit -------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Fit:
    """``score = floor + (1 - floor) / (1 + exp(-steepness * (u - midpoint)))``, u being log10 of x, or x itself where the axis is dates.

    Free: `midpoint` and `steepness`; held: the floor (chance, else 0) and the ceiling 1. Intervals are 95 %, from the curvature of
    the sum of squares (delta method) and Student's t with n - 2 degrees of freedom. `b` and `covariance` are those of the
    logit's constant and slope in standardized u (`center`, `spread`), from which `band` is computed.
    """

    midpoint: float
    midpoint_interval: tuple[float, float]
    steepness: float
    steepness_interval: tuple[float, float]
    floor: float
    points: int
    b: tuple[float, float]
    covariance: tuple[tuple[float, float], tuple[float, float]]
    center: float
    spread: float
    t: float

    def band(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The curve and its 95 % interval at `u`."""
        z = (np.asarray(u, float) - self.center) / self.spread
        (vaa, vab), (_, vbb) = self.covariance
        eta, half = (
            self.b[0] + self.b[1] * z,
            self.t * np.sqrt(np.maximum(0, vaa + 2 * z * vab + z * z * vbb)),
        )
        return tuple(
            self.floor + (1 - self.floor) / (1 + np.exp(-e)) for e in (eta, eta - half, eta + half)
        )


def fit_logistic(u: Sequence[float], y: Sequence[float], floor: float = 0.0) -> Fit | str:
    """Least-squares logistic curve through scores `y` (fractions) at `u`; or the first of these reasons why there is none:

    - "few": fewer than `FEWEST` different u.
    - "room": the floor is the ceiling or above it (the chance of an error rate is 1).
    - "flat": the average of the scores, the curve of no steepness, describes them as well.
    - "falls": the scores fall, and the curve is one of a rise.
    - "steep": the points leave the steepness open: a jump, the curve of endless steepness, describes them as well, or its interval reaches zero.
    - "far": the interval of the midpoint reaches more than `BEYOND` beyond the points.

    "As well" means that the sum of squares lies within the 95 % bound around that of the best curve: it exceeds it by no more than t² s²,
    which is the F test of one parameter. Raises `ExplorerError` for points that are no pairs of finite numbers.
    """
    from scipy.optimize import least_squares
    from scipy.stats import t as student

    try:
        u, y, floor = np.asarray(u, float), np.asarray(y, float), float(floor)
    except (TypeError, ValueError):
        raise ExplorerError("a fit needs numbers for places, scores and floor") from None
    if (
        u.ndim != 1
        or u.shape != y.shape
        or not (np.isfinite(u).all() and np.isfinite(y).all() and math.isfinite(floor))
    ):
        raise ExplorerError(
            "a fit needs as many scores as places, all of them finite numbers, and a floor"
        )
    if len(np.unique(u)) < FEWEST:
        return "few"
    if not floor < 1:
        return "room"
    center, spread = u.mean(), u.std()
    z = (u - center) / spread
    share = np.clip((y - floor) / (1 - floor), 0.01, 0.99)
    slope, constant = np.polyfit(z, np.log(share / (1 - share)), 1)

    def sigma(b):
        return 1 / (1 + np.exp(-np.clip(b[0] + b[1] * z, -700, 700)))

    def jacobian(b):
        s = sigma(b)
        d = (1 - floor) * s * (1 - s)
        return np.column_stack([d, d * z])

    found = least_squares(
        lambda b: floor + (1 - floor) * sigma(b) - y,
        [constant, slope],
        jacobian,
        method="lm",
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-15,
        max_nfev=2000,
    )
    b, squares, degrees = found.x, float(found.fun @ found.fun), len(u) - 2
    t = float(student.ppf(0.975, degrees))
    bound = squares + t * t * squares / degrees + EXACT
    if np.square(y - y.mean()).sum() <= bound:
        return "flat"
    if b[1] < 0:
        return "falls"
    if _jump(u, y, floor) <= bound:
        return "steep"
    J = jacobian(b)
    A = J.T @ J
    with np.errstate(divide="ignore", invalid="ignore"):
        cov = (
            squares
            / degrees
            * np.array([[A[1, 1], -A[0, 1]], [-A[0, 1], A[0, 0]]])
            / (A[0, 0] * A[1, 1] - A[0, 1] ** 2)
        )
    midpoint, steepness, half_s = (
        center - spread * b[0] / b[1],
        b[1] / spread,
        t * np.sqrt(cov[1, 1]) / spread,
    )
    if not steepness - half_s > 0:
        return "steep"
    gradient = np.array([-spread / b[1], spread * b[0] / b[1] ** 2])
    half_m = t * np.sqrt(gradient @ cov @ gradient)
    if not (midpoint - half_m >= u.min() - BEYOND and midpoint + half_m <= u.max() + BEYOND):
        return "far"
    return Fit(
        float(midpoint),
        (float(midpoint - half_m), float(midpoint + half_m)),
        float(steepness),
        (float(steepness - half_s), float(steepness + half_s)),
        floor,
        len(u),
        tuple(map(float, b)),
        tuple(map(tuple, cov.tolist())),
        float(center),
        float(spread),
        t,
    )


def _jump(u: np.ndarray, y: np.ndarray, floor: float) -> float:
    """The squares left by the best jump from the floor to 1, which may stand between two points or at one, where it leaves the level open."""
    left = []
    for at in np.unique(u):
        here = y[u == at]
        level = min(1.0, max(floor, here.mean()))
        left.append(
            np.square(y[u < at] - floor).sum()
            + np.square(here - level).sum()
            + np.square(y[u > at] - 1).sum()
        )
    return float(min(left))


def fits(**given: Any) -> dict[int, Fit | str]:
    """Fits of the curves drawn in a state, by slot. Besides `fit_logistic`'s reasons: "unit" (scores that are no fractions), "task"
    (against another task's score)."""
    chosen, rows = state(**given), select(**given)
    rows = rows[rows["kind"] == "published"]
    out: dict[int, Fit | str] = {}
    for slot, part in rows.groupby("slot"):
        if part["unit"].iloc[0] != "fraction" or chosen["x"] == "task":
            out[int(slot)] = "unit" if part["unit"].iloc[0] != "fraction" else "task"
            continue
        s = store()
        chance = s.curves["chance"][s.known[chosen["curves"][int(slot)]][0]]
        part = part[(part["x"] > 0)]  # before training a model has seen no token
        u = (
            part["x"].to_numpy(float)
            if chosen["x"] == "date"
            else np.log10(part["x"].to_numpy(float))
        )
        out[int(slot)] = fit_logistic(u, part["value"], 0.0 if pd.isna(chance) else float(chance))
    return out


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
