"""What a page has to find: its beginning, sections, figures, glossary terms and data tables, each with its first words.

A Sphinx domain keeps them per page. Hover cards (`cards`) show them; figures, terms and tables also go into Sphinx's
own search index, where `static/search.js` shows them, and can be linked by their ids: ``[text](#fig-name)``.
"""

from __future__ import annotations

import hashlib
import html
import re
from typing import TYPE_CHECKING, NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.domains import Domain, ObjType

from emergence.text import interface

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOUND = ("figure", "term", "table")
"""Kinds of places that the search lists; pages and sections Sphinx finds by itself."""
HAN = "[\u3400-\u9fff]"


class Place(NamedTuple):
    """A place of a page. `body` says in a paragraph what is there; `words` are what the search looks through."""

    kind: str  # page, section, figure, term, table
    anchor: str  # the element's id; empty for the page itself
    title: str
    body: nodes.paragraph | None = None
    words: str = ""


class PlaceDomain(Domain):
    """The places of every page; ``data`` is {"pages": {docname: [Place]}, "refs": {docname: targets}, "digests": …}."""

    name = "emergence"
    label = "More Is Different"
    data_version = 1
    initial_data = {"pages": {}, "refs": {}, "digests": {}}

    def __init__(self, env):
        words = interface("search")
        self.object_types = {
            kind: ObjType(words[kind]) for kind in FOUND
        }  # Domain copies it for each instance
        super().__init__(env)

    def get_type_name(self, type, primary=False):
        return type.lname

    def clear_doc(self, docname):
        for kind in ("pages", "refs"):
            self.data[kind].pop(docname, None)

    def resolve_any_xref(self, env, fromdocname, builder, target, node, contnode):
        return []  # the labels of the standard domain do

    def get_objects(self):
        # Sphinx's search looks for the words of a query in an object's displayed name; what it shows ends at the tab.
        for docname, places in self.data["pages"].items():
            for p in places:
                if p.kind in FOUND:
                    # Sphinx shortens anchors that can be made from the name, to names: "#" keeps ours.
                    yield f"#{p.anchor}", f"{p.title}\t{p.words}", p.kind, docname, p.anchor, 0

    def places(self, docname: str) -> dict[str, Place]:
        """Places of a page by anchor; a page that is not there has none."""
        return {p.anchor: p for p in self.data["pages"].get(docname, [])}

    def terms(self) -> list[tuple[str, Place]]:
        """Every glossary term with its page."""
        return [
            (docname, p)
            for docname, places in self.data["pages"].items()
            for p in places
            if p.kind == "term"
        ]


# --- reading: what is on this page ----------------------------------------------------------------------------------
def collect(document: nodes.document) -> list[Place]:
    """All places of a page, in reading order."""
    from .nodes import figure_node

    found, paper, table = [], "", None
    for node in document.findall():
        if isinstance(node, nodes.section):
            page = node.parent is document
            place = Place(
                "page" if page else "section", "", node[0].astext(), lead(node, deep=page)
            )
            found += [place._replace(anchor=anchor) for anchor in [""] * page + node["ids"]]
        elif isinstance(node, figure_node):
            found.append(figure_place(node))
        elif isinstance(node, addnodes.glossary):
            found += glossary_places(node)
        elif isinstance(node, nodes.raw) and node.get("format") == "html":
            # The catalogue's tables are HTML: a summary names the paper, an id the table, a list its place and columns.
            if summary := re.search(r"<summary[^>]*>(.*?)</summary>", node.astext()):
                paper = plain(summary[1])
            if name := re.search(r'id="table-([\w-]+)"', node.astext()):
                table = len(found)
                found.append(
                    Place("table", f"table-{name[1]}", name[1], nodes.paragraph("", paper), paper)
                )
            elif table is not None and "<li>" in node.astext():
                facts = re.findall(r"<li>(.*?)</li>", node.astext())[
                    :3
                ]  # source, place in it, columns
                found[table] = found[table]._replace(words=". ".join([paper, *map(plain, facts)]))
                table = None
    return found


def plain(markup: str) -> str:
    """The words of a piece of HTML."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", markup))).strip()


def lead(section: nodes.section, deep: bool) -> nodes.paragraph | None:
    """The first paragraph of a section itself; with `deep`, of its boxes too, but never a figure's or a later section's."""
    from .nodes import figure_node

    for child in section.children[1:]:
        if isinstance(child, nodes.section):
            return None
        if isinstance(child, nodes.paragraph):
            return copy(child)
        inner = next(iter(child.findall(nodes.paragraph)), None)
        if (
            deep
            and inner
            and isinstance(child, nodes.Admonition)
            and not any(child.findall(figure_node))
        ):
            return copy(inner)
    return None


def copy(node: nodes.Element) -> nodes.Element:
    """A copy that can be kept: without ties to its document, and without ids, which stand once in a page."""
    new = node.deepcopy()
    for part in new.findall():
        part.document = None
        if isinstance(part, nodes.Element):
            part["ids"] = []
    return new


def figure_place(node) -> Place:
    from .nodes import caption_node, stage_node

    title = node[0].astext()
    paragraphs = [
        p
        for caption in node.findall(caption_node)
        for p in caption
        if "em-source" not in p["classes"]
    ]
    alt = next(node.findall(stage_node))["alt"]
    body = copy(paragraphs[0]) if paragraphs else None
    if body:
        del body[0]  # "Shows: "
    return Place(
        "figure", node["ids"][0], title, body, " ".join([alt, *(p.astext() for p in paragraphs)])
    )


def glossary_places(glossary: addnodes.glossary) -> list[Place]:
    found = []
    for item in glossary.findall(nodes.definition_list_item):
        definition = next(item.findall(nodes.definition))
        body = nodes.paragraph()
        for paragraph in definition.findall(nodes.paragraph):
            body += [nodes.Text(" ")] * bool(body.children) + copy(paragraph).children
        for term in item.findall(nodes.term):
            # Sphinx keeps the index entry inside the term.
            name = "".join(
                t for t in term.findall(nodes.Text) if not isinstance(t.parent, addnodes.index)
            ).strip()
            found.append(
                Place("term", term["ids"][0], name, body, definition.astext().replace("\n", " "))
            )
    return found


# --- events ---------------------------------------------------------------------------------------------------------
def doctree_read(app: Sphinx, document: nodes.document) -> None:
    env = app.env
    domain, name = env.get_domain("emergence"), env.docname
    domain.data["pages"][name] = places = collect(document)
    domain.data["refs"][name] = {
        x["reftarget"]
        for x in document.findall(addnodes.pending_xref)
        if x.get("refdomain") != "cite"
    }
    for p in places:
        if p.kind in ("figure", "table"):
            env.get_domain("std").note_hyperlink_target(p.anchor, name, p.anchor, p.title)


def env_updated(app: Sphinx, env) -> list[str]:
    """Pages that show something of a page that changed: Sphinx writes these too."""
    data = env.get_domain("emergence").data
    digests = {
        name: (digest([p for p in places if p.kind == "term"]), digest(places))
        for name, places in data["pages"].items()
    }
    old, data["digests"] = data["digests"], digests
    changed = {name for name in digests | old if digests.get(name) != old.get(name)}
    if any(digests.get(name, ("",))[0] != old.get(name, ("",))[0] for name in changed):
        return sorted(env.found_docs)  # a glossary
    ids = {p.anchor for name in changed for p in data["pages"].get(name, [])}
    return sorted(
        name
        for name, refs in data["refs"].items()
        if refs & (changed | ids) or any(r.split("#")[0] in changed for r in refs)
    )


def digest(places: list[Place]) -> str:
    if not places:
        return ""
    text = "\0".join(
        f"{p.kind}\0{p.anchor}\0{p.title}\0{p.body.pformat() if p.body else ''}" for p in places
    )
    return hashlib.sha256(text.encode()).hexdigest()


def setup(app: Sphinx) -> None:
    app.add_domain(PlaceDomain)
    app.connect("doctree-read", doctree_read)
    app.connect("env-updated", env_updated)
