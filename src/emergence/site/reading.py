"""From the output of a notebook's cell to nodes of the page."""

from __future__ import annotations

import re

from docutils import nodes

from emergence import mime
from emergence.text import interface

from .assets import asset_cache, write_assets, write_live_assets
from .nodes import caption_node, figure_node, live_node, stage_node


class FigureMime:
    """MyST-NB's entry point for our MIME type (``myst_nb.mime_renderers``)."""

    mime_priority_overrides = [("*", mime.FIGURE, 1), ("*", mime.LIVE, 1)]

    @staticmethod
    def handle_mime(renderer, output, inline):
        make = {mime.FIGURE: figure, mime.LIVE: live}.get(output.mime_type)
        return (
            None if inline or make is None else [make(output.content, renderer.renderer.sphinx_env)]
        )


def figure(page: dict, env) -> figure_node:
    words = interface()
    key, sizes = write_assets(page, words, asset_cache(env.app))
    env.metadata[env.docname].setdefault("figures", []).append(key)
    node = figure_node(name=page["name"], key=key, ids=[f"fig-{page['name']}"])
    node += nodes.paragraph("", page["title"], classes=["em-title"])
    node += stage_node(
        key=key,
        name=page["name"],
        alt=page["finding"],
        sizes=sizes,
        controls=page["controls"],
        predicts=bool(page["forecasts"]),
    )
    node += caption(page, words)
    return node


def live(page: dict, env) -> live_node:
    words = interface()
    key, sizes, files = write_live_assets(page, words, asset_cache(env.app))
    env.metadata[env.docname].setdefault("lives", []).append(
        {"files": files, "script": page["script"]}
    )
    node = live_node(name=page["name"], key=key, script=page["script"], ids=[f"fig-{page['name']}"])
    node += nodes.paragraph("", page["title"], classes=["em-title"])
    node += stage_node(key=key, alt=page["finding"], sizes=sizes, room=page["room"])
    node += caption(page, words)
    return node


def caption(page: dict, words: dict) -> caption_node:
    caption = caption_node()
    for part in ("shows", "hides"):
        caption += nodes.paragraph(
            "", "", nodes.inline("", f"{words[part]}: ", classes=["em-key"]), nodes.Text(page[part])
        )
    caption += source_line(page, words)
    return caption


def source_line(page: dict, words: dict) -> nodes.paragraph:
    from emergence.figure import MANY

    line = nodes.paragraph("", "", classes=["em-source"])
    if page["simulation"]:
        line += nodes.Text(words["simulation"] + " ")
    if page["sources"]:
        line += nodes.inline(
            "",
            words["source" if len(page["sources"]) == 1 else "sources"] + ": ",
            classes=["em-key"],
        )
    many = len(page["sources"]) > MANY
    if many:
        line += nodes.Text(words["many_sources"].format(tables=len(page["sources"])))
    for i, source in enumerate([] if many else page["sources"]):
        authors = re.split(r",| and | et al| \(", source["authors"] or source["title"])[0].strip()
        line += nodes.Text("; " if i else "")
        line += nodes.reference(
            "", f"{authors} {source['year']}".strip(), refuri=source["url"], internal=False
        )
        line += nodes.Text(f", {source['locator']}" if source["locator"] else "")
    if page["sources"] and not many:
        line += nodes.Text(".")
    for run in page["runs"]:
        line += nodes.Text(f" {words['run']}: {run['title']} (")
        line += nodes.literal("", run["command"])
        line += nodes.Text(").")
    return line
