"""The numbers that only sentences of the chapter on knowledge ask for; shares in percent."""

from __future__ import annotations

import numpy as np

from emergence import data, formulas
from emergence.chart import one, percent, pick, published_fractions

from .facts import (
    END,
    NAME,
    SUBJECT,
    answered,
    edit,
    effect,
    ffn_shares,
    grammar,
    kept,
    peak,
    people,
    probe,
    scaled,
    siblings,
    site,
)
from .recall import closed_book_gpt3, gpt3, t5
from .split import redesigned
from .tables import chapter, configs, printed, traces
from .tracing import geva


def of_split() -> dict[str, str]:
    rows, share = configs().set_index("model"), ffn_shares()
    dense = share[rows["n_experts"] == 1]
    shape = "n_layers d_model n_heads n_kv_heads d_head d_ff ffn_matrices".split()
    moe, small = rows.loc["Mixtral-8x7B-v0.1"], rows.loc["pythia-14m"]
    active = formulas.param_split(**moe[shape], n_experts=2)
    full = redesigned("Llama-3-8B", "kv_full", "ffn_published")
    gpt, llama = rows.loc["GPT-3 175B"], rows.loc["Llama-3-8B"]

    def of_blocks(split):
        return percent(split["feed_forward"] / (split["feed_forward"] + split["attention"]), 0)

    return {
        "share_min": percent(dense.min(), 0),
        "share_max": percent(dense.max(), 0),
        "share_mixtral": percent(share["Mixtral-8x7B-v0.1"], 0),
        "share_qwen06": percent(share["Qwen3-0.6B"], 0),
        "share_llama1": percent(share["LLaMA-7B"], 0),
        "gpt3_attention": f"{gpt['attention'] / 1e9:.0f}",
        "gpt3_ffn": f"{gpt['feed_forward'] / 1e9:.0f}",
        "pythia14_embedding": percent(small["embedding"] / small["total"], 0),
        "mixtral_active_share": of_blocks(active._asdict()),
        "llama3_full_kv": of_blocks(full),
        "llama3_d_model": f"{llama['d_model']:,}",
        "llama3_d_ff": f"{llama['d_ff']:,}",
        "llama3_heads": str(llama["n_heads"]),
        "llama3_kv": str(llama["n_kv_heads"]),
        "llama3_layers": str(llama["n_layers"]),
        "llama3_head": str(llama["d_head"]),
        "llama3_attention": f"{llama['attention'] / 1e9:.2f}",
        "llama3_ffn": f"{llama['feed_forward'] / 1e9:.2f}",
        "llama3_attention_layer": f"{llama['attention'] / llama['n_layers'] / 1e6:.1f}",
        "llama3_ffn_layer": f"{llama['feed_forward'] / llama['n_layers'] / 1e6:.1f}",
    }


def of_recall() -> dict[str, str]:
    relations = pick(data.load("lama_probe"), corpus="T-REx", relation="Total", model="BERT-large")
    trivia = pick(gpt3(), task="TriviaQA", setting="few_shot").sort_values("params")
    slope, _ = np.polyfit(np.log10(trivia["params"]), trivia["value"], 1)
    step = (answered("TriviaQA") - answered("TriviaQA", 1.3e10)) / np.log10(1.75e11 / 1.3e10)
    return {
        "blimp_dn_1M": grammar(1e6, "D-N AGR"),
        "blimp_dn_10M": grammar(1e7, "D-N AGR"),
        "blimp_quant_1M": grammar(1e6, "QUANTIFIERS"),
        "blimp_quant_30B": grammar(3e10, "QUANTIFIERS"),
        "blimp_quant_people": people("QUANTIFIERS"),
        "lama_naive": percent(probe("RE_naive")),
        "lama_one_one": percent(probe("BERT-large", "T-REx 1-1")),
        "lama_date": percent(probe("BERT-large", "Google-RE birth-date")),
        "lama_relations": str(one(relations, "n_relations")),
        "NQs_few_shot": percent(answered("NQs")),
        "NQs_line": percent(closed_book_gpt3().forecast(task="NQs")["line"]),
        "trivia_per_decade": percent(slope, 0),
        "factor_13_175": f"{1.75e11 / 1.3e10:.1f}",
        "trivia_step": percent(step, 0),
    }


def of_t5() -> dict[str, str]:
    everything, questions = published_fractions("closed_book_qa_t5"), "Natural Questions"
    first, later = (pick(t5(version), task=questions) for version in ("arXiv", "EMNLP"))
    regraded = "Natural Questions (after human re-grading of 150 errors)"

    def reviewed(kind):
        return percent(one(everything, task=f"{questions} error review: {kind}"), 0)

    return {
        "t5_nq_v1": percent(one(first, model="T5-11B")),
        "t5_nq_ssm_v1": percent(one(first, model="T5-11B + SSM")),
        "t5_nq_emnlp": percent(one(later, model="T5-11B")),
        "t5_nq_11b_ssm": percent(one(later, model="T5-11B + SSM")),
        "t5_regraded": percent(one(everything, task=regraded)),
        "review_wording": reviewed("phrasing mismatch"),
        "review_unanswerable": reviewed("unanswerable"),
        "bert_read_nq": percent(
            one(everything, task=questions, model="BERT-baseline sparse retrieval")
        ),
    }


def of_tracing() -> dict[str, str]:
    agreement = pick(geva(), measure="key_value_agreement")
    where = {"model": "GPT-2 XL", "component": "mlp_window10", "token_position": SUBJECT}
    mlp = pick(traces(), **where).set_index("layer")["value"]
    dip = mlp[mlp.index < mlp.idxmax()]
    neurons = "mean change of correct-answer probability when knowledge neurons are "
    suppressed = printed(neurons + "suppressed (set to 0)", "knowledge_neurons")
    blurred = "mean probability, corrupted run (noise 3 sigma on subject embeddings)"
    hidden = "AIE of single hidden state, last subject token, layer 15"
    return {
        "geva_agree_16": percent(one(agreement, layer=16)),
        "geva_keys": printed("keys annotated", "ffn_memories"),
        "geva_random": printed("random agreement baseline", "ffn_memories"),
        "geva_active": printed("active memories per layer for a typical example", "ffn_memories"),
        "geva_differs": printed(
            "layer prediction differs from every memory (at least)", "ffn_memories"
        ),
        "kn_suppress": suppressed.lstrip("-"),
        "kn_amplify": printed(neurons + "amplified (doubled)", "knowledge_neurons"),
        "clean": printed("mean probability of correct object, clean run", "causal_tracing"),
        "corrupted": printed(blurred, "causal_tracing"),
        "ate": printed("average total effect ATE", "causal_tracing"),
        "aie_hidden": printed(hidden, "causal_tracing"),
        "aie_mlp": printed("AIE peak of MLP (window of 10), last subject token", "causal_tracing"),
        "aie_attention": printed(
            "AIE of attention (window of 10), last subject token", "causal_tracing"
        ),
        "counterfact": f"{int(printed('CounterFact records', 'causal_tracing')):,}",
        "dip_layer": str(dip.idxmin()),
        "dip": percent(dip.min()),
        "trace_large_mlp": percent(peak("GPT-2 Large", "mlp_window10")["value"]),
        "trace_large_attention": percent(peak("GPT-2 Large", "attn_window10")["value"]),
        "trace_neox_mlp": percent(peak("GPT-NeoX-20B", "mlp_window10")["value"]),
        "trace_neox_attention": percent(peak("GPT-NeoX-20B", "attn_window10")["value"]),
        "site_score": percent(site("score_S").max()),
        "site_score_0": percent(site("score_S")[0]),
        "site_score_17": percent(site("score_S")[site("paraphrase_magnitude_PM").idxmax()]),
        "site_score_dip": percent(site("score_S")[dip.idxmin()]),
    }


def of_editing() -> dict[str, str]:
    many, zsre = "counterfact_10000_j", "zsre_10000_j"
    return {
        "one_unedited_efficacy": edit("unedited", "efficacy"),
        "one_FT_specificity": edit("FT", "specificity"),
        "one_FT+L_generalization": edit("FT+L", "generalization"),
        "one_FT+L_specificity": edit("FT+L", "specificity"),
        "one_KE-CF_generalization": edit("KE-CF", "generalization"),
        "one_KE-CF_specificity": edit("KE-CF", "specificity"),
        "one_KN_efficacy": edit("KN", "efficacy"),
        "many_MEMIT_efficacy": edit("MEMIT", "efficacy", many),
        "many_ROME_efficacy": edit("ROME", "efficacy", many),
        "many_ROME_specificity": edit("ROME", "specificity", many),
        "zsremany_MEMIT_efficacy": edit("MEMIT", "efficacy", zsre),
        "zsremany_ROME_efficacy": edit("ROME", "efficacy", zsre),
        "zsremany_ROME_specificity": edit("ROME", "specificity", zsre),
        "scale_ROME_100": scaled("ROME", 100),
        "scale_memit_ns_1": scaled("MEMIT", 1, "specificity_NS"),
        "scale_memit_ns_10000": scaled("MEMIT", 10000, "specificity_NS"),
        "scale_mend_ns_10000": scaled("MEND", 10000, "specificity_NS"),
        "scale_rome_rs_1": scaled("ROME", 1, "consistency_RS"),
        "scale_rome_rs_10000": scaled("ROME", 10000, "consistency_RS"),
    }


FACT_BITS = 50
"""Bits that one fact is taken to need, as the chapter says."""


def of_capacity() -> dict[str, str]:
    bits = printed("capacity", "knowledge_capacity", "1000 times")
    rare = printed("capacity", "knowledge_capacity", "100 exposures")
    capacity = data.curves("facts", "capacity")
    small = pick(capacity, width=8)
    fewest = small.loc[small["facts"].idxmin()]
    edge = printed("90% of attainable edge-probing improvement reached with", "data_vs_knowledge")
    return {
        "words_edge": edge.lstrip("<"),
        "random_bits": printed("unintended memorisation capacity", "knowledge_capacity"),
        "bits": bits,
        "bits_rare": rare,
        "bits_int4": printed("capacity after int4 quantisation", "knowledge_capacity"),
        "bits_share": percent(float(bits) / 16),
        "seven_gigabytes": f"{7e9 * float(bits) / 8 / 1e9:.2f}",
        "seven_weights": f"{7e9 * 16 / 8 / 1e9:.0f}",
        "fact_bits": str(FACT_BITS),
        "fact_count": f"{7e9 * float(bits) / FACT_BITS / 1e6:.0f}",
        "fact_count_rare": f"{7e9 * float(rare) / FACT_BITS / 1e6:.0f}",
        "capacity_8_first": f"{fewest['bits_per_param']:.1f}",
        "capacity_8_first_facts": f"{fewest['facts']:,.0f}",
        "capacity_8_first_accuracy": percent(fewest["accuracy"], 0),
    }


def of_miniature() -> dict[str, str]:
    blurred = data.curves("facts", "trace").groupby("model")["corrupted"].mean()
    same, efficacy = "same_subject", "efficacy"
    return {
        "facts_total": f"{len(data.curves('facts', 'facts')):,}",
        "facts_recall_low": percent(data.curves("facts", "recall")["recall"].min()),
        "facts_blurred_designed": percent(blurred["designed"], 0),
        "repair_designed_mlp2_name": effect("designed", "mlp_2", NAME),
        "repair_designed_att1_name": effect("designed", "attention_1", NAME),
        "repair_designed_att3_end": effect("designed", "attention_3", END),
        "repair_plain_mlp1_end": effect("plain", "mlp_1", END),
        "repair_plain_mlp2_end": effect("plain", "mlp_2", END),
        "repair_plain_att1_name": effect("plain", "attention_1", NAME),
        "loss_plain_mlp3_end": effect("plain", "mlp_3", END, "facts_loss"),
        "facts_designed_rank_one_alone_2_same_subject": kept("designed", "rank_one_alone_2", same),
        "facts_plain_fine_tuning_same_subject": kept("plain", "fine_tuning", same),
        "facts_plain_rank_one_1_efficacy": kept("plain", "rank_one_1", efficacy),
        "facts_plain_rank_one_2_efficacy": kept("plain", "rank_one_2", efficacy),
    }


def of_siblings() -> dict[str, str]:
    facts = siblings("SimpleQA", "o3")
    return {
        "sibling_o3_simpleqa": facts["sibling_full"],
        "sibling_o3_mini_simpleqa": facts["sibling_mini"],
        "sibling_o3_mini_gpqa": siblings("GPQA", "o3")["sibling_mini"],
    }


@chapter.prose
def prose():
    return {
        **of_split(),
        **of_recall(),
        **of_t5(),
        **of_siblings(),
        **of_tracing(),
        **of_editing(),
        **of_capacity(),
        **of_miniature(),
    }


numbers = chapter.numbers
