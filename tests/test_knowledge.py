"""Claims of the chapter on where knowledge lives: its numbers against the papers, its sentences against the frames."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emergence import data, formulas
from emergence.chapters import knowledge as chapter
from emergence.chapters.knowledge import split, tables
from emergence.chapters.knowledge.facts import answered, edit
from emergence.chapters.knowledge.recall import t5
from emergence.chart import one, percent, published_fractions

CHAPTER = Path(__file__).parents[1] / "book" / "knowledge.md"


@pytest.fixture(scope="module")
def n():
    return chapter.numbers()


# Each value was typed from the paper, not read from the data: number of the prose, printed value, where it is printed.
PRINTED = [
    ("clean", "27.0", "Meng 2022, section B.1"),
    ("corrupted", "8.47", "same"),
    ("ate", "18.6", "Meng 2022, section 2.2"),
    ("aie_hidden", "8.7", "same"),
    ("aie_mlp", "6.6", "same"),
    ("aie_attention", "1.6", "same"),
    ("counterfact", "21,919", "Meng 2022, Table 2"),
    ("one_ROME_specificity", "75.4", "Meng 2022, Table 4, GPT-2 XL"),
    ("one_ROME_generalization", "96.4", "same"),
    ("one_FT_specificity", "40.4", "same"),
    ("one_FT+L_generalization", "48.7", "same"),
    ("one_FT+L_specificity", "70.3", "same"),
    ("one_KN_efficacy", "28.7", "same"),
    ("one_KE-CF_specificity", "6.9", "same"),
    ("one_MEND-CF_specificity", "5.5", "same"),
    ("one_unedited_efficacy", "22.2", "same"),
    ("one_unedited_specificity", "78.1", "same"),
    ("zsre_unedited_specificity", "24.2", "Meng 2022, Table 1"),
    ("many_MEMIT_efficacy", "98.9", "Meng 2023, Table 2, GPT-J"),
    ("many_ROME_efficacy", "50.2", "Meng 2023, Table 2, GPT-J"),
    ("zsremany_MEMIT_efficacy", "96.7", "Meng 2023, Table 1"),
    ("zsremany_ROME_specificity", "0.9", "Meng 2023, Table 1"),
    ("lama_bert", "32.3", "Petroni 2019, Table 2, T-REx total"),
    ("lama_oracle", "33.8", "same"),
    ("lama_freq", "22.0", "same, 22.03"),
    ("lama_one_one", "74.5", "same, 1-1"),
    ("lama_facts", "34,039", "same"),
    ("lama_relations", "41", "same"),
    ("TriviaQA_few_shot", "71.2", "Brown 2020, Table H.1"),
    ("TriviaQA_13B", "57.5", "Brown 2020, Table H.1"),
    ("NQs_few_shot", "29.9", "Brown 2020, Table H.1"),
    ("t5_trivia_ssm", "61.6", "Roberts 2020, T5.1.1-XXL + SSM, TriviaQA test"),
    ("t5_regraded", "57.8", "Roberts 2020, section on human evaluation"),
    ("blimp_people", "88.6", "Zhang 2021, Table 2, after Warstadt 2020"),
    ("blimp_30B", "85.4", "Zhang 2021, Table 2, RoBERTa base"),
    ("bits", "2", "Allen-Zhu & Li 2024, abstract"),
    ("bits_rare", "1", "Allen-Zhu & Li 2024, Result 4"),
    ("bits_int4", "0.7", "same, quantization"),
    ("random_bits", "3.6", "Morris 2025, abstract"),
    ("learned_serac_hard", "91.3", "Mitchell 2022 (SERAC), Table 3"),
    ("learned_mend_hard", "47.8", "same"),
    ("damage_serac_hard", "0.028", "same"),
    ("damage_mend_hard", "0.255", "same"),
]


@pytest.mark.parametrize(("key", "printed", "locator"), PRINTED, ids=[p[0] for p in PRINTED])
def test_numbers_of_the_prose_are_those_of_the_papers(n, key, printed, locator):
    assert n[key] == printed, locator


def test_cells_that_no_sentence_tells():
    assert edit("ROME", "efficacy", "zsre_1_xl") == "99.8"  # Meng 2022, Table 1
    assert percent(answered("WebQs")) == "41.5"  # Brown 2020, Table H.1
    salient = one(t5(), task="Natural Questions", model="T5.1.1-XXL + SSM")
    assert percent(salient) == "35.2"  # Roberts 2020
    read = published_fractions("closed_book_qa_t5")
    read = one(read, task="Natural Questions", model="RAG-Sequence")
    assert percent(read) == "44.5"  # Lewis 2020, Table 1


def test_every_number_the_chapter_asks_for_exists(n):
    asked = re.findall(r'\{eval\}`n\["([^"]+)"\]', CHAPTER.read_text("utf-8"))
    assert len(asked) > 100
    assert set(asked) <= set(n)


# --- parameters --------------------------------------------------------------------------------------------------------
def test_param_split_reproduces_every_row_of_the_derived_table():
    derived = data.load("arch_param_split").set_index("model")
    counted = tables.configs().set_index("model")
    assert sorted(derived.index) == sorted(counted.index) and len(counted) == 88
    for ours, theirs in (
        ("attention", "attn_params"),
        ("feed_forward", "ffn_params"),
        ("embedding", "embedding_params"),
        ("total", "computed_total"),
    ):
        left, right = counted[ours], derived[theirs].reindex(counted.index).astype("float64")
        assert left.isna().equals(right.isna())
        assert (left.dropna() == right.dropna()).all(), ours
    share = counted["feed_forward"] / (counted["feed_forward"] + counted["attention"])
    assert np.allclose(share, derived["ffn_share_of_blocks"].reindex(counted.index), atol=6e-5)


def test_counts_agree_with_the_sizes_papers_report():
    """PaLM Table 1: 8.63, 62.50, 540.35 billion; Gemma report: 2,506,434,560 with norms."""
    total = tables.configs().set_index("model")["total"]
    for model, reported in (
        ("PaLM-8B", 8.63e9),
        ("PaLM-62B", 62.50e9),
        ("PaLM-540B", 540.35e9),
        ("Gemma-2b", 2506434560),
    ):
        assert total[model] == pytest.approx(reported, rel=3e-4), model


def test_redesign_as_published_changes_nothing_and_the_classic_design_is_two_thirds():
    counted = tables.configs().set_index("model")
    offered = chapter.split_calculator().controls[0].options
    assert set(offered) == set(counted.index[counted["vocab_size"].notna()]) and len(offered) == 71
    for model in offered:
        same = split.redesigned(model, "kv_published", "ffn_published")
        assert all(same[part] == counted.loc[model, part] for part in split.PARTS), model
    for model in ("GPT-2 XL", "Llama-3-8B", "PaLM-540B", "GPT-J-6B"):
        row = counted.loc[model]
        if row["n_heads"] * row["d_head"] == row["d_model"]:
            classic = split.redesigned(model, "kv_full", "ffn_4d")
            assert classic["feed_forward"] == 2 * classic["attention"], model
    one, eighth, full = (
        split.redesigned("Llama-3-8B", kv, "ffn_published")["attention"]
        for kv in ("kv_one", "kv_eighth", "kv_full")
    )
    assert one < eighth < full


def test_calculator_bars_fill_the_axis():
    rows = chapter.split_calculator().frame(
        preset="Gemma-2b", kv_heads="kv_full", ffn_width="ffn_4d_gated"
    )
    for _, bar in rows.groupby("design_row", sort=False):
        assert bar["start"].iloc[0] == 0 and bar["end"].iloc[-1] == pytest.approx(1, abs=1e-5)
        assert np.allclose(bar["start"].iloc[1:], bar["end"].iloc[:-1], atol=1e-6)
    assert set(rows.loc[rows["design_row"] == "as_changed", "kind"]) == {"simulation"}


def test_the_two_thirds_rule_belongs_to_the_classic_design(n):
    rows = chapter.ffn_share().frame()
    rows = rows[rows["kind"] == "published"].astype({"value": float})
    by = rows.groupby("design")["value"]
    off = rows[(rows["design"] == "classic_design") & ((rows["value"] - 2 / 3).abs() > 0.005)]
    assert list(off["model"]) == ["GPT-3 XL"]  # whose heads do not fit its width in print
    assert by.max()["encoder_decoder_design"] < 0.6 and by.median()["shared_heads"] > 0.78
    # Bounds computed by hand: Gemma-2B has 8 query heads and 1 key-value head of 256, d 2048, d_ff 16384, three matrices.
    assert n["share_gemma"] == f"{100 * 3 * 16384 / (3 * 16384 + 2 * 256 * (8 + 1)):.0f}"


# --- what is learned ---------------------------------------------------------------------------------------------------
def test_grammar_saturates_and_quantifiers_do_not_move():
    mean = {
        p: chapter.blimp_by_words()
        .frame(phenomenon=p)
        .query("kind == 'fit'")
        .set_index("pretraining_words")["value"]
        for p in ("Overall", "QUANTIFIERS", "D-N AGR")
    }
    overall = mean["Overall"]
    assert overall.is_monotonic_increasing and (overall[1e8] - overall[1e6]) > 2 * (
        overall[3e10] - overall[1e8]
    )
    assert mean["QUANTIFIERS"].max() - mean["QUANTIFIERS"].min() < 0.1
    assert mean["D-N AGR"][1e7] - mean["D-N AGR"][1e6] > 0.25


def test_bert_beats_the_frequency_baseline_but_not_the_oracle_on_trex():
    score = chapter.lama().frame(probe="T-REx Total").set_index("model")["value"]
    assert score["Freq"] < score["BERT-base"] < score["BERT-large"] < score["RE_oracle"]


@pytest.mark.parametrize(
    ("task", "printed"),
    [
        (
            "TriviaQA",
            [6.96, 16.3, 26.5, 32.1, 42.3, 51.6, 57.5, 71.2],
        ),  # Brown 2020, Table H.1, few-shot, Small to 175B
        ("NQs", [1.72, 4.46, 7.89, 9.72, 13.2, 17.0, 21.0, 29.9]),
        ("WebQs", [5.46, 12.6, 15.9, 19.6, 24.8, 27.7, 33.5, 41.5]),
    ],
)
def test_forecast_of_closed_book_accuracy(n, task, printed):
    x = np.log10([1.25e8, 3.5e8, 7.6e8, 1.3e9, 2.7e9, 6.7e9, 1.3e10, 1.75e11])
    seen, y = x[:-1], np.array(printed[:-1])
    slope = ((seen - seen.mean()) @ (y - y.mean())) / ((seen - seen.mean()) @ (seen - seen.mean()))
    line = y.mean() + slope * (x[-1] - seen.mean())
    told = chapter.closed_book_gpt3().forecast(task=task)
    assert 100 * told["truth"] == pytest.approx(printed[-1]) and 100 * told[
        "line"
    ] == pytest.approx(line, abs=1e-6)
    assert told["line"] == pytest.approx(line / 100)
    assert line > printed[-1]  # the line promises too much
    assert (np.diff(printed) > 0).all()


def test_t5_curves_do_not_mix_versions_of_the_paper():
    rows = chapter.closed_book_t5().frame(question_set="Natural Questions")
    assert not rows.duplicated(["variant", "model"]).any()
    t5 = rows[rows["variant"] == "T5"].set_index("model")["value"]
    assert t5["T5-11B"] == pytest.approx(0.326)  # EMNLP version; arXiv v1 prints 34.5


def test_a_smaller_sibling_gives_up_more_of_its_facts_than_of_any_other_score():
    """openai/simple-evals, README, Benchmark Results: SimpleQA of the large and the mini model."""
    printed = {
        "GPT-4.1": (41.6, 16.8),
        "GPT-4o": (40.1, 9.5),
        "o1": (42.6, 7.6),
        "o3": (49.4, 13.4),
    }
    for family, (full, mini) in printed.items():
        rows = chapter.small_siblings().frame(sibling_family=family)
        scores = rows.pivot(index="task", columns="sibling", values="value").dropna()
        assert scores.loc["SimpleQA", "sibling_full"] == pytest.approx(full / 100)
        assert scores.loc["SimpleQA", "sibling_mini"] == pytest.approx(mini / 100)
        kept = scores["sibling_mini"] / scores["sibling_full"]
        assert kept.drop("SimpleQA").min() > 0.7 > 0.5 > kept["SimpleQA"]


# --- where -------------------------------------------------------------------------------------------------------------
def peak(model, component, token):
    rows = tables.traces()
    rows = rows[
        (rows["model"] == model)
        & (rows["component"] == component)
        & (rows["token_position"] == token)
    ]
    return rows.loc[rows["value"].idxmax()]


def test_gpt2_xl_has_an_early_feed_forward_site_and_a_late_attention_site():
    early, late = (
        peak("GPT-2 XL", "mlp_window10", "last_subject_token"),
        peak("GPT-2 XL", "attn_window10", "last_token"),
    )
    assert early["value"] == pytest.approx(0.066, abs=0.001) and late["value"] == pytest.approx(
        0.165 - 0.0847, abs=0.001
    )
    assert early["depth"] < 0.5 < late["depth"]
    assert peak("GPT-2 XL", "attn_window10", "last_subject_token")["value"] < 0.02
    assert peak("GPT-2 XL", "mlp_window10", "last_token")["value"] < late["value"] / 2
    state = peak("GPT-2 XL", "single_hidden_state", "last_subject_token")
    assert state["value"] == pytest.approx(0.087, abs=0.003) and state["layer"] == 14


def test_other_models_are_less_clean():
    """The chapter's caution: attention at the last subject token is as strong as the feed-forward layers in GPT-2 Large."""
    large, neox = (
        [peak(model, c, "last_subject_token")["value"] for c in tables.COMPONENTS[:2]]
        for model in ("GPT-2 Large", "GPT-NeoX-20B")
    )
    assert large[1] > large[0] and 0.7 < neox[1] / neox[0] < 1


def test_every_trace_fits_the_axis_of_its_figure():
    figure = chapter.trace_lines()
    for token in tables.TOKENS:
        spec = figure.spec(token_position=token)
        low, high = next(
            layer["encoding"]["y"]["scale"]["domain"]
            for layer in spec["layer"]
            if "scale" in layer["encoding"].get("y", {})
        )
        values = tables.traces().query("token_position == @token")[["value", "ci_low", "ci_high"]]
        assert low <= values.min().min() and values.max().max() <= high, token


def test_keys_turn_from_words_to_topics(n):
    rows = chapter.ffn_memories().frame(measure="patterns")
    total = rows.groupby("layer")["value"].sum()
    assert np.allclose(total, 1, atol=1e-3) and len(total) == 16
    part = rows.pivot_table(index="layer", columns="response", values="value")
    assert (part.loc[:9, "shallow"] > part.loc[:9, "semantic"]).sum() == 8 and (
        part.loc[10:, "semantic"] > part.loc[10:, "shallow"]
    ).all()
    assert n["geva_agree_16"] == "3.5"  # Geva et al. 2021, section 4.1


# --- editing -----------------------------------------------------------------------------------------------------------
def test_where_to_edit():
    rows = chapter.edit_site().frame(sweep_metric="paraphrase_magnitude_PM")
    best = rows.loc[rows["value"].idxmax()]
    assert (best["site"], best["layer"]) == (
        "last_subject_token",
        17,
    )  # the paper counts from one: 18th layer
    score = (
        chapter.edit_site()
        .frame(sweep_metric="score_S")
        .query("site == 'last_subject_token'")
        .set_index("layer")["value"]
    )
    assert (
        score[0] > score.max() - 0.03 and score[:20].min() > 0.8
    )  # many layers do, the first among them


def test_methods_trade_generalization_for_specificity_except_rome():
    table = (
        chapter.edit_tradeoff().frame().pivot_table(index="method", columns="goal", values="value")
    )
    both = (table["generalization"] > 0.6) & (table["specificity"] > 0.6)
    assert list(table.index[both]) == ["ROME"]
    assert (table.drop(["unedited", "KN"])["efficacy"] > 0.8).all()
    # The combined score is the harmonic mean of the three (Meng 2022, section 3.3).
    rome = 3 / (1 / table.loc["ROME"]).sum()
    assert 100 * rome == pytest.approx(89.2, abs=0.1)  # Meng 2022, Table 4


def test_only_memit_survives_ten_thousand_edits():
    rows = chapter.edit_scaling().frame()
    last, first = (rows[rows["n_edits"] == k].set_index("method")["value"] for k in (10000, 1))
    assert (
        last["MEMIT"] > 0.85
        and last["ROME"] < 0.51
        and last["MEND"] < 0.25
        and abs(first["MEMIT"] - first["ROME"]) < 0.01
    )
    table = data.load("model_editing_rome_memit")
    printed = table[
        (table["table"] == "MEMIT Table 2")
        & (table["model"] == "GPT-J")
        & (table["metric"] == "score_S")
    ].set_index("method")["value"]
    for method in last.index:  # the drawing against the printed table
        assert 100 * last[method] == pytest.approx(printed[method], abs=0.25)
    specificity = (
        chapter.edit_scaling()
        .frame(edit_metric="specificity_NS")
        .query("n_edits == 10000")
        .set_index("method")["value"]
    )
    assert specificity.idxmax() == "MEND"


def test_rank_one_edit_formula_of_the_chapter_inserts_the_value():
    """The displayed update makes W k = v and moves keys least that are orthogonal to k in the metric of C^-1."""
    rng = np.random.default_rng(0)
    W, k, v, samples = (
        rng.normal(size=(5, 8)),
        rng.normal(size=8),
        rng.normal(size=5),
        rng.normal(size=(8, 100)),
    )
    direction = np.linalg.solve(samples @ samples.T, k)
    edited = W + np.outer(v - W @ k, direction) / (direction @ k)
    other = rng.normal(size=8)
    other -= direction * (direction @ other) / (direction @ direction)
    assert (
        np.allclose(edited @ k, v)
        and np.allclose(edited @ other, W @ other)
        and np.linalg.matrix_rank(edited - W) == 1
    )


def test_damage_is_shown_as_printed():
    rows = chapter.edit_mend().frame(editor_test="mend_zsre_xxl")
    assert set(rows["drawdown"]) == {"<0.001"} and pd.api.types.is_float_dtype(rows["value"])


# --- exercises ---------------------------------------------------------------------------------------------------------
def test_exercise_numbers(n):
    split = formulas.param_split(32, 4096, 32, 128, 14336, 8, 3)
    assert (
        n["llama3_attention_layer"] == f"{(2 * 4096 * 32 * 128 + 2 * 4096 * 8 * 128) / 1e6:.1f}"
        and n["llama3_ffn_layer"] == f"{3 * 4096 * 14336 / 1e6:.1f}"
    )
    assert float(split.attention) == 32 * (2 * 4096 * 32 * 128 + 2 * 4096 * 8 * 128)
    assert (
        n["fact_count"],
        n["fact_count_rare"],
        n["seven_gigabytes"],
        n["seven_weights"],
        n["bits_share"],
    ) == ("280", "140", "1.75", "14", "12.5")
    assert (
        -(-8 * 4096 // 3 // 256) * 256 == 11008
    )  # LLaMA's width: 8/3 d rounded up to a multiple of 256


def test_edits_work_where_the_trace_dips(n):
    """Edits and traces disagree within GPT-2 XL itself: the layer of the dip edits as well as the best layer, within two points."""
    assert float(n["dip"]) < float(n["aie_mlp"]) / 2 and int(n["dip_layer"]) < int(
        n["trace_xl_mlp_layer"]
    )
    assert float(n["site_score"]) - float(n["site_score_dip"]) < 2
