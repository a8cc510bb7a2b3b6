"""Claims of the chapter on grokking: its numbers against the published logs, its formula against the Fourier transform."""

import re
from pathlib import Path

import numpy as np
import pytest

from emergence import formulas
from emergence.chapters import grokking as chapter
from emergence.chapters.grokking import tables
from emergence.chapters.grokking.numbers import amplitude, first_better, nearest_strategy, of_run

CHAPTER = Path(__file__).parents[1] / "book" / "grokking.md"


@pytest.fixture(scope="module")
def n():
    return chapter.numbers()


# Typed by hand from the summary of the full logs of Nanda et al. 2023: first epochs below 0.01, largest test loss.
PRINTED = [
    ("share_30", 274, 8258, "26.6", 3831),
    ("share_25", 265, 22177, "32.4", 3192),
    ("share_60", 202, 556, "5.6", 7661),
    ("share_95", 244, 279, "4.9", 12131),
]


@pytest.mark.parametrize("share, memorized, generalized, top, pairs", PRINTED)
def test_milestones_are_those_of_the_logs(share, memorized, generalized, top, pairs):
    run = of_run(share)
    measured = [run[event] for event in ("memorized", "generalized", "n_train_pairs")]
    assert measured == [memorized, generalized, pairs]
    assert f"{run['max_test_loss']:.1f}" == top


def test_every_number_the_chapter_asks_for_exists(n):
    asked = re.findall(r'\{eval\}`n\["([^"]+)"\]`', CHAPTER.read_text("utf-8"))
    assert len(asked) > 50 and set(asked) <= set(n)


def test_training_set_sizes_are_the_fractions_of_all_pairs():
    rows = tables.milestones()
    assert (abs(rows["n_train_pairs"] / 113**2 - rows["train_fraction"]) < 1e-4).all()


# --- the delay ---------------------------------------------------------------------------------------------------------
def test_the_thinned_log_crosses_where_the_full_log_does():
    """The circles come from the summary, the curves from the thinned logs: they must meet."""
    for share in map(tables.share_name, tables.FRACTIONS):
        rows = chapter.curve().frame(train_share=share)
        for split in ("seen_pairs", "held_out_pairs"):
            line = rows[(rows["pairs_scored"] == split) & rows["event"].isna()].sort_values("epoch")
            circle = rows[(rows["pairs_scored"] == split) & rows["event"].notna()]["epoch"].item()
            assert line[line["epoch"] < 0.94 * circle]["loss_nats"].min() >= 0.01
            assert line[line["epoch"] >= circle]["loss_nats"].iloc[0] < 0.012


def test_with_thirty_percent_the_network_is_first_worse_than_guessing():
    rows = chapter.curve().frame()
    held_out = rows[(rows["pairs_scored"] == "held_out_pairs") & rows["event"].isna()].set_index(
        "epoch"
    )["loss_nats"]
    assert held_out.loc[300:6000].min() > 3 * np.log(113) and held_out.iloc[-1] < 1e-5
    assert rows[rows["kind"] == "reference"]["loss_nats"].item() == pytest.approx(
        4.7274, abs=1e-4
    )  # ln 113


def test_memorizing_takes_the_same_time_and_generalizing_does_not(n):
    rows = chapter.time().frame().pivot(index="train_fraction", columns="milestone", values="epoch")
    assert rows["memorized"].max() / rows["memorized"].min() < 2.2
    assert (np.diff(rows.loc[:0.6, "generalized"]) < 0).all() and rows.loc[
        0.25, "generalized"
    ] > 75 * rows.loc[0.95, "generalized"]
    assert n["generalized_growth"] == f"{22177 / 556:.0f}" == "40"


def test_straight_line_of_predict_first(n):
    x, y = (
        1 - np.array([0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4]),
        np.array([279, 387, 439, 343, 556, 1109, 3324]),
    )
    slope = ((x - x.mean()) @ (y - y.mean())) / ((x - x.mean()) @ (x - x.mean()))
    line = y.mean() + slope * (0.75 - x.mean())
    told = chapter.time().forecast()
    assert (
        told["truth"] == 22177
        and told["line"] == pytest.approx(line)
        and n["line_forecast"] == f"{line:,.0f}"
    )


def test_growth_per_percent_is_the_slope_of_the_logarithms(n):
    x, y = np.array([40, 50, 60, 70, 72, 75]), np.log([556, 1109, 3324, 8258, 15612, 22177])
    slope = np.cov(x, y)[0, 1] / np.var(x, ddof=1)
    assert (
        n["per_percent"] == f"{100 * (np.exp(slope) - 1):.0f}"
        and n["doubling"] == f"{np.log(2) / slope:.0f}"
    )


def test_patience_of_ten_gives_up_three_runs(n):
    """Early best loss of the 30 percent run is 4.727..4.75 around epoch 10; it is beaten after about 7,000 epochs."""
    assert (n["abandoned"], n["abandoned_from"]) == ("3", "30")
    assert 6700 < first_better("share_30") < 7350 and first_better("share_40") < 10 * 268


# --- suddenness --------------------------------------------------------------------------------------------------------
def test_views_are_one_log():
    loss, probability = (chapter.views().frame(view=v) for v in ("loss", "probability"))
    assert np.allclose(np.exp(-loss["value"]), probability["value"])
    assert loss["value"].equals(chapter.views().frame(view="loss_log")["value"])


def test_probability_shows_nothing_while_the_loss_falls_by_most_of_its_height(n):
    rows = chapter.views().frame(view="loss")
    rows = rows[rows["event"].isna()].set_index("epoch")["value"]
    assert (np.exp(-rows.loc[100:6900]) < 0.01).all()
    hidden = rows[(rows.index > rows.idxmax()) & (np.exp(-rows) < 0.01)]
    assert rows.max() - hidden.min() > 0.7 * rows.max() and np.all(np.diff(hidden) < 0)
    assert n["peak_probability"] == "3·10⁻¹²" and np.exp(-26.6) == pytest.approx(3e-12, rel=0.1)


def test_training_loss_falls_a_second_time():
    rows = tables.runs()
    train = rows[
        (rows["train_fraction"] == 0.3) & (rows["pairs_scored"] == "seen_pairs")
    ].set_index("epoch")["loss_nats"]
    plateau, end = train.loc[1700:4500], train.iloc[-1]
    assert plateau.max() / plateau.min() < 1.15 and end < plateau.min() / 2


# --- waves -------------------------------------------------------------------------------------------------------------
def test_waves_are_the_transform_of_their_frequencies():
    """The sum of cosines is the inverse Fourier transform of a spectrum with ones at plus and minus k."""
    spectrum = np.zeros(113)
    for k in tables.KEY_FREQUENCIES:
        spectrum[[k, 113 - k]] = 0.5
    rows = chapter.waves().frame().set_index("answer_offset")["wave_agreement"]
    assert rows.loc[list(range(57))].to_numpy() == pytest.approx(
        np.fft.ifft(spectrum).real[:57] * 113 / 5
    )


def test_five_spread_waves_beat_five_long_ones_and_one():
    key, long = chapter.waves().frame(), chapter.waves().frame(wave_set="longest_waves")
    best = [f[f["answer_is"] == "wrong_answer"]["wave_agreement"].max() for f in (key, long)]
    assert best[0] < 0.53 < 0.97 < best[1]
    assert key[key["answer_is"] == "right_answer"]["wave_agreement"].tolist() == [1]
    one = chapter.waves().frame(n_waves=1)["wave_agreement"].sort_values().iloc[-2]
    assert one == pytest.approx(
        np.cos(2 * np.pi / 113)
    )  # for a prime modulus one wave takes all 113 phases


@pytest.mark.parametrize(
    "waves", [tables.KEY_FREQUENCIES, tables.KEY_FREQUENCIES[:2], tables.LONGEST_WAVES]
)
def test_amplitude_reaches_the_threshold(waves):
    scores = amplitude(waves) * formulas.cosine_logits(np.arange(113), waves, 113)
    assert -np.log(
        np.exp(scores - scores.max())[0] / np.exp(scores - scores.max()).sum()
    ) == pytest.approx(0.01, abs=1e-9)


# --- fresh data, phases --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "task, hill", [("addition", True), ("induction", True), ("trigram", False)]
)
def test_only_repeated_data_make_a_hill(task, hill):
    rows = chapter.fresh().frame(task=task)
    held_out, stream = (
        rows[rows["data_regime"] == r].sort_values("epoch")["loss_nats"]
        for r in ("finite_test", "fresh_data")
    )
    assert (held_out.max() > 2 * held_out.iloc[0]) == hill
    assert stream.max() < 1.03 * stream.iloc[0] and stream.iloc[-1] < stream.iloc[0] / 10


def test_network_counts_symbols_before_pairs(n):
    nearest = nearest_strategy()
    assert (
        nearest.loc[10000:95000].eq("unigram").all()
        and nearest.loc[100000:].eq("bigram").all()
        and nearest.loc[0] == "uniform"
    )
    assert float(n["bigram_fast"]) > 10 * float(n["bigram_slow"])
