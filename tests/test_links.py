"""Links of the prose to a figure in a chosen state name an existing figure of that page, its controls and allowed values."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from emergence.figures import every

BOOK = Path(__file__).resolve().parents[1] / "book"
FIGURES = every()
LINK = re.compile(r"\]\(<?([\w-]*)(?:\.md)?#fig-([^)>\s]*)>?\)")
LINKS = [(source.name, *match.groups()) for source in sorted(BOOK.glob("*.md")) for match in LINK.finditer(source.read_text("utf-8"))]
WRITTEN = [(source.name, text) for source in sorted(BOOK.glob("*.md")) for text in re.findall(r"\S*#fig-\S*", source.read_text("utf-8"))]


def wrong(page, target):
    """What is wrong with a link, in one sentence; None if nothing is."""
    name, _, query = target.partition("?")
    if name not in FIGURES:
        return f"there is no figure {name!r}"
    figure = FIGURES[name]
    chapter = BOOK / f"{page}.md"
    if not chapter.exists() or not re.search(rf"from emergence\.figures import {figure.chapter}\b", chapter.read_text("utf-8")):
        return f"{name} is a figure of {figure.chapter}, which {page}.md does not draw"
    # The client compares values as texts, exactly (`applyHash` in figure.js).
    allowed = {c["name"]: [f"{o['value']:g}" if isinstance(o["value"], float) else str(o["value"]) for o in c["options"]] for c in (c.to_page() for c in figure.controls)}
    for control, value in (part.split("=", 1) for part in query.split("&") if part):
        if control not in allowed:
            return f"{name} has no control {control!r}; it has: {', '.join(allowed)}"
        if unquote(value) not in allowed[control]:
            return f"{control}={unquote(value)} is no value of {name}; allowed: {', '.join(allowed[control])}"
    return None


def test_the_book_has_such_links_and_this_test_sees_all_of_them():
    assert len(LINKS) >= 20
    examples = [text for _, text in WRITTEN if text.startswith("`")]  # the form of an address, shown as code
    assert len(LINKS) == len(WRITTEN) - len(examples), set(WRITTEN)


@pytest.mark.parametrize("source, page, target", LINKS)
def test_a_link_leads_to_a_state_that_exists(source, page, target):
    assert wrong(page or Path(source).stem, target) is None


@pytest.mark.parametrize("page, target, what", [
    ("emergence", "fig-of-mine", "there is no figure 'fig-of-mine'"),
    ("grokking", "gpt3-arithmetic", "gpt3-arithmetic is a figure of emergent_abilities, which grokking.md does not draw"),
    ("index", "traffic?dense=0.1", "traffic has no control 'dense'; it has: density"),
    ("index", "traffic?density=0.12", "density=0.12 is no value of traffic"),
    ("emergence", "gpt3-arithmetic?task=2D%2B&x=params", None),
])
def test_a_wrong_link_is_told_from_a_right_one(page, target, what):
    assert wrong(page, target) == what if what is None else what in wrong(page, target)
