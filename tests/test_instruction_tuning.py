"""Claims of the chapter on instruction tuning, against the papers (literal values carry their locator)."""

import numpy as np
import pytest
from scipy.stats import linregress

from emergence import data, formulas
from emergence.chapters import instruction_tuning as fig
from emergence.chapters.instruction_tuning import feedback, simulations, tuning


def one(rows, column="value", **where):
    for name, wanted in where.items():
        rows = rows[rows[name] == wanted]
    assert len(rows) == 1, (where, len(rows))
    return rows[column].iloc[0]


# --- with and without tuning, by size ---------------------------------------------------------------------------------
def gains(study):
    rows = fig.tuned_by_size().frame(study=study)
    rows = rows[rows["kind"] == "published"].pivot(
        index="params", columns="setting", values="value"
    )
    return (rows["tuned"] - rows["untuned"]).sort_index()


def test_flan_hurts_up_to_8b_and_helps_above():
    gain = gains("flan")
    assert list(gain.index) == [4e8, 2e9, 8e9, 6.8e10, 1.37e11]
    assert (gain[:8e9] < -0.04).all() and (gain[6.8e10:] > 0.1).all()
    rows = fig.tuned_by_size().frame()
    assert one(rows, params=1.37e11, setting="tuned") == pytest.approx(
        0.684
    )  # Wei et al. 2022, Figure 3B
    assert one(rows, params=1.37e11, setting="untuned") == pytest.approx(0.534)


def test_flan_t5_helps_at_every_size():
    rows = fig.tuned_by_size().frame(study="flan_t5")
    assert (gains("flan_t5") > 0.015).all()
    # Chung et al. 2022, Table 5, MMLU direct: T5 80M and 11B, before and after
    for params, setting, value in (
        (8e7, "untuned", 0.267),
        (8e7, "tuned", 0.287),
        (1.1e10, "untuned", 0.259),
        (1.1e10, "tuned", 0.551),
    ):
        assert one(rows, params=params, setting=setting) == pytest.approx(value)


@pytest.mark.parametrize("study, sets", [("bloomz_english", 10), ("bloomz_other", 40)])
def test_bloomz_average_is_the_mean_of_its_test_sets(study, sets):
    raw = data.load("bloomz_mt0_all_results_en_prompts")
    raw = raw[(raw["model"] == "BLOOMZ-176B") & (raw["metric"] == "Median acc.")]
    english = (raw["config"] == "en") | raw["dataset"].isin(
        ["winogrande", "anli", "super_glue", "story_cloze"]
    )
    wanted = raw[english == (study == "bloomz_english")]["value"]
    assert len(wanted) == sets
    rows = fig.tuned_by_size().frame(study=study)
    assert one(rows, params=1.76e11, setting="tuned") == pytest.approx(wanted.mean() / 100)
    chance = one(rows, kind="reference")
    plain = rows[rows["setting"] == "untuned"]["value"]
    assert (abs(plain - chance) < 0.04).all()  # BLOOM stays near guessing at every size
    assert one(rows, params=1.76e11, setting="tuned") - chance > 0.19


def test_forecast_line_recomputed():
    told = fig.tuned_by_size().forecast()
    fit = linregress(
        np.log10([4e8, 2e9, 8e9]), [0.383, 0.411, 0.449]
    )  # Wei et al. 2022, Figure 3B, tuned
    assert told["line"] == pytest.approx(fit.slope * np.log10(1.37e11) + fit.intercept)
    assert told["truth"] == pytest.approx(0.684) and told["line"] < 0.55
    over = fig.tuned_by_size().forecast(study="bloomz_english")
    assert over["line"] > over["truth"] + 0.1  # "overshoots for BLOOMZ"


def test_guessing_levels_follow_from_the_number_of_answers():
    rows = fig.bloomz_panels().frame()
    chance = rows[rows["kind"] == "reference"].set_index("panel")["value"]
    assert len(chance) == 10 and sorted(chance.index[chance < 0.4]) == [
        "anli r1",
        "anli r2",
        "anli r3",
        "super_glue cb",
        "xnli en",
    ]
    assert set(chance.round(3)) == {0.333, 0.5}
    best = (
        rows[(rows["setting"] == "tuned") & (rows["params"] == 1.76e11)].set_index("panel")["value"]
        - chance
    )
    assert (
        best.idxmax() == "story_cloze 2016"
        and best.nsmallest(5).index.str.startswith("anli").sum() == 3
    )


def test_bloomz_groups_hold_every_test_set_once():
    seen = []
    for group in tuning.PANELS:
        rows = fig.bloomz_panels().frame(group=group)
        seen += list(rows["task"].unique())
        sizes = rows[rows["kind"] == "published"].groupby(["panel", "setting"])["params"].nunique()
        assert (sizes == 6).all(), group
    assert len(seen) == len(set(seen)) == 50


# --- tasks and size ---------------------------------------------------------------------------------------------------
def test_flan_palm_draws_table_3_only():
    # Chung et al. 2022, Table 3; the same model has other values in Table 5 (MGSM 57.0) and Table 4
    rows = fig.tasks_and_size().frame(benchmark="mgsm")
    assert one(rows, size="540B", tuning_tasks=1836) == pytest.approx(0.613)
    rows = fig.tasks_and_size().frame()
    assert one(rows, size="540B", tuning_tasks=1836) == pytest.approx(0.585)
    assert one(rows, size="8B", tuning_tasks=0) == pytest.approx(0.064)
    assert fig.tasks_and_size().tables == ["flan2022_table3_num_tasks"]
    table5 = tuning.studies()
    assert not table5["family"].eq("PaLM").any()


def test_more_tasks_help_less_and_less_and_do_not_replace_size():
    rows = fig.tasks_and_size().frame().pivot(index="tuning_tasks", columns="size", values="value")
    for size in rows:
        assert rows[size].is_monotonic_increasing
        assert rows.loc[1836, size] - rows.loc[282, size] < 0.2 * (
            rows.loc[282, size] - rows.loc[0, size]
        )
    assert rows.loc[1836, "8B"] < rows.loc[0, "62B"] and rows.loc[1836, "62B"] < rows.loc[0, "540B"]


def test_chains_alone_raise_stepwise_math_and_lower_direct_mmlu():
    for benchmark, sign in (("mgsm", 1), ("mmlu_direct", -1)):
        rows = fig.tasks_and_size().frame(benchmark=benchmark)
        for size in ("62B", "540B"):
            assert (
                sign * (one(rows, size=size, tuning_tasks=9) - one(rows, size=size, tuning_tasks=0))
                > 0
            ), (benchmark, size)


def test_every_benchmark_has_all_fifteen_cells():
    for benchmark in tuning.BENCHMARKS:
        rows = fig.tasks_and_size().frame(benchmark=benchmark)
        assert len(rows) == 15 and not rows.duplicated(["size", "tuning_tasks"]).any(), benchmark


def test_clusters_help_except_sentiment():
    rows = fig.more_tasks().frame().sort_values("amount")
    assert list(rows["value"]) == pytest.approx(
        [0.499, 0.55, 0.593, 0.592, 0.608, 0.619, 0.635]
    )  # FLAN, Figure 6
    step = rows["value"].diff()
    assert list(rows["added"][step <= 0]) == ["sentiment"]


def test_super_naturalinstructions_tasks_and_size_trade():
    rows = fig.more_tasks().frame(quantity="superni_tasks")
    large, small = (
        one(rows, series="Tk-Instruct, T5-large", amount=757),
        one(rows, series="Tk-Instruct, T5-3B", amount=128),
    )
    assert large == pytest.approx(0.48) and small == pytest.approx(0.484)  # section 7.1
    assert one(rows, series="Tk-Instruct, T5-3B", amount=757) == pytest.approx(0.543)
    assert len(rows) == 3  # the label whose number of tasks is not printed is not drawn


def test_role_of_instructions():
    rows = fig.prompt_elements().frame()
    assert list(rows["value"]) == pytest.approx([0.552, 0.47, 0.466, 0.373])  # FLAN, Figure 8
    assert fig.prompt_elements().frame(study="superni_elements")["value"].max() == pytest.approx(
        0.464
    )  # Table 4


# --- compute ----------------------------------------------------------------------------------------------------------
def test_tuning_share_matches_the_printed_percentages():
    share = (
        fig.compute()
        .frame()
        .dropna(subset=["share"])
        .drop_duplicates("model")
        .set_index("model")["share"]
    )
    printed = data.load("flan2022_table2_compute").set_index("model")[
        "finetune_share_percent_as_printed"
    ]
    for model, percent in printed.drop("Flan-U-PaLM 540B").items():
        assert 100 * share[model] == pytest.approx(percent, abs=0.07), model
    assert share.max() < 0.017
    assert 100 * share["InstructGPT 175B, PPO-ptx stage"] == pytest.approx(
        100 * 60 / 3640
    )  # Ouyang et al. 2022, section 5.1
    assert one(
        fig.compute().frame(),
        "flops",
        model="InstructGPT 175B, SFT stage",
        stage="pretraining",
    ) == pytest.approx(3.14e23, rel=0.01)  # GPT-3, Table D.1
    upalm = fig.compute().frame()
    assert set(upalm[upalm["model"] == "Flan-U-PaLM 540B"]["stage"]) == {"tuning_stage"}


# --- InstructGPT ------------------------------------------------------------------------------------------------------
def test_small_tuned_beats_large_untuned_for_all_raters_and_prompts():
    for raters in feedback.RATERS:
        rows = fig.win_rates().frame(raters=raters)
        small, large = (
            rows[(rows["series"] == s) & (rows["params"] == p)].iloc[0]
            for s, p in (("ppo_ptx", 1.3e9), ("gpt3", 1.75e11))
        )
        assert small["bar_low"] > large["bar_high"], raters
        assert ((rows["value"] >= rows["bar_low"]) & (rows["value"] <= rows["bar_high"]))[
            rows["kind"] == "published"
        ].all()
        assert not (
            (rows["series"] == "sft") & (rows["params"] == 1.75e11)
        ).any()  # the opponent is no measurement


def test_bars_of_one_size_stand_beside_the_size():
    rows = fig.win_rates().frame()
    rows = rows[rows["kind"] == "published"]
    assert (abs(np.log(rows["drawn_params"] / rows["params"])) < 0.2).all()
    assert not rows.duplicated(["params", "drawn_params"]).any()


def test_bradley_terry_predicts_the_direct_matches():
    n = fig.numbers()
    for key, measured, interval in (
        ("gpt", 85, 3),
        ("prompted", 71, 4),
    ):  # Ouyang et al. 2022, section 1
        assert (n[f"direct_{key}"], n[f"direct_{key}_pm"]) == (str(measured), str(interval))
        assert abs(float(n[f"bt_{key}"]) - measured) <= interval
    odds = (
        0.5273 / 0.4727 * 0.7599 / 0.2401
    )  # Figure 1: PPO-ptx 1.3B and GPT-3 175B against SFT 175B
    assert float(n["bt_small"]) == pytest.approx(100 * odds / (1 + odds), abs=0.6)


def test_ratings_order_and_invented_facts():
    likert = fig.ratings().frame().set_index("model")["value"]
    assert list(likert.sort_values().index) == [
        "GPT-3",
        "GPT-3 tuned on T0's data",
        "GPT-3 tuned on FLAN",
        "GPT-3, few-shot prompt",
        "SFT (demonstrations)",
        "PPO-ptx (InstructGPT)",
    ]
    invents = fig.ratings().frame(measure="hallucinates").set_index("model")["value"]
    assert invents["SFT (demonstrations)"] < invents["PPO-ptx (InstructGPT)"] < invents["GPT-3"]


def test_alignment_tax_is_repaired_by_pretraining_text():
    rows = fig.alignment_tax().frame()
    rows = rows[rows["params"] == 1.75e11]
    gpt, ppo, ptx = (one(rows, series=s) for s in ("gpt3", "ppo", "ppo_ptx"))
    assert gpt - ppo > 0.15 and abs(gpt - ptx) < 0.01
    table = data.load(
        "instructgpt_table14_automatic_evals"
    )  # the figure's values against the printed table
    for series, name in (("gpt3", "GPT-3"), ("ppo", "PPO"), ("ppo_ptx", "PPO-ptx")):
        printed = one(table, task="SQuADv2", prompt="few-shot", model=name, params=1.75e11)
        assert 100 * one(rows, series=series) == pytest.approx(printed, abs=0.06), series


def test_a_tuned_model_follows_good_and_bad_instructions():
    rows = fig.automatic_evaluations().frame()
    rows = rows[rows["params"] == 1.75e11].set_index(["series", "prompt"])["value"]
    assert rows["ppo_ptx", "respectful"] == pytest.approx(0.196) and rows[
        "gpt3", "respectful"
    ] == pytest.approx(0.233)  # Ouyang et al. 2022, Table 14
    assert rows["ppo_ptx", "biased"] == pytest.approx(0.400) and rows[
        "gpt3", "biased"
    ] == pytest.approx(0.285)


def test_every_automatic_measure_is_whole_and_inside_its_axis():
    for measure, (_, _, top, _) in feedback.AUTOMATIC.items():
        rows = fig.automatic_evaluations().frame(automatic=measure)
        assert rows.groupby(["series", "prompt"]).size().to_list() == [3] * 12, (
            measure
        )  # four models, three prompts, three sizes
        assert rows["value"].between(0, top).all(), measure
    assert (fig.numbers()["truth_qa_ptx"], fig.numbers()["truth_qa_gpt"]) == (
        "68.9",
        "25.1",
    )  # Table 14, TruthfulQA, true + info


def test_ceiling_of_the_reward_model():
    p = float(fig.numbers()["ceiling"]) / 100
    assert p**2 + (1 - p) ** 2 == pytest.approx(0.726, abs=1e-3)  # Ouyang et al. 2022, section 3.4
    assert float(fig.numbers()["rm_accuracy"]) < 100 * p


# --- summaries --------------------------------------------------------------------------------------------------------
def test_feedback_beats_ten_times_the_size():
    rows = fig.summaries().frame()
    assert (
        one(rows, series="feedback", params=1.3e9)
        > one(rows, series="supervised", params=1.29e10) + 0.1
    )
    models = fig.summaries().frame(shown="reward_models")
    top = models[models["series"] == "64k"].sort_values("params")["value"]
    assert top.iloc[-1] > top.iloc[0] + 0.1
    assert (
        top.max() < models[models["kind"] == "reference"]["value"].min()
    )  # below one person's agreement


def test_preference_peaks_and_falls_while_the_prediction_rises():
    rows = fig.overoptimization().frame().sort_values("kl")
    predicted, actual = (
        rows[rows["series"] == s].set_index("kl")["value"] for s in ("predicted", "actual")
    )
    assert predicted.is_monotonic_increasing
    assert actual.idxmax() == pytest.approx(9.22) and actual.iloc[-1] < actual.iloc[0]


# --- simulations ------------------------------------------------------------------------------------------------------
def test_intervals_of_the_preference_fit_cover_and_shrink():
    widths, covered = {}, []
    for pairs in ("10", "100"):
        for draw in range(1, 9):
            rows = fig.preference_fit().frame(per_pair=pairs, draw=draw).dropna(subset=["bar_low"])
            covered += list(
                (rows["bar_low"] <= rows["true_reward"]) & (rows["true_reward"] <= rows["bar_high"])
            )
            widths.setdefault(pairs, []).append((rows["bar_high"] - rows["bar_low"]).mean())
    assert np.mean(covered) > 0.85
    assert np.mean(widths["10"]) / np.mean(widths["100"]) == pytest.approx(np.sqrt(10), rel=0.15)


def test_tally_holds_every_comparison_once():
    wins = simulations.tally(7, 3)
    assert (np.diag(wins) == 0).all()
    assert ((wins + wins.T)[~np.eye(6, dtype=bool)] == 7).all()


def test_bandit_is_the_exact_optimum():
    reference, worth, score = simulations.bandit(1e-4, 0.5)
    assert (
        reference.sum() == pytest.approx(1)
        and len(reference) == 3722
        and reference[-1] == pytest.approx(1e-4)
    )
    rows = fig.kl_bandit().frame()
    for beta in (2, 0.5):
        part = rows[rows["beta"] == beta].set_index("series")
        # the optimum's value is beta times the log of the normalizing constant
        value = part.loc["proxy", "reward"] - beta * part.loc["proxy", "kl"]
        assert value == pytest.approx(beta * np.log((reference * np.exp(score / beta)).sum()))
        weight = reference * np.exp(score / beta)
        assert part.loc["worth", "reward"] == pytest.approx((weight * worth).sum() / weight.sum())


def test_worth_peaks_only_where_there_is_a_flaw():
    for flaw in simulations.FLAWS:
        for noise in simulations.NOISE:
            rows = fig.kl_bandit().frame(flaw=flaw, noise=noise).sort_values("kl")
            worth, score = (
                rows[rows["series"] == s]["reward"].to_numpy() for s in ("worth", "proxy")
            )
            assert (np.diff(score) > 0).all()
            if flaw == "flaw_none":
                assert (np.diff(worth) > 0).all(), noise
            else:
                assert worth[-1] < worth.max() - 0.5 and worth.max() > 0.2, (flaw, noise)


def test_noise_overstates_by_one_plus_its_variance():
    rows = fig.kl_bandit().frame(flaw="flaw_none", noise="noise_half")
    part = rows[rows["beta"] == 2].set_index("series")[
        "reward"
    ]  # normal qualities: the ratio is (1 + 0.5**2) / 1
    assert part["proxy"] / part["worth"] == pytest.approx(1.25, rel=0.01)


# --- prompts and data -------------------------------------------------------------------------------------------------
def test_search_beats_people_on_its_own_model_only():
    ape = fig.prompt_search().frame()
    assert ape.iloc[0]["origin"] == "found" and ape.iloc[0]["value"] == pytest.approx(
        0.82
    )  # APE, Table 7
    assert one(ape, origin="no_prompt") == pytest.approx(0.177)
    opro = fig.prompt_search().frame(search="opro_gsm8k").set_index("prompt")["value"]
    assert opro["Let's think step by step."] - opro[
        "Let's work this out in a step by step way to be sure we have the right answer."
    ] == pytest.approx(0.13)
    assert opro.idxmax().startswith("Take a deep breath")  # OPRO, Table 1


def test_lima_shares_sum_to_one():
    for judge in ("people", "gpt4_judge"):
        rows = fig.lima().frame(judge=judge)
        assert rows.groupby("opponent")["value"].sum().to_numpy() == pytest.approx(1)
    assert (
        fig.numbers()["lima_davinci"] == "65" and fig.numbers()["lima_gpt4"] == "43"
    )  # LIMA, abstract


def test_unreadable_counts_are_not_drawn():
    tasks, examples = (fig.collections().frame(counted=c) for c in ("n_tasks", "n_instances"))
    assert "Self-Instruct" not in set(tasks["collection"]) and "CrossFit" not in set(
        examples["collection"]
    )
    assert tasks["release"].is_monotonic_increasing


def test_collections_by_writer_leave_out_what_has_no_count():
    rows = fig.collections().frame(counted="n_written")
    assert set(rows["origin"]) == {"by_people", "by_stronger", "by_itself"}
    assert not {"Magicoder", "Phi-1", "PRM800K"} & set(
        rows["collection"]
    )  # no plain count, or reasoning data
    assert (
        one(rows, "amount", collection="LIMA") == 1000
        and one(rows, "origin", collection="Self-Instruct") == "by_itself"
    )
    assert rows["entry"].is_unique and rows["amount"].between(500, 2e8).all()


# --- formulas ---------------------------------------------------------------------------------------------------------
def test_three_answers_of_the_exercise():
    n = fig.numbers()
    weight = np.array([0.7, 0.25 * np.e, 0.05 * np.e**2])
    assert [n[f"three_1_{i}"] for i in range(3)] == [f"{w:.2f}" for w in weight / weight.sum()]
    limit = formulas.kl_optimal_policy([0.7, 0.25, 0.05], [0, 1, 2], 0.01)
    assert formulas.kl_divergence(limit, [0.7, 0.25, 0.05]) == pytest.approx(np.log(20), abs=1e-6)
