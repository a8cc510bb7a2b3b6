"""Claims of the figures of the chapter on emergence, against the papers (literal values carry their locator)."""

import numpy as np
import pytest

from emergence import data, formulas
from emergence.chapters import emergence as fig
from emergence.chapters.emergence import lenses, tables, wei


def one(rows, column="value", **where):
    for name, wanted in where.items():
        rows = rows[rows[name] == wanted]
    assert len(rows) == 1, (where, len(rows))
    return rows[column].iloc[0]


# --- Wei et al. 2022 --------------------------------------------------------------------------------------------------
def test_few_shot_panels_hold_the_papers_points_at_nominal_sizes():
    rows = fig.few_shot_panels().frame()
    points = rows[rows["kind"] == "published"]
    assert points.groupby("panel").size().to_dict() == {
        "2A": 21,
        "2B": 21,
        "2C": 13,
        "2D": 23,
        "2E": 7,
        "2F": 5,
        "2G": 12,
        "2H": 15,
    }
    # Wei et al. 2022, Figure 2; compute from their Table 2
    for panel, model, flops, score in (
        ("2A", "GPT-3 13B", 2.31e22, 0.087),
        ("2A", "LaMDA 69B", 1.2e23, 0.076),
        ("2D", "PaLM 540B", 2.53e24, 0.453),
        ("2F", "GPT-3 175B", 3.14e23, 0.45),
        ("2H", "PaLM 540B", 2.53e24, 0.632),
    ):
        assert one(points, panel=panel, model=model) == pytest.approx(score)
        assert one(points, "train_flops", panel=panel, model=model) == pytest.approx(flops)
    # slips of the paper: the points stand where the model belongs, and the row says so
    assert (
        one(points, "params", panel="2D", model="GPT-3 13B") == 1.3e10
    )  # drawn at 29B in Figure 11
    assert (
        one(points, "train_flops", panel="2E", model="GPT-3 350M") == 6.41e20
    )  # drawn at 4.77e21 in Figure 2
    assert (
        one(points, "train_flops", panel="2G", model="Chinchilla 7.1B") == 8.47e21
    )  # drawn at Gopher's compute
    assert "29" in one(points, "flag_note", panel="2D", model="GPT-3 13B") or "2.9" in one(
        points, "flag_note", panel="2D", model="GPT-3 13B"
    )


def test_every_panel_starts_at_chance_and_ends_above_it_for_one_family():
    rows = fig.few_shot_panels().frame()
    for panel, part in rows.groupby("panel"):
        chance = one(part, kind="reference")
        models = part[part["kind"] == "published"].sort_values("train_flops")
        below = models[models["train_flops"] < 1e22]
        assert (below["value"] - chance).max() < 0.045, panel
        assert models["value"].max() - chance > 0.12, panel


def test_techniques_hurt_small_models_and_help_large_ones():
    rows = (
        fig.augmented_prompting_panels()
        .frame()
        .pivot(index=["panel", "params"], columns="technique", values="value")
    )
    gain = (rows["with_technique"] - rows["without_technique"]).unstack(0)
    for panel in ("3A", "3B", "3C"):
        ordered = gain[panel].dropna().sort_index()
        assert ordered.iloc[0] < 0 < ordered.iloc[-1], panel
    error = gain["3D"].dropna().sort_index()  # an error: lower is better
    assert error.loc[1.2e10] > 0 > error.loc[5.2e10]
    assert rows.loc[("3B", 1.37e11)].round(3).to_dict() == {
        "with_technique": 0.684,
        "without_technique": 0.534,
    }  # Figure 3B


def test_ladder_is_table_1_in_order():
    rows = fig.ladder().frame()
    assert len(rows) == 22 and rows["train_flops"].is_monotonic_increasing
    assert rows["setting"].value_counts().to_dict() == {
        "augmented_prompting": 13,
        "few_shot_prompting": 9,
    }
    assert one(rows, "train_flops", task="Addition/subtraction (3 digit)") == 2.3e22  # Table 1
    assert (rows["model"].iloc[0], rows["model"].iloc[-1]) == ("LaMDA 40M", "PaLM 540B")
    palm = fig.ladder().frame(abilities="PaLM", x="params")
    assert (
        set(palm["family"]) == {"PaLM"}
        and len(palm) == 3
        and palm["params"].is_monotonic_increasing
    )


def test_loss_falls_while_the_error_stands_still():
    rows = fig.error_vs_cross_entropy().frame(task="ipa_transliterate")
    small = rows[rows["params"] <= 2.9e10].sort_values("train_flops")
    error = small[small["loss_curve"] == "error_rate"]["value"]
    loss = small[small["loss_curve"] == "cross_entropy_loss"]["value"]
    assert error.min() >= 99 and error.max() - error.min() < 1  # Figure 5, percent
    assert (
        loss.iloc[0] == 11.6
        and loss.iloc[-1] == pytest.approx(7.89)
        and loss.is_monotonic_decreasing
    )
    assert one(rows, loss_curve="error_rate", model="LaMDA 137B") == pytest.approx(77.49)
    assert one(
        fig.error_vs_cross_entropy().frame(task="logical_arguments"), kind="reference"
    ) == pytest.approx(80)  # five options


# --- GPT-3 ------------------------------------------------------------------------------------------------------------
def test_gpt3_addition_and_its_forecast():
    figure = fig.gpt3_arithmetic()
    rows = figure.frame(task="3D+")
    few = rows[rows["setting"] == "few_shot"].sort_values("params")["value"]
    np.testing.assert_allclose(
        few, [0.0015, 0.0045, 0.003, 0.0055, 0.0075, 0.009, 0.084, 0.804]
    )  # Brown et al. 2020, Table H.1
    hint = figure.forecast()
    x = np.log10([1.25e8, 3.5e8, 7.6e8, 1.3e9, 2.7e9, 6.7e9, 1.3e10])
    design = np.vstack([x, np.ones(7)]).T
    slope, intercept = np.linalg.solve(design.T @ design, design.T @ few.iloc[:7].to_numpy())
    assert hint["line"] == pytest.approx(slope * np.log10(1.75e11) + intercept)
    assert hint["truth"] == pytest.approx(0.804) and hint["line"] < 0.08
    hidden = rows[rows[hint["column"]] > hint["beyond"]]
    assert set(hidden["model"]) == {"GPT-3 175B"} and len(hidden) == 3


# --- one task, two metrics --------------------------------------------------------------------------------------------
def test_exact_match_is_zero_where_bleu_already_grows():
    rows = fig.metric_lens().frame(answers="open_ipa")
    wide = rows.pivot(index="model", columns="metric", values="value")
    assert len(wide) == 60 and not wide.isna().any(axis=None)  # the same models under both
    zero = wide[wide["exact_match"] == 0]
    assert len(zero) == 30 and (zero["bleu"] > 0).all()
    flops = rows.drop_duplicates("model").set_index("model")["train_flops"]
    assert zero["bleu"].corr(flops[zero.index], method="spearman") == pytest.approx(
        0.49, abs=0.005
    )  # progress below zero
    assert flops[zero.index].max() < 2.3e22 < flops[wide[wide["exact_match"] > 0.02].index].min()
    # Wei et al. 2022, Figure 7: LaMDA's exact match on the same task is 0 at every size, its BLEU 22.5 at 137B
    lamda = fig.metric_lens().frame(answers="lamda_ipa", y_scale="linear_axis")
    assert lamda[lamda["metric"] == "exact_match"]["value"].max() == 0
    assert one(lamda, metric="bleu", model="LaMDA 137B") == pytest.approx(0.225)


def test_number_of_items_fits_all_but_two_models():
    exact = lenses.ipa()[lambda r: r["metric"] == "exact_match"]
    whole = np.isclose(
        exact["value"] * lenses.IPA_ITEMS, (exact["value"] * lenses.IPA_ITEMS).round(), atol=1e-6
    )
    assert set(exact.loc[~whole, "model"]) == {"Qwen-72B", "Qwen1.5-72B"}
    assert formulas.items_behind(exact.loc[whole, "value"]) == lenses.IPA_ITEMS


def test_four_lenses_each_change_the_view():
    figure = fig.four_lenses()
    full = figure.frame()
    small = figure.frame(test_items="30")
    assert one(small, kind="reference") == pytest.approx(1 - 0.05 ** (1 / 30))

    def width(rows):
        return (rows["wilson_high"] - rows["wilson_low"]).dropna()

    assert (width(small).to_numpy() > width(full).to_numpy()).all()
    lost = [
        (rows["at_test_size"] == "below_resolution").sum()
        for rows in (full, figure.frame(test_items="100"), small)
    ]
    assert lost == [33, 44, 49]
    bleu = figure.frame(metric="partial_credit")
    assert bleu["wilson_low"].isna().all() and (bleu["kind"] == "published").all()
    ranks = {
        x: figure.frame(x=x)[lambda r: r["kind"] == "published"]
        .dropna(subset=["train_flops"])[[x, "value"]]
        .corr("spearman")
        .iloc[0, 1]
        for x in ("params", "train_flops", "mmlu")
    }
    assert ranks["params"] < ranks["mmlu"] < ranks["train_flops"]  # 0.79, 0.85, 0.92
    known = figure.frame(x="lambada_perplexity")
    assert set(known["family"].dropna()) == {"Pythia", "OPT", "BLOOM"}
    assert one(known, "lambada_perplexity", model="opt-66b") == pytest.approx(
        3.2878, abs=1e-4
    )  # Biderman et al. 2023, released evaluations
    log = figure.frame(y_scale="log_axis")
    assert (log["shown"] > 0).all() and (log.loc[log["value"] == 0, "shown"] == tables.BOTTOM).all()


# --- later figures ----------------------------------------------------------------------------------------------------
def test_mirage_arithmetic():
    rows = fig.mirage_arithmetic().frame(task="addition_2int_4digit")
    five = rows[rows["answer_tokens"] == "5"].sort_values("params")
    # Schaeffer et al. 2023, Figure 3, right column, target length 5
    np.testing.assert_allclose(
        five[five["panel"] == "mirage_accuracy"]["value"], [0, 0.0001, 0.0003, 0.9582], atol=1e-4
    )
    np.testing.assert_allclose(
        five[five["panel"] == "mirage_edit"]["value"], [-5.07, -3.74, -3.52, -0.16], atol=0.005
    )
    for length, part in rows[rows["panel"] == "mirage_edit"].groupby("answer_tokens"):
        assert part.sort_values("params")["value"].is_monotonic_increasing, length
    assert set(fig.mirage_arithmetic().frame(task="mathematical_model")["kind"]) == {"simulation"}


def test_mmlu_keeps_set_ups_apart_and_says_where_compute_comes_from():
    for task in ("mmlu_average", "mmlu_stem", "mmlu_humanities", "mmlu_social_science"):
        rows = fig.mmlu_by_flops().frame(task=task)
        points = rows[rows["kind"] == "published"]
        assert (points.groupby("family")["setup"].nunique() == 1).all()
        assert not points.duplicated(["family", "params"]).any()
    rows = fig.mmlu_by_flops().frame()
    assert set(rows.loc[rows["compute_basis"] == "six_n_d", "family"]) == {
        "LLaMA",
        "Llama 2",
        "PaLM",
    }
    # the same compute, ten points apart: Touvron et al. 2023, Table 9; Chowdhery et al. 2022, Table 6
    llama, palm = (one(rows, model=model) for model in ("LLaMA 7B", "PaLM 8B"))
    assert (llama, palm) == (pytest.approx(0.351), pytest.approx(0.253))
    assert one(rows, "train_flops", model="LLaMA 7B") == pytest.approx(
        one(rows, "train_flops", model="PaLM 8B"), rel=0.01
    )
    # the last panel of Wei et al.'s Figure 4 puts Gopher at Chinchilla's perplexities; this figure does not
    seen = fig.mmlu_by_flops().frame(x="wikitext_perplexity")
    assert one(seen, "wikitext_perplexity", model="Gopher 280B") == pytest.approx(8.12)
    assert one(seen, "wikitext_perplexity", model="Chinchilla 70B") == pytest.approx(7.2)


def test_open_models_addition_has_a_floor_and_a_ceiling():
    rows = fig.open_models().frame(task="open_add2")
    assert len(rows) == 69
    assert rows[rows["train_flops"] < 1e21]["value"].max() <= 0.01
    assert rows[rows["train_flops"] > 1e23]["value"].min() >= 0.975
    between = rows[(rows["train_flops"] > 1e21) & (rows["train_flops"] < 1e23)]["value"]
    assert between.min() < 0.02 and between.max() > 0.98
    assert one(fig.open_models().frame(task="open_persian"), kind="reference") == 0.25


def test_pythia_arithmetic_waits_while_the_loss_creeps():
    rows = fig.pythia_training().frame()
    last = (
        rows[(rows["panel"] == "sums")]
        .sort_values("train_tokens")
        .groupby("pythia_size")["value"]
        .last()
    )
    # EleutherAI's released evaluations, two-shot addition at step 143,000, mean over the first operand
    assert last[["160M", "410M", "1B", "1.4B"]].max() < 2.3
    assert last["2.8B"] == pytest.approx(71.7, abs=0.05) and last["6.9B"] == pytest.approx(
        45.1, abs=0.05
    )
    loss = rows[
        (rows["panel"] == "lambada_loss")
        & (rows["pythia_size"] == "2.8B")
        & (rows["train_tokens"] >= 2.7e10)
    ].sort_values("train_tokens")["value"]
    assert loss.iloc[0] - loss.iloc[-1] < 0.8 and np.diff(loss).max() < 0.06
    late = (
        rows[(rows["panel"] == "lambada_loss") & (rows["train_tokens"] >= 2.7e10)]
        .sort_values("train_tokens")
        .groupby("pythia_size")["value"]
    )
    assert set((late.last() - late.min())[lambda d: d > 0.2].index) == {
        "70M",
        "160M",
    }  # the caption: the two smallest lose ground


def test_bigbench_counts():
    rows = fig.bigbench_classes().frame()
    assert rows["category"].value_counts().to_dict() == {
        "smoothly_increasing": 58,
        "emergent_with_gpt3_or_lamda": 25,
        "emergent_with_palm": 42,
        "flat": 45,
        "other_class": 27,
    }  # Wei et al. 2022, appendix E
    assert (
        rows["task"].is_unique
        and rows.groupby("row")["position"].max().to_dict() == rows.groupby("row").size().to_dict()
    )
    shares = (
        fig.bigbench_classes().frame(bigbench_view="bigbench_metrics").set_index("task")["value"]
    )
    assert (
        shares["multiple_choice_grade"] + shares["exact_str_match"]
    ) / shares.sum() > 0.92  # Schaeffer et al. 2023, section 4
    words = fig.bigbench_classes().frame(bigbench_view="bigbench_keywords")
    assert (
        one(words, task="logical-reasoning", category="emergent_with_palm") == 14
    )  # Wei et al. 2022, Figure 8


def test_dial_reaches_one_half_where_the_formula_says():
    for length in (1, 5, 30):
        rows = fig.multi_step_dial().frame(answer_tokens=length)
        every = rows[rows["steps"] == "all_tokens"].sort_values("params")
        crossing = (
            10 ** np.interp(0.5, every["value"], np.log10(every["params"]))
            if every["value"].max() > 0.5
            else None
        )
        expected = 2e9 * (length / np.log(2)) ** 2
        assert (crossing is None) == (expected > 1e12)
        if crossing is not None:
            assert crossing == pytest.approx(expected, rel=0.02)
    assert fig.numbers()["dial_half_5"] == "104"


def test_vision_networks_jump_only_under_the_harsh_metric():
    # Schaeffer et al. 2023, Figure 7 B and C
    rows = fig.vision_mirage().frame(task="vision_cifar100_reconstruction")
    smooth = rows[rows["rule"] == "smooth_metric"].sort_values("params")["value"]
    sharp = rows[rows["rule"] == "c=0.003"].sort_values("params")["value"]
    assert smooth.is_monotonic_decreasing and (smooth.iloc[0], smooth.iloc[-1]) == (
        0.7489,
        0.006131,
    )
    assert sharp.iloc[:9].max() == 0 and sharp.iloc[-1] == 0.3176
    assert (smooth.iloc[0] - smooth.iloc[8]) / (
        smooth.iloc[0] - smooth.iloc[-1]
    ) > 0.7  # most of the error is gone while the sharp score is still 0


def test_palm_exceeds_the_line_on_some_tasks_and_misses_it_on_others():
    rows = fig.palm_bigbench_lite().frame()
    points = rows[rows["kind"] == "published"].pivot(index="task", columns="params", values="value")
    assert points.shape == (24, 3) and points.loc["code_line_description"].tolist() == [
        0.15,
        0.267,
        0.9,
    ]  # Chowdhery et al. 2022, appendix H.2
    x = np.log10(points.columns.to_numpy(float))
    line = points.apply(lambda y: np.polyval(np.polyfit(x[:2], y.iloc[:2], 1), x[2]), axis=1)
    excess = points.iloc[:, 2] - line
    drawn = rows.drop_duplicates("task").set_index("task")["excess"]
    np.testing.assert_allclose(drawn.sort_index(), excess.sort_index(), atol=1e-9)
    assert ((excess > 0.1).sum(), (excess < -0.1).sum()) == (5, 4)
    assert drawn.is_monotonic_decreasing


def test_the_largest_prompted_model_passes_the_finetuned_one():
    rows = fig.few_shot_vs_sota().frame()
    for panel, part in rows.groupby("panel"):
        points = part[part["kind"] == "published"].sort_values("params")["value"]
        assert points.iloc[0] < one(part, kind="reference") < points.iloc[-1], panel
    assert one(rows, panel="13A", kind="reference") == pytest.approx(
        0.682
    )  # Wei et al. 2022, Figure 13


def test_numbers_are_text_without_gaps():
    numbers = fig.numbers()
    assert all(isinstance(v, str) and v and "nan" not in v.lower() for v in numbers.values())
    assert (
        numbers["wei_mmlu_chinchilla_70b"] == "67.4"
        and numbers["add3_175b"] == "80.4"
        and numbers["table1_add3_flops"] == "2.3·10²²"
    )


def test_nominal_compute_belongs_to_its_own_row():
    # taken row by row from the printed table: a reordered view must not shift it
    printed = data.load(wei.FEW_SHOT)
    nominal = {
        (p, f, n): c
        for p, f, n, c in zip(
            "2" + printed["panel"],
            printed["family"],
            printed["params"],
            printed["train_flops_table2"],
            strict=True,
        )
    }
    few = wei.few_shot()
    assert all(
        nominal[p, f, n] == c
        for p, f, n, c in zip(
            few["panel"], few["family"], few["params"], few["train_flops"], strict=True
        )
    )
