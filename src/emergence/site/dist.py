"""The book as files to take away: a zip of the site that opens from a disk, one PDF, and an EPUB for reading devices."""

from __future__ import annotations

import hashlib
import html
import io
import os
import re
import shutil
import subprocess
import tempfile
import uuid
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import yaml

from .. import __version__
from .build import ROOT, BuildError
from .policy import secure
from .slim import put

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

NAME = f"more-is-different-{__version__}"
DATE = (1980, 1, 1, 0, 0, 0)
"""The same for every file, so that the same site always makes the same zip."""


def ready(site: Path, out: Path) -> None:
    """Make the folder `out`; raises BuildError when there is no `site` to put there."""
    if not (site / "index.html").is_file():
        raise BuildError(f"There is no site in {site}; run `make book` first.")
    out.mkdir(parents=True, exist_ok=True)


def zipped(files: Iterable[tuple[str, bytes]], plain: str = "") -> bytes:
    """A zip of `files` (name, content), in their order; the file named `plain` is not packed. The same files make the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files:
            archive.writestr(
                zipfile.ZipInfo(name, DATE),
                content,
                zipfile.ZIP_STORED if name == plain else zipfile.ZIP_DEFLATED,
                9,
            )
    return out.getvalue()


def pack(site: Path = ROOT / "_build" / "html", out: Path = ROOT / "dist") -> Path:
    """Zip the built `site`, its policy widened to files of a disk, and write the SHA-256 beside it; returns the zip's path.

    Raises BuildError when there is no site.
    """
    ready(site, out)
    target = out / f"{NAME}.zip"
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        copy = Path(scratch) / NAME
        shutil.copytree(site, copy)
        secure(copy, files=True)
        content = zipped(
            (p.relative_to(scratch).as_posix(), p.read_bytes())
            for p in sorted(copy.rglob("*"))
            if p.is_file()
        )
    put(target, content)
    put(
        target.with_suffix(".zip.sha256"),
        f"{hashlib.sha256(content).hexdigest()}  {target.name}\n".encode(),
    )
    return target


# --- the text without a browser ---------------------------------------------------------------------------------------
def documents(root: Path = ROOT) -> list[str]:
    """Slugs of the book's pages in reading order, from ``_toc.yml``."""
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    files = [toc["root"]] + [c["file"] for part in toc["parts"] for c in part["chapters"]]
    return [Path(f).name for f in files]


def soup_of(site: Path, slug: str) -> BeautifulSoup:
    from bs4 import BeautifulSoup

    return BeautifulSoup((site / "book" / f"{slug}.html").read_text("utf-8"), "html.parser")


def still(site: Path, slug: str) -> Tag:
    """The text of a page as a book without JavaScript shows it: figures are their pictures, folded parts are open."""
    article = soup_of(site, slug).select_one("article.bd-article")
    for gone in article.select(
        ".only-dark, noscript, script, template, .headerlink, .em-controls, .em-actions, .em-status, .em-predict"
    ):
        gone.decompose()
    for picture in article.select("picture"):
        picture["class"] = [c for c in picture.get("class", []) if c != "em-unseen"]
    for folded in article.select("details"):
        folded["open"] = ""
    return article


def link_up(article: Tag, slug: str, slugs: list[str], address: Callable[[str, str], str]) -> None:
    """Let links between the book's pages lead to the `address` of page and place in it; the place may be empty."""
    for link in article.select("a[href]"):
        page, _, fragment = link["href"].partition("#")
        target = (
            slug
            if not page
            else page.removesuffix(".html")
            if page.endswith(".html") and "/" not in page
            else None
        )
        if target in slugs:
            link["href"] = address(
                target, fragment.partition("?")[0]
            )  # a figure's link may carry its state
        elif not link["href"].startswith(("http:", "https:", "mailto:")):
            link.unwrap()  # files of the site, which are not taken along


# --- PDF --------------------------------------------------------------------------------------------------------------
PRINT = """@page { size: A4; margin: 18mm 16mm 20mm } html { font-size: 12.5px } .bd-article { padding: 0 } h1, h2, h3, .em-title { break-after: avoid }
section.chapter { break-before: page } .cover { padding-top: 30vh; text-align: center }
.em-stage { min-height: 0 !important } .em-stage img { width: 100%; height: auto } nav.contents li { margin: .35rem 0 }"""


def single_page(site: Path, slugs: list[str]) -> str:
    """All pages of the book as one HTML text for a printer, to lie in a folder beside `site`.

    A link between chapters leads to its place in this text.
    """
    chapters, titles = [], []
    for slug in slugs:
        article = still(site, slug)
        for picture in article.select("img"):
            picture["src"] = re.sub(r"^\.\./", f"../{site.name}/", picture["src"])
            picture["loading"] = "eager"
        for narrow in article.select("picture source"):
            narrow.decompose()
        for node in article.select("[id]"):
            node["id"] = f"{slug}--{node['id']}"
        link_up(
            article, slug, slugs, lambda page, place: f"#{page}--{place}" if place else f"#{page}"
        )
        titles.append((slug, article.select_one("h1").get_text().strip()))
        chapters.append(f'<section class="chapter" id="{slug}">{article}</section>')
    style = soup_of(site, slugs[0]).select('link[rel="stylesheet"]')
    links = "".join(str(s).replace('href="../', f'href="../{site.name}/') for s in style)
    contents = "".join(
        f'<li><a href="#{slug}">{html.escape(title)}</a></li>' for slug, title in titles
    )
    return (
        f'<!DOCTYPE html><html lang="en" data-theme="light" data-mode="light"><head><meta charset="utf-8"><title>More Is Different</title>{links}'
        f'<style>{PRINT}</style></head><body><div class="cover"><h1>More Is Different</h1><p>An interactive survey of large language models</p>'
        f"<p>Version {__version__}, printed from the site; the figures are live there.</p></div>"
        f'<section class="chapter"><h1>Contents</h1><nav class="contents"><ol>{contents}</ol></nav></section>{"".join(chapters)}</body></html>'
    )


def pdf(site: Path = ROOT / "_build" / "html", out: Path = ROOT / "dist") -> Path:
    """Print the whole book through Chromium, with page numbers, an outline and working links; returns the PDF's path.

    Raises BuildError when there is no site or no Chromium.
    """
    from playwright.sync_api import sync_playwright

    from .browser import chromium

    ready(site, out)
    folder = site.parent / "pdf"
    folder.mkdir(exist_ok=True)
    source, new, target = folder / "book.html", folder / "new.pdf", out / f"{NAME}.pdf"
    source.write_text(single_page(site, documents()), "utf-8")
    number = '<div style="font: 8pt sans-serif; width: 100%; text-align: center"><span class="pageNumber"></span></div>'
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.goto(source.as_uri())
        page.wait_for_function("[...document.images].every(i => i.complete)")
        page.pdf(
            path=new,
            prefer_css_page_size=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=number,
            outline=True,
            tagged=True,
        )
        browser.close()
    new.replace(target)
    return target


# --- EPUB -------------------------------------------------------------------------------------------------------------
SHOWN = {"id", "class", "href", "src", "srcset", "media", "alt", "lang", "scope", "open"}
"""Attributes that mean something in a book; MathML keeps all of its own."""

LOOK = """figure { margin: 1.5em 0 } figure img { width: 100%; height: auto; background: #fff } figcaption { font-size: .85em }
.em-title { font-weight: bold; break-after: avoid } .em-key { font-weight: bold } table { border-collapse: collapse; font-size: .85em }
th, td { border-bottom: 1px solid; padding: .2em .5em; text-align: left; vertical-align: top } .math { text-align: center; overflow-x: auto }
.admonition, .sd-card, details { border-left: 3px solid; padding-left: .8em; margin: 1em 0 } .admonition-title, summary { font-weight: bold }
pre { white-space: pre-wrap } img { max-width: 100% }"""

PAGE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en">
<head><title>{title}</title><link rel="stylesheet" type="text/css" href="book.css"/></head>
<body>{body}</body></html>
"""
CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>
"""
PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:uuid:{identifier}</dc:identifier>
<dc:title>More Is Different: an interactive survey of large language models</dc:title><dc:language>en</dc:language>
<dc:creator>The More Is Different authors</dc:creator><dc:rights>CC BY 4.0</dc:rights><meta property="dcterms:modified">{modified}</meta>
<meta property="schema:accessMode">textual</meta><meta property="schema:accessMode">visual</meta>
<meta property="schema:accessModeSufficient">textual</meta><meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta><meta property="schema:accessibilityFeature">MathML</meta>
<meta property="schema:accessibilityHazard">none</meta></metadata>
<manifest>{manifest}</manifest><spine>{spine}</spine></package>
"""


TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".xhtml": "application/xhtml+xml"}


def item(name: str, content: bytes) -> str:
    """The entry of one file in an EPUB's manifest."""
    properties = (
        "nav"
        if b'epub:type="toc"' in content
        else "mathml"
        if name.endswith(".xhtml") and b"<math" in content
        else ""
    )
    more = f' properties="{properties}"' if properties else ""
    return f'<item id="{name.replace("/", "-")}" href="{name}" media-type="{TYPES[PurePosixPath(name).suffix]}"{more}/>'


def modified(root: Path = ROOT) -> datetime:
    """When the book at `root` was last changed: ``SOURCE_DATE_EPOCH`` where it is set, else the date of the last commit, else that of
    the files' zip entries; never the clock or a file's time, which differ between builds of the same book."""
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        if not re.fullmatch(r"\d{1,11}", epoch):
            raise BuildError(
                f"SOURCE_DATE_EPOCH is {epoch!r}; allowed is a whole number of seconds since 1970."
            )
        return datetime.fromtimestamp(int(epoch), UTC)
    try:
        asked = subprocess.run(
            ["git", "-C", str(root), "log", "-1", "--format=%ct"], capture_output=True, text=True
        )
    except FileNotFoundError:  # no git
        return datetime(*DATE, tzinfo=UTC)
    return (
        datetime.fromtimestamp(int(asked.stdout), UTC)
        if asked.stdout.strip()
        else datetime(*DATE, tzinfo=UTC)
    )


def epub(site: Path = ROOT / "_build" / "html", out: Path = ROOT / "dist") -> Path:
    """Write the book as an EPUB 3.3 for reading devices, figures as their pictures; returns its path.

    Figures bring the pictures of page and phone, so that they stay readable on a small screen. The same site always makes the
    same file (see `modified`). Raises BuildError when there is no site.
    """
    ready(site, out)
    slugs = documents()
    files: dict[str, bytes] = {"book.css": LOOK.encode()}
    contents = []
    for slug in slugs:
        article = still(site, slug)
        link_up(
            article,
            slug,
            slugs,
            lambda page, place: f"{page}.xhtml#{place}" if place else f"{page}.xhtml",
        )
        for icon in article.select("svg"):
            icon.decompose()
        for node in article.find_all(True):
            if node.name != "math" and not node.find_parent("math"):
                node.attrs = {k: v for k, v in node.attrs.items() if k in SHOWN}
        for narrow in article.select("source"):
            narrow["type"] = "image/svg+xml"
        for picture in article.select("img, source"):
            attribute = "srcset" if picture.name == "source" else "src"
            path = (site / "book" / picture[attribute]).resolve()
            picture[attribute] = f"figures/{path.name}"
            files[picture[attribute]] = path.read_bytes()
        title = html.escape(article.select_one("h1").get_text().strip())
        sections = "".join(
            f'<li><a href="{slug}.xhtml#{s["id"]}">{html.escape(s.h2.get_text().strip())}</a></li>'
            for s in article.select("section[id]:has(> h2)")
        )
        contents.append(
            f'<li><a href="{slug}.xhtml">{title}</a>{f"<ol>{sections}</ol>" if sections else ""}</li>'
        )
        files[f"{slug}.xhtml"] = PAGE.format(title=title, body=article.decode_contents()).encode()
    nav = f'<nav epub:type="toc"><h1>Contents</h1><ol>{"".join(contents)}</ol></nav>'
    files["contents.xhtml"] = PAGE.format(title="Contents", body=nav).encode()
    files["package.opf"] = PACKAGE.format(
        identifier=uuid.uuid5(uuid.NAMESPACE_URL, NAME),
        modified=modified().strftime("%Y-%m-%dT%H:%M:%SZ"),
        manifest="".join(item(name, content) for name, content in files.items()),
        spine="".join(f'<itemref idref="{slug}.xhtml"/>' for slug in slugs),
    ).encode()
    target = out / f"{NAME}.epub"
    # The type comes first and is not packed, so that it can be read off the file's first bytes (EPUB 3.3, section 4.3).
    head = [("mimetype", b"application/epub+zip"), ("META-INF/container.xml", CONTAINER.encode())]
    put(
        target,
        zipped(
            [*head, *((f"book/{name}", content) for name, content in sorted(files.items()))],
            plain="mimetype",
        ),
    )
    return target
