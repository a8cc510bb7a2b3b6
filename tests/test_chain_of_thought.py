"""Claims of the chapter on chain of thought: its numbers against the papers, its sentences against the frames."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from emergence import formulas
from emergence.chapters import chain_of_thought as chapter
from emergence.chapters.chain_of_thought import facts, tables
from emergence.chart import percent

CHAPTER = Path(__file__).parents[1] / "book" / "chain-of-thought.md"


@pytest.fixture(scope="module")
def n():
    return chapter.numbers()


# Each value was typed from the paper, not read from the data: number of the prose, printed value, where it is printed.
PRINTED = [
    ("gpt3_standard", "15.6", "Wei 2022 (CoT), Table 2, GPT 175B, GSM8K"),
    ("gpt3_chain_of_thought", "46.9", "same"),
    ("gpt3_small_standard", "4.0", "same, 6.7B"),
    ("gpt3_small_chain_of_thought", "2.4", "same, 6.7B"),
    ("palm_standard", "17.9", "same, PaLM 540B"),
    ("palm_chain_of_thought", "56.9", "same, PaLM 540B"),
    ("palm_small_chain_of_thought", "4.1", "same, PaLM 8B"),
    ("palm_mid_chain_of_thought", "29.9", "same, PaLM 62B"),
    ("lamda_chain_of_thought", "14.3", "same, LaMDA 137B"),
    ("codex_chain_of_thought", "63.1", "same, Codex"),
    ("finetuned", "55", "Wei 2022, Table 1, prior best (Cobbe 2021)"),
    ("csqa_gpt3_standard", "79.5", "Wei 2022, Table 4"),
    ("csqa_gpt3_chain_of_thought", "73.5", "Wei 2022, Table 4"),
    ("words2_540B_chain_of_thought", "99.4", "Wei 2022, Table 5"),
    ("words3_540B_chain_of_thought", "94.8", "Wei 2022, Table 5"),
    ("words4_540B_chain_of_thought", "63.0", "Wei 2022, Table 5"),
    ("words4_62B_chain_of_thought", "13.4", "Wei 2022, Table 5"),
    ("calc_palm_GSM8K_with", "58.6", "Wei 2022, Table 1, external calculator"),
    ("calc_ul2_MAWPS_without", "19.1", "same"),
    ("calc_ul2_MAWPS_with", "42.7", "same"),
    ("equation_GSM8K", "5.4", "Wei 2022, Table 6"),
    ("dots_GSM8K", "6.4", "Wei 2022, Table 6"),
    ("after_GSM8K", "6.1", "Wei 2022, Table 6"),
    ("equation_ASDiv", "45.9", "Wei 2022, Table 6"),
    ("robust_low", "11.1", "Wei 2022, Table 6, concise style"),
    ("robust_high", "17.6", "Wei 2022, Table 6, annotator C"),
    ("coin_c", "71.4", "Wei 2022, Table 7"),
    ("coin_c_std", "11.1", "Wei 2022, Table 7"),
    ("zs_td2_zero_shot", "17.7", "Kojima 2022, Table 1, MultiArith"),
    ("zs_td2_zero_shot_cot", "78.7", "Kojima 2022, Table 1, MultiArith"),
    ("zs_davinci_zero_shot_cot", "19.0", "Kojima 2022, Table 26"),
    ("zs_davinci_few_shot_cot", "44.3", "Kojima 2022, Table 26"),
    ("zs_palm540_zero_shot_cot", "43.0", "Kojima 2022, Table 2"),
    ("trigger_restaurant", "17.5", "Kojima 2022, Table 4"),
    ("sc_gsm8k_palm_chain_of_thought", "56.5", "Wang 2022, Table 2"),
    ("sc_gsm8k_palm_self_consistency", "74.4", "Wang 2022, Table 2"),
    ("sc_gsm8k_lamda_chain_of_thought", "17.1", "Wang 2022, Table 2"),
    ("sc_gsm8k_ul2_self_consistency", "7.3", "Wang 2022, Table 2"),
    ("letters_cot_12", "31.8", "Zhou 2022, Table 4"),
    ("letters_ltm_12", "74.0", "Zhou 2022, Table 4"),
    ("gsm8k_cot_2", "76.7", "Zhou 2022, Table 12: 76.68"),
    ("gsm8k_cot_5", "39.1", "Zhou 2022, Table 12: 39.07"),
    ("mgsm_palm_SW_native_cot", "35.2", "Shi 2022, Table 3"),
    ("mgsm_palm_AVG_native_cot", "48.1", "Shi 2022, Table 3"),
    ("mgsm_gpt3_TE_native_cot", "0.4", "Shi 2022, Table 3"),
    ("bbh_codex_chain_above", "17", "Suzgun 2022, abstract"),
    ("r1_start", "15.6", "DeepSeek-AI 2025, section 2.2"),
    ("r1_vote", "86.7", "DeepSeek-AI 2025, section 2.2"),
    ("aime_r1", "79.8", "DeepSeek-AI 2025, Table 4"),
    ("s1", "56.7", "Muennighoff 2025, Table 1"),
    ("s1_base", "26.7", "Muennighoff 2025, Table 1"),
]


@pytest.mark.parametrize(("key", "printed", "locator"), PRINTED, ids=[p[0] for p in PRINTED])
def test_numbers_of_the_prose_are_those_of_the_papers(n, key, printed, locator):
    assert n[key] == printed, locator


def test_cells_that_no_sentence_tells():
    assert facts.gsm8k("LaMDA 137B", "standard") == "6.5"  # Wei 2022, Table 2
    score = chapter.trigger_phrases().frame().set_index("trigger")["value"]
    assert score["By using the fact that the earth is round,"] == 0.093  # Kojima 2022, Table 4
    letters = facts.observed("last_letter_concatenation", "chain_of_thought", 4)
    assert percent(letters) == "84.2"  # Zhou 2022, Table 4


def test_means_over_big_bench_hard():
    """Suzgun 2022: Table 2 and abstract; PaLM's mean is recomputed, the paper prints 63.3."""
    rows = tables.bbh_levels().pivot_table(
        index="task", columns=["setting", "model"], values="value"
    )
    codex, palm = "code-davinci-002", "PaLM 540B"
    assert percent(rows["answer_only", codex].mean()) == "56.6"
    assert percent(rows["chain_of_thought", codex].mean()) == "73.9"
    assert percent(rows["chain_of_thought", palm].mean()) == "65.2"
    people = rows["human_avg", "average human rater"]
    assert (rows["chain_of_thought", palm] > people).sum() == 10


def test_every_number_the_chapter_asks_for_exists(n):
    asked = re.findall(r'\{eval\}`n\["([^"]+)"\]`', CHAPTER.read_text("utf-8"))
    assert len(asked) > 100
    assert set(asked) <= set(n)


# --- the signature figure ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("family", "visible", "target", "truth"),
    [
        ("GPT-3", {3.5e8: 0.5, 1.3e9: 0.5, 6.7e9: 2.4}, 1.75e11, 46.9),  # Wei 2022, Table 2
        ("LaMDA", {4.2e8: 0.4, 2e9: 1.9, 8e9: 1.6, 6.8e10: 8.2}, 1.37e11, 14.3),
        ("PaLM", {8e9: 4.1, 6.2e10: 29.9}, 5.4e11, 56.9),
    ],
)
def test_straight_line_of_predict_first(family, visible, target, truth):
    x, y = np.log10(list(visible)), np.array(list(visible.values()))
    slope = ((x - x.mean()) @ (y - y.mean())) / (
        (x - x.mean()) @ (x - x.mean())
    )  # least squares, written out
    line = y.mean() + slope * (math.log10(target) - x.mean())
    forecast = chapter.gsm8k_by_scale().forecast(family=family)
    assert (forecast["x"], 100 * forecast["truth"]) == pytest.approx((target, truth))
    assert 100 * forecast["line"] == pytest.approx(line, abs=1e-9)
    assert forecast["line"] == pytest.approx(line / 100)


def test_the_line_fails_for_gpt3_and_nearly_holds_for_palm():
    miss = {f: chapter.gsm8k_by_scale().forecast(family=f) for f in tables.FAMILIES}
    assert miss["GPT-3"]["truth"] - miss["GPT-3"]["line"] > 0.4
    assert abs(miss["PaLM"]["truth"] - miss["PaLM"]["line"]) < 0.005


@pytest.mark.parametrize("family", ["GPT-3", "LaMDA"])
def test_below_ten_billion_parameters_steps_hurt_on_gsm8k_and_at_the_top_they_help(family):
    wide = (
        chapter.gsm8k_by_scale()
        .frame(family=family)
        .pivot_table(index="params", columns="setting", values="value")
    )
    gain = wide["chain_of_thought"] - wide["standard"]
    assert (gain[gain.index < 1e10] < 0).all()
    assert (gain[gain.index > 6e10] > 0).all()


# --- all tasks ---------------------------------------------------------------------------------------------------------
def test_compute_is_joined_by_nearest_size_and_nothing_else(n):
    rows = tables.wei().drop_duplicates("model").set_index("model")["train_flops"]
    assert (
        rows["LaMDA 68B"] == 1.2e23
        and rows["LaMDA 2B"] == 1.72e21
        and rows["LaMDA 420M"] == 4.08e20
    )  # 69B, 2.1B and 453M in Wei 2022 (emergence), Table 2
    assert rows["PaLM 540B"] == 2.53e24 and rows["GPT-3 175B"] == 3.14e23
    assert math.isnan(rows["UL2 20B"]) and math.isnan(rows["Codex"])


def test_the_sign_of_the_gain_changes_between_1e22_and_1e23_flops(n):
    rows = chapter.gain_by_scale().frame()
    rows = rows[rows["kind"] == "published"]
    assert np.allclose(rows["gain"], rows["chain_of_thought"] - rows["standard"])
    low, high = rows[rows["train_flops"] <= 1e22]["gain"], rows[rows["train_flops"] > 1e23]["gain"]
    assert (low < 0).mean() > 0.6 and low.mean() < 0
    assert (high > 0).mean() > 0.85 and high.mean() > 0.15
    assert (n["low_worse"], n["low_n"]) == (str((low < 0).sum()), str(len(low)))


def test_mawps_mean_is_not_counted_beside_its_subsets():
    tasks = set(tables.gains()["task"])
    assert (
        "MAWPS" not in tasks and {"SingleOp (one operation)", "MultiArith (several steps)"} <= tasks
    )


def test_more_steps_gain_more(n):
    rows = chapter.tasks_by_scale().frame(task_group="mawps_subsets", family="PaLM")
    wide = rows[rows["params"] == 5.4e11].pivot_table(
        index="task", columns="setting", values="value"
    )
    gain = wide["chain_of_thought"] - wide["standard"]
    assert abs(gain["SingleOp"]) < 0.005 and gain["MultiArith"] > 0.5


def test_explorer_marks_what_was_not_tested():
    rows = chapter.tasks_by_scale().frame(task_group="symbolic", family="GPT-3")
    assert set(rows["kind"]) == {"reference"} and set(rows["value"]) == {0.5}


# --- BBH ---------------------------------------------------------------------------------------------------------------
def test_bbh_mean_is_recomputed_from_the_tasks_of_the_frames():
    figure = chapter.bbh_by_size()
    tasks = [figure.frame(task=t) for t in tables.BBH_SHARED]
    for row in figure.frame().to_dict("records"):
        same = [
            t[
                (t["model"] == row["model"])
                & ((t["setting"] == row["setting"]) | (t["kind"] == "reference"))
            ]["value"].item()
            for t in tasks
        ]
        assert row["value"] == pytest.approx(np.mean(same)), row["model"]


def test_bbh_crossing_lies_further_right_for_flan_palm():
    def gain(family, params):
        rows = chapter.bbh_by_size().frame(family=family)
        rows = rows[rows["params"] == params].set_index("setting")["value"]
        return rows["chain_of_thought"] - rows["answer_only"]

    assert gain("PaLM", 8e9) < 0 < gain("PaLM", 6.2e10)
    assert gain("Flan-PaLM", 6.2e10) < 0 < gain("Flan-PaLM", 5.4e11)


# --- ablations, steps ----------------------------------------------------------------------------------------------------
def test_every_reduced_chain_loses_the_gain_and_every_other_author_keeps_most_of_it():
    rows = chapter.ablations().frame(task="GSM8K").set_index("setting")
    standard, chain = (
        rows.loc["Standard prompting", "value"],
        rows.loc["Chain of thought prompting", "value"],
    )
    assert (rows[rows["prompt_part"] == "ablation"]["value"] <= standard).all()
    assert (rows[rows["prompt_part"] == "robustness"]["value"] > (standard + chain) / 2).all()


def test_steps_dial_is_the_product_of_its_steps():
    rows = chapter.steps_dial().frame(step_accuracy=0.8, n_steps=7)
    chain = rows[rows["drawn"] == "chain"].set_index("n_steps")["value"]
    product = 1.0
    for k in range(1, 21):
        product *= 0.8
        assert chain[k] == pytest.approx(product)
    assert rows[rows["drawn"] == "reader"]["value"].item() == pytest.approx(0.8**7)
    needed = rows[rows["drawn"] == "half"]["step_accuracy"].item()
    assert needed**7 == pytest.approx(0.5)


def test_step_accuracy_is_constant_on_gsm8k_and_falls_on_last_letters():
    figure = chapter.steps_observed()
    gsm8k = figure.frame(task="GSM8K by required steps")
    gsm8k = gsm8k[
        (gsm8k["setting"] == "chain_of_thought")
        & (gsm8k["kind"] == "published")
        & (gsm8k["n_steps"] < 5)
    ]
    roots = gsm8k["value"] ** (1 / gsm8k["n_steps"])
    assert len(roots) == 3 and np.ptp(roots) < 0.003
    words = figure.frame(task="last_letter_concatenation")
    words = words[
        (words["setting"] == "chain_of_thought") & (words["kind"] == "published")
    ].sort_values("n_steps")
    assert np.all(np.diff(words["value"] ** (1 / words["n_steps"])) < 0)


def test_fit_leaves_the_open_ended_bin_out():
    rows = chapter.steps_observed().frame(task="GSM8K by required steps")
    p = rows[(rows["kind"] == "fit") & (rows["setting"] == "chain_of_thought")][
        "step_accuracy"
    ].iloc[0]
    k, y = np.array([2, 3, 4]), np.log([0.7668, 0.6729, 0.5939])  # Zhou 2022, Table 12
    grid = np.linspace(0.85, 0.9, 50001)
    assert p == pytest.approx(
        grid[((np.log(grid)[:, None] * k - y) ** 2).sum(1).argmin()], abs=2e-6
    )


# --- later models --------------------------------------------------------------------------------------------------------
def test_threshold_moved_with_the_data():
    rows = chapter.open_models().frame(task="GSM8K").set_index("model")
    assert rows.loc["opt-66b", "gain"] < 0 < 0.3 < rows.loc["Qwen1.5-1.8B", "gain"]
    assert (rows[rows["family"] == "Pythia"]["gain"] < 0.02).all()
    assert not set(rows["family"]) & {"Mixtral", "DeepSeek-V2", "Jamba"}
    assert rows.index.is_unique


def test_more_code_after_the_fact_does_not_raise_word_problems():
    rows = chapter.open_models().frame(task="GSM8K").set_index("model")["chain_of_thought"]
    for size in ("7b", "13b", "70b"):
        assert rows[f"CodeLlama-{size}-hf"] < rows[f"Llama-2-{size}-hf"]


def test_vote_helps_less_than_one_uniform_probability_would(n):
    vote = formulas.majority_vote(0.565, 40)  # Wang 2022, Table 2, PaLM-540B
    assert (
        n["vote_40"] == f"{100 * vote:.1f}"
        and float(n["sc_gsm8k_palm_self_consistency"]) < 100 * vote
    )
    assert formulas.majority_vote(0.041, 40) < 1e-6  # UL2 would fall to nothing; it rises


def test_error_of_the_straight_line(n):
    se8, se62 = math.sqrt(0.041 * 0.959 / 1319), math.sqrt(0.299 * 0.701 / 1319)
    reach = math.log(540 / 8) / math.log(62 / 8)
    assert n["line_error"] == f"{100 * math.hypot(reach * se62, (reach - 1) * se8):.1f}"


def test_r1_zero_frame_has_the_human_line_and_lengths():
    rows = chapter.r1_zero().frame()
    assert rows[rows["kind"] == "reference"]["value"].tolist() == [0.378]
    best = rows[rows["metric"] == "pass@1"]["value"].max()
    assert best == pytest.approx(0.7771)  # the plot; the text says 77.9 %
    lengths = chapter.r1_zero().frame(measure="response_length").sort_values("rl_step")["value"]
    assert lengths.iloc[-1] > 20 * lengths.iloc[0]
