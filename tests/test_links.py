"""Links of the prose to a figure in a chosen state name an existing figure of that page, its controls and allowed values."""

import io
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from pages import BOOK, LINKS, WRITTEN
from sphinx.application import Sphinx

from emergence.chapters import every
from emergence.site.figure_links import FigureLinks

FIGURES = every()


def wrong(page, target):
    """What is wrong with a link, in one sentence; None if nothing is."""
    name, _, query = target.partition("?")
    if name not in FIGURES:
        return f"there is no figure {name!r}"
    figure = FIGURES[name]
    chapter = BOOK / f"{page}.md"
    if not chapter.exists() or not re.search(
        rf"from emergence\.chapters import {figure.chapter}\b", chapter.read_text("utf-8")
    ):
        return f"{name} is a figure of {figure.chapter}, which {page}.md does not draw"
    # The client compares values as texts, exactly (`applyHash` in figure.js).
    allowed = {
        c.name: [f"{v:g}" if isinstance(v, float) else str(v) for v in c.grid]
        for c in figure.controls
    }
    for control, value in (part.split("=", 1) for part in query.split("&") if part):
        if control not in allowed:
            return f"{name} has no control {control!r}; it has: {', '.join(allowed)}"
        if unquote(value) not in allowed[control]:
            return f"{control}={unquote(value)} is no value of {name}; allowed: {', '.join(allowed[control])}"
    return None


def test_the_book_has_such_links_and_this_test_sees_all_of_them():
    assert len(LINKS) >= 20
    examples = [
        text for _, text in WRITTEN if text.startswith("`")
    ]  # the form of an address, shown as code
    explorer = [
        text for _, text in WRITTEN if text.startswith('href="#fig-explorer?')
    ]  # tested with the explorer
    assert len(LINKS) == len(WRITTEN) - len(examples) - len(explorer), set(WRITTEN)


@pytest.mark.parametrize("source, page, target", LINKS)
def test_a_link_leads_to_a_state_that_exists(source, page, target):
    assert wrong(page or Path(source).stem, target) is None


def test_what_the_plans_for_teaching_promise_is_what_the_figures_show():
    mmlu = FIGURES["wei-few-shot-panels"].frame(x="params")
    mmlu = mmlu[mmlu["panel"] == "2G"].set_index("model")
    small, large = (
        next(i for i in mmlu.index if name in str(i) and size in str(i))
        for name, size in (("Chinchilla", "70B"), ("Gopher", "280B"))
    )
    assert (
        mmlu.loc[small, "value"] > mmlu.loc[large, "value"]
        and mmlu.loc[large, "params"] == 4 * mmlu.loc[small, "params"]
    )
    few = FIGURES["four-lenses"].frame(test_items="30")["at_test_size"].value_counts()
    assert few["below_resolution"] > 2 * few["visible"]  # "most of the models"

    def gain(task):
        scores = FIGURES["ablations"].frame(task=task).set_index("setting")["value"]
        return (scores["equation only"] - scores["Standard prompting"]) / (
            scores["Chain of thought prompting"] - scores["Standard prompting"]
        )

    assert gain("GSM8K") < 0 and gain("ASDiv") > 0.75


# --- the build ----------------------------------------------------------------------------------------------------------
def site(tmp_path, text):
    """One page with `text` and one page two.md that has the figure `a-b`; returns the first page's HTML and the warnings."""
    (tmp_path / "conf.py").write_text("extensions = ['myst_parser']\n", "utf-8")
    (tmp_path / "index.md").write_text(f"# One\n\n{text}\n\n```{{toctree}}\ntwo\n```\n", "utf-8")
    (tmp_path / "two.md").write_text("# Two\n", "utf-8")
    warnings = io.StringIO()
    app = Sphinx(
        tmp_path,
        tmp_path,
        tmp_path / "out",
        tmp_path / "trees",
        "html",
        status=None,
        warning=warnings,
    )
    app.add_post_transform(FigureLinks)
    app.connect(
        "doctree-read",
        lambda app, tree: app.env.metadata[app.env.docname].update(
            figures=["a-b-0123456789"] if app.env.docname == "two" else []
        ),
    )
    app.build()
    return (tmp_path / "out" / "index.html").read_text("utf-8"), warnings.getvalue()


def test_the_build_turns_a_figure_link_into_an_address(tmp_path):
    page, warnings = site(tmp_path, "See [*this* state](two.md#fig-a-b?x=2D%2B&y=1).")
    assert re.search(
        r'<a [^>]*href="two\.html#fig-a-b\?x=2D%2B&amp;y=1"[^>]*><span[^>]*><em>this</em> state</span></a>',
        page,
    )
    assert not warnings


def test_a_figure_that_the_page_lacks_stops_the_build(tmp_path):
    _, warnings = site(tmp_path, "See [this](two.md#fig-c).")
    assert re.search(r"index\.md:3: WARNING: two has no figure 'c'; it has: a-b", warnings)


@pytest.mark.parametrize(
    "page, target, what",
    [
        ("emergence", "fig-of-mine", "there is no figure 'fig-of-mine'"),
        (
            "grokking",
            "gpt3-arithmetic",
            "gpt3-arithmetic is a figure of emergence, which grokking.md does not draw",
        ),
        ("index", "traffic?dense=0.1", "traffic has no control 'dense'; it has: density"),
        ("index", "traffic?density=0.12", "density=0.12 is no value of traffic"),
        ("emergence", "gpt3-arithmetic?task=2D%2B&x=params", None),
    ],
)
def test_a_wrong_link_is_told_from_a_right_one(page, target, what):
    assert wrong(page, target) == what if what is None else what in wrong(page, target)
