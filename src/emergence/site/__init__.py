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
from collections.abc import Callable
from functools import cache, partial
from importlib import metadata as installed
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes

from .. import __version__, trace
from . import cards, launch, places, redirects
from .bundle import join
from .policy import secure
from .slim import put, slim

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
PACKAGE = HERE.parent
MIME = "application/vnd.emergence.figure+json"
LIVE_MIME = "application/vnd.emergence.live+json"
"""Also `emergence.figure.MIME` and `emergence.live.MIME`; written again because importing them would load pandas into every
Sphinx process."""


class figure_node(nodes.General, nodes.Element):
    """A live figure: its title, its stage and its caption are children."""


class live_node(nodes.General, nodes.Element):
    """A live part: its title, its stage and its caption are children."""


class stage_node(nodes.General, nodes.Element):
    """The place where the chart is drawn; holds the static pictures' names."""


class caption_node(nodes.General, nodes.Element):
    """Caption paragraphs of a live figure."""


# --- reading: notebook output → nodes -----------------------------------------------------------------------------
class FigureMime:
    """MyST-NB's entry point for our MIME type (``myst_nb.mime_renderers``)."""

    mime_priority_overrides = [("*", MIME, 1), ("*", LIVE_MIME, 1)]

    @staticmethod
    def handle_mime(renderer, output, inline):
        make = {MIME: figure, LIVE_MIME: live}.get(output.mime_type)
        return (
            None if inline or make is None else [make(output.content, renderer.renderer.sphinx_env)]
        )


def figure(page: dict, env) -> figure_node:
    from ..text import chapter

    words = chapter("interface")["interface"]
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
    from ..text import chapter

    words = chapter("interface")["interface"]
    key, sizes, files = write_live_assets(page, words, asset_cache(env.app))
    env.metadata[env.docname].setdefault("lives", []).append(
        {"files": files, "scripts": page["scripts"]}
    )
    node = live_node(
        name=page["name"], key=key, scripts=page["scripts"], ids=[f"fig-{page['name']}"]
    )
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
    from ..figure import MANY

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


def asset_cache(app: Sphinx) -> Path:
    folder = Path(app.doctreedir).parent / ".figures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def picture(key: str, skin: str, place: str) -> str:
    return f"{key}-{skin}{'-phone' if place == 'phone' else ''}.svg"


PICTURES = tuple(
    picture("", skin, place) for skin in ("light", "dark") for place in ("page", "phone")
)
"""How the names of a figure's pictures end."""


@cache
def drawing() -> str:
    """What draws the pictures: the code that makes a picture of a specification, and the library it calls."""
    return (PACKAGE / "figure.py").read_text("utf-8") + installed.version("vl-convert-python")


def named(name: str, *made_of: str) -> str:
    """The key of a figure or live part: its name, and a hash of what its files are `made_of` and of what draws its pictures."""
    return f"{name}-{hashlib.sha256(''.join([*made_of, drawing()]).encode()).hexdigest()[:10]}"


def write_assets(page: dict, words: dict, folder: Path) -> tuple[str, dict[str, tuple[int, int]]]:
    """Script and pictures of one figure, named after their content; returns the key and the pictures' sizes in pixels."""
    from ..figure import static_vega, to_json

    text = to_json(page)
    key = named(page["name"], text, to_json(words))
    script = f"emergence.define({json.dumps(key)},{to_json(words)},{text});\n"
    if not all((folder / f"{key}{end}").exists() for end in (".js", *PICTURES)):
        write_pictures(key, folder, partial(static_vega, page))
        put(folder / f"{key}.js", script.encode())
    return key, picture_sizes(key, folder)


def write_pictures(key: str, folder: Path, still: Callable[[int], dict]) -> None:
    """The still pictures of a figure or live part, for pages and phones, light and dark; `still` gives Vega for a width."""
    from ..figure import WIDTHS, to_svg

    for place, width in WIDTHS.items():
        vega = still(width)
        for skin in ("light", "dark"):
            put(folder / picture(key, skin, place), to_svg(vega, skin).encode())


def write_live_assets(
    page: dict, words: dict, folder: Path
) -> tuple[str, dict[str, tuple[int, int]], list[str]]:
    """Definition, pictures and binary blobs of one live part; returns the key, the pictures' sizes and the names of the files."""
    from ..figure import to_json

    blobs = {
        name: f"{page['name']}-{name}-{hashlib.sha256(blob.encode()).hexdigest()[:10]}"
        for name, blob in page["assets"].items()
    }
    text = to_json(page["client"] | {"assets": blobs})
    key = named(page["name"], text, to_json([words, page["still"]]))
    for name, file in blobs.items():
        if not (folder / f"{file}.js").exists():
            put(
                folder / f"{file}.js",
                f"emergence.live.asset({json.dumps(file)},{json.dumps(page['assets'][name])});\n".encode(),
            )
    if not all((folder / f"{key}{end}").exists() for end in (".js", *PICTURES)):
        write_pictures(key, folder, lambda width: page["still"][str(width)])
        put(
            folder / f"{key}.js",
            f"emergence.live.part({json.dumps(key)},{to_json(words)},{text});\n".encode(),
        )
    return (
        key,
        picture_sizes(key, folder),
        [*(f"{key}{end}" for end in (".js", *PICTURES)), *(f"{b}.js" for b in blobs.values())],
    )


def picture_sizes(key: str, folder: Path) -> dict[str, tuple[int, int]]:
    from ..figure import WIDTHS

    heads = {
        place: (folder / picture(key, "light", place)).read_text("utf-8")[:600] for place in WIDTHS
    }
    return {
        place: tuple(
            round(float(re.search(rf'\b{side}="([\d.]+)"', head)[1]))
            for side in ("width", "height")
        )
        for place, head in heads.items()
    }


# --- writing: nodes → HTML ----------------------------------------------------------------------------------------
def root(translator) -> str:
    return "../" * translator.builder.current_docname.count("/")


def visit_figure(self, node):
    source = f"{root(self)}_static/figures/{node['key']}.js"
    self.body.append(
        f'<figure class="em-figure" id="fig-{node["name"]}" data-key="{node["key"]}" data-src="{source}">\n'
    )


def live_script(scripts: list[str]) -> tuple[str, str]:
    """File name, with its hash, and text of the client script of a live part."""
    from ..live import client

    text = client(scripts)
    return f"{scripts[-1]}-{hashlib.sha256(text.encode()).hexdigest()[:10]}.js", text


def visit_live(self, node):
    folder = f"{root(self)}_static/live/"
    self.body.append(
        f'<figure class="em-live-part" id="fig-{node["name"]}" data-key="{node["key"]}" data-folder="{folder}" '
        f'data-script="{live_script(node["scripts"])[0]}">\n'
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
        from ..text import chapter

        words = chapter("interface")["search"]
        app.add_js_file(
            "search.js",
            priority=602,
            loading_method="defer",
            **{"data-found": words["found"], "data-none": words["none"]},
        )


def told() -> dict[str, str]:
    """What the page tells figure.js: where Vega is, which comes when the first figure is drawn, and the words for a figure whose
    own, which come with its data, are lost."""
    from ..text import chapter

    version = hashlib.sha256((HERE / "vendor" / "vega.js").read_bytes()).hexdigest()[:8]
    words = chapter("interface")["interface"]
    return {
        "data-vega": f"vega.js?v={version}",
        "data-words": json.dumps({name: words[name] for name in ("lost", "gone", "retry")}),
    }


def fill(target: Path, source: Path, wanted: set[str], keep: set[str] = frozenset()) -> None:
    """Make `target` hold the files `wanted` of `source`, what it has of `keep`, and nothing else."""
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        if old.name not in wanted | keep:
            old.unlink()
    for name in wanted:
        if not (target / name).exists():
            shutil.copyfile(source / name, target / name)


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
    scripts = dict(live_script(part["scripts"]) for part in parts)
    fill(static / "figures", source, figures)
    fill(
        static / "live",
        source,
        {file for part in parts for file in part["files"]},
        keep=set(scripts),
    )
    for name, text in scripts.items():
        put(static / "live" / name, text.encode())
    launch.write(app, source)
    slim(Path(app.outdir))
    join(Path(app.outdir))
    secure(Path(app.outdir))


# --- what must be read again ----------------------------------------------------------------------------------------
def inputs(app: Sphinx, docname: str) -> dict[str, str | None]:
    """Hash of every file of ours that can change what this chapter shows: code, texts, data.

    A chapter depends on what its kernel used (recorded by `emergence.trace` in the file ``EMERGENCE_TRACE`` names), and on the words
    of the frame around its figures. Client scripts and this folder are left out where no kernel imports them: they change pages,
    not chapters, and Sphinx rewrites those itself.
    """
    from ..text import labels

    listing = trace_file(app, docname)
    if not listing.exists():
        return {}
    try:
        noted = trace.read(listing)
    except ValueError:  # cut off, or of another version of this code: the chapter is read again
        return {}
    frame = [str(p) for p in PACKAGE.glob("text/*/interface.toml")]
    known = labels()
    return file_hashes([Path(p) for p in dict.fromkeys(noted["file"] + frame)]) | {
        f"label {key}": known.get(key) for key in noted["label"]
    }


def file_hashes(paths: list[Path]) -> dict[str, str]:
    """Hashes of the files a kernel used. Of the package's description only the entries of those files count."""
    paths = [p for p in paths if p.exists()]
    hashes = {
        str(p): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in paths
        if p.name != "datapackage.json"
    }
    for description in (p for p in paths if p.name == "datapackage.json"):
        for resource in json.loads(description.read_text("utf-8"))["resources"]:
            path = str(description.parent / resource["path"])
            if path in hashes:
                hashes[path] += hashlib.sha256(
                    json.dumps(resource, sort_keys=True).encode()
                ).hexdigest()
    return hashes


def trace_file(app: Sphinx, docname: str) -> Path:
    return asset_cache(app) / f"{docname.replace('/', '.')}.trace"


def before_read(app: Sphinx, docname: str, source: list[str]) -> None:
    listing = trace_file(app, docname)
    listing.unlink(missing_ok=True)
    os.environ[trace.VARIABLE] = str(listing)


def after_read(app: Sphinx, doctree: nodes.document) -> None:
    app.env.metadata[app.env.docname]["inputs"] = inputs(app, app.env.docname)


def outdated(app: Sphinx, env, added, changed, removed) -> list[str]:
    return [
        name
        for name in env.found_docs
        if name in env.metadata
        and "inputs" in env.metadata[name]
        and env.metadata[name]["inputs"] != inputs(app, name)
    ]


def own_files(*folders: Path) -> str:
    """Hash of the client scripts, style sheets, templates and code in this folder, and of the files of `folders`."""
    files = sorted(
        p
        for folder in (HERE, *folders)
        for p in folder.rglob("*")
        if p.is_file() and "__pycache__" not in p.parts
    )
    return hashlib.sha256(b"".join(p.read_bytes() for p in files)).hexdigest()


def setup(app: Sphinx) -> dict:
    from .links import FigureLinks

    # Sphinx copies scripts and styles only when it writes a page; as a setting, a change in them makes it write all.
    app.add_config_value(
        "emergence_site",
        own_files(*(Path(app.confdir) / p for p in app.config.html_static_path)),
        "html",
    )
    os.environ["EMERGENCE_SKIN"] = "page"  # kernels started by this build offer the page skin alone
    for node, visit in (
        (figure_node, (visit_figure, depart_figure)),
        (live_node, (visit_live, depart_figure)),
        (stage_node, (visit_stage, nothing)),
        (caption_node, (visit_caption, depart_caption)),
    ):
        other = (skip, nothing) if node is stage_node else (nothing, nothing)
        app.add_node(node, html=visit, latex=other, text=other, man=other, texinfo=other)
    app.add_html_math_renderer("mathml", (inline_math, None), (block_math, None))
    app.add_post_transform(FigureLinks)
    app.connect("html-page-context", page_context)
    app.connect(
        "build-finished", finish, priority=900
    )  # the theme writes its colors of code at the same event
    app.connect("source-read", before_read)
    app.connect("doctree-read", after_read)
    app.connect("env-get-outdated", outdated)
    app.config.html_static_path += [str(HERE / "static"), str(HERE / "vendor")]
    app.config.templates_path += [str(HERE / "templates")]
    app.add_css_file("figure.css")
    app.add_js_file("page.js", loading_method="defer")
    for part in (places, cards, redirects, launch):
        part.setup(app)
    return {
        "version": __version__,
        "env_version": 1,
        "parallel_read_safe": False,
        "parallel_write_safe": True,
    }
