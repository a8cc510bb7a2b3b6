"""Hover cards: the first occurrence of each glossary term on a page links to its entry, and links show what they lead to.

A card's words are in the page, in a ``<template>`` that only `static/cards.js` reads, so nothing is fetched and a page
without JavaScript still has plain links. Citations need no words of their own: their card is the entry at the end of
the page.

A term is linked once per page, not once per section: every link is a stop of the tab key and a mark in the text, and
who has met a term once on a page can find it again in the glossary.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import new_document

from emergence.text import interface

from .domain import HAN, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx.application import Sphinx

FIRST_LINES = 240
"""Characters a card shows of a page, section or figure; a definition is shown whole."""

ONLY_AS = {
    "head": "(?:[Aa]ttention|[Qq]uery|[Kk]ey–value|value) heads?",  # "build up the whole in our heads"
    "temperature": r"[Tt]emperature(?= \d)",  # "depends on the temperature and the humidity of the air"
    "epoch": "[Ee]pochs?(?! AI)",  # Epoch AI is an organization
}
"""Terms whose name has another meaning in this book's prose: the regular expression under which alone they are linked.

Looked at and left out, because no chapter uses them in their everyday sense: token, parameter, prompt, attention,
convolution, resolution, alignment. Where the field itself uses a word in two senses the glossary names both.
"""

TOPIC = re.compile(r"\bchapters? on [^.;:]*$")
"""Before a term: "the chapter on grokking" promises a chapter, not an entry of the glossary."""

SKIP = (nodes.title, nodes.reference, nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw, nodes.comment,
        nodes.citation, nodes.thead, nodes.caption, nodes.rubric, nodes.term, nodes.Invisible, addnodes.glossary,
        addnodes.toctree, addnodes.download_reference, addnodes.pending_xref, addnodes.index)  # fmt: skip
SKIP_CLASSES = {"em-title", "em-source", "em-key", "bibtex-citation"}


# --- which words are terms ------------------------------------------------------------------------------------------
def names(entry: str) -> list[str]:
    """English names in a glossary entry's head: ``large language model 大语言模型 (LLM)`` has two."""
    # "U-shaped scaling U 形缩放": a single capital before Chinese belongs to the Chinese.
    english = re.split(rf"\s+(?:[A-Z] )?{HAN}|\s+\(", entry)[0].strip()
    return [english, *re.findall(r"\(([A-Z][A-Za-z]*[A-Z])\)", entry)]


def spelling(name: str) -> str:
    """Regular expression for `name`: plurals, a capital at the start of a sentence, hyphen, space or neither within."""
    if name in ONLY_AS:
        return ONLY_AS[name]
    if re.fullmatch(r"[A-Z][A-Za-z]*[A-Z]", name):  # an abbreviation, exactly as written
        return name + "s?"
    first, *rest = re.split(r"([\s–-]+)", name)
    pattern = f"[{first[0].upper()}{first[0].lower()}]" + inflected(first)[1:]
    for gap, word in zip(rest[::2], rest[1::2], strict=True):
        pattern += (r"[\s-]" if gap.isspace() else r"[\s–-]?") + inflected(word)
    return pattern


def inflected(word: str) -> str:
    """Regular expression for a word and its plural, as in "chains of thought"."""
    if len(word) < 3 or not word.isalpha():
        return re.escape(word)
    return f"{word[:-1]}(?:y|ies)" if re.search("[^aeiou]y$", word) else f"{word}(?:e?s)?"


class Matcher:
    """Finds the terms of a glossary in a text: whole words, and of two terms that begin together the longer one."""

    def __init__(self, entries: Iterable[str]):
        spellings = sorted(
            ((name, i) for i, entry in enumerate(entries) for name in names(entry)),
            key=lambda s: -len(s[0]),
        )
        self.numbers = [i for _, i in spellings]
        # "self-attention" and "few-shot-prompted" are other words than "attention" and "few-shot".
        either = "|".join(f"({spelling(name)})" for name, _ in spellings) or "(?!)"
        self.pattern = re.compile(rf"(?<![\w–-])(?:{either})(?![\w–-])")

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """(start, end, number of the entry) of every term in `text`."""
        for m in self.pattern.finditer(text):
            if TOPIC.search(text[: m.start()]):
                continue
            yield m.start(), m.end(), self.numbers[m.lastindex - 1]


# --- links to the glossary --------------------------------------------------------------------------------------------
def is_prose(text: nodes.Text) -> bool:
    return not in_raw_link(text) and not any(
        isinstance(a, SKIP) or SKIP_CLASSES & set(a.get("classes", ())) for a in ancestors(text)
    )


def in_raw_link(text: nodes.Text) -> bool:
    """Is `text` inside a link written in HTML? Its tags are raw nodes beside it."""
    before = [
        n.astext()
        for n in text.parent.children[: text.parent.index(text)]
        if isinstance(n, nodes.raw)
    ]
    return sum(n.startswith("<a ") - n.startswith("</a") for n in before) > 0


def ancestors(node: nodes.Node) -> Iterator[nodes.Node]:
    while (node := node.parent) is not None:
        yield node


def link_terms(document: nodes.document, matcher: Matcher, addresses: list[str]) -> None:
    """Turn the first occurrence of each term in `document` into a link to its address: in the prose, else in a caption."""
    from .nodes import caption_node

    seen: set[int] = set()
    texts = [t for t in document.findall(nodes.Text) if is_prose(t)]
    for text in sorted(texts, key=lambda t: any(isinstance(a, caption_node) for a in ancestors(t))):
        words, end, pieces = text.astext(), 0, []
        for start, stop, number in matcher.find(words):
            if number not in seen:
                seen.add(number)
                link = nodes.reference(
                    "",
                    words[start:stop],
                    internal=True,
                    refuri=addresses[number],
                    classes=["em-term"],
                )
                pieces += [nodes.Text(words[end:start]), link]
                end = stop
        if pieces:
            text.parent.replace(text, [p for p in [*pieces, nodes.Text(words[end:])] if p.astext()])


class TermLinks(SphinxPostTransform):
    """Links to the glossary; after references are resolved, because only then is every page read."""

    default_priority = 20
    formats = ("html",)

    def run(self, **kwargs):
        if any(self.document.findall(addnodes.glossary)):
            return
        here, terms = self.env.docname, self.env.get_domain("emergence").terms()
        uri = self.app.builder.get_relative_uri
        link_terms(
            self.document,
            Matcher(p.title for _, p in terms),
            [f"{uri(here, docname)}#{p.anchor}" for docname, p in terms],
        )


# --- what the cards say -----------------------------------------------------------------------------------------------
def targets(app: Sphinx, name: str, document: nodes.document) -> dict[str, tuple[str, Place]]:
    """Places to which the internal links of a page lead: {address as in the page: (page of the place, place)}."""
    domain, found = app.env.get_domain("emergence"), {}
    pages = {app.builder.get_relative_uri(name, other): other for other in app.env.found_docs} | {
        "": name
    }
    for link in document.findall(nodes.reference):
        if link.get("internal") and not any(
            isinstance(p, addnodes.toctree) for p in ancestors(link)
        ):
            address = link.get("refuri") or f"#{link.get('refid', '')}"
            path, _, anchor = address.partition("#")
            if path in pages and (
                place := domain.places(pages[path]).get(anchor.partition("?")[0])
            ):
                found[address] = (pages[path], place)
    return found


def card(app: Sphinx, docname: str, place: Place) -> str:
    """Title and first words of a place as HTML."""
    title = re.sub(
        rf"({HAN}+)", r'<span lang="zh">\1</span>', html.escape(place.title, quote=False)
    )
    if place.body is None:
        return f"<b>{title}</b>"
    # A document of its own, so that the paragraph's citations and references are resolved.
    document = new_document(docname)
    document += place.body.deepcopy()
    app.env.apply_post_transforms(document, docname)
    return f"<b>{title}</b> {first_lines(document, None if place.kind == 'term' else FIRST_LINES)}"


def first_lines(node: nodes.Node, limit: int | None) -> str:
    """Text and formulas below `node` as HTML, cut at a word after `limit` characters."""
    from latex2mathml.converter import convert

    out, room = [], limit or 10**6
    for leaf in node.findall(lambda n: isinstance(n, nodes.Text | nodes.math)):
        if isinstance(leaf.parent, nodes.math | nodes.raw):
            continue
        text = leaf.astext()
        if len(text) > room:
            out.append(
                html.escape(text[:room].rpartition(" ")[0].rstrip(" ,;:(["), quote=False) + "…"
            )
            break
        room -= len(text)
        out.append(
            convert(text) if isinstance(leaf, nodes.math) else html.escape(text, quote=False)
        )
    return "".join(out).strip()


def page_context(
    app: Sphinx, name: str, template: str, context: dict, document: nodes.document | None
) -> None:
    """Put a page's cards at its end and load the script that shows them, where there are any."""
    if document is None or app.builder.name != "html":
        return
    found = targets(app, name, document)
    entries_here = {i for citation in document.findall(nodes.citation) for i in citation["ids"]}
    if not found and entries_here.isdisjoint(
        link.get("refid") for link in document.findall(nodes.reference)
    ):
        return
    entries = "".join(
        f'<div data-for="{html.escape(address)}">{card(app, docname, place)}</div>\n'
        for address, (docname, place) in found.items()
    )
    go = html.escape(interface("cards")["go"])
    context["body"] += f'<template id="em-cards" data-go="{go}">\n{entries}</template>\n'
    app.add_js_file("cards.js", loading_method="defer", priority=602)


def setup(app: Sphinx) -> None:
    app.add_post_transform(TermLinks)
    app.connect("html-page-context", page_context)
