"""Every number in the words of the chapter on architectures: of each figure, from its own rows, and of the prose."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import one, percent, pick

from .cost import (
    BYTES,
    configs,
    cost_by_context,
    kv_cache,
    matrix_params,
    recall,
    state_values,
    token_flops,
    training_speed,
)
from .models import (
    ERAS,
    TOKENS_PER_PARAM,
    architecture_timeline,
    decoders,
    lineage,
    timeline,
)
from .quality import PILE, against_transformer, comparisons, hybrid_layers, same_size, zero_shot
from .tables import chapter


def score(task: str, model: str) -> float:
    return one(zero_shot(), task=task, model=model)


def mean(model: str) -> str:
    return percent(score("mean_of_seven", model))


@same_size.facts
def _():
    return {
        "mean_mamba": mean("Mamba-2.8B"),
        "mean_mamba2": mean("Mamba-2-2.7B"),
        "mean_pythia": mean("Pythia-2.8B"),
        "mean_rwkv3": mean("RWKV4-3B"),
    }


def behind(entry: str) -> float:
    """Nats per token by which a model is worse than the Transformer beside it."""
    return one(comparisons(), entry=entry)


@against_transformer.facts
def _():
    modern = pick(comparisons(), baseline_recipe="llama_recipe")["value"]
    newer = comparisons()[comparisons()["mixer"] != "older_linear"]["value"]
    return {
        "modern_widest": f"{modern.abs().max():.2f}",
        "newer": str(len(newer)),
        "newer_better": str((newer < 0).sum()),
        "older_linear": f"{behind('Linear Attention, 125M'):.2f}",
    }


def perplexity() -> pd.Series:
    """By number of attention layers."""
    rows = pick(hybrid_layers().frame(), kind="published")
    return rows.set_index("n_attention_layers")["perplexity"]


@hybrid_layers.facts
def _():
    rows, by_layers = hybrid_layers().frame(), perplexity()
    few = by_layers[(by_layers.index >= 3) & (by_layers.index <= 9)]
    return {
        "hybrid_0": f"{by_layers[0]:.2f}",
        "hybrid_6": f"{by_layers[6]:.2f}",
        "hybrid_24": f"{by_layers[24]:.2f}",
        "hybrid_best": f"{by_layers.idxmin():.0f}",
        "hybrid_flat": f"{few.max() - few.min():.2f}",
        "hybrid_layers": str(int(rows["n_layers"].iloc[0])),
        "hybrid_line": f"{hybrid_layers().forecast()['line']:.2f}",
        "hybrid_transformer": f"{one(rows, 'perplexity', kind='reference'):.2f}",
    }


LONG = 131072


def in_bytes(values: float) -> str:
    """The memory of so many numbers, to three digits."""
    size = BYTES * values
    for unit, least in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if size >= least:
            return f"{size / least:.3g} {unit}"
    return f"{size / 1e3:.3g} kB"


def kept_per_token(model: str) -> float:
    """Numbers that every further token adds to what is kept."""
    return state_values(model, 1) - state_values(model, 0)


@cost_by_context.facts
def _():
    cached = kept_per_token("pythia-2.8b")
    return {
        "kv_pythia": in_bytes(cached),
        "kv_pythia_128k": in_bytes(LONG * cached),
        "state_mamba": in_bytes(state_values("Mamba-2.8B", 2048)),
        "state_mamba2": in_bytes(state_values("Mamba-2-2.7B", 2048)),
        "state_rwkv": in_bytes(state_values("RWKV-4 3B", 2048)),
        "cross_mamba2": f"{state_values('Mamba-2-2.7B', 0) / cached:.0f}",
    }


@kv_cache.facts
def _():
    llama = configs().loc["Llama-3.1-405B"]
    return {
        "kv_gpt3_128k": in_bytes(LONG * kept_per_token("GPT-3 175B")),
        "kv_llama31_128k": in_bytes(LONG * kept_per_token("Llama-3.1-405B")),
        "kv_palm_128k": in_bytes(LONG * kept_per_token("PaLM-540B")),
        "llama31_share": str(llama["n_heads"] // llama["n_kv_heads"]),
        "palm_heads": str(configs().loc["PaLM-540B", "n_heads"]),
    }


@recall.facts
def _():
    def found(model, length, digits=1):
        return percent(one(recall().frame(), model=model, length=length), digits)

    return {
        "recall_flash_30": found("FlashTransformer", 30000),
        "recall_hyena_30": found("Hyena", 30000, 0),
        "recall_hyena_131": found("Hyena", 131000),
        "recall_rwkv_30": found("RWKV", 30000),
    }


def speeds() -> pd.DataFrame:
    """Training throughput by size (rows) and implementation (columns)."""
    rows = training_speed().frame(training_cost="throughput")
    return rows.pivot(index="params", columns="model", values="value")


@training_speed.facts
def _():
    largest = speeds().loc[6.7e9]
    return {
        "speed_plain": f"{largest['Transformer']:,.0f}",
        "speed_flash": f"{largest['Transformer + FlashAttention']:,.0f}",
        "speed_retnet": f"{largest['RetNet']:,.0f}",
    }


def tokens_per_param(model: str, digits: int = 1) -> str:
    return f"{one(decoders(), 'tokens_per_param', model=model):.{digits}f}"


@lineage.facts
def _():
    return {
        "decoders": str(len(decoders())),
        "gpt3_ratio": tokens_per_param("GPT-3 175B"),
        "lamda_ratio": tokens_per_param("LaMDA 137B"),
        "palm_ratio": tokens_per_param("PaLM 540B"),
        "chinchilla_ratio": tokens_per_param("Chinchilla", 0),
        "llama3_ratio": tokens_per_param("Llama 3 70B", 0),
    }


@architecture_timeline.facts
def _():
    rows = timeline()
    since = rows[rows["date"].dt.year >= 2023]
    groups = since["architecture_family"].value_counts()
    largest = rows.groupby("architecture_family")["params"].max() / 1e9
    return {
        "models": str(len(rows)),
        "models_params": str(rows["params"].notna().sum()),
        "models_context": str(rows["context_length"].notna().sum()),
        "since_2023": str(len(since)),
        "decoder_2023": str(groups["decoder"]),
        "none_2023": str(groups["no_attention"]),
        "hybrid_2023": str(groups["hybrid"]),
        "largest_none": f"{largest['no_attention']:.0f}",
        "largest_hybrid": f"{largest['hybrid']:.0f}",
    }


def of_quality() -> dict[str, str]:
    mamba2, pythia = score(PILE, "Mamba-2-2.7B"), score(PILE, "Pythia-2.8B")
    factor = (np.log(pythia) / np.log(mamba2)) ** (1 / 0.076)  # the power law of Kaplan et al. 2020
    return {
        "mean_pythia69": mean("Pythia-6.9B"),
        "pile_mamba2": f"{mamba2:.2f}",
        "pile_pythia": f"{pythia:.2f}",
        "pile_loss_mamba2": f"{np.log(mamba2):.3f}",
        "pile_loss_pythia": f"{np.log(pythia):.3f}",
        "pile_factor": f"{factor:.1f}",
        "pile_small_pythia": f"{score(PILE, 'Pythia-160M'):.2f}",
        "modern": str(len(pick(comparisons(), baseline_recipe="llama_recipe"))),
        "mamba2_pythia": f"{-behind('Mamba-2-2.7B, 2.7B'):.3f}",
        "mamba2_plus": f"{-behind('Mamba-2-2.7B, 2.7B *'):.3f}",
        "rwkv_llama": f"{behind('RWKV-4, 1.5B'):.3f}",
        "xlstm_llama": f"{-behind('xLSTM[1:0], 1.4B'):.3f}",
        "hyena_behind": f"{behind('Hyena-2 (355M), 355M'):.3f}",
        "hybrid27": f"{-behind('Mamba-2-Attention, 2.7B'):.3f}",
    }


def of_other_tables() -> dict[str, str]:
    xlstm = data.load("xlstm")
    ablation = xlstm[xlstm["task"].str.endswith("ablation")].set_index("model")["value"]
    same = pick(data.load("retnet"), table="Table 5", task="In-domain").set_index("model")["value"]
    arena = pick(data.load("rwkv"), table="Table 4", task="Long Range Arena: average")
    arena = arena.set_index("model")["value"]
    nvidia = data.load("nvidia_mamba2_hybrid_8b")
    mmlu = pick(data.load("chinchilla_vs_gopher"), task="MMLU (57 tasks)")
    return {
        "lstm_plain": f"{ablation['LSTM (vanilla, multi-layer)']:,.0f}",
        "lstm_resnet": f"{ablation['LSTM + ResNet backbone']:.1f}",
        "lstm_gating": f"{ablation['xLSTM[0:1] (exponential gating)']:.1f}",
        "lstm_matrix": f"{ablation['xLSTM[7:1] (+ matrix memory)']:.1f}",
        "same200_retnet": f"{same['RetNet']:.2f}",
        "same200_h3": f"{same['H3']:.2f}",
        "same200_rwkv": f"{same['RWKV']:.2f}",
        "same200_hyena": f"{same['Hyena']:.2f}",
        "same200_linear": f"{same['Linear Transformer']:.2f}",
        "lra_transformer": f"{arena['Transformer']:.1f}",
        "lra_s4": f"{arena['S4']:.1f}",
        "lra_rwkv": f"{arena['RWKV']:.1f}",
        "nvidia_gain": f"{one(nvidia, unit='percentage_points'):.2f}",
        "nvidia_tokens": f"{nvidia['train_tokens'].iloc[0] / 1e12:.1f}",
        "mmlu_chinchilla": f"{one(mmlu, model='Chinchilla'):.1f}",
        "mmlu_gopher": f"{one(mmlu, model='Gopher'):.1f}",
    }


def doubled_at(model: str, weights: float) -> str:
    """The context at which attention costs as many operations as the weights."""
    c = configs().loc[model]
    per_token = formulas.attention_flops(c["n_layers"], c["n_heads"], c["d_head"], 1)
    return f"{2 * weights / float(per_token):,.0f}"


def of_memory() -> dict[str, str]:
    cached, state = kept_per_token("pythia-2.8b"), state_values("Mamba-2-2.7B", 0)
    rwkv = state_values("RWKV-4 3B", 2048)
    token_bits = np.log2(50277)  # the tokenizer of Pythia, RWKV-4 and Mamba
    bits = 8 * BYTES
    weights = matrix_params("pythia-2.8b")
    attention = 1 - 2 * weights / token_flops("pythia-2.8b", 2048)
    llama = configs().loc["Llama-3.1-405B"]
    return {
        "weights_cross": f"{2.8e9 / cached:,.0f}",
        "pythia_double": doubled_at("pythia-2.8b", weights),
        "gpt3_double": doubled_at("GPT-3 175B", 1.75e11),
        "pythia_attention_2k": f"{100 * attention:.0f}",
        "kv_gpt3": in_bytes(kept_per_token("GPT-3 175B")),
        "kv_palm": in_bytes(kept_per_token("PaLM-540B")),
        "kv_llama2_7": in_bytes(kept_per_token("Llama-2-7b-hf")),
        "kv_llama3_8": in_bytes(kept_per_token("Llama-3-8B")),
        "kv_hybrid": in_bytes(kept_per_token("Mamba-2-Hybrid 8B")),
        "llama31_heads": str(llama["n_heads"]),
        "llama31_kv": str(llama["n_kv_heads"]),
        "state_numbers": f"{state / 1e6:.0f}",
        "state_bits": f"{bits * state / 1e6:.0f}",
        "token_bits": f"{token_bits:.1f}",
        "copy_mamba2": f"{bits * state / token_bits / 1e6:.0f}",
        "copy_rwkv": f"{round(bits * rwkv / token_bits, -4):,.0f}",
        "kv_bits": f"{bits * cached / 1e6:.1f}",
    }


def of_training() -> dict[str, str]:
    flash, retnet = speeds()["Transformer + FlashAttention"], speeds()["RetNet"]
    largest = speeds().loc[6.7e9]
    faster = 100 * (retnet / flash - 1)
    first, best = (perplexity()[0] - perplexity()[n] for n in (1, 6))
    late = pick(decoders(), era=ERAS[2])["tokens_per_param"]
    context = timeline().set_index("model")["context_length"]
    return {
        "hybrid_first_share": f"{100 * first / best:.0f}",
        "flash_gain_67": f"{largest[flash.name] / largest['Transformer']:.1f}",
        "retnet_gain_67": f"{largest['RetNet'] / largest['Transformer']:.1f}",
        "retnet_over_flash": f"{faster.min():.0f}",
        "retnet_over_flash_max": f"{faster.max():.0f}",
        "gopher_ratio": tokens_per_param("Gopher"),
        "decoders_late": str(len(late)),
        "decoders_late_above": str((late > TOKENS_PER_PARAM).sum()),
        "context_gpt1": f"{context['GPT-1']:,.0f}",
        "context_gpt3": f"{context['GPT-3 175B']:,.0f}",
        "context_jamba": f"{context['Jamba v0.1']:,.0f}",
        "context_llama31": f"{context['Llama 3.1 405B']:,.0f}",
    }


@chapter.prose
def prose():
    return {**of_quality(), **of_other_tables(), **of_memory(), **of_training()}


numbers = chapter.numbers
