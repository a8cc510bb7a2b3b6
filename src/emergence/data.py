"""The published numbers: tables with their provenance.

This is the only module that reads files in ``data/``. The tables form a Frictionless Data Package
(``data/datapackage.json``): one CSV per source table, values exactly as printed.

>>> load("gpt3_table_h1")          # one table, typed by its schema
>>> source("gpt3_table_h1").url    # the paper, the locator, the caveats
>>> evaluations()                  # every evaluation of a model in one long frame

Beside them lie the records of our own small models, one folder per experiment in ``data/miniatures/``:

>>> run("grokking").seconds        # how the models were trained: settings, versions, machine, wall time
>>> curves("grokking", "phases")   # what was measured
>>> weights("facts", "plain")      # configuration and weights of one model
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import importlib.resources
import io
import json
import re
import reprlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from .trace import used

__all__ = [
    "DataError",
    "Source",
    "Run",
    "tables",
    "load",
    "source",
    "column_unit",
    "check",
    "check_all",
    "evaluations",
    "models",
    "one_setup",
    "runs",
    "run",
    "curves",
    "weights",
]


class DataError(ValueError):
    """Something is wrong with a table, a column or a request for one; the message is one sentence."""


@dataclass(frozen=True)
class Source:
    """Where a table comes from and what is known to be wrong with it.

    ``path`` is the CSV inside the data package, ``url`` the link to the (first) paper, ``arxiv`` its identifier
    or None, ``locator`` the table, figure or section, ``read_from`` the copy that was read.
    """

    name: str
    title: str
    authors: str
    year: str
    url: str
    arxiv: str | None
    locator: str
    licence: str
    caveats: tuple[str, ...]
    cross_check: str
    read_from: str
    path: str

    @property
    def place(self) -> str:
        """The locator as a reader needs it below a figure: the table or figure, without what is in it."""
        bare = re.sub(r"\s*\([^()]*\)", "", self.locator)
        return re.match(r".+?(?=\s*[:;]|\s[-–]\s|(?<!App)\.\s|$)", bare)[0].strip().rstrip(",.")


# ---------------------------------------------------------------- files


@functools.cache
def _root() -> Path:
    """Folder of the data package: inside an installed wheel, else in the checkout."""
    packaged = Path(str(importlib.resources.files("emergence"))) / "_data"
    checkout = Path(__file__).resolve().parents[2] / "data"
    for folder in (packaged, checkout):
        if (folder / "datapackage.json").is_file():
            return folder
    raise DataError(
        f"The data package is missing: neither {packaged} nor {checkout} holds a datapackage.json."
    )


@functools.cache
def _package() -> dict:
    path = _root() / "datapackage.json"
    used("file", path)
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise DataError(f"{path} is not valid JSON: {error}.") from None
    return package | {"resources": {r["name"]: r for r in package["resources"]}}


def shown(value: object) -> str:
    """A value in a message: on one line, and not at any length."""
    return " ".join(reprlib.repr(value).split())


def _require(name: str, names: Iterable[str], missing: str) -> None:
    """Raises DataError, which begins with the words `missing` and the name, unless `name` is one of `names`."""
    names = list(names)
    if isinstance(name, str) and name in names:
        return
    near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.5) or names[:5]
    raise DataError(f"{missing} {shown(name)}; the nearest names are: {', '.join(near)}.")


def _listed(names: Sequence[str], what: str) -> list[str]:
    """`names` as a list; a bare string, which would be read letter by letter, and what is no sequence raise DataError."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise DataError(f"{what} are given as a list of names, not as {shown(names)}.")
    return list(names)


def _resource(name: str) -> dict:
    resources = _package()["resources"]
    _require(name, resources, "There is no table")
    return resources[name]


def _field(name: str, column: str) -> dict:
    fields = {f["name"]: f for f in _resource(name)["schema"]["fields"]}
    _require(column, fields, f"Table {name!r} has no column")
    return fields[column]


@functools.cache
def _bytes(name: str) -> bytes:
    """The file of a table, hash checked: once per process."""
    resource = _resource(name)
    path = _root() / resource["path"]
    used("file", path)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"Table {name!r}: the file {path} is missing.") from None
    if "sha256:" + hashlib.sha256(raw).hexdigest() != resource["hash"]:
        raise DataError(
            f"Table {name!r}: the bytes of {path} differ from the hash in datapackage.json, "
            "so the file was changed after it was published."
        )
    return raw


# ---------------------------------------------------------------- tables


def tables() -> list[str]:
    """Names of all tables, sorted."""
    return sorted(_package()["resources"])


def source(name: str) -> Source:
    """Provenance of table ``name``. Raises DataError for an unknown table."""
    r = _resource(name)
    first = r["sources"][0]
    return Source(
        name=name,
        title=r["paper"],
        authors=r["authors"],
        year=r["year"],
        url=first["path"],
        arxiv=r["arxiv"][0] if r["arxiv"] else None,
        locator=r["locator"],
        licence=r["licenses"][0].get("title", r["licenses"][0]["name"]),
        caveats=tuple(r["caveats"]),
        cross_check=r["crossCheck"],
        read_from=r["readFrom"],
        path=r["path"],
    )


def column_unit(name: str, column: str) -> str:
    """Unit of a column: '' for text and pure numbers, 'by row: column unit' where the rows differ."""
    return _field(name, column).get("unit", "")


def _text(raw: bytes) -> pd.DataFrame:
    """The CSV as text, one str per cell, empty cells ''."""
    return pd.read_csv(
        io.BytesIO(raw), dtype=str, keep_default_na=False, na_filter=False, encoding="utf-8"
    )


_DTYPES = {"string": object, "number": "float64", "integer": "Int64"}


def _typed(cells: pd.Series, field: dict, missing: Sequence[str]) -> pd.Series:
    """Convert one column of text; raises ValueError where a cell does not have the type of the field."""
    kind = field["type"]
    cells = cells.mask(cells.isin(missing))
    if kind == "string":
        return cells.astype(object).where(cells.notna(), None)
    if kind in ("number", "integer"):
        values = pd.to_numeric(cells)
        if not np.isfinite(
            values[cells.notna()].to_numpy(dtype=float)
        ).all():  # pandas reads "inf" and "nan" as numbers
            raise ValueError
        return values.astype(_DTYPES[kind])
    if kind == "boolean":
        words = dict.fromkeys(field.get("trueValues", ["true"]), True) | dict.fromkeys(
            field.get("falseValues", ["false"]), False
        )
        known = cells.map(words)
        if (known.isna() & cells.notna()).any():
            raise ValueError
        return known.astype("boolean")
    return pd.to_datetime(cells, format={"date": "%Y-%m-%d", "yearmonth": "%Y-%m"}[kind])


@functools.cache
def _parsed(name: str) -> pd.DataFrame:
    schema = _resource(name)["schema"]
    fields = schema["fields"]
    raw = _bytes(name)
    try:
        # the C parser types numbers and text on its own (5 times faster than cell by cell); the rest stays text
        frame = pd.read_csv(
            io.BytesIO(raw),
            keep_default_na=False,
            na_values=schema["missingValues"],
            encoding="utf-8",
            dtype={f["name"]: _DTYPES.get(f["type"], object) for f in fields},
        )
        for f in fields:
            cells = frame[f["name"]]
            if f["type"] == "string":
                frame[f["name"]] = cells.where(cells.notna(), None)
            elif f["type"] not in _DTYPES:
                frame[f["name"]] = _typed(cells, f, schema["missingValues"])
        return frame
    except (ValueError, TypeError, KeyError):
        check(name)
        raise  # check() says what is wrong; should it find nothing, the original error must not be lost


def load(name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """One table as a fresh DataFrame, typed by its schema.

    Numbers are float64, counts nullable Int64, truth values nullable boolean, dates datetime64 (a month is its first
    day), text is str with None where the cell is empty. Values keep the unit they are printed in (``column_unit``).
    Raises DataError for an unknown table or column, a missing file, a changed byte, a cell of the wrong type.
    """
    _resource(name)
    frame = _parsed(name)
    if columns is None:
        return frame.copy()
    columns = _listed(columns, f"The columns of table {name!r}")
    for column in columns:
        _field(name, column)
    return frame[columns].copy()


# ---------------------------------------------------------------- validation


def check(name: str, path: str | Path | None = None) -> None:
    """Validate the CSV of table ``name`` (or the file at ``path``) against its schema.

    Raises DataError at the first problem, naming table, row (the header is row 1) and column: missing file, wrong
    header, wrong type, empty required cell, value out of range or not among the allowed ones, duplicate key. Without
    ``path`` the hash is checked too.
    """
    resource = _resource(name)
    schema = resource["schema"]
    fields = schema["fields"]
    if path is None:
        raw = _bytes(name)
    else:
        try:
            raw = Path(path).read_bytes()
        except FileNotFoundError:
            raise DataError(f"Table {name!r}: the file {path} is missing.") from None
        except OSError as error:
            raise DataError(
                f"Table {name!r}: the file {path} cannot be read ({error.strerror})."
            ) from None
    try:
        text = _text(raw)
    except (pd.errors.ParserError, UnicodeDecodeError, pd.errors.EmptyDataError) as error:
        raise DataError(
            f"Table {name!r}: the file is not a UTF-8 CSV with rows of equal length "
            f"({str(error).strip()})."
        ) from None
    header = [f["name"] for f in fields]
    if list(text.columns) != header:
        raise DataError(
            f"Table {name!r}, row 1: the columns are {', '.join(text.columns)} but should be {', '.join(header)}."
        )

    def stop(row: int, column: str, problem: str) -> None:
        raise DataError(f"Table {name!r}, row {row + 2}, column {column!r}: {problem}.")

    for field in fields:
        column, limits = field["name"], field.get("constraints", {})
        cells = text[column]
        present = ~cells.isin(schema["missingValues"])
        if limits.get("required") and not present.all():
            stop(
                int((~present).to_numpy().argmax()),
                column,
                "the cell is empty but a value is required",
            )
        try:
            values = _typed(cells, field, schema["missingValues"])
        except (ValueError, TypeError):
            for row, cell in enumerate(cells):
                try:
                    _typed(pd.Series([cell]), field, schema["missingValues"])
                except (ValueError, TypeError):
                    stop(row, column, f"{cell!r} is not of type {field['type']}")
            raise
        for bound, outside, word in (
            ("minimum", pd.Series.lt, "below the minimum"),
            ("maximum", pd.Series.gt, "above the maximum"),
        ):
            if bound in limits:
                bad = (outside(values, limits[bound]) & present).to_numpy(
                    dtype=bool, na_value=False
                )
                if bad.any():
                    stop(
                        int(bad.argmax()),
                        column,
                        f"{cells.iloc[bad.argmax()]} is {word} {limits[bound]}",
                    )
        if "enum" in limits:
            bad = (present & ~cells.isin(limits["enum"])).to_numpy()
            if bad.any():
                stop(
                    int(bad.argmax()),
                    column,
                    f"{cells.iloc[bad.argmax()]!r} is not one of: {', '.join(limits['enum'])}",
                )
        if "pattern" in limits:
            bad = (present & ~cells.str.fullmatch(limits["pattern"])).to_numpy()
            if bad.any():
                stop(
                    int(bad.argmax()),
                    column,
                    f"{cells.iloc[bad.argmax()]!r} does not match {limits['pattern']}",
                )
    for key in [schema["primaryKey"]] if "primaryKey" in schema else schema.get("uniqueKeys", []):
        twice = text.duplicated(key).to_numpy()
        if twice.any():
            row = int(twice.argmax())
            stop(
                row,
                ", ".join(key),
                f"the key ({', '.join(text[key].iloc[row])}) occurs a second time",
            )


def check_all() -> None:
    """Validate every table, and that ``published/`` holds no file the package does not list; raises DataError."""
    for name in tables():
        check(name)
    listed = {r["path"] for r in _package()["resources"].values()}
    for path in sorted((_root() / "published").iterdir()):
        if f"published/{path.name}" not in listed:
            raise DataError(f"The file {path} is not listed in datapackage.json.")


# ---------------------------------------------------------------- one view of all evaluations

_TEXT = (
    "table",
    "source",
    "locator",
    "family",
    "model",
    "date",
    "task",
    "setting",
    "metric",
    "unit",
    "unit_printed",
    "setup",
    "flag",
    "flag_note",
)
_ORDER = (
    "table",
    "source",
    "locator",
    "family",
    "model",
    "params",
    "active_params",
    "train_tokens",
    "train_flops",
    "date",
    "task",
    "setting",
    "n_shots",
    "metric",
    "value",
    "unit",
    "value_printed",
    "unit_printed",
    "chance",
    "human",
    "ci_low",
    "ci_high",
    "setup",
    "flag",
    "flag_note",
)
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
    parts = []
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
    return [between.join(c for c in row if c) for row in zip(*parts)]


def _size(params: float) -> str:
    """A model size as the field writes it: 1.37e11 -> '137B'."""
    for factor, letter in ((1e9, "B"), (1e6, "M")):
        if params >= factor:
            return f"{params / factor:.3g}{letter}"
    return f"{params:g}"


def _evaluation(name: str) -> dict[str, list | np.ndarray]:
    """Rows of one table in the schema of evaluations(), before units are normalised."""
    resource = _resource(name)
    how = resource["evaluation"]
    frame = _parsed(name)
    n = len(frame)
    columns, constants = how.get("columns", {}), how.get("constants", {})

    def spec(target: str) -> str | list[str] | None:
        return columns.get(target, target if target in frame.columns else None)

    out: dict[str, list | np.ndarray] = {}
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
    named = set(zip(out["model"], out["params"].tolist()))
    if len(named) > len(
        set(out["model"])
    ):  # one name for several sizes: the size belongs to the name
        sizes = Counter(m for m, p in named if p == p)
        several = {m for m, k in sizes.items() if k > 1 and not re.search(r"\d[MB]\b", m)}
        out["model"] = [
            f"{m} {_size(p)}" if m in several and p == p else m
            for m, p in zip(out["model"], out["params"])
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
def _evaluations() -> pd.DataFrame:
    parts = [_evaluation(name) for name, r in _package()["resources"].items() if "evaluation" in r]
    out = {}
    for target in parts[0]:
        columns = [part[target] for part in parts]
        out[target] = (
            np.concatenate(columns)
            if isinstance(columns[0], np.ndarray)
            else [cell for c in columns for cell in c]
        )
    for target, alias in _package()["evaluationAliases"].items():
        out[target] = [alias.get(cell, cell) for cell in out[target]]
    printed = [unit or "" for unit in out["unit"]]
    pairs = [_UNITS.get(unit, (1.0, unit)) for unit in printed]
    factor = np.array([f for f, _ in pairs])
    out["unit_printed"] = [unit or None for unit in printed]
    out["unit"] = [
        "normalized" if metric in _NORMALIZED else unit
        for metric, (_, unit) in zip(out["metric"], pairs)
    ]
    out["value_printed"] = out["value"]
    for target in ("value", "ci_low", "ci_high"):
        out[target] = out[target] * factor
    bounded = np.array([unit == "fraction" for unit in out["unit"]])
    for target in ("chance", "human"):
        out[target] = np.where(bounded, out[target], np.nan)
    drawn = out.pop("chance_printed") * factor
    out["chance"] = np.where(np.isnan(drawn), out["chance"], drawn)
    timeline = _parsed("llm_timeline").set_index("model")
    active = timeline["active_params"].to_dict()
    out["active_params"] = np.array([active.get(model, np.nan) for model in out["model"]])
    dates = timeline["date"].to_dict()
    dated = {family: dates[model] for family, model in _package()["familyDates"].items()} | dates
    out["date"] = pd.to_datetime(
        [dated.get(m, dated.get(f)) for m, f in zip(out["model"], out["family"])]
    )
    frame = pd.DataFrame(
        {
            c: pd.Series(out[c], dtype=object) if c in _TEXT and c != "date" else out[c]
            for c in _ORDER
        }
    )
    frame["n_shots"] = frame["n_shots"].astype("Int64")
    return frame


def evaluations() -> pd.DataFrame:
    """Every evaluation of a model in the package, one row each, in one schema.

    Columns: ``table, source, locator`` (where the number comes from); ``family, model, params, active_params,
    train_tokens, train_flops, date``; ``task, setting, n_shots, metric``; ``value, unit`` (bounded scores, BLEU and
    ROUGE as fractions, scores normalised so that chance is 0 as 'normalized', everything else in its unit);
    ``value_printed, unit_printed`` (as in the source); ``chance, human`` (level of random guessing and of people in the
    unit of the row, only where a table of the package states it); ``ci_low, ci_high`` (printed 95 % interval or band);
    ``setup`` (table and set-up: rows of two set-ups never belong on one curve, see ``one_setup``); ``flag, flag_note``
    (known problem: machine words separated by spaces, and the sentence that explains them; None where nothing is known).
    Flags: printed_zero, same_as_one_shot, same_as_zero_shot, paper_slip, printed_average, answer_format,
    params_unconfirmed, moe_params, metadata_slip, single_source, transcription, unpublished, outlier.
    Reference lines (random, human, prior best) are not rows. ``date`` is that of the family's first paper.
    """
    return _evaluations().copy()


def one_setup(frame: pd.DataFrame, curve: Sequence[str]) -> pd.DataFrame:
    """``frame`` unchanged if every curve (rows equal in the columns ``curve``) comes from one set-up; else DataError."""
    curve = _listed(curve, "The columns of a curve")
    for column in [*curve, "setup"]:
        _require(column, frame.columns, "The frame has no column")
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
    """One row per (family, model): params, active_params, train_tokens, train_flops, date, organisation, basis.

    A paper's own numbers come before Epoch AI's (llm_timeline); ``basis`` names the table behind each number, with
    Epoch AI's confidence ('Speculative' compute is an estimate, for some models imputed from benchmark scores). A model
    evaluated at several checkpoints gets its last one's tokens.
    """
    timeline = load("llm_timeline")
    timeline["model"] = timeline["model"].replace(_package()["evaluationAliases"]["model"])
    timeline["basis"] = [
        f"llm_timeline ({confidence or 'no confidence given'}"
        + (", imputed from benchmark scores)" if "imputed" in (note or "") else ")")
        for confidence, note in zip(timeline["epoch_confidence"], timeline["note"])
    ]
    seen = evaluations()
    seen["basis"], seen["active_params"] = (
        seen["table"],
        np.nan,
    )  # active parameters are Epoch AI's or nobody's
    seen = seen.sort_values("train_tokens", ascending=False, kind="stable", na_position="last")
    family = dict(zip(seen["model"], seen["family"]))
    timeline["family"] = [family.get(m, f) for m, f in zip(timeline["model"], timeline["family"])]
    numbers = ["params", "active_params", "train_tokens", "train_flops"]
    both = pd.concat(
        [
            seen[["family", "model", *numbers, "date", "basis"]],
            timeline[["family", "model", *numbers, "date", "organisation", "basis"]],
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
    return frame[["family", "model", *numbers, "date", "organisation", "basis"]]


# ---------------------------------------------------------------- our own runs


@dataclass(frozen=True)
class Run:
    """How one experiment of this book was made. `seconds` is the sum of its jobs' wall times, one thread each.

    ``files`` maps file names to their SHA-256; ``settings`` lists every training run with its settings and seconds;
    ``versions`` are those of Python and the libraries; ``machine`` says where it ran; ``command`` repeats it.
    """

    name: str
    title: str
    command: str
    machine: str
    versions: dict[str, str]
    seconds: float
    settings: tuple[dict, ...]
    files: dict[str, str]


def runs() -> list[str]:
    """Names of the experiments that are recorded, sorted."""
    return sorted(p.parent.name for p in (_root() / "miniatures").glob("*/record.json"))


def _recorded(name: str) -> None:
    """Raises DataError unless `name` is an experiment; before the caches below, which cannot look up just anything."""
    _require(name, runs(), "There is no experiment")


@functools.cache
def _record(name: str) -> str:
    path = _root() / "miniatures" / name / "record.json"
    used("file", path)
    return path.read_text("utf-8")


def run(name: str) -> Run:
    """The record of experiment ``name``, a fresh one. Raises DataError for an unknown one."""
    _recorded(name)
    record = json.loads(_record(name))
    return Run(name=name, **{k: tuple(v) if k == "settings" else v for k, v in record.items()})


@functools.cache
def _run_bytes(name: str, file: str) -> bytes:
    """A file of an experiment, hash checked."""
    record = run(name)
    _require(file, record.files, f"The experiment {name!r} has no file")
    path = _root() / "miniatures" / name / file
    used("file", path)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"The experiment {name!r}: the file {path} is missing.") from None
    if hashlib.sha256(raw).hexdigest() != record.files[file]:
        raise DataError(
            f"The experiment {name!r}: the bytes of {path} differ from the hash in record.json; retrain it or restore the file."
        )
    return raw


def curves(name: str, table: str) -> pd.DataFrame:
    """One table of experiment ``name`` as a fresh DataFrame. Raises DataError for an unknown name or changed bytes."""
    _recorded(name)
    return pd.read_csv(io.BytesIO(_run_bytes(name, f"{table}.csv")))


def weights(name: str, model: str) -> tuple[dict, dict[str, np.ndarray]]:
    """Configuration and weights (float32, stored as float16) of one model of experiment ``name``; raises DataError as `curves`."""
    _recorded(name)
    with np.load(io.BytesIO(_run_bytes(name, f"{model}.npz"))) as stored:
        return json.loads(str(stored["config"])), {
            k: stored[k].astype(np.float32) for k in stored.files if k != "config"
        }
