"""The pages of the book, their words and links."""

import re
from pathlib import Path

from bs4 import BeautifulSoup
from sphinx_external_toc.parsing import parse_toc_yaml

from emergence import text
from emergence.publish.build import ROOT

DOCUMENTS = [f"{name}.html" for name in parse_toc_yaml(ROOT / "_toc.yml")]

PAGES = [*DOCUMENTS, "genindex.html", "search.html"]

WORDS = text.interface()

# Draws everything on the page, near the screen or not.
OPEN_ALL = "Promise.all([globalThis.emergence?.openAll?.(), globalThis.emergence?.live?.openAll?.()]).then(() => 0)"

BOOK = Path(__file__).resolve().parents[1] / "book"

LINK = re.compile(r"\]\(<?([\w-]*)(?:\.md)?#fig-([^)>\s]*)>?\)")

LINKS = [
    (source.name, *match.groups())
    for source in sorted(BOOK.glob("*.md"))
    for match in LINK.finditer(source.read_text("utf-8"))
]

WRITTEN = [
    (source.name, text)
    for source in sorted(BOOK.glob("*.md"))
    for text in re.findall(r"\S*#fig-\S*", source.read_text("utf-8"))
]


def soup(path):
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def controls_of(figure):
    """The controls of a figure as its page offers them; the figure is not tabulated for it."""
    with text.within(figure.chapter, figure.name):
        return [control.to_page() for control in figure.controls]
