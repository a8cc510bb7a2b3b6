"""Every evaluation of a model in one long frame, and the models evaluated."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from .frames import load, parsed
from .package import DataError, listed, package_json, require, resource_of

_COLUMNS = (
    "table source locator family model params active_params train_tokens train_flops date "
    "task setting n_shots metric value unit value_printed unit_printed chance human "
    "ci_low ci_high setup flag flag_note"
).split()


# printed unit -> (factor, unit): bounded scores become fractions, everything else keeps its unit
_UNITS = {
    "percent": (0.01, "fraction"),
    "points": (0.01, "fraction"),
    "0-100": (0.01, "fraction"),
    "BLEU": (0.01, "fraction"),
    "bleu_0_100": (0.01, "fraction"),
    "rouge_0_100": (0.01, "fraction"),
    "score_0_1": (1.0, "fraction"),
    "random_normalised": (1.0, "normalized"),
    "normalized_0random_100expert": (0.01, "normalized"),
    "score": (0.01, "normalized"),
    "ppl": (1.0, "perplexity"),
    "nats_per_token": (1.0, "nats per token"),
    "bpb": (1.0, "bits per byte"),
    "bpc": (1.0, "bits per character"),
    "": (1.0, "loss"),
}


_NORMALIZED = {
    "normalized",
    "normalized_score",
    "normalized_performance",
}  # 0 = chance: may be negative


def _rows(frame: pd.DataFrame, rule: dict) -> np.ndarray:
    """Rows of a table that a chance level or a flag of the package applies to."""
    hit = np.ones(len(frame), dtype=bool)
    if "rows" in rule:
        hit[:] = False
        hit[rule["rows"]] = True
    for column, allowed in rule.get("where", {}).items():
        hit &= np.fromiter((cell in allowed for cell in frame[column].tolist()), bool, len(frame))
    return hit


def _words(frame: pd.DataFrame, spec: str | list[str] | None, between: str = ": ") -> list:
    """Text built from columns: '=x' stands for x itself, numbers carry the name of their column, empty cells drop out."""
    if spec is None:
        return [None] * len(frame)
    parts: list[list] = []
    for column in [spec] if isinstance(spec, str) else spec:
        if column.startswith("="):
            parts.append([column[1:]] * len(frame))
            continue
        cells = frame[column].tolist()
        if frame[column].dtype == object:
            parts.append(cells)
        else:
            label = "" if isinstance(spec, str) else column + " "
            parts.append(
                [
                    None
                    if pd.isna(c)
                    else f"{label}{str(c).lower() if isinstance(c, bool) else format(c, 'g')}"
                    for c in cells
                ]
            )
    if len(parts) == 1:
        return parts[0]
    return [between.join(c for c in row if c) for row in zip(*parts, strict=True)]


def _size(params: float) -> str:
    """A model size as the field writes it: 1.37e11 -> '137B'."""
    for factor, letter in ((1e9, "B"), (1e6, "M")):
        if params >= factor:
            return f"{params / factor:.3g}{letter}"
    return f"{params:g}"


def _evaluation(name: str) -> dict[str, list | np.ndarray]:
    """Rows of one table in the schema of evaluations(), before units are normalized."""
    resource = resource_of(name)
    how = resource["evaluation"]
    frame = parsed(name)
    n = len(frame)
    columns, constants = how.get("columns", {}), how.get("constants", {})

    def spec(target: str) -> str | list[str] | None:
        return columns.get(target, target if target in frame.columns else None)

    out: dict[str, Any] = {}
    for target in ("family", "model", "task", "setting", "metric", "unit"):
        between = " " if target == "model" else ": "
        out[target] = (
            [constants[target]] * n if target in constants else _words(frame, spec(target), between)
        )
    if "families" in how:
        out["family"] = [how["families"].get(model, model) for model in frame["model"].tolist()]
    for target in ("params", "train_tokens", "train_flops", "n_shots", "value"):
        if target in constants:
            out[target] = np.full(n, constants[target], dtype=float)
        elif spec(target) is not None:
            out[target] = frame[spec(target)].to_numpy(dtype=float, na_value=np.nan)
        else:
            out[target] = np.full(n, np.nan)
    for target, (column, factor) in how.get("scale", {}).items():
        out[target] = frame[column].to_numpy(dtype=float, na_value=np.nan) * factor
    for target, candidates in (
        ("ci_low", ("ci_low", "ci95_low")),
        ("ci_high", ("ci_high", "ci95_high")),
        ("chance_printed", (columns.get("chance"),)),
    ):
        column = next((c for c in candidates if c in frame.columns), None)
        out[target] = frame[column].to_numpy(dtype=float) if column else np.full(n, np.nan)
    if "interval" in how:
        half = frame[how["interval"]].to_numpy(dtype=float)
        out["ci_low"], out["ci_high"] = out["value"] - half, out["value"] + half
    if not any(out["model"]):
        out["model"] = out["family"]
    named = set(zip(out["model"], out["params"].tolist(), strict=True))
    if len(named) > len(
        set(out["model"])
    ):  # one name for several sizes: the size belongs to the name
        sizes = Counter(m for m, p in named if p == p)
        several = {m for m, k in sizes.items() if k > 1 and not re.search(r"\d[MB]\b", m)}
        out["model"] = [
            f"{m} {_size(p)}" if m in several and p == p else m
            for m, p in zip(out["model"], out["params"], strict=True)
        ]
    for target in ("chance", "human"):
        out[target] = np.full(n, np.nan)
        for rule in how.get(target, ()):
            out[target][_rows(frame, rule)] = rule["value"]
    flags: list[list[str]] = [[] for _ in range(n)]
    notes: list[list[str]] = [[] for _ in range(n)]
    for rule in how.get("flags", ()):
        for row in np.flatnonzero(_rows(frame, rule)):
            flags[row].append(rule["flag"])
            notes[row].append(rule["note"])
    out["flag"] = [" ".join(f) or None for f in flags]
    out["flag_note"] = [" ".join(note) or None for note in notes]
    out["setup"] = _words(frame, ["=" + name, *how["setup"]]) if "setup" in how else [name] * n
    out["table"] = [name] * n
    out["source"] = (
        _words(frame, columns["source"]) if "source" in columns else [resource["citation"]] * n
    )
    out["locator"] = [resource["locator"]] * n
    kept = ~np.isnan(out["value"])
    for rule in how.get("drop", {}).items():
        kept &= ~_rows(frame, {"where": dict([rule])})
    for rule in how.get("keep", {}).items():
        kept &= _rows(frame, {"where": dict([rule])})
    if not kept.all():
        rows = np.flatnonzero(kept)
        out = {
            t: v[rows] if isinstance(v, np.ndarray) else [v[i] for i in rows]
            for t, v in out.items()
        }
    return out


@functools.cache
def _evaluations(names: tuple[str, ...]) -> pd.DataFrame:
    parts = [_evaluation(name) for name in names]
    out = {}
    for target in parts[0]:
        columns = [part[target] for part in parts]
        out[target] = (
            np.concatenate(columns)
            if isinstance(columns[0], np.ndarray)
            else [cell for c in columns for cell in c]
        )
    for target, alias in package_json()["evaluationAliases"].items():
        out[target] = [alias.get(cell, cell) for cell in out[target]]
    printed = [unit or "" for unit in out["unit"]]
    pairs = [_UNITS.get(unit, (1.0, unit)) for unit in printed]
    factor = np.array([f for f, _ in pairs])
    out["unit_printed"] = [unit or None for unit in printed]
    out["unit"] = [
        "normalized" if metric in _NORMALIZED else unit
        for metric, (_, unit) in zip(out["metric"], pairs, strict=True)
    ]
    out["value_printed"] = out["value"]
    for target in ("value", "ci_low", "ci_high"):
        out[target] = out[target] * factor
    bounded = np.array([unit == "fraction" for unit in out["unit"]])
    for target in ("chance", "human"):
        out[target] = np.where(bounded, out[target], np.nan)
    drawn = out.pop("chance_printed") * factor
    out["chance"] = np.where(np.isnan(drawn), out["chance"], drawn)
    timeline = parsed("llm_timeline").set_index("model")
    active = timeline["active_params"].to_dict()
    out["active_params"] = np.array([active.get(model, np.nan) for model in out["model"]])
    dates = timeline["date"].to_dict()
    dated = {
        family: dates[model] for family, model in package_json()["familyDates"].items()
    } | dates
    out["date"] = pd.to_datetime(
        [dated.get(m, dated.get(f)) for m, f in zip(out["model"], out["family"], strict=True)]
    )
    # Lists hold words, with None where there are none; arrays hold numbers.
    cells = {c: pd.Series(v, dtype=object) if isinstance(v, list) else v for c, v in out.items()}
    frame = pd.DataFrame(cells)[_COLUMNS]
    frame["n_shots"] = frame["n_shots"].astype("Int64")
    return frame


def evaluations(table: str | None = None) -> pd.DataFrame:
    """Every evaluation of a model in the package, or in one `table` of it, one row each, in one schema.

    Columns: ``table, source, locator`` (where the number comes from); ``family, model, params, active_params,
    train_tokens, train_flops, date``; ``task, setting, n_shots, metric``; ``value, unit`` (bounded scores, BLEU and
    ROUGE as fractions, scores normalized so that chance is 0 as 'normalized', everything else in its unit);
    ``value_printed, unit_printed`` (as in the source); ``chance, human`` (level of random guessing and of people in the
    unit of the row, only where a table of the package states it); ``ci_low, ci_high`` (printed 95 % interval or band);
    ``setup`` (table and set-up: rows of two set-ups never belong on one curve, see ``one_setup``); ``flag, flag_note``
    (known problem: machine words separated by spaces, and the sentence that explains them; None where nothing is known).
    Flags: printed_zero, same_as_one_shot, same_as_zero_shot, paper_slip, printed_average, answer_format,
    params_unconfirmed, moe_params, metadata_slip, single_source, transcription, unpublished, outlier.
    Reference lines (random, human, prior best) are not rows. ``date`` is that of the family's first paper.
    Raises DataError for a table that is unknown or holds no evaluations.
    """
    known = [name for name, r in package_json()["resources"].items() if "evaluation" in r]
    if table is None:
        return _evaluations(tuple(known)).copy()
    resource_of(table)
    require(table, known, "There are no evaluations in table")
    return _evaluations((table,)).copy()


def one_setup(frame: pd.DataFrame, curve: Sequence[str]) -> pd.DataFrame:
    """``frame`` unchanged if every curve (rows equal in the columns ``curve``) comes from one set-up; else DataError."""
    curve = listed(curve, "The columns of a curve")
    for column in [*curve, "setup"]:
        require(column, frame.columns, "The frame has no column")
    groups = frame.groupby(curve, dropna=False)["setup"] if curve else [((), frame["setup"])]
    for key, setups in groups:
        names = sorted(setups.unique())
        if len(names) > 1:
            label = ", ".join(str(k) for k in key) or "all rows"
            raise DataError(
                f"The curve ({label}) mixes {len(names)} set-ups that must not share a curve: {'; '.join(names)}."
            )
    return frame


def models() -> pd.DataFrame:
    """One row per (family, model): params, active_params, train_tokens, train_flops, date, organization, basis.

    A paper's own numbers come before Epoch AI's (llm_timeline); ``basis`` names the table behind each number, with
    Epoch AI's confidence ('Speculative' compute is an estimate, for some models imputed from benchmark scores). A model
    evaluated at several checkpoints gets its last one's tokens.
    """
    timeline = load("llm_timeline")
    timeline["model"] = timeline["model"].replace(package_json()["evaluationAliases"]["model"])
    timeline["basis"] = [
        f"llm_timeline ({confidence or 'no confidence given'}"
        + (", imputed from benchmark scores)" if "imputed" in (note or "") else ")")
        for confidence, note in zip(timeline["epoch_confidence"], timeline["note"], strict=True)
    ]
    seen = evaluations()
    seen["basis"], seen["active_params"] = (
        seen["table"],
        np.nan,
    )  # active parameters are Epoch AI's or nobody's
    seen = seen.sort_values("train_tokens", ascending=False, kind="stable", na_position="last")
    family = dict(zip(seen["model"], seen["family"], strict=True))
    timeline["family"] = [
        family.get(m, f) for m, f in zip(timeline["model"], timeline["family"], strict=True)
    ]
    numbers = ["params", "active_params", "train_tokens", "train_flops"]
    both = pd.concat(
        [
            seen[["family", "model", *numbers, "date", "basis"]],
            timeline[["family", "model", *numbers, "date", "organization", "basis"]],
        ],
        ignore_index=True,
    )
    for column in numbers:
        both[column + "_basis"] = (
            both["basis"].where(both[column].notna()).where(both["basis"].notna(), None)
        )
    frame = both.groupby(["family", "model"], as_index=False, sort=True).first()
    frame["basis"] = [
        "; ".join(
            f"{c}: {row[c + '_basis']}" for c in numbers if isinstance(row[c + "_basis"], str)
        )
        for row in frame.to_dict("records")
    ]
    return frame[["family", "model", *numbers, "date", "organization", "basis"]]
