"""The records of our own small models: how they were trained, what was measured, their weights."""

from __future__ import annotations

import functools
import hashlib
import io
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from emergence.trace import used

from . import package
from .package import DataError, require


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
    return sorted(p.parent.name for p in (package.root() / "miniatures").glob("*/record.json"))


def _recorded(name: str) -> None:
    """Raises DataError unless `name` is an experiment; before the caches below, which cannot look up just anything."""
    require(name, runs(), "There is no experiment")


@functools.cache
def _record(name: str) -> str:
    path = package.root() / "miniatures" / name / "record.json"
    used("file", path)
    return path.read_text("utf-8")


def run(name: str) -> Run:
    """The record of experiment ``name``, a fresh one. Raises DataError for an unknown one."""
    _recorded(name)
    record = json.loads(_record(name))
    record["settings"] = tuple(record["settings"])
    return Run(name=name, **record)


@functools.cache
def _run_bytes(name: str, file: str) -> bytes:
    """A file of an experiment, hash checked."""
    record = run(name)
    require(file, record.files, f"The experiment {name!r} has no file")
    path = package.root() / "miniatures" / name / file
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
