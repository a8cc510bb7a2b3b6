"""Claims of the chapter that looks ahead: its numbers against the sources, its sentences against the frames."""

import re
from pathlib import Path

import numpy as np
import pytest

from emergence.chapters import outlook
from emergence.chapters.outlook import tables

CHAPTER = Path(__file__).parents[1] / "book" / "outlook.md"


@pytest.fixture(scope="module")
def n():
    return outlook.numbers()


# Each value was typed from the source, not read from the data: number of the prose, printed value, where it is printed.
PRINTED = [
    ("distill15_aime", "28.9", "DeepSeek-AI 2025, Table 5"),
    ("distill32_aime", "72.6", "Table 5"),
    ("gpt4o_aime", "9.3", "Table 5"),
    ("distill15_gpqa_d", "33.8", "Table 5"),
    ("gpt4o_gpqa_d", "49.9", "Table 5"),
    ("rl32_aime", "47.0", "Table 6"),
    ("qwq_aime", "50.0", "Table 6"),
    ("gain_aime", "40.6", "Table 4: 79.8 - 39.2"),
    ("gain_code", "29.7", "Table 4: 65.9 - 36.2"),
    ("gain_swe", "7.2", "Table 4: 49.2 - 42.0"),
    ("gain_mmlu", "2.3", "Table 4: 90.8 - 88.5"),
    ("gain_gpqa_d", "12.4", "Table 4: 71.5 - 59.1"),
    ("aime_32b_base_last", "90.0", "Yue 2025, Figure 2: 27 of 30"),
    ("aime_32b_rl_last", "83.3", "Figure 2: 25 of 30"),
    ("chinchilla_ratio", "20", "Hoffmann 2022, Table 1: 1.4e12 / 7e10"),
    ("gpt3_ratio", "1.7", "Table 1: 3e11 / 1.75e11"),
]


@pytest.mark.parametrize(("key", "printed", "locator"), PRINTED, ids=[p[0] for p in PRINTED])
def test_numbers_of_the_prose_are_those_of_the_sources(n, key, printed, locator):
    assert n[key] == printed, locator


def test_every_number_the_chapter_asks_for_exists(n):
    asked = re.findall(r'\{eval\}`n\["([^"]+)"\]`', CHAPTER.read_text("utf-8"))
    assert len(asked) > 50 and set(asked) <= set(n)


# --- smallest model ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("score", [0.4, 0.5, 0.6, 0.7])
def test_frontier_is_a_record_list(score):
    """Every record reaches the score, is smaller than all records before it, and no dated model is both earlier and smaller."""
    rows, best = tables.mmlu(), tables.frontier(tables.mmlu(), score)
    reach = rows[rows["value"] >= score]
    assert (
        (best["value"] >= score).all()
        and best["params"].is_monotonic_decreasing
        and best["year"].is_monotonic_increasing
    )
    for record in best.to_dict("records"):
        assert not ((reach["year"] <= record["year"]) & (reach["params"] < record["params"])).any()
    assert best["params"].min() == reach["params"].min()


def test_half_of_mmlu_took_llama_30b_and_then_qwen2(n):
    assert (n["reach_50_first"], n["reach_50_first_size"], n["reach_50_first_date"]) == (
        "llama-30b",
        "32.5",
        "2023-02",
    )
    assert (n["reach_50_last"], n["reach_50_last_size"], n["reach_50_last_date"]) == (
        "Qwen2-1.5B",
        "1.5",
        "2024-06",
    )
    assert n["reach_50_factor"] == f"{32.5 / 1.5:.0f}" and n["reach_50_months"] in ("15", "16")


def test_dates_are_those_of_the_named_entries():
    """No family takes the date of another one's entry: names share a word, and unnamed families are absent."""
    for family, entry in tables.RELEASED.items():
        word = re.split(r"[\d./_\- ]", family.split("/")[-1].lower())[0]
        assert word in entry.lower().replace(" ", ""), (family, entry)
    assert not set(tables.mmlu()["family"]) & {
        "Mixtral",
        "Jamba",
        "DeepSeek-V2",
        "InternLM2",
        "OpenLlama",
    }
    assert not tables.mmlu()["model"].str.contains("A14B|Nemo|0424").any()


# --- harder tests ----------------------------------------------------------------------------------------------------------
def test_same_size_other_family(n):
    rows = outlook.harder().frame().set_index("model")["value"]
    assert rows["Llama-2-70b-hf"] < 0.03 < 0.15 < rows["Meta-Llama-3-70B"]
    assert rows["Qwen2-1.5B"] > 2 * rows["Llama-2-70b-hf"]
    assert int(n["hard_below"]) == (rows < 0.05).sum() > 0.75 * len(rows)


def test_straight_line_of_predict_first(n):
    x, y = (
        np.log10([5e8, 1.8e9, 4e9, 7e9]),
        np.array([0.004532, 0.022659, 0.024169, 0.044562]),
    )  # Qwen1.5, Ruan et al. 2024
    slope = ((x - x.mean()) @ (y - y.mean())) / ((x - x.mean()) @ (x - x.mean()))
    line = y.mean() + slope * (np.log10(1.1e11) - x.mean())
    told = outlook.harder().forecast()
    assert told["line"] == pytest.approx(line, abs=1e-5) and told["truth"] == pytest.approx(
        0.230363, abs=1e-6
    )
    assert n["math_hard_line"] == f"{100 * line:.1f}"


def test_most_models_guess_on_gpqa():
    rows = outlook.harder().frame(task="gpqa")
    measured = rows[rows["kind"] == "published"]["value"]
    assert rows[rows["kind"] == "reference"]["value"].tolist() == [0.25]
    assert measured.median() < 0.28 and measured.max() > 0.38


def test_mixtures_of_experts_are_left_out():
    for rows in (tables.leaderboard(), tables.mmlu(), tables.truthfulness()):
        assert not rows["model"].str.contains("Mixtral|Jamba|moe|A14B", regex=True).any()


# --- other routes ------------------------------------------------------------------------------------------------------------
def test_small_distilled_model_beats_gpt4o_on_aime_and_not_on_gpqa():
    def at(bench):
        rows = outlook.distilled().frame(benchmark=bench)
        small = rows[(rows["model_series"] == "distill_qwen") & (rows["params"] == 1.5e9)][
            "value"
        ].item()
        return small, rows[rows["kind"] == "reference"]["value"].item()

    assert (
        at("AIME 2024")[0] > 3 * at("AIME 2024")[1]
        and at("GPQA Diamond")[0] < at("GPQA Diamond")[1] - 0.1
    )


def test_distilled_points_are_drawn_once():
    for bench in ("AIME 2024", "MATH 500", "GPQA Diamond", "LiveCodeBench"):
        rows = outlook.distilled().frame(benchmark=bench)
        assert (
            rows["model"].is_unique and len(rows) == 9
        )  # six distilled models, two others at 32 billion, GPT-4o


@pytest.mark.parametrize("bench", ["AIME24", "MATH500"])
@pytest.mark.parametrize("model", ["Qwen-2.5-7B", "Qwen-2.5-14B", "Qwen-2.5-32B", "LLaMA-3.1-8B"])
def test_reinforcement_learning_leads_at_one_attempt_and_trails_at_many(bench, model):
    wide = (
        outlook.sampled()
        .frame(benchmark=bench, base_model=model)
        .pivot(index="k", columns="training", values="value")
    )
    gap = wide["rl"] - wide["base"]
    assert gap.loc[1] > 0 > gap.iloc[-1]
    assert (np.diff(np.sign(gap)) != 0).sum() == 1  # they cross once


def test_blind_guessing_in_1024_attempts(n):
    assert n["blind"] == f"{100 * (1 - 0.999**1024):.0f}" == "64" and n["blind_solved"] == "19"


# --- risks, applications -----------------------------------------------------------------------------------------------------
def test_truthfulness_falls_with_size_in_old_families_and_rises_in_new_ones():
    rows = outlook.truthful().frame()
    trend = {
        f: np.polyfit(np.log(g["params"]), g["value"], 1)[0] for f, g in rows.groupby("family")
    }
    assert all(trend[f] < 0 for f in tables.OLD) and all(trend[f] > 0 for f in tables.NEW)
    assert set(outlook.truthful().frame(families="old")["family"]) == set(tables.OLD)


def test_reasoning_gains_are_largest_where_steps_can_be_checked():
    wide = outlook.reasoning().frame().pivot(index="task", columns="model", values="value")
    gain = (wide["DeepSeek-R1"] - wide["DeepSeek-V3"]).sort_values()
    assert list(gain.index[-2:]) == ["LiveCodeBench", "AIME 2024"] and gain.index[0] == "MMLU"
    assert gain["SWE-bench Verified"] < 0.1
