"""Sphinx extension: puts figures into static pages, keeps every byte of a page on the site, and re-reads what changed.

A figure's page skin becomes one script file (`_static/figures/<key>.js`, loaded when the figure comes near the screen) and
two static pictures, light and dark, which stand until the live chart is drawn, without JavaScript, and in print.
Scripts, not fetched JSON, so that a page works from ``file://``.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes

from .. import __version__
from . import cards, places, redirects
from .slim import put, slim

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
PACKAGE = HERE.parent
MIME = "application/vnd.emergence.figure+json"
"""Also `emergence.figure.MIME`; written again because importing it would load pandas into every Sphinx process."""


class figure_node(nodes.General, nodes.Element):
    """A live figure: its title, its stage and its caption are children."""


class stage_node(nodes.General, nodes.Element):
    """The place where the chart is drawn; holds the static pictures' names."""


class caption_node(nodes.General, nodes.Element):
    """Caption paragraphs of a live figure."""


# --- reading: notebook output → nodes -----------------------------------------------------------------------------
class FigureMime:
    """MyST-NB's entry point for our MIME type (``myst_nb.mime_renderers``)."""

    mime_priority_overrides = [("*", MIME, 1)]

    @staticmethod
    def handle_mime(renderer, output, inline):
        if inline or output.mime_type != MIME:
            return None
        return [figure(output.content, renderer.renderer.sphinx_env)]


def figure(page: dict, env) -> figure_node:
    from ..text import chapter

    words = chapter("interface")["interface"]
    key, size = write_assets(page, words, asset_cache(env.app))
    env.metadata[env.docname].setdefault("figures", []).append(key)
    node = figure_node(name=page["name"], key=key, ids=[f"fig-{page['name']}"])
    node += nodes.paragraph("", page["title"], classes=["em-title"])
    node += stage_node(key=key, alt=page["finding"], size=size, hidden=bool(page["forecasts"]))
    caption = caption_node()
    for part in ("shows", "hides"):
        caption += nodes.paragraph("", "", nodes.inline("", f"{words[part]}: ", classes=["em-key"]), nodes.Text(page[part]))
    caption += source_line(page, words)
    node += caption
    return node


def source_line(page: dict, words: dict) -> nodes.paragraph:
    line = nodes.paragraph("", "", classes=["em-source"])
    if page["simulation"]:
        line += nodes.Text(words["simulation"] + " ")
    if page["sources"]:
        line += nodes.inline("", words["source" if len(page["sources"]) == 1 else "sources"] + ": ", classes=["em-key"])
    for i, source in enumerate(page["sources"]):
        authors = re.split(r",| and | et al| \(", source["authors"] or source["title"])[0].strip()
        line += nodes.Text("; " if i else "")
        line += nodes.reference("", f"{authors} {source['year']}".strip(), refuri=source["url"], internal=False)
        line += nodes.Text(f", {source['locator']}" if source["locator"] else "")
    if page["sources"]:
        line += nodes.Text(".")
    return line


def asset_cache(app: Sphinx) -> Path:
    folder = Path(app.doctreedir).parent / ".figures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_assets(page: dict, words: dict, folder: Path) -> tuple[str, tuple[int, int]]:
    """Script and pictures of one figure, named after their content; returns the key and the picture's size in pixels."""
    from ..figure import static_svg, to_json

    text = to_json(page)
    key = page["name"] + "-" + hashlib.sha256((text + to_json(words)).encode()).hexdigest()[:10]
    script = f"emergence.define({json.dumps(key)},{to_json(words)},{text});\n"
    if not (folder / f"{key}.js").exists():
        for skin in ("light", "dark"):
            put(folder / f"{key}-{skin}.svg", static_svg(page, skin).encode())
        put(folder / f"{key}.js", script.encode())
    head = (folder / f"{key}-light.svg").read_text("utf-8")[:600]
    return key, tuple(round(float(re.search(rf'\b{side}="([\d.]+)"', head)[1])) for side in ("width", "height"))


# --- writing: nodes → HTML ----------------------------------------------------------------------------------------
def root(translator) -> str:
    return "../" * translator.builder.current_docname.count("/")


def visit_figure(self, node):
    source = f"{root(self)}_static/figures/{node['key']}.js"
    self.body.append(f'<figure class="em-figure" id="fig-{node["name"]}" data-key="{node["key"]}" data-src="{source}">\n')


def depart_figure(self, node):
    self.body.append("</figure>\n")


def visit_stage(self, node):
    width, height = node["size"]
    # A figure that asks for a forecast must not give the answer away: its picture is for readers without JavaScript and print.
    unseen = " em-unseen" if node["hidden"] else ""
    pictures = "".join(
        f'<img class="only-{skin}{unseen}" loading="lazy" width="{width}" height="{height}" '
        f'src="{root(self)}_static/figures/{node["key"]}-{skin}.svg" alt="{html.escape(node["alt"])}">' for skin in ("light", "dark"))
    without = pictures.replace(" em-unseen", "")
    self.body.append(f'<div class="em-controls"></div>\n<div class="em-stage" style="min-height:{height}px">{pictures}'
                     + (f"<noscript>{without}</noscript>" if node["hidden"] else "") + "</div>\n")
    raise nodes.SkipNode


def visit_caption(self, node):
    self.body.append("<figcaption>\n")


def depart_caption(self, node):
    self.body.append('</figcaption>\n<div class="em-actions"></div>\n')


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
    self.body.append(f'<div class="math"{ids} tabindex="0" role="group">{number}{convert(node.astext(), display="block")}</div>\n')
    raise nodes.SkipNode


def page_context(app: Sphinx, name: str, template: str, context: dict, doctree) -> None:
    """Nothing from another host, and the figure scripts only where a figure is."""
    for kind in ("script_files", "css_files"):
        context[kind][:] = [f for f in context[kind] if not str(getattr(f, "filename", f) or "").startswith(("http:", "https:", "//"))]
    # The role docutils gives an entry of a bibliography is deprecated (DPUB-ARIA 1.1); the entries stand in a list.
    context["body"] = context.get("body", "").replace(' role="doc-biblioentry"', ' role="listitem"')
    if app.env.metadata.get(name, {}).get("figures"):
        app.add_js_file("vega.js", loading_method="defer", priority=600)
        app.add_js_file("figure.js", loading_method="defer", priority=601)
    if name == "search":
        app.add_js_file("search.js", priority=602, loading_method="defer")


def finish(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    target, source = Path(app.outdir) / "_static" / "figures", asset_cache(app)
    wanted = {f"{key}{end}" for meta in app.env.metadata.values() for key in meta.get("figures", []) for end in (".js", "-light.svg", "-dark.svg")}
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        if old.name not in wanted:
            old.unlink()
    for name in wanted:
        if not (target / name).exists():
            shutil.copyfile(source / name, target / name)
    slim(Path(app.outdir))


# --- what must be read again ----------------------------------------------------------------------------------------
def inputs(app: Sphinx, docname: str) -> dict[str, str]:
    """Hash of every file of ours that can change what this chapter shows: code, texts, data.

    A chapter depends on the modules shared by all figures, on the figure modules and text files it names, and on the
    tables its kernel read (recorded by `emergence.data` in the file ``EMERGENCE_TRACE`` names). `site/` is left out:
    it changes pages, not chapters, and Sphinx rewrites those itself.
    """
    source = Path(app.env.doc2path(docname)).read_text("utf-8")
    if "emergence" not in source:
        return {}
    named = {p.stem for p in (PACKAGE / "figures").glob("*.py") if re.search(rf"\b{p.stem}\b", source) or p.stem.startswith("_")}
    files = [p for p in PACKAGE.rglob("*.py") if p.parent != HERE and (p.parent.name != "figures" or p.stem in named)]
    chapters = {p.stem for p in (PACKAGE / "figures").glob("*.py")}
    files += [p for p in PACKAGE.glob("text/*/*.toml") if p.stem in named or p.stem not in chapters]
    hashes = {str(f): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}
    trace = trace_file(app, docname)
    if trace.exists():
        hashes |= table_hashes([Path(line) for line in dict.fromkeys(trace.read_text("utf-8").splitlines())])
    return hashes


def table_hashes(paths: list[Path]) -> dict[str, str]:
    """Hashes of the data files a kernel read. Of the package's description only the entries of those files count."""
    paths = [p for p in paths if p.exists()]
    hashes = {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths if p.name != "datapackage.json"}
    for description in (p for p in paths if p.name == "datapackage.json"):
        for resource in json.loads(description.read_text("utf-8"))["resources"]:
            path = str(description.parent / resource["path"])
            if path in hashes:
                hashes[path] += hashlib.sha256(json.dumps(resource, sort_keys=True).encode()).hexdigest()
    return hashes


def trace_file(app: Sphinx, docname: str) -> Path:
    return asset_cache(app) / f"{docname.replace('/', '.')}.trace"


def before_read(app: Sphinx, docname: str, source: list[str]) -> None:
    trace = trace_file(app, docname)
    trace.unlink(missing_ok=True)
    os.environ["EMERGENCE_TRACE"] = str(trace)


def after_read(app: Sphinx, doctree: nodes.document) -> None:
    app.env.metadata[app.env.docname]["inputs"] = inputs(app, app.env.docname)


def outdated(app: Sphinx, env, added, changed, removed) -> list[str]:
    return [name for name in env.found_docs
            if name in env.metadata and "inputs" in env.metadata[name] and env.metadata[name]["inputs"] != inputs(app, name)]


def own_files() -> str:
    """Hash of the client scripts, style sheets, templates and code in this folder."""
    files = sorted(p for p in HERE.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return hashlib.sha256(b"".join(p.read_bytes() for p in files)).hexdigest()


def setup(app: Sphinx) -> dict:
    # Sphinx copies scripts and styles only when it writes a page; as a setting, a change in them makes it write all.
    app.add_config_value("emergence_site", own_files(), "html")
    os.environ["EMERGENCE_SKIN"] = "page"  # kernels started by this build offer the page skin alone
    for node, visit in ((figure_node, (visit_figure, depart_figure)), (stage_node, (visit_stage, nothing)), (caption_node, (visit_caption, depart_caption))):
        other = (skip, nothing) if node is stage_node else (nothing, nothing)
        app.add_node(node, html=visit, latex=other, text=other, man=other, texinfo=other)
    app.add_html_math_renderer("mathml", (inline_math, None), (block_math, None))
    app.connect("html-page-context", page_context)
    app.connect("build-finished", finish)
    app.connect("source-read", before_read)
    app.connect("doctree-read", after_read)
    app.connect("env-get-outdated", outdated)
    app.config.html_static_path += [str(HERE / "static"), str(HERE / "vendor")]
    app.config.templates_path += [str(HERE / "templates")]
    app.add_css_file("figure.css")
    for part in (places, cards, redirects):
        part.setup(app)
    return {"version": __version__, "env_version": 1, "parallel_read_safe": False, "parallel_write_safe": True}
