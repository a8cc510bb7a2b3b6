"""The whole book printed into one PDF."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import TYPE_CHECKING

from emergence import __version__

from .build import ROOT
from .pages import NAME, documents, link_up, ready, soup_of, still

if TYPE_CHECKING:
    pass


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
