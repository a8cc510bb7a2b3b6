"""Claims of the chapter on architectures: its numbers against the papers, its costs against independent arithmetic."""

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergence import formulas
from emergence.chapters import architectures as chapter
from emergence.chapters.architectures import cost, models, quality

PAGE = Path(__file__).parents[1] / "book" / "architectures.md"


@pytest.fixture(scope="module")
def n():
    return chapter.numbers()


# Each value was typed from the paper, not read from the data: number of the prose, printed value, where it is printed.
PRINTED = [
    ("pile_mamba2", "6.09", "Dao & Gu 2024, Table 10, Mamba-2-2.7B"),
    ("pile_pythia", "6.73", "same, Pythia-2.8B"),
    ("pile_small_pythia", "29.64", "same, Pythia-160M"),
    ("mean_mamba2", "60.2", "same, printed average"),
    ("mean_mamba", "59.9", "same"),
    ("mean_pythia", "55.7", "same"),
    ("mean_pythia69", "58.3", "same"),
    ("mean_rwkv3", "56.4", "same"),
    ("hybrid_0", "8.60", "Dao & Gu 2024, Table 2"),
    ("hybrid_6", "8.26", "same"),
    ("hybrid_24", "8.50", "same"),
    ("hybrid_transformer", "8.68", "same"),
    ("lstm_plain", "2,418", "Beck et al. 2024, ablation: 2417.86"),
    ("lstm_matrix", "13.5", "same: 13.48"),
    ("lra_transformer", "53.7", "Peng et al. 2023, Table 4: 53.66"),
    ("lra_rwkv", "72.1", "same: 72.07"),
    ("lra_s4", "86.1", "same: 86.09"),
    ("recall_flash_30", "32.4", "Poli et al. 2023, Table 4.2"),
    ("recall_rwkv_30", "12.4", "same"),
    ("recall_hyena_131", "97.2", "same"),
    ("speed_plain", "2,754", "Sun et al. 2023, Table 4, 6.7B: 2754.4"),
    ("speed_flash", "16,230", "same"),
    ("speed_retnet", "17,459", "same: 17458.6"),
    ("nvidia_gain", "2.65", "Waleffe et al. 2024, abstract"),
    ("mmlu_chinchilla", "67.6", "Hoffmann et al. 2022, Table 6"),
    ("mmlu_gopher", "60.0", "same"),
    ("palm_heads", "48", "Chowdhery et al. 2022, Table 1"),
    ("context_gpt3", "2,048", "Brown et al. 2020, section 2.1"),
    ("gpt3_ratio", "1.7", "Brown et al. 2020: 300B tokens, 175B"),
    ("same200_retnet", "26.05", "Sun et al. 2023, Table 5, in-domain"),
    ("same200_h3", "29.97", "same"),
    ("same200_rwkv", "30.92", "same"),
    ("same200_hyena", "32.08", "same"),
    ("same200_linear", "40.24", "same"),
    ("chinchilla_ratio", "20", "Hoffmann et al. 2022: 1.4T tokens, 70B"),
    ("palm_ratio", "1.4", "Chowdhery et al. 2022: 780B tokens, 540B"),
]


@pytest.mark.parametrize(("key", "printed", "locator"), PRINTED, ids=[p[0] for p in PRINTED])
def test_numbers_of_the_prose_are_those_of_the_papers(n, key, printed, locator):
    assert n[key] == printed, locator


def test_perplexities_that_no_sentence_tells():
    """Dao & Gu 2024, Tables 10 and 2."""
    pile = quality.zero_shot().set_index(["task", "model"])["value"]
    assert pile[quality.PILE, "Mamba-2.8B"] == 6.22
    rows = chapter.hybrid_layers().frame().set_index("n_attention_layers")["perplexity"]
    assert rows[1] == 8.38


def test_every_number_the_chapter_asks_for_exists(n):
    asked = re.findall(r"""n\[["']([^"']+)["']\]""", PAGE.read_text("utf-8"))
    assert len(asked) > 80
    assert set(asked) <= set(n)


# --- quality ---------------------------------------------------------------------------------------------------------------
def test_at_equal_size_the_state_space_models_lead_the_gpt_recipe_at_every_size():
    rows = chapter.same_size().frame().astype({"params": float, "value": float})
    curve = {f: g.sort_values("params") for f, g in rows.groupby("family")}
    pythia = curve["Pythia"]
    for family in ("Mamba", "Mamba-2"):
        for _, row in curve[family].iterrows():
            if pythia["params"].min() <= row["params"]:
                assert (
                    row["value"]
                    > np.interp(np.log(row["params"]), np.log(pythia["params"]), pythia["value"])
                    + 0.02
                )


def test_mean_of_seven_is_recomputed_where_the_printed_average_is_wrong():
    """Dao & Gu 2024, Table 10, Mamba-370M: LAMBADA to OpenBookQA as printed."""
    mean = quality.zero_shot().set_index(["task", "model"])["value"]["mean_of_seven"]
    cells = quality.zero_shot()
    cells = cells[(cells["model"] == "Mamba-370M") & cells["task"].isin(quality.TASKS)]["value"]
    assert len(cells) == 7 and mean["Mamba-370M"] == pytest.approx(math.fsum(cells) / 7)


def test_every_score_lies_on_the_drawn_axis():
    figure = chapter.same_size()
    for task in ("mean_of_seven", *quality.TASKS):
        values = figure.frame(task=task, trained_on="any_data")["value"].astype(float)
        assert values.between(0.2, 0.8).all(), task


# printed pair of perplexities -> difference in nats
PAIRS = {
    "Performer, 125M": (26.8, 18.6),
    "Linear Attention, 125M": (25.6, 18.6),
    "Hyena-3-slim, 125M": (18.5, 18.6),
    "Mamba-2-2.7B, 2.7B": (6.09, 6.73),
    "Mamba-2-2.7B, 2.7B *": (6.09, 6.13),
    "RWKV-4, 1.5B": (9.83, 9.44),
    "xLSTM[1:0], 1.4B": (8.89, 9.44),
    "Mamba-2 + 6 attn, 350M": (8.26, 8.68),
    "Mamba-2-Attention, 2.7B": (5.95, 6.13),
}


@pytest.mark.parametrize("entry", PAIRS)
def test_difference_in_nats_from_the_printed_pair(entry):
    rows = chapter.against_transformer().frame().set_index("entry")
    assert len(rows) == 15 and rows.index.is_unique
    ours, theirs = PAIRS[entry]
    assert rows.loc[entry, "value"] == pytest.approx(math.log(ours) - math.log(theirs), abs=1e-9)
    assert (rows.loc[entry, "perplexity"], rows.loc[entry, "baseline_perplexity"]) == (ours, theirs)


def test_fair_rows_are_close_and_the_old_ones_are_not():
    rows = chapter.against_transformer().frame()
    fair = chapter.against_transformer().frame(baseline_recipe="llama_recipe")
    assert fair["value"].abs().max() < 0.065 and len(fair) == 7
    assert (rows[rows["mixer"] == "older_linear"]["value"] > 0.3).all()
    assert (rows["params"] / rows["baseline_params"]).between(0.9, 1.1).all()


def test_straight_line_of_predict_first_misses_the_turn():
    x, y = (
        np.arange(7.0),
        np.array([8.60, 8.38, 8.32, 8.29, 8.29, 8.28, 8.26]),
    )  # Dao & Gu 2024, Table 2
    slope = ((x - x.mean()) @ (y - y.mean())) / ((x - x.mean()) @ (x - x.mean()))
    told = chapter.hybrid_layers().forecast()
    assert (told["x"], told["truth"]) == (24, 8.50)
    assert (
        told["line"] == pytest.approx(y.mean() + slope * (24 - x.mean()))
        and told["truth"] - told["line"] > 1
    )


# --- cost ------------------------------------------------------------------------------------------------------------------
def test_cache_by_hand(n):
    """Llama 2 7B: 32 layers, 32 heads of 128, keys and values, 2 bytes; GPT-3: 96 layers, 96 heads of 128 (Table 2.1)."""
    assert n["kv_llama2_7"] == f"{32 * 32 * 128 * 2 * 2 / 1e3:.3g} kB" == "524 kB"
    assert n["kv_gpt3"] == f"{96 * 96 * 128 * 2 * 2 / 1e6:.3g} MB"
    assert (
        n["kv_palm"] == f"{118 * 1 * 256 * 2 * 2 / 1e3:.3g} kB"
    )  # PaLM: 118 layers, one key-value head of 256


@given(st.integers(1, 100), st.integers(1, 128), st.integers(1, 256), st.integers(0, 10**6))
def test_cache_and_attention_against_loops_in_closed_form(layers, heads, width, context):
    assert formulas.kv_cache_values(layers, heads, width, context) == context * layers * heads * (
        width + width
    )
    scores, mean = 2 * heads * width * context, 2 * heads * width * context
    assert formulas.attention_flops(layers, heads, width, context) == layers * (scores + mean)


def test_causal_mean_of_attention_is_kaplans_entry():
    """Kaplan et al. 2020, Table 1: 2 n_layer n_ctx d_attn per token, the mean over a causal sequence."""
    context = 1000
    mean = np.mean(formulas.attention_flops(12, 12, 64, np.arange(1, context + 1)))
    assert mean == pytest.approx(2 * 12 * context * 768, rel=0.002)


def test_attention_over_its_context_against_an_explicit_count():
    """Multiply-adds of one query, written as matrices: (heads, 1, d) x (heads, d, T), then (heads, 1, T) x (heads, T, d)."""
    heads, width, context = 3, 4, 5
    q, k, v = (
        np.ones((heads, 1, width)),
        np.ones((heads, width, context)),
        np.ones((heads, context, width)),
    )
    multiply_adds = (q @ k).sum() + np.ones(
        (heads, 1, context)
    ).sum() * width  # every product of ones adds one
    assert (
        v.shape == (heads, context, width)
        and formulas.attention_flops(1, heads, width, context) == 2 * multiply_adds
    )


@pytest.mark.parametrize(
    "bad", [dict(n_layers=1.5), dict(n_kv_heads=0), dict(d_head=-1), dict(context=-1)]
)
def test_bad_shapes_are_refused(bad):
    with pytest.raises(
        ValueError, match=f"^{next(iter(bad))} is .*: allowed are whole numbers from"
    ):
        formulas.kv_cache_values(**(dict(n_layers=2, n_kv_heads=2, d_head=2, context=2) | bad))


@pytest.mark.parametrize(
    ("model", "embedding", "published"),
    [
        ("Mamba-2.8B", 0, 2.768e9),
        ("Mamba-2-2.7B", 0, 2.70e9),  # tied output matrix
        ("RWKV-4 3B", 2560 * 50277, 2.98e9),
        ("Mamba-2 8B", 4096 * 256000, 8.2e9),
        ("Mamba-2-Hybrid 8B", 4096 * 256000, 8.66e9),
    ],
)
def test_shapes_add_up_to_the_published_sizes(model, embedding, published):
    """Mamba and RWKV code releases; Waleffe et al. 2024 (8.66e9 for the hybrid, also in `nvidia_mamba2_hybrid_8b`)."""
    assert cost.matrix_params(model) + embedding == pytest.approx(published, rel=0.01)


def test_state_sizes_by_hand(n):
    assert (
        cost.state_values("RWKV-4 3B", 1) == cost.state_values("RWKV-4 3B", 10**6) == 32 * 5 * 2560
    )
    mamba2 = 64 * (
        80 * 64 * 128 + 4 * (5120 + 256)
    )  # 80 heads of 64 with state 128, convolution over four inputs
    assert cost.state_values("Mamba-2-2.7B", 5) == mamba2
    assert n["cross_mamba2"] == f"{mamba2 / (2 * 32 * 32 * 80):.0f}"
    one, two = (
        cost.state_values("Mamba-2-Hybrid 8B", 1),
        cost.state_values("Mamba-2-Hybrid 8B", 2),
    )
    assert two - one == 2 * 4 * 8 * 128


def test_only_attention_grows_with_the_context():
    for cost_of in ("memory", "operations"):
        rows = chapter.cost_by_context().frame(cost_of=cost_of)
        spread = (
            rows[rows["kind"] == "simulation"]
            .groupby("model")["value"]
            .agg(lambda v: max(v) / min(v))
        )
        assert spread["pythia-2.8b"] > 10 and (spread.drop("pythia-2.8b") == 1).all()


def test_when_attention_costs_as_much_as_the_weights(n):
    """T = 6 d for feed-forward width 4 d; the output matrix of Pythia (50,304 x 2,560) adds V / (2 L)."""
    assert float(n["pythia_double"].replace(",", "")) == pytest.approx(
        6 * 2560 + 50304 / (2 * 32), abs=1
    )
    assert float(n["gpt3_double"].replace(",", "")) == pytest.approx(6 * 12288, rel=0.01)


def test_sharing_never_enlarges_a_cache():
    wide = chapter.kv_cache().frame().pivot(index="model", columns="sharing", values="value")
    ratio = wide["every_head"] / wide["as_built"]
    assert (
        (ratio >= 1).all()
        and ratio["PaLM-540B"] == 48
        and ratio["Llama-3.1-405B"] == 16
        and ratio["GPT-3 175B"] == 1
    )


# --- recall, speed, lineage, timeline -----------------------------------------------------------------------------------------
def test_most_of_the_speed_needs_no_new_architecture(n):
    rows = chapter.training_speed().frame().pivot(index="params", columns="model", values="value")
    flash, retnet = (
        np.log(rows[m] / rows["Transformer"]) for m in ("Transformer + FlashAttention", "RetNet")
    )
    assert (flash / retnet > 0.9).all()


def test_recall_table_has_no_transformer_at_the_longest_text():
    rows = chapter.recall().frame()
    assert rows.groupby("model").size().to_dict() == {
        m: 2 if m == "FlashTransformer" else 3 for m in cost.RECALLERS
    }


def test_lineage_leaves_out_what_is_not_comparable():
    names = set(chapter.lineage().frame()["model"])
    assert (
        "FLAN 137B (LaMDA-PT)" not in names and "DeepSeek-V3" not in names and "T5-11B" not in names
    )
    assert {"GPT-3 175B", "LaMDA 137B", "PaLM 540B", "Chinchilla", "Gopher"} <= names
    line = chapter.lineage().frame()
    line = line[line["kind"] == "reference"].astype({"train_tokens": float, "params": float})
    assert (line["train_tokens"] / line["params"] == 20).all()


def test_the_giants_before_chinchilla_were_short_of_text_and_few_were_later(n):
    rows = models.decoders()
    giants = rows[(rows["era"] == models.ERAS[0]) & (rows["params"] > 1e11)]
    assert len(giants) > 5
    assert (giants["tokens_per_param"] < models.TOKENS_PER_PARAM).all()
    assert int(n["decoders_late_above"]) / int(n["decoders_late"]) > 0.85


def test_every_architecture_of_the_timeline_has_a_family():
    rows = models.timeline()
    assert set(rows["architecture_family"]) == set(models.GROUPS)
    family = rows.set_index("model")["architecture_family"]
    assert (
        family["Jamba v0.1"] == "hybrid"
        and family["RetNet 6.7B"] == "no_attention"
        and family["T5-11B"] == "encoder"
        and family["LongNet 2.7B"] == "decoder"
    )
    with pytest.raises(ValueError, match="quantum"):
        models.architecture_family("quantum annealer")


def test_tokens_per_parameter_of_experts_count_the_active_ones():
    ratio = models.timeline().set_index("model")["tokens_per_param"]
    assert ratio["DeepSeek-V3"] == pytest.approx(14.8e12 / 37e9) and ratio[
        "GLaM 64B/64E"
    ] == pytest.approx(600e9 / 96.6e9)
    assert pd.isna(ratio["FLAN 137B (LaMDA-PT)"]) and pd.isna(
        ratio["Switch-C"]
    )  # conflicting tokens; active size not read
