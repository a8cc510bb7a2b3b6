"""All curves of the explorer: their rows, their ids, and how they travel to the page.

A *curve* is what may share a line: one table, set-up, family of models, task, prompting, number of shots and metric. A *field*
is the same for all families of a table together; its points are never joined. Both have an id that links carry.
"""

from __future__ import annotations

import difflib
import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from emergence import data
from emergence.figure import plain, to_json

KEY = ("table", "setup", "family", "task", "setting", "n_shots", "metric")
"""What one curve is."""
POINT = ("family", "model", "params", "train_tokens", "train_flops", "date")
"""What one model is, at one moment of its training."""
ALL = "*"
"""Stands for the family in the id of a field."""


class ExplorerError(ValueError):
    """A state the explorer does not have; the message is one sentence."""


def identify(keys: Sequence[str]) -> list[str]:
    """Ids of the texts `keys`: 40 bits of FNV-1a (Fowler, Noll & Vo; two 32-bit hashes with different starts) as ten hex digits.

    The page's script computes them, too: to send the 12,130 ids would add 80 kB to the 182 kB (compressed) that all rows take.
    """
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


def as_text(value: Any) -> str:
    """A value of a key as text, the same for an empty cell whatever it is made of and for a whole number read as a float."""
    if pd.isna(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def written(row: Sequence[Any]) -> str:
    return "\x1f".join(map(as_text, row))


def near_names(value: object, names: Iterable[str]) -> str:
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
    ids = identify([written(k) for k in curves[list(KEY)].itertuples(index=False)])
    known: dict[str, tuple[int, ...]] = {id: (c,) for c, id in enumerate(ids)}
    fields: dict[str, list[int]] = {}
    for c, key in enumerate(curves[list(KEY)].assign(family=ALL).itertuples(index=False)):
        fields.setdefault(written(key), []).append(c)
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
    s, wanted = store(), {name: as_text(value) for name, value in key.items()}
    table = (
        s.curves.assign(family=ALL).drop_duplicates(list(KEY))
        if wanted.get("family") == ALL
        else s.curves
    )
    texts = {name: table[name].astype(object).map(as_text) for name in wanted}
    hit = table[np.logical_and.reduce([texts[name] == value for name, value in wanted.items()])]
    if hit.empty:
        raise ExplorerError(
            f"no curve fits {data.shown(key)}"
            + next(
                (
                    near_names(value, texts[name])
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
    return identify([written(hit.iloc[0][list(KEY)])])[0]


def key_of(id: str) -> str:
    return _keys()[id]


@cache
def _keys() -> dict[str, str]:
    keys = [written(k) for k in store().curves[list(KEY)].itertuples(index=False)]
    return dict.fromkeys(store().known, "") | dict(zip(identify(keys), keys, strict=True))


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
