"""Changing what a model knows: where to edit, what it costs elsewhere, and how many edits a model bears."""

from __future__ import annotations

from functools import cache

import altair as alt
import pandas as pd

from emergence import data
from emergence.chart import (
    PALETTE,
    Series,
    bars,
    dots,
    dumbbell,
    line,
    linear,
    log,
    named_rows,
    pick,
    plot,
    published_fractions,
    share,
    words,
)
from emergence.figure import Choice
from emergence.text import label

from .tables import chapter

__all__ = ["edit_site", "edit_tradeoff", "edit_scaling", "edit_mend"]

SITES = ("last_subject_token", "first_subject_token", "first_token_after_subject", "last_token")
SWEEP = {
    "score_S": (0, 1),
    "paraphrase_magnitude_PM": (-0.1, 0.6),
    "efficacy_magnitude_EM": (-0.1, 1),
    "neighborhood_magnitude_NM": (-0.4, 0.1),
}


@cache
def sweep() -> pd.DataFrame:
    """Meng et al. 2022, Figure 5: what one edit achieves (fractions) by layer and token."""
    rows = published_fractions("rome_fig5_layer_token_sweep")
    return rows.assign(layer=rows["edited_layer"], site=rows["key_token_position"])


@chapter.figure(
    "knowledge-edit-site",
    tables=["rome_fig5_layer_token_sweep"],
    controls=[Choice("sweep_metric", tuple(SWEEP))],
)
def edit_site(sweep_metric):
    """What one edit achieves (fractions) by the layer and the token at which it is written."""
    rows = pick(sweep(), metric=sweep_metric)
    return rows[["kind", "family", "model", "params", "method", "site", "layer", "metric", "value"]]


@edit_site.draw
def _(rows, sweep_metric):
    layers = {"title": "edited_layer", "ticks": range(0, 48, 6), "grid": False, "nice": False}
    return plot(
        rows,
        x=linear("layer", (-1, 48), **layers),
        y=share(domain=SWEEP[sweep_metric], title=sweep_metric),
        by=Series("site", SITES, title=""),
        layers=[line(), dots(size=24, aria=False)],
        tips=("site", "layer", "value"),
        height=300,
    )


GOALS = {
    "efficacy": ("efficacy_score_ES", "efficacy"),
    "generalization": ("paraphrase_score_PS", "paraphrase"),
    "specificity": ("neighborhood_score_NS", "specificity"),
}
"""What is asked of an edit, and what the papers call it."""
EXPERIMENTS = {
    "counterfact_1_xl": ("ROME Table 4", "GPT-2 XL"),
    "counterfact_1_j": ("ROME Table 4", "GPT-J"),
    "zsre_1_xl": ("ROME Table 1", "GPT-2 XL"),
    "counterfact_10000_j": ("MEMIT Table 2", "GPT-J"),
    "counterfact_10000_neox": ("MEMIT Table 2", "GPT-NeoX"),
    "zsre_10000_j": ("MEMIT Table 1", "GPT-J"),
}
METHODS = (
    "unedited",
    "FT",
    "FT+L",
    "FT-W",
    "KN",
    "KE",
    "KE-CF",
    "KE-zsRE",
    "MEND",
    "MEND-CF",
    "MEND-zsRE",
    "ROME",
    "MEMIT",
)


@cache
def edits() -> pd.DataFrame:
    """ROME Tables 1 and 4, MEMIT Tables 1 and 2: efficacy, generalization and specificity as fractions, one row per cell."""
    rows = published_fractions("model_editing_rome_memit")
    goals = {metric: goal for goal, metrics in GOALS.items() for metric in metrics}
    rows["goal"] = rows["metric"].map(goals)
    rows = rows.dropna(subset=["goal"])
    names = {where: name for name, where in EXPERIMENTS.items()}
    where = pd.Series(list(rows[["table", "model"]].itertuples(index=False, name=None)), rows.index)
    unedited = rows["method"].str.contains("unedited")
    return rows.assign(
        method=rows["method"].where(~unedited, "unedited"), experiment=where.map(names)
    )


@chapter.figure(
    "knowledge-edit-tradeoff",
    tables=["model_editing_rome_memit"],
    controls=[Choice("experiment", tuple(EXPERIMENTS))],
)
def edit_tradeoff(experiment):
    """Efficacy, generalization and specificity (fractions) of methods of editing in one experiment."""
    rows = pick(edits(), experiment=experiment)
    columns = "kind model params dataset method n_edits_at_once goal value ci95"
    return rows[columns.split()]


@edit_tradeoff.draw
def _(rows):
    return plot(
        rows,
        x=share(ticks=5),
        y=named_rows("method", METHODS, limit=120),
        by=Series("goal", tuple(GOALS), title="", columns=2),
        layers=[dumbbell(width=1.5, opacity=0.45), dots(size=85)],
        tips=("method", "goal", "value", "model", "n_edits_at_once"),
        height=250,
    )


CURVES = ("score_S", "efficacy_ES", "generalization_PS", "specificity_NS", "consistency_RS")


def scaling() -> pd.DataFrame:
    return published_fractions("memit_fig5_scaling_curves")


@chapter.figure(
    "knowledge-edit-scaling",
    tables=["memit_fig5_scaling_curves"],
    controls=[Choice("edit_metric", CURVES)],
)
def edit_scaling(edit_metric):
    """What is left of an edit's success (fractions) by the number of edits made at once (Meng et al. 2022, MEMIT, Figure 5)."""
    rows = pick(scaling(), metric=edit_metric).sort_values(["method", "n_edits"])
    return rows[["kind", "model", "params", "method", "n_edits", "metric", "value"]]


@edit_scaling.draw
def _(rows):
    powers = {"ticks": (1, 10, 100, 1000, 10000), "format": ",", "grid": False}
    return plot(
        rows,
        x=log("n_edits", (0.8, 12500), **powers),
        y=share(),
        by=Series("method", ("MEMIT", "ROME", "MEND"), title=""),
        layers=[line(), dots(size=60)],
        tips=("method", "n_edits", "value"),
        height=300,
    )


TESTS = {
    "serac_QA": ("SERAC Table 3", "QA", "T5-large"),
    "serac_QA-hard": ("SERAC Table 3", "QA-hard", "T5-large"),
    "serac_FC": ("SERAC Table 3", "FC", "BERT-base"),
    "mend_wiki_neo": ("MEND Table 3", "Wikitext generation", "GPT-Neo"),
    "mend_wiki_j": ("MEND Table 3", "Wikitext generation", "GPT-J"),
    "mend_zsre_xl": ("MEND Table 3", "zsRE QA", "T5-XL"),
    "mend_zsre_xxl": ("MEND Table 3", "zsRE QA", "T5-XXL"),
}
LEARNED = ("FT", "FT+KL", "KE", "ENN", "MEND", "LU", "RP", "SERAC")


@cache
def learned() -> pd.DataFrame:
    """MEND Table 3 and SERAC Table 3: edit success (fraction) with the damage beside it, as printed."""
    rows = data.load("model_editing_mend_serac")
    names = {where: name for name, where in TESTS.items()}
    where = rows[["table", "dataset", "model"]].itertuples(index=False, name=None)
    rows["experiment"] = pd.Series(list(where), rows.index).map(names)
    rows = rows.dropna(subset=["experiment"])
    key = ["experiment", "dataset", "model", "method", "n_edits_at_once"]
    success = rows[rows["metric"] == "edit_success"][[*key, "params", "value"]]
    damage = rows[rows["metric"] != "edit_success"][[*key, "metric", "value"]]
    damage = damage.rename(columns={"value": "drawdown", "metric": "drawdown_kind"})
    both = success.merge(damage, on=key, validate="one_to_one")
    return both.assign(kind="published", value=pd.to_numeric(both["value"]))


@chapter.figure(
    "knowledge-edit-learned",
    tables=["model_editing_mend_serac"],
    controls=[Choice("editor_test", tuple(TESTS))],
)
def edit_mend(editor_test):
    """Success of editors that were trained to edit (fractions), with the damage printed beside it."""
    rows = pick(learned(), experiment=editor_test)
    columns = "kind model params dataset method n_edits_at_once value drawdown_kind drawdown"
    return rows[columns.split()]


@edit_mend.draw
def _(rows):
    blue = {"color": PALETTE[0]}
    chart = plot(
        rows,
        x=share(domain=(0, 1.45), title="edit_success", ticks=(0, 0.25, 0.5, 0.75, 1)),
        y=named_rows("method", LEARNED, limit=110),
        layers=[
            bars(height=3, tooltip=None, aria=False, **blue),
            dots(size=90, **blue),
            words("words", align="left", dx=9),
        ],
        tips=("method", "value", "drawdown", "drawdown_kind"),
        height=200,
    )
    return chart.transform_calculate(words=label("damage_word") + alt.datum.drawdown)
