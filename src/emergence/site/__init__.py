"""Sphinx extension: puts figures into static pages, keeps every byte of a page on the site, and re-reads what changed.

A figure's page skin becomes one script file (`_static/figures/<key>.js`, loaded when the figure comes near the screen) and
two static pictures, light and dark, which stand until the live chart is drawn, without JavaScript, and in print.
Scripts, not fetched JSON, so that a page works from ``file://``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from emergence import __version__, client
from emergence.files import write_atomically

from . import cards, domain, html, launch
from .assets import PICTURES, asset_cache, fill, live_script
from .figure_links import FigureLinks
from .finish.icons import slim
from .finish.policy import secure
from .finish.sheets import join
from .nodes import caption_node, figure_node, live_node, stage_node
from .rebuild import after_read, before_read, outdated, own_files

HERE = Path(__file__).parent

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def finish(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    static, source = Path(app.outdir) / "_static", asset_cache(app)
    figures = {
        f"{key}{end}"
        for meta in app.env.metadata.values()
        for key in meta.get("figures", [])
        for end in (".js", *PICTURES)
    }
    parts = [part for meta in app.env.metadata.values() for part in meta.get("lives", [])]
    scripts = dict(live_script(part["script"]) for part in parts)
    fill(static / "figures", source, figures)
    fill(
        static / "live",
        source,
        {file for part in parts for file in part["files"]},
        keep=set(scripts),
    )
    for name, text in scripts.items():
        write_atomically(static / "live" / name, text.encode())
    launch.write(app, source)
    slim(Path(app.outdir))
    join(Path(app.outdir))
    secure(Path(app.outdir))


def setup(app: Sphinx) -> dict:
    # Sphinx copies scripts and styles only when it writes a page; as a setting, a change in them makes it write all.
    app.add_config_value(
        "emergence_site",
        own_files(*(Path(app.confdir) / p for p in app.config.html_static_path)),
        "html",
    )
    os.environ["EMERGENCE_SKIN"] = "page"  # kernels started by this build offer the page skin alone
    for node, visit in (
        (figure_node, (html.visit_figure, html.depart_figure)),
        (live_node, (html.visit_live, html.depart_figure)),
        (stage_node, (html.visit_stage, html.nothing)),
        (caption_node, (html.visit_caption, html.depart_caption)),
    ):
        other = (html.skip, html.nothing) if node is stage_node else (html.nothing, html.nothing)
        app.add_node(node, html=visit, latex=other, text=other, man=other, texinfo=other)
    app.add_html_math_renderer("mathml", (html.inline_math, None), (html.block_math, None))
    app.add_post_transform(FigureLinks)
    app.connect("html-page-context", html.page_context)
    app.connect(
        "build-finished", finish, priority=900
    )  # the theme writes its colors of code at the same event
    app.connect("source-read", before_read)
    app.connect("doctree-read", after_read)
    app.connect("env-get-outdated", outdated)
    app.config.html_static_path += [str(HERE / "static"), *client.folders()]
    app.config.templates_path += [str(HERE / "templates")]
    app.add_css_file("figure.css")
    app.add_js_file("page.js", loading_method="defer")
    for part in (domain, cards, launch):
        part.setup(app)
    return {
        "version": __version__,
        "env_version": 1,
        "parallel_read_safe": False,
        "parallel_write_safe": True,
    }
