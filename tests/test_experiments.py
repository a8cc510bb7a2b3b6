"""The tools behind the miniatures: seeds that do not touch each other, jobs that resume, records that are whole."""

import json
import os
from pathlib import Path

import gpt
import lab
import numpy as np
import pandas as pd
import pytest
import torch

from emergence import data
from emergence.data import package, records
from emergence.models import Config, MiniatureError, Transformer

SMALL = Config(inputs=7, length=9, width=16, layers=2, heads=2, out=7)
LOCAL = Config(
    inputs=3,
    length=9,
    width=16,
    layers=3,
    heads=4,
    out=2,
    continuous=True,
    windows=(2, 1, 0),
    mlp=(True, True, False),
)


def copying(rng):
    """Batches of a task a tiny model learns at once: say the token two places back."""
    x = rng.integers(0, 7, (16, 9))
    return x, np.roll(x, 2, 1)


def copy_loss(model, x, y):
    return gpt.cross_entropy(model(x, start=2), y[:, :, 2:])


@pytest.mark.parametrize("config", [SMALL, LOCAL])
def test_numpy_computes_what_torch_computes(config):
    """Full attention and windows, tokens and vectors, with and without feed-forward parts; weights at float16 as they are stored."""
    model = gpt.GPT(config, [0, 5])
    with torch.no_grad():
        for p in model.parameters():
            p.copy_((p + 0.1 * torch.randn_like(p)).half().float())
    rng = np.random.default_rng(0)
    x = (
        rng.normal(size=(2, 4, 8, 3)).astype("f")
        if config.continuous
        else rng.integers(0, 7, (2, 4, 8))
    )
    expected = model(torch.from_numpy(x)).detach().numpy()
    for place, seed in enumerate((0, 5)):
        mine = Transformer(config, model.slice(seed))
        assert np.abs(mine(x[place]) - expected[place]).max() < 1e-4
        assert np.allclose(mine(x[place], last=True), mine(x[place])[:, -1])
        assert sum(w.size for w in model.slice(seed).values()) == config.params


def test_position_sees_only_its_window():
    model = Transformer(LOCAL, gpt.GPT(LOCAL, [1]).slice(1))
    x = np.random.default_rng(0).normal(size=(1, 9, 3)).astype("f")
    sites = {}
    model(x, hook=lambda site, value: sites.setdefault(site, value.copy()))
    moved = x.copy()
    moved[0, 2] += 1
    after = {}
    model(moved, hook=lambda site, value: after.setdefault(site, value.copy()))
    changed = {
        site: set(np.flatnonzero(np.abs(sites[site] - after[site]).max((0, 2)) > 1e-6))
        for site in sites
    }
    assert (
        changed["0.attention"] == {2, 3}
        and changed["1.attention"] == {2, 3}
        and changed["2.attention"] == set(range(2, 9))
    )


def test_seeds_do_not_touch_each_other():
    together = gpt.GPT(SMALL, [3, 8])
    alone = gpt.GPT(SMALL, [8])
    for model in (together, alone):
        history = gpt.train(model, copy_loss, copying, steps=30, lr=1e-2, every=10)
    assert list(history.columns) == ["seed", "step", "train_loss"]
    for name, weight in alone.slice(8).items():
        assert np.allclose(weight, together.slice(8)[name], atol=1e-5), name
    assert np.abs(together.slice(3)["head"] - together.slice(8)["head"]).max() > 0.05


def test_training_learns_and_says_when_it_breaks():
    model = gpt.GPT(SMALL, [0])
    history = gpt.train(model, copy_loss, copying, steps=300, lr=1e-2, every=50)
    assert history["train_loss"].iloc[0] > 1.5 > 0.1 > history["train_loss"].iloc[-1]
    with pytest.raises(gpt.TrainingError, match="not a number at step"):
        gpt.train(
            gpt.GPT(SMALL, [0]),
            lambda m, x, y: copy_loss(m, x, y) * float("nan"),
            copying,
            steps=10,
            lr=1e-2,
        )


@pytest.mark.parametrize(
    "wrong, says",
    [(dict(width=10, heads=3), "multiple"), (dict(windows=(1,)), "one entry per layer")],
)
def test_a_shape_that_cannot_be_is_refused(wrong, says):
    with pytest.raises(MiniatureError, match=says):
        Config(**{"inputs": 7, "length": 9, "width": 16, "layers": 2, "heads": 2, "out": 7} | wrong)


def test_a_model_refuses_what_it_cannot_read():
    model = Transformer(SMALL, gpt.GPT(SMALL, [0]).slice(0))
    for x, says in (
        ([[7]], "token 7 is unknown; allowed: 0 to 6"),
        ([[0] * 10], "at most 9 tokens"),
        ([[-1, 0]], "token -1"),
    ):
        with pytest.raises(MiniatureError, match=says):
            model(np.array(x))
    with pytest.raises(MiniatureError, match="needs"):
        Transformer(SMALL, gpt.GPT(LOCAL, [0]).slice(0))


# --- jobs and records -------------------------------------------------------------------------------------------------
def job(settings):
    with open(settings["log"], "a") as log:
        log.write("ran\n")
    weights = {"w": np.arange(4.0) * settings["k"]}
    return lab.Result(
        {"t": pd.DataFrame([{"k": settings["k"], "double": 2 * settings["k"]}])},
        {"m": ({"k": settings["k"]}, weights)},
    )


def collect(results):
    return lab.Record(
        {"t": pd.concat([r.tables["t"] for r in results])}, {"m": results[1].models["m"]}
    )


@pytest.fixture
def jobs(tmp_path):
    return [{"k": k, "log": str(tmp_path / "log")} for k in range(3)]


def ran(jobs):
    return Path(jobs[0]["log"]).read_text().count("ran")


def test_finished_runs_are_kept(jobs, tmp_path):
    lab.run(jobs[:2], job, tmp_path / "cache")
    results = lab.run(jobs, job, tmp_path / "cache")
    assert ran(jobs) == 3
    assert [r.settings["k"] for r in results] == [0, 1, 2]


def test_a_dask_cluster_gives_the_same(jobs, tmp_path):
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        there = lab.run(jobs, job, tmp_path / "there", dask=cluster.scheduler_address)
    here = lab.run(jobs, job, tmp_path / "here")
    assert [r.tables["t"].to_dict() for r in there] == [r.tables["t"].to_dict() for r in here]


def test_a_record_is_read_back_and_guarded(jobs, tmp_path, monkeypatch):
    results = lab.run(jobs, job, tmp_path / "cache")
    folder = tmp_path / "data" / "miniatures" / "trial"
    lab.publish(folder, "trial", "A trial", collect(results), results)
    lab.publish(
        folder, "trial", "A trial", collect(results), results
    )  # replaces the first as a whole
    assert [p.name for p in folder.parent.iterdir()] == ["trial"]
    monkeypatch.setattr(package, "root", lambda: tmp_path / "data")
    for cached in (records._record, records._run_bytes):
        cached.cache_clear()
    try:
        assert data.runs() == ["trial"]
        assert data.run("trial").settings[2]["k"] == 2 and data.run("trial").title == "A trial"
        assert data.curves("trial", "t")["double"].tolist() == [0, 2, 4]
        config, weights = data.weights("trial", "m")
        assert (
            config == {"k": 1}
            and weights["w"].tolist() == [0, 1, 2, 3]
            and weights["w"].dtype == np.float32
        )
        for ask, says in (
            (lambda: data.run("trail"), "trial"),
            (lambda: data.curves("trial", "u"), "nearest names are: .*csv"),
            (lambda: data.weights("trial", "n"), "no file 'n.npz'"),
        ):
            with pytest.raises(data.DataError, match=says):
                ask()
        (folder / "t.csv").write_text("k,double\n0,1\n")
        records._run_bytes.cache_clear()
        with pytest.raises(data.DataError, match="differ from the hash"):
            data.curves("trial", "t")
    finally:
        for cached in (records._record, records._run_bytes):
            cached.cache_clear()
    assert set(json.loads((folder / "record.json").read_text())) >= {
        "machine",
        "versions",
        "seconds",
        "command",
    }


def test_an_experiment_runs_once_at_a_time(tmp_path):
    with (
        lab.alone(tmp_path / "trial"),
        pytest.raises(
            SystemExit, match=rf"Another process \({os.getpid()}\) is running trial already"
        ),
        lab.alone(tmp_path / "trial"),
    ):
        pass


def test_weights_too_large_for_float16_are_refused():
    with pytest.raises(ValueError, match="float16"):
        lab._npz({}, {"w": np.array([1e6])})
