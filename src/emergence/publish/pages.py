"""The built pages as PDF and EPUB take them: in order, still, linked among themselves."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from emergence import __version__

from .build import ROOT, BuildError

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
