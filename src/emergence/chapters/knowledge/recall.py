"""What is learned and recalled: grammar by words read, facts by probing, questions answered without a book."""

from __future__ import annotations

from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import (
    PALETTE,
    Series,
    bars,
    dots,
    dumbbell,
    fractions,
    levels,
    line,
    log,
    named_rows,
    pick,
    plot,
    published_fractions,
    share,
    size,
    words,
)
from emergence.figure import Choice, Predict
from emergence.text import label

from .tables import EVERY, chapter

__all__ = ["blimp_by_words", "lama", "closed_book_gpt3", "closed_book_t5", "small_siblings"]

PHENOMENA = (
    "Overall",
    "ANA. AGR",
    "ARG. STR",
    "BINDING",
    "CTRL. RAIS.",
    "D-N AGR",
    "ELLIPSIS",
    "FILLER GAP",
    "IRREGULAR",
    "ISLAND",
    "NPI",
    "QUANTIFIERS",
    "S-V AGR",
)


@cache
def blimp() -> pd.DataFrame:
    """BLiMP accuracy (fraction) of the MiniBERTas, RoBERTa base and people."""
    rows = data.load("blimp_by_pretraining_words")
    models = rows["model"].str.fullmatch(r".*-[123]|RoBERTaBASE")
    rows = rows[rows["pretraining_words"].notna() & models | (rows["model"] == "Human")]
    return rows.assign(
        value=fractions(rows["value"]),
        task=rows["phenomenon"],
        kind=np.where(rows["model"] == "Human", "reference", "published"),
    )


@chapter.figure(
    "knowledge-blimp",
    tables=["blimp_by_pretraining_words"],
    controls=[Choice("phenomenon", PHENOMENA)],
)
def blimp_by_words(phenomenon):
    """Accuracy on minimal pairs of sentences (fractions) by words read in training, three runs each, beside people."""
    rows = pick(blimp(), task=phenomenon)
    rows = rows[["kind", "family", "model", "pretraining_words", "task", "metric", "value"]]
    people = rows["kind"] == "reference"
    rows.loc[people, "model"] = label("people")
    chance = rows[people].assign(model=label("chance_level"), value=0.5)
    mean = rows[~people].groupby("pretraining_words", as_index=False)["value"].mean().round(6)
    named = {"kind": "fit", "family": "MiniBERTa", "model": label("mean_of_runs")}
    mean = mean.assign(task=phenomenon, metric="accuracy", **named)[list(rows)]
    return pd.concat([rows, chance, mean], ignore_index=True)


@blimp_by_words.draw
def _(rows):
    ticks = (1e6, 1e7, 1e8, 1e9, 3e10)
    tips = [
        alt.Tooltip("model:N"),
        alt.Tooltip("pretraining_words:Q", title=label("pretraining_words"), format="~s"),
        alt.Tooltip("value:Q", title=label("value"), format=".1%"),
    ]
    runs = {"size": 70, "opacity": 0.9, "color": PALETTE[0], "tooltip": tips}
    return plot(
        rows,
        x=log("pretraining_words", (7e5, 5e10), ticks=ticks, billions=True, grid=False),
        y=share(domain=(0.4, 1)),
        layers=[
            levels(),
            line({"kind": "fit"}, strokeDash=[8, 4], color=PALETTE[0]),
            dots({"kind": "published"}, **runs),
        ],
        height=300,
    )


LAMA_MODELS = (
    "Freq",
    "RE_naive",
    "RE_oracle",
    "DrQA",
    "Fairseq fconv",
    "Transformer-XL large",
    "ELMo original",
    "ELMo 5.5B",
    "BERT-base",
    "BERT-large",
)
PROBES = (
    "T-REx Total",
    "T-REx 1-1",
    "T-REx N-1",
    "T-REx N-M",
    "Google-RE Total",
    "Google-RE birth-place",
    "Google-RE birth-date",
    "Google-RE death-place",
    "ConceptNet Total",
    "SQuAD Total",
)


@cache
def probed() -> pd.DataFrame:
    """Petroni et al. 2019, Table 2: precision at one (fraction) per model and part of the probe."""
    rows = pick(data.load("lama_probe"), model=list(LAMA_MODELS))
    other = rows["family"] == "baseline"
    return rows.assign(
        value=fractions(rows["value"]),
        task=rows["corpus"] + " " + rows["relation"],
        kind=np.where(other, "reference", "published"),
        system=np.where(other, "not_a_language_model", "language_model"),
    )


@chapter.figure("knowledge-lama", tables=["lama_probe"], controls=[Choice("probe", PROBES)])
def lama(probe):
    """Share of facts (fractions) whose missing word each model puts first, and what other systems find."""
    rows = pick(probed(), task=probe)
    return rows["kind family model params task n_facts system metric value".split()]


@lama.draw
def _(rows):
    printed = alt.Text("value:Q", format=".1%")
    return plot(
        rows,
        x=share(domain=(0, 0.8), title="P@1", ticks=5),
        y=named_rows("model", LAMA_MODELS, limit=150),
        by=Series("system", ("language_model", "not_a_language_model"), title=""),
        layers=[
            bars(EVERY, height=3, tooltip=None, aria=False),
            dots(EVERY, size=90),
            words("value", EVERY, align="left", dx=9, text=printed),
        ],
        tips=("model", "params", "task", "n_facts", "value"),
        height=250,
    )


QUESTIONS = ("TriviaQA", "NQs", "WebQs")
SETTINGS = ("zero_shot", "one_shot", "few_shot")


def gpt3() -> pd.DataFrame:
    """Table H.1 of Brown et al. 2020 without its test-server column, as fractions."""
    rows = published_fractions("gpt3_table_h1")
    return rows[rows["split"] != "test server"]


@chapter.figure(
    "knowledge-closed-book-gpt3",
    tables=["gpt3_table_h1"],
    curve=["task", "setting"],
    controls=[Choice("task", QUESTIONS)],
    predict=Predict("params", 1.4e10, "params", "value", {"setting": "few_shot"}),
)
def closed_book_gpt3(task):
    """Share of questions GPT-3 answers without a book (fractions) by size and number of examples."""
    rows = pick(gpt3(), task=task).sort_values(["setting", "params"])
    columns = "kind family model params train_flops task setting n_shots split metric value"
    return rows[columns.split()]


@closed_book_gpt3.draw
def _(rows):
    table = data.load("gpt3_table_h1")
    return plot(rows, size("params", over=table), share(), Series("setting", SETTINGS))


READ = {
    "TriviaQA test (wiki)": ["RAG-Sequence"],
    "Natural Questions": ["RAG-Sequence", "BERT-baseline sparse retrieval"],
    "WebQuestions": ["RAG-Sequence", "BERT-baseline sparse retrieval"],
}
"""Systems that may read Wikipedia while answering, drawn as reference lines."""


def t5(version: str = "EMNLP") -> pd.DataFrame:
    """Roberts et al. 2020 as fractions, in one version of the paper, and the systems that read."""
    rows = published_fractions("closed_book_qa_t5")
    return rows[rows["version"].str.startswith(version)]


@chapter.figure(
    "knowledge-closed-book-t5",
    tables=["closed_book_qa_t5"],
    controls=[Choice("question_set", tuple(READ))],
)
def closed_book_t5(question_set):
    """Share of questions T5 answers without a book (fractions) by size and training, beside systems that may read."""
    own = pick(t5(), task=question_set, setting="finetuned closed-book", metric="exact_match")
    salient = np.where(own["model"].str.contains("SSM"), " + SSM", "")
    own = own.assign(variant=own["family"] + salient).sort_values(["variant", "params"])
    read = published_fractions("closed_book_qa_t5", task=question_set, model=READ[question_set])
    read = read.assign(kind="reference", variant=None, params=np.nan)
    read = read.assign(model=read["model"].map(label))
    columns = "kind family model params task variant setting metric value"
    return pd.concat([own.astype(object), read.astype(object)])[columns.split()]


@closed_book_t5.draw
def _(rows):
    table = data.load("closed_book_qa_t5")
    return plot(
        rows,
        x=size("params", over=table[table["family"].str.startswith("T5")]),
        y=share(domain=(0, 0.8)),
        by=Series("variant", ("T5", "T5 + SSM", "T5.1.1", "T5.1.1 + SSM"), title=""),
    )


SIBLINGS = {
    "GPT-4.1": {
        "gpt-4.1-2025-04-14": "sibling_full",
        "gpt-4.1-mini-2025-04-14": "sibling_mini",
        "gpt-4.1-nano-2025-04-14": "sibling_nano",
    },
    "GPT-4o": {
        "gpt-4o-2024-08-06": "sibling_full",
        "gpt-4o-mini-2024-07-18": "sibling_mini",
    },
    "o1": {"o1": "sibling_full", "o1-mini": "sibling_mini"},
    "o3": {"o3": "sibling_full", "o3-mini": "sibling_mini"},
}
"""Models that share a name, by the place in the family that the name gives them."""
TESTS = ("SimpleQA", "GPQA", "MATH or MATH-500", "MMLU", "HumanEval", "MGSM", "DROP")


@chapter.figure(
    "knowledge-small-siblings",
    tables=["simple_evals_openai"],
    controls=[Choice("sibling_family", tuple(SIBLINGS))],
)
def small_siblings(sibling_family):
    """Scores (fractions) of a large model and its smaller siblings on a test of facts and six other tests."""
    tiers = SIBLINGS[sibling_family]
    rows = published_fractions("simple_evals_openai", model=list(tiers))
    rows = rows.assign(sibling=rows["model"].map(tiers))
    return rows["kind family model sibling task setting metric value".split()]


@small_siblings.draw
def _(rows):
    return plot(
        rows,
        x=share(ticks=5),
        y=named_rows("task", TESTS, limit=160),
        by=Series("sibling", ("sibling_full", "sibling_mini", "sibling_nano"), title=""),
        layers=[dumbbell(width=1.5, opacity=0.45), dots(size=85)],
        tips=("model", "task", "setting", "metric", "value"),
        height=30 * len(TESTS),
    )
