"""The numbers in the words of each figure of the chapter on knowledge, from the figure's own rows; shares in percent."""

from __future__ import annotations

import pandas as pd

from emergence import data
from emergence.chart import one, percent, pick, published_fractions

from .editing import (
    edit_mend,
    edit_scaling,
    edit_site,
    edit_tradeoff,
    edits,
    learned,
    scaling,
    sweep,
)
from .miniature import edited, facts_capacity, facts_edits, facts_trace, traced
from .recall import (
    blimp,
    blimp_by_words,
    closed_book_gpt3,
    closed_book_t5,
    gpt3,
    lama,
    probed,
    small_siblings,
    t5,
)
from .split import ffn_share, split_calculator
from .tables import configs, traces
from .tracing import ffn_memories, geva, trace_lines, trace_map

SUBJECT = "last_subject_token"


def peak(model: str, component: str, token: str = SUBJECT) -> pd.Series:
    """The layer at which restoring one kind of state gives back most."""
    rows = pick(traces(), model=model, component=component, token_position=token)
    return rows.loc[rows["value"].idxmax()]


def mlp_peak() -> dict[str, str]:
    return {"trace_xl_mlp": percent(peak("GPT-2 XL", "mlp_window10")["value"])}


@trace_map.facts
def _():
    late = peak("GPT-2 XL", "attn_window10", "last_token")
    return {**mlp_peak(), "trace_late": percent(late["value"])}


@trace_lines.facts
def _():
    layer = peak("GPT-2 XL", "mlp_window10")["layer"]
    attention = pick(traces(), model="GPT-2 XL", component="attn_window10", token_position=SUBJECT)
    return {
        **mlp_peak(),
        "trace_xl_mlp_layer": str(layer),
        "trace_xl_hidden": percent(peak("GPT-2 XL", "single_hidden_state")["value"]),
        "trace_attention_at_mlp_peak": percent(one(attention, layer=layer)),
    }


def ffn_shares() -> pd.Series:
    """Share of the feed-forward layers in the parameters of the blocks, by model."""
    rows = configs().set_index("model")
    return rows["feed_forward"] / (rows["attention"] + rows["feed_forward"])


def llama3_share() -> dict[str, str]:
    return {"share_llama3": percent(ffn_shares()["Llama-3-8B"], 0)}


@ffn_share.facts
def _():
    share = ffn_shares()
    return {
        **llama3_share(),
        "configs": str(len(share)),
        "two_thirds_n": str((share.sub(2 / 3).abs() < 0.005).sum()),
        "share_gemma": percent(share["Gemma-2b"], 0),
        "share_t5": percent(share["T5-11B"], 0),
    }


@split_calculator.facts
def _():
    return llama3_share()


@ffn_memories.facts
def _():
    rows = pick(geva(), measure="patterns")
    wide = rows.pivot_table(index="layer", columns="response", values="value")
    low, high = wide.loc[:9].mean(), wide.loc[10:].mean()
    return {
        "geva_shallow_low": percent(low["shallow"], 0),
        "geva_shallow_high": percent(high["shallow"], 0),
        "geva_semantic_low": percent(low["semantic"], 0),
        "geva_semantic_high": percent(high["semantic"], 0),
    }


def grammar(words: float, phenomenon: str = "Overall") -> str:
    """Mean accuracy of the models that read so many words."""
    rows = pick(blimp(), kind="published", task=phenomenon, pretraining_words=words)
    return percent(rows["value"].mean())


def people(phenomenon: str = "Overall") -> str:
    return percent(one(blimp(), task=phenomenon, model="Human"))


@blimp_by_words.facts
def _():
    return {
        "blimp_1M": grammar(1e6),
        "blimp_10M": grammar(1e7),
        "blimp_100M": grammar(1e8),
        "blimp_30B": grammar(3e10),
        "blimp_people": people(),
    }


def probe(model: str, question: str = "T-REx Total", column: str = "value"):
    return one(probed(), column, task=question, model=model)


@lama.facts
def _():
    return {
        "lama_bert": percent(probe("BERT-large")),
        "lama_freq": percent(probe("Freq")),
        "lama_oracle": percent(probe("RE_oracle")),
        "lama_facts": f"{probe('BERT-large', column='n_facts'):,}",
    }


def answered(task: str, params: float = 1.75e11) -> float:
    """Share of questions that GPT-3 of one size answers with examples."""
    return one(gpt3(), task=task, setting="few_shot", params=params)


@closed_book_gpt3.facts
def _():
    return {
        "TriviaQA_small": percent(answered("TriviaQA", 1.25e8)),
        "TriviaQA_13B": percent(answered("TriviaQA", 1.3e10)),
        "TriviaQA_few_shot": percent(answered("TriviaQA")),
        "TriviaQA_line": percent(closed_book_gpt3().forecast(task="TriviaQA")["line"]),
    }


@closed_book_t5.facts
def _():
    def trivia(rows, model):
        return percent(one(rows, task="TriviaQA test (wiki)", model=model))

    everything = published_fractions("closed_book_qa_t5")
    params = one(everything, "params", task="Natural Questions", model="RAG-Sequence")
    return {
        "rag_params": f"{params / 1e6:.0f}",
        "rag_trivia": trivia(everything, "RAG-Sequence"),
        "t5_trivia_base": trivia(t5(), "T5.1.1-Base"),
        "t5_trivia_xxl": trivia(t5(), "T5.1.1-XXL"),
        "t5_trivia_ssm": trivia(t5(), "T5.1.1-XXL + SSM"),
    }


def siblings(task: str, family: str = "GPT-4.1") -> dict[str, str]:
    """What a model and its smaller siblings score on one test, by their place in the family."""
    rows = pick(small_siblings().frame(sibling_family=family), task=task)
    return {row.sibling: percent(row.value) for row in rows.itertuples()}


@small_siblings.facts
def _():
    tests = {"simpleqa": "SimpleQA", "gpqa": "GPQA", "mmlu": "MMLU"}
    return {
        f"{tier}_{key}": score
        for key, task in tests.items()
        for tier, score in siblings(task).items()
    }


def site(metric: str, token: str = SUBJECT) -> pd.Series:
    """What an edit at a token achieves, by layer."""
    return pick(sweep(), metric=metric, site=token).set_index("layer")["value"].sort_index()


@edit_site.facts
def _():
    general = site("paraphrase_magnitude_PM")
    return {
        "site_layer": str(general.idxmax()),
        "site_pm": percent(general.max()),
        "site_pm_last": percent(site("paraphrase_magnitude_PM", "last_token").max()),
    }


def edit(method: str, goal: str, experiment: str = "counterfact_1_xl") -> str:
    return percent(one(edits(), experiment=experiment, method=method, goal=goal))


@edit_tradeoff.facts
def _():
    return {
        "one_unedited_specificity": edit("unedited", "specificity"),
        "one_MEND-CF_generalization": edit("MEND-CF", "generalization"),
        "one_MEND-CF_specificity": edit("MEND-CF", "specificity"),
        "one_ROME_generalization": edit("ROME", "generalization"),
        "one_ROME_specificity": edit("ROME", "specificity"),
        "zsre_unedited_specificity": edit("unedited", "specificity", "zsre_1_xl"),
    }


def scaled(method: str, n_edits: int, metric: str = "score_S") -> str:
    return percent(one(scaling(), metric=metric, method=method, n_edits=n_edits))


@edit_scaling.facts
def _():
    return {
        "scale_MEMIT_1": scaled("MEMIT", 1),
        "scale_MEMIT_1000": scaled("MEMIT", 1000),
        "scale_MEMIT_10000": scaled("MEMIT", 10000),
        "scale_MEND_10000": scaled("MEND", 10000),
        "scale_ROME_1": scaled("ROME", 1),
        "scale_ROME_1000": scaled("ROME", 1000),
        "scale_ROME_10000": scaled("ROME", 10000),
    }


@edit_mend.facts
def _():
    rows = pick(learned(), experiment="serac_QA-hard")
    return {
        "learned_mend_hard": percent(one(rows, method="MEND")),
        "learned_serac_hard": percent(one(rows, method="SERAC")),
        "damage_mend_hard": one(rows, "drawdown", method="MEND"),
        "damage_serac_hard": one(rows, "drawdown", method="SERAC"),
    }


NAME, END = "last_name", "relation_2"


def effect(model: str, place: str, position: str, question: str = "facts_repair") -> str:
    """What a place gives back (or takes away), in percent of probability."""
    where = {"facts_question": question, "facts_model": f"facts_{model}"}
    return percent(one(traced(), fact_place=place, fact_position=position, **where), 0)


@facts_trace.facts
def _():
    return {
        "repair_designed_mlp1_name": effect("designed", "mlp_1", NAME),
        "repair_designed_mlp1_end": effect("designed", "mlp_1", END),
        "repair_plain_mlp1_name": effect("plain", "mlp_1", NAME),
        "repair_plain_mlp3_end": effect("plain", "mlp_3", END),
    }


def kept(model: str, method: str, goal: str) -> str:
    """Mean share of right answers after the edits of one method, in percent."""
    where = {"facts_model": f"facts_{model}", "fact_method": method, "facts_goal": f"facts_{goal}"}
    return percent(pick(edited(), **where)["value"].mean(), 0)


@facts_edits.facts
def _():
    same = "same_subject"
    return {
        "facts_edits": str(edited()["edit"].max()),
        "facts_designed_rank_one_1_same_subject": kept("designed", "rank_one_1", same),
        "facts_designed_rank_one_alone_1_same_subject": kept("designed", "rank_one_alone_1", same),
        "facts_designed_fine_tuning_same_subject": kept("designed", "fine_tuning", same),
    }


@facts_capacity.facts
def _():
    rows = data.curves("facts", "capacity")
    best = rows.loc[rows.groupby("width")["bits_per_param"].idxmax()].set_index("width")
    return {
        "capacity_8_params": f"{best.loc[8, 'params']:,.0f}",
        "capacity_8_best": f"{best.loc[8, 'bits_per_param']:.1f}",
        "capacity_16_params": f"{best.loc[16, 'params']:,.0f}",
        "capacity_16_best": f"{best.loc[16, 'bits_per_param']:.1f}",
    }
