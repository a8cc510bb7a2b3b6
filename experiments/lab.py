"""What every experiment shares: its command line, its jobs, its record.

An experiment is a list of settings (plain dictionaries, one training run each), a function ``job(settings) -> Result`` and
a function ``collect(results) -> Record``. `main` runs the jobs side by side with joblib, or on a Dask cluster with
``--dask ADDRESS``; it keeps every finished job in ``_build/experiments``, so that a stopped run goes on where it stopped, and
at the end writes ``data/miniatures/<name>`` whole: tables (CSV), weights (float16 ``.npz``) and ``record.json``.
"""

from __future__ import annotations

import argparse
import hashlib
import inspect
import io
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
Settings = dict[str, Any]


@dataclass
class Result:
    """What one job gives back: tables, and weights of models as (configuration, arrays)."""

    tables: Mapping[str, pd.DataFrame]
    models: Mapping[str, tuple[dict, Mapping[str, np.ndarray]]] = field(default_factory=dict)
    settings: Settings = field(default_factory=dict)
    seconds: float = 0.0


@dataclass
class Record:
    """What an experiment publishes."""

    tables: Mapping[str, pd.DataFrame]
    models: Mapping[str, tuple[dict, Mapping[str, np.ndarray]]] = field(default_factory=dict)


Job = Callable[[Settings], Result]


def main(
    name: str,
    title: str,
    jobs: Sequence[Settings],
    job: Job,
    collect: Callable[[list[Result]], Record],
    arguments: Sequence[str] | None = None,
) -> None:
    """Command line of one experiment; see the module's docstring."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument(
        "--jobs",
        type=int,
        default=os.cpu_count(),
        help="training runs side by side (default: all cores)",
    )
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="send the runs to the Dask scheduler at this address"
    )
    parser.add_argument("--fresh", action="store_true", help="forget finished runs and begin again")
    parser.add_argument(
        "--out",
        type=Path,
        default=ROOT / "data" / "miniatures",
        help="folder the record is written to",
    )
    given = parser.parse_args(arguments)
    cache = ROOT / "_build" / "experiments" / name
    if given.fresh:
        shutil.rmtree(cache, ignore_errors=True)
    with alone(cache):
        results = run(jobs, job, cache, workers=given.jobs, dask=given.dask, title=name)
        publish(given.out / name, name, title, collect(results), results)


@contextmanager
def alone(cache: Path):
    """Hold the experiment for this process; ends the program with a sentence when another process trains it already, and on Windows."""
    try:
        import fcntl
    except ModuleNotFoundError:
        sys.exit("Retraining the small models needs Linux, macOS or, on Windows, WSL.")
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "lock", "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            sys.exit(
                f"Another process ({file.read().strip()}) is running {cache.name} already; wait for it or stop it."
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def run(
    jobs: Sequence[Settings],
    job: Job,
    cache: Path,
    *,
    workers: int = 1,
    dask: str | None = None,
    title: str = "",
) -> list[Result]:
    """The results of all `jobs`, in order; finished ones are read from `cache`."""
    from tqdm import tqdm

    cache.mkdir(parents=True, exist_ok=True)
    paths = [cache / f"{_key(settings, job)}.joblib" for settings in jobs]
    todo = [
        (settings, path) for settings, path in zip(jobs, paths, strict=True) if not path.exists()
    ]
    with tqdm(
        total=len(jobs), initial=len(jobs) - len(todo), desc=title, unit="run", file=sys.stderr
    ) as bar:
        for _ in _side_by_side(todo, job, workers, dask):
            bar.update()
    return [joblib.load(path) for path in paths]


def _side_by_side(todo, job: Job, workers: int, dask: str | None):
    if dask:
        from distributed import Client, as_completed

        with Client(dask) as client:
            client.run(
                exec, f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})"
            )  # workers import this folder's modules
            futures = {
                client.submit(_one, job, settings, pure=False): path for settings, path in todo
            }
            for future in as_completed(futures):
                _keep(futures[future], future.result())
                yield
    else:
        parallel = joblib.Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1)
        yield from parallel(
            joblib.delayed(_one_kept)(job, settings, path) for settings, path in todo
        )


def _one(job: Job, settings: Settings) -> Result:
    """One job on one thread, timed."""
    try:
        import torch

        torch.set_num_threads(1)
    except ModuleNotFoundError:  # an experiment in plain NumPy
        pass
    started = time.perf_counter()
    result = job(settings)
    result.settings, result.seconds = settings, round(time.perf_counter() - started, 1)
    return result


def _one_kept(job: Job, settings: Settings, path: Path) -> None:
    _keep(path, _one(job, settings))


def _keep(path: Path, result: Result) -> None:
    new = path.with_suffix(f".{os.getpid()}")
    joblib.dump(result, new)
    os.replace(new, path)


def _key(settings: Settings, job: Job) -> str:
    """Names a finished run: its settings and the code of its job. A change elsewhere in the script needs ``--fresh``."""
    return hashlib.sha256(
        (json.dumps(settings, sort_keys=True) + inspect.getsource(job)).encode()
    ).hexdigest()[:16]


def publish(folder: Path, name: str, title: str, record: Record, results: Sequence[Result]) -> None:
    """Write tables, weights and record into `folder`, which is replaced as a whole."""
    new = folder.with_name(folder.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for table, frame in record.tables.items():
        frame.to_csv(new / f"{table}.csv", index=False, float_format="%.6g", lineterminator="\n")
    for model, (config, weights) in record.models.items():
        (new / f"{model}.npz").write_bytes(_npz(config, weights))
    files = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(new.iterdir())}
    about = {
        "title": title,
        "command": f"python experiments/{name}.py",
        "machine": machine(),
        "versions": versions(),
        "seconds": round(sum(r.seconds for r in results), 1),
        "settings": [r.settings | {"seconds": r.seconds} for r in results],
        "files": files,
    }
    (new / "record.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _npz(config: dict, weights: Mapping[str, np.ndarray]) -> bytes:
    """Weights as float16; refuses numbers that float16 cannot hold."""
    for key, value in weights.items():
        if not np.abs(value).max() <= np.finfo(np.float16).max:
            raise ValueError(
                f"{key} holds numbers that float16 cannot store; was the training stable?"
            )
    stored = {k: np.asarray(v, np.float16) for k, v in weights.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, config=np.array(json.dumps(config)), **stored)
    return buffer.getvalue()


def machine() -> str:
    """Processor and number of cores, in words."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        model = next(
            (
                line.split(":")[1].strip()
                for line in info.read_text("utf-8").splitlines()
                if line.startswith("model name")
            ),
            model,
        )
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, one thread per run"


def versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "numpy": np.__version__}
    if "torch" in sys.modules:
        found["torch"] = sys.modules["torch"].__version__
    return found
