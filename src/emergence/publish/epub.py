"""The book for reading devices."""

from __future__ import annotations

import html
import os
import re
import subprocess
import uuid
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from emergence.files import write_atomically

from .build import ROOT, BuildError
from .pages import DATE, NAME, documents, link_up, ready, still, zipped

if TYPE_CHECKING:
    pass


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
    write_atomically(
        target,
        zipped(
            [*head, *((f"book/{name}", content) for name, content in sorted(files.items()))],
            plain="mimetype",
        ),
    )
    return target
