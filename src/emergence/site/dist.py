"""The book as files to take away: a zip of the site that opens from a disk, and one PDF."""

from __future__ import annotations

import hashlib
import html
import re
import shutil
import tempfile
import zipfile
from pathlib import Path

import yaml

from .. import __version__
from .build import ROOT, BuildError
from .policy import secure

NAME = f"more-is-different-{__version__}"
DATE = (1980, 1, 1, 0, 0, 0)
"""The same for every file, so that the same site always makes the same zip."""


def pack(site: Path = ROOT / "_build" / "html", out: Path = ROOT / "dist") -> Path:
    """Zip the built `site`, its policy widened to files of a disk, and write the SHA-256 beside it; returns the zip's path.

    Raises BuildError when there is no site.
    """
    if not (site / "index.html").is_file():
        raise BuildError(f"There is no site in {site}; run `make book` first.")
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"{NAME}.zip"
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        copy, new = Path(scratch) / NAME, Path(scratch) / "new.zip"
        shutil.copytree(site, copy)
        secure(copy, files=True)
        with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for path in sorted(p for p in copy.rglob("*") if p.is_file()):
                archive.writestr(zipfile.ZipInfo(f"{NAME}/{path.relative_to(copy).as_posix()}", DATE), path.read_bytes(), zipfile.ZIP_DEFLATED)
        digest = hashlib.sha256(new.read_bytes()).hexdigest()
        new.replace(target)
        target.with_suffix(".zip.sha256").write_text(f"{digest}  {target.name}\n", "utf-8")
    return target


# --- PDF --------------------------------------------------------------------------------------------------------------
PRINT = """@page { size: A4; margin: 18mm 16mm 20mm } html { font-size: 12.5px } .bd-article { padding: 0 } h1, h2, h3, .em-title { break-after: avoid }
section.chapter { break-before: page } .cover { padding-top: 30vh; text-align: center } .headerlink, .em-controls, .em-actions, noscript { display: none !important }
.em-stage { min-height: 0 !important } .em-stage img { width: 100%; height: auto } nav.contents li { margin: .35rem 0 }"""


def documents(root: Path = ROOT) -> list[str]:
    """Slugs of the book's pages in reading order, from ``_toc.yml``."""
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    files = [toc["root"]] + [c["file"] for part in toc["parts"] for c in part["chapters"]]
    return [Path(f).name for f in files]


def single_page(site: Path, slugs: list[str]) -> str:
    """All pages of the book as one HTML text for a printer, to lie in a folder beside `site`.

    Figures are their static pictures, folded parts are open, and a link between chapters leads to its place in this text.
    """
    from bs4 import BeautifulSoup

    chapters, titles = [], []
    for slug in slugs:
        soup = BeautifulSoup((site / "book" / f"{slug}.html").read_text("utf-8"), "html.parser")
        article = soup.select_one("article.bd-article")
        for gone in article.select(".only-dark, noscript, script, .headerlink, .em-controls, .em-actions, .em-status"):
            gone.decompose()
        for picture in article.select("img"):
            picture["src"] = re.sub(r"^\.\./", f"../{site.name}/", picture["src"])
            picture["loading"] = "eager"
        for picture in article.select("picture"):
            picture["class"] = [c for c in picture.get("class", []) if c != "em-unseen"]
            for narrow in picture.select("source"):
                narrow.decompose()
        for folded in article.select("details"):
            folded["open"] = ""
        for node in article.select("[id]"):
            node["id"] = f"{slug}--{node['id']}"
        for link in article.select("a[href]"):
            if (target := _inside(link["href"], slug, slugs)) is not None:
                link["href"] = target
            elif not link["href"].startswith(("http:", "https:", "mailto:")):
                link.unwrap()  # files of the site, which a printed book does not carry
        titles.append((slug, article.select_one("h1").get_text().strip()))
        chapters.append(f'<section class="chapter" id="{slug}">{article}</section>')
    style = BeautifulSoup((site / "book" / f"{slugs[0]}.html").read_text("utf-8"), "html.parser").select('link[rel="stylesheet"]')
    links = "".join(str(s).replace('href="../', f'href="../{site.name}/') for s in style)
    contents = "".join(f'<li><a href="#{slug}">{html.escape(title)}</a></li>' for slug, title in titles)
    return (f'<!DOCTYPE html><html lang="en" data-theme="light" data-mode="light"><head><meta charset="utf-8"><title>More Is Different</title>{links}'
            f'<style>{PRINT}</style></head><body><div class="cover"><h1>More Is Different</h1><p>An interactive survey of large language models</p>'
            f'<p>Version {__version__}, printed from the site; the figures are live there.</p></div>'
            f'<section class="chapter"><h1>Contents</h1><nav class="contents"><ol>{contents}</ol></nav></section>{"".join(chapters)}</body></html>')


def _inside(href: str, slug: str, slugs: list[str]) -> str | None:
    """Where a link of page `slug` leads within the single page; None when it leads out of the book."""
    page, _, fragment = href.partition("#")
    target = slug if not page else page.removesuffix(".html") if page.endswith(".html") and "/" not in page else None
    if target not in slugs:
        return None
    place = fragment.partition("?")[0]  # a figure's link may carry its state
    return f"#{target}--{place}" if place else f"#{target}"


def pdf(site: Path = ROOT / "_build" / "html", out: Path = ROOT / "dist") -> Path:
    """Print the whole book through Chromium, with page numbers, an outline and working links; returns the PDF's path.

    Raises BuildError when there is no site or no Chromium.
    """
    from playwright.sync_api import sync_playwright

    from .browser import chromium

    if not (site / "index.html").is_file():
        raise BuildError(f"There is no site in {site}; run `make book` first.")
    folder = site.parent / "pdf"
    folder.mkdir(exist_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    source, new, target = folder / "book.html", folder / "new.pdf", out / f"{NAME}.pdf"
    source.write_text(single_page(site, documents()), "utf-8")
    number = '<div style="font: 8pt sans-serif; width: 100%; text-align: center"><span class="pageNumber"></span></div>'
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(source.as_uri())
        page.wait_for_function("[...document.images].every(i => i.complete)")
        page.pdf(path=new, prefer_css_page_size=True, display_header_footer=True, header_template="<span></span>", footer_template=number,
                 outline=True, tagged=True)
        browser.close()
    new.replace(target)
    return target
