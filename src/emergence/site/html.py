"""From nodes to HTML."""

from __future__ import annotations

import html
import json
from functools import partial
from typing import TYPE_CHECKING

from docutils import nodes

from emergence import client
from emergence.text import interface

from .assets import live_script, picture
from .nodes import figure_node

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def root(translator) -> str:
    return "../" * translator.builder.current_docname.count("/")


def visit_figure(self, node):
    source = f"{root(self)}_static/figures/{node['key']}.js"
    self.body.append(
        f'<figure class="em-figure" id="fig-{node["name"]}" data-key="{node["key"]}" data-src="{source}">\n'
    )


def visit_live(self, node):
    folder = f"{root(self)}_static/live/"
    self.body.append(
        f'<figure class="em-live-part" id="fig-{node["name"]}" data-key="{node["key"]}" data-folder="{folder}" '
        f'data-script="{live_script(node["script"])[0]}">\n'
    )


def depart_figure(self, node):
    self.body.append("</figure>\n")


def visit_stage(self, node):
    """Controls, and the pictures that stand until the live chart is drawn; every part takes its final room at once.

    A figure that asks for a forecast must not give the answer away: its pictures are for readers without JavaScript and print.
    The dark pictures are hidden where they stand, not only by the style sheet: what takes a page without its styles, like a
    browser's reader view, would show each figure twice.
    """
    sizes, room = node["sizes"], node.get("room")
    folder = f"{root(self)}_static/{'live' if room else 'figures'}"
    unseen = " em-unseen" if node.get("predicts") else ""
    pictures = ""
    for skin in ("light", "dark"):
        (wide, high), (narrow, tall) = sizes["page"], sizes["phone"]
        hidden = ' style="display:none"' * (skin == "dark")
        pictures += (
            f'<picture class="only-{skin}{unseen}"{hidden}><source media="(max-width: 480px)" width="{narrow}" height="{tall}" '
            f'srcset="{folder}/{picture(node["key"], skin, "phone")}">'
            f'<img loading="lazy" width="{wide}" height="{high}" src="{folder}/{picture(node["key"], skin, "page")}" '
            f'alt="{html.escape(node["alt"])}"></picture>'
        )
    if room:
        self.body.append(
            f'<div class="em-room" style="--page: {room["page"]}px; --phone: {room["phone"]}px">'
            f'<div class="em-place"><div class="em-still">{pictures}</div></div></div>\n'
        )
        raise nodes.SkipNode
    self.body.append(
        f'<div class="em-controls pst-js-only">{"".join(map(partial(control, node["name"]), node["controls"]))}</div>\n'
    )
    if unseen:
        self.body.append('<div class="em-predict pst-js-only" aria-live="polite"></div>\n')
    self.body.append(
        f'<div class="em-stage" style="--page: {sizes["page"][1]}px; --phone: {sizes["phone"][1]}px">{pictures}'
        + (f"<noscript>{pictures.replace(' em-unseen', '')}</noscript>" if unseen else "")
        + '</div>\n<p class="em-status" aria-live="polite"></p>\n'
    )
    raise nodes.SkipNode


def control(figure: str, c: dict) -> str:
    """The input of one control, with its label; the client gives it life."""
    i, default = html.escape(f"{figure}-{c['name']}"), c["default"]
    if c["type"] == "slider":
        now = html.escape(c["options"][default]["label"])
        field = (
            f'<input id="{i}" type="range" min="0" max="{len(c["options"]) - 1}" step="1" value="{default}" autocomplete="off" '
            f'aria-valuetext="{now}"><output for="{i}">{now}</output>'
        )
    else:
        options = "".join(
            f'<option value="{k}"{" selected" * (k == default)}>{html.escape(o["label"])}</option>'
            for k, o in enumerate(c["options"])
        )
        field = f'<select id="{i}" autocomplete="off">{options}</select>'
    return f'<label for="{i}"><span>{html.escape(c["label"])}</span>{field}</label>'


def visit_caption(self, node):
    self.body.append("<figcaption>\n")


def depart_caption(self, node):
    self.body.append(
        "</figcaption>\n"
        + ('<div class="em-actions"></div>\n' if isinstance(node.parent, figure_node) else "")
    )


def skip(self, node):
    raise nodes.SkipNode


def nothing(self, node):
    pass


def inline_math(self, node):
    from latex2mathml.converter import convert

    self.body.append(convert(node.astext()))
    raise nodes.SkipNode


def block_math(self, node):
    from latex2mathml.converter import convert

    number = f'<span class="eqno">({node["number"]})</span>' if node.get("number") else ""
    ids = f' id="{node["ids"][0]}"' if node.get("ids") else ""
    self.body.append(
        f'<div class="math"{ids} tabindex="0" role="group">{number}{convert(node.astext(), display="block")}</div>\n'
    )
    raise nodes.SkipNode


def description(app: Sphinx, context: dict, doctree) -> str:
    """What a search engine may say about a page: its first words, at most 155 letters, cut at a space."""
    first = (
        next((p.astext() for p in doctree.findall(nodes.paragraph)), "")
        if doctree is not None
        else ""
    )
    words = " ".join((first or f"{context.get('title', '')}: {app.config.project}").split())
    return words if len(words) <= 155 else words[:155].rsplit(" ", 1)[0] + " …"


def page_context(app: Sphinx, name: str, template: str, context: dict, doctree) -> None:
    """Nothing from another host, and the figure scripts only where a figure is."""
    for kind in ("script_files", "css_files"):
        context[kind][:] = [
            f
            for f in context[kind]
            if not str(getattr(f, "filename", f) or "").startswith(("http:", "https:", "//"))
        ]
    context["metatags"] = (
        context.get("metatags", "")
        + f'<meta name="description" content="{html.escape(description(app, context, doctree))}" />\n'
    )
    # The role docutils gives an entry of a bibliography is deprecated (DPUB-ARIA 1.1); the entries stand in a list.
    context["body"] = context.get("body", "").replace(' role="doc-biblioentry"', ' role="listitem"')
    metadata = app.env.metadata.get(name, {})
    if metadata.get("figures") or metadata.get("lives"):
        app.add_js_file("figure.js", loading_method="defer", priority=601, **told())
    if metadata.get("lives"):
        app.add_js_file("live.js", loading_method="defer", priority=602)
    if name == "search":
        words = interface("search")
        app.add_js_file(
            "search.js",
            priority=602,
            loading_method="defer",
            **{"data-found": words["found"], "data-none": words["none"]},
        )


def told() -> dict[str, str]:
    """What the page tells figure.js: where Vega is, which comes when the first figure is drawn, and the words for a figure whose
    own, which come with its data, are lost."""
    words = interface()
    return {
        "data-vega": f"vega.js?v={client.vega_version()}",
        "data-words": json.dumps({name: words[name] for name in ("lost", "gone", "retry")}),
    }
