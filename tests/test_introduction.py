"""The introduction's numbers against the papers, and its simulation against what is known about the model."""

import numpy as np
import pandas as pd
import pytest

from emergence.chapters import introduction as intro
from emergence.chapters.introduction import ring_road, tables
from emergence.chart import decimal_years

N = intro.numbers()


def test_loss_falls_at_every_step_and_ends_where_kaplan_drew_it():
    """Kaplan et al. 2020, Fig. 1 right."""
    rows = tables.loss()
    best = rows.groupby("params")["value"].min()
    assert (best.diff().dropna() < 0).all() and len(rows) == 23
    assert best.iloc[0] == pytest.approx(5.9, abs=0.1) and best.iloc[-1] == pytest.approx(
        2.33, abs=0.02
    )


def test_the_law_is_the_printed_one():
    """Kaplan et al. 2020, eq. 1.1: alpha_N ~ 0.076, N_c ~ 8.8e13; L(8.8e13) = 1 nat by definition."""
    assert tables.kaplan_loss(8.8e13) == pytest.approx(1)
    assert tables.kaplan_loss(1e9) == pytest.approx((8.8e13 / 1e9) ** 0.076)
    assert float(N["loss_factor_ten"]) == round(100 * (1 - 10**-0.076))
    halving = float(N["halving_factor"].replace(",", ""))
    assert (halving**-0.076) == pytest.approx(0.5, abs=0.001)


def test_a_power_law_from_small_models_forecasts_the_largest():
    rows = tables.loss()
    seen = rows[rows["params"] <= 1e7].astype({"params": float, "value": float})
    # by the normal equations, not by polyfit
    x, y = np.log(seen["params"].to_numpy()), np.log(seen["value"].to_numpy())
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    largest = float(rows["params"].max())
    forecast = np.exp(y.mean() + slope * (np.log(largest) - x.mean()))
    assert float(N["law_forecast"]) == pytest.approx(forecast, abs=0.006)
    assert abs(forecast / 2.331 - 1) < 0.02 and largest / seen["params"].max() > 100


def test_gpt3_three_digit_addition_as_printed():
    """Brown et al. 2020, Table H.1, row 3D+, few-shot columns from Small to 175B."""
    rows = intro.three_shapes().frame()
    printed = [0.15, 0.45, 0.30, 0.55, 0.75, 0.90, 8.40, 80.4]
    assert (
        rows[rows["panel"] == "arithmetic"]["value"].astype(float) * 100
    ).tolist() == pytest.approx(printed)
    assert (N["add3_67"], N["add3_13"], N["add3_175"], N["add5_175"]) == (
        "0.9",
        "8.4",
        "80.4",
        "9.3",
    )


def test_palm_turns_up_on_hindsight_neglect():
    """McKenzie et al. 2023, Fig. 2: 1B, 8B, 62B, 540B; chance is one half."""
    rows = intro.three_shapes().frame()
    rows = rows[rows["panel"] == "inverse"]
    value = rows["value"].astype(float).tolist()
    assert value == pytest.approx([0.467, 0.200, 0.448, 0.883], abs=5e-4)
    assert value[1] < rows["chance"].iloc[0] < value[3] and set(rows["chance"]) == {0.5}


def test_six_tasks_are_u_shaped_as_in_the_paper():
    """Wei et al. 2023 (2211.02011), abstract: six of eleven tasks U-shaped, four stay inverse, among them prompt injection here."""
    assert N["inverse_u"] == "6"
    assert tables.u_shaped([0.5, 0.2, 0.4, 0.9]) and not tables.u_shaped([0.2, 0.4, 0.45, 0.9])
    assert not tables.u_shaped([0.9, 0.5, 0.3, 0.305])


@pytest.mark.parametrize("quantity", ["addition", "test_loss", "hindsight"])
def test_forecast_is_the_line_through_the_visible_models(quantity):
    figure = intro.forecast_three()
    rows = figure.frame(quantity=quantity).astype({"params": float, "value": float})
    seen = rows[rows["held_back"] == 0]
    A = np.column_stack([np.log10(seen["params"]), np.ones(len(seen))])
    slope, intercept = np.linalg.lstsq(A, seen["value"].to_numpy(), rcond=None)[0]
    told = figure.forecast(quantity=quantity)
    assert told["line"] == pytest.approx(slope * np.log10(rows["params"].max()) + intercept)
    assert told["truth"] == rows.loc[rows["params"].idxmax(), "value"]
    assert (
        rows["held_back"].sum() >= 1
        and seen["params"].max() < rows[rows["held_back"] == 1]["params"].min()
    )


def test_line_misses_addition_and_hindsight_neglect_by_far():
    tell = intro.forecast_three().forecast
    assert tell(quantity="addition")["truth"] - tell(quantity="addition")["line"] > 0.75
    assert tell(quantity="hindsight")["truth"] - tell(quantity="hindsight")["line"] > 0.5


def test_traffic_without_chance_flows_at_the_known_rate():
    """Without random slowdown the stationary flow is min(limit * density, 1 - density) (Nagel & Schreckenberg 1992, sec. 3)."""
    for cars in (10, 20, 25, 50):
        _, speed = ring_road.drive(120, cars, 600, slowdown=0.0, seed=0)
        flow = speed[-120:].sum(axis=1).mean() / 120
        assert flow == pytest.approx(min(5 * cars / 120, 1 - cars / 120))


@pytest.mark.parametrize("cars", [1, 7, 30, 60])
def test_cars_never_collide_nor_overtake(cars):
    position, speed = ring_road.drive(60, cars, 200, slowdown=0.3, seed=4)
    assert all(len(set(row)) == cars for row in position.tolist())
    assert speed.min() >= 0 and speed.max() <= 5
    gap = (np.roll(position, -1, axis=1) - position - 1) % 60
    assert (gap.sum(axis=1) == 60 - cars).all()  # one lap in all: the order is kept
    assert ((position[1:] - position[:-1]) % 60 == speed[1:]).all()


def test_too_many_cars_is_one_sentence():
    with pytest.raises(
        ValueError, match="cars=61 is out of range; a ring of 60 cells holds 1 to 60 cars"
    ):
        ring_road.drive(60, 61, 5, 0.3, seed=0)


def test_jams_appear_between_ten_and_twenty_percent():
    share = {d: ring_road.averages(d)[0] for d in (0.05, 0.1, 0.15, 0.2, 0.4)}
    assert (
        share[0.05] < 0.001
        and share[0.1] < 0.01
        and share[0.15] > 0.1
        and share[0.2] > 0.25
        and share[0.4] > share[0.2]
    )


def test_jam_moves_against_the_traffic():
    """In the last quarter of the default run, where the jam does not cross the ends of the ring, it wanders to the left."""
    rows = intro.traffic().frame()
    standing = rows[(rows["motion"] == "standing") & (rows["step"] >= 45)]
    early, late = (
        standing[standing["step"].between(*span)]["cell"].median() for span in ((45, 48), (57, 60))
    )
    assert early > late + 5 > 30
    assert (rows["motion"] == "standing").mean() == pytest.approx((rows["speed"] == 0).mean())


def test_timeline_marks_estimates_and_keeps_undisclosed_sizes_out():
    compute = intro.timeline().frame(y="train_flops").set_index("model")
    sizes = intro.timeline().frame(y="params").set_index("model")
    assert set(compute[compute["certainty"] == "estimate"].index) >= {
        "GPT-4",
        "Claude 3 Opus",
        "Gemini 1.5 Pro",
        "GPT-3.5",
        "PaLM 2 (large)",
    }
    assert compute.loc["GPT-3 175B", "certainty"] == "as_reported" and compute.loc[
        "GPT-3 175B", "value"
    ] == pytest.approx(3.14e23)
    assert (
        not {"GPT-4", "Claude 2", "Grok-3"} & set(sizes.index)
        and "T0-XXL" not in compute.index
        and "T0-XXL" in sizes.index
    )
    assert (
        sizes.loc["BERT-Large", "group"] == "encoder"
        and sizes.loc["Mamba-2.8B", "group"] == "no_full_attention"
    )
    with pytest.raises(ValueError, match="belongs to none of the groups decoder, encoder_decoder"):
        tables.architecture_group("Hopfield network")


def test_a_date_as_a_number_keeps_year_and_order():
    days = pd.Series(pd.date_range("2019-12-30", "2025-01-02"))
    years = decimal_years(days)
    assert (years.astype(int) == days.dt.year).all() and (years.diff().dropna() > 0).all()
    assert decimal_years(pd.Series(pd.to_datetime(["2023-01-01", "2023-07-02"]))).tolist() == [
        2023.0,
        2023.498,
    ]


def test_prose_about_the_timeline_holds():
    rows = tables.models().set_index("model")
    largest = rows.loc[rows["params"] == rows["params"].max()].iloc[0]
    assert (
        largest["year"] < 2022
        and rows[rows["year"] >= 2022]["params"].max() < rows[rows["year"] < 2022]["params"].max()
    )
    assert rows[rows["group"] == "encoder"]["year"].max() < 2021
    assert rows["train_flops"].idxmax() == "Grok-3"
    assert float(N["flan_lamda"]) == pytest.approx(2.047 / 0.355, abs=0.05)
    assert (
        10 < np.log2(float(N["flops_growth"].replace(",", ""))) < 11
    )  # "a little over ten doublings"


def test_every_number_is_used():
    """A number nobody uses is a leftover."""
    from pathlib import Path

    root = Path(__file__).resolve().parents[1]
    text = (root / "book/index.md").read_text("utf-8") + (
        root / "src/emergence/chapters/introduction/text.en.toml"
    ).read_text("utf-8")
    unused = [
        k
        for k in N
        if f'n["{k}"]' not in text and f"n['{k}']" not in text and "{" + k + "}" not in text
    ]
    assert not unused


def test_the_smallest_palm_saw_far_less_text():
    """McKenzie et al. 2023, Table 3: 0.24, 37, 290 and 2530 times 1e21 FLOPs; 780 billion tokens (Chowdhery et al. 2022)."""
    tokens = [float(N[f"palm_tokens_{size}"]) for size in ("1b", "8b", "540b")]
    assert tokens == pytest.approx([40, 771, 781], abs=0.5)
    assert (N["palm_step_params"], N["palm_step_flops"]) == ("8", "154")


def test_the_line_through_seven_models_is_that_of_the_chapter_on_emergence():
    from emergence.chapters import emergence

    assert N["add3_line_seven"] == emergence.numbers()["add3_175b_line"]


def test_no_dense_model_of_the_table_is_larger_than_palm():
    rows = tables.models()
    rows = rows.assign(params=pd.to_numeric(rows["params"]))
    sparse = rows["moe"].astype(str).str.lower().isin(("true", "1", "yes"))
    largest = rows.sort_values("params", ascending=False)
    assert list(largest["model"][:2]) == ["Switch-C", "GLaM 64B/64E"]
    assert sparse[largest.index[:2]].all() and set(largest["year"][:2].astype(int)) == {2021}
    dense = rows[~sparse].dropna(subset=["params"])
    assert dense.loc[dense["params"].idxmax(), "model"] == "PaLM 540B"
    assert dense[dense["year"] > 2023]["params"].max() < 5e11
