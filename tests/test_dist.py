"""The files to take away: the zip opens from a disk and is the same every time; the PDF and the
EPUB hold the whole book with links."""

import hashlib
import re
import subprocess
import sys
import zipfile
from posixpath import join, normpath
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from emergence.publish import epub, pages, pdf, zip
from emergence.publish.build import BuildError


@pytest.fixture(scope="module")
def packed(site, tmp_path_factory):
    return zip.pack(site, tmp_path_factory.mktemp("dist"))


def test_zip_matches_its_checksum_and_is_reproducible(site, packed, tmp_path):
    said, name = packed.with_suffix(".zip.sha256").read_text().split()
    assert name == packed.name and said == hashlib.sha256(packed.read_bytes()).hexdigest()
    assert zip.pack(site, tmp_path).read_bytes() == packed.read_bytes()
    assert {p.name for p in tmp_path.iterdir()} == {packed.name, f"{packed.name}.sha256"}


def test_zip_holds_the_site(site, packed):
    names = zipfile.ZipFile(packed).namelist()
    assert len(names) == sum(p.is_file() for p in site.rglob("*"))
    assert all(n.startswith(f"{pages.NAME}/") and ".." not in n for n in names)


def test_unpacked_book_works_from_a_disk_in_a_folder_with_an_odd_name(packed, tmp_path, new_page):
    folder = tmp_path / "Bücher und mehr"
    zipfile.ZipFile(packed).extractall(folder)
    page = new_page()
    page.goto((folder / pages.NAME / "index.html").as_uri())
    page.wait_for_url("**/book/index.html")
    assert page.evaluate("emergence.openAll().then(views => views.length)") >= 5
    page.goto((folder / pages.NAME / "search.html").as_uri() + "?q=grokking")
    page.wait_for_selector(".search li")
    assert page.outside == []


def test_no_site_is_said(tmp_path):
    for make in (zip.pack, pdf.pdf, epub.epub):
        with pytest.raises(BuildError, match="run `make book` first"):
            make(tmp_path, tmp_path)


def test_single_page_links_lead_inside(site):
    soup = BeautifulSoup(pdf.single_page(site, pages.documents()), "html.parser")
    ids = [node["id"] for node in soup.select("[id]")]
    assert len(ids) == len(set(ids))
    inside = [a["href"][1:] for a in soup.select("a[href^='#']")]
    assert len(inside) > 500 and set(inside) <= set(ids)
    assert not [
        a["href"]
        for a in soup.select("a[href]")
        if not a["href"].startswith(("#", "http", "mailto:"))
    ]
    for picture in soup.select("img[src]"):
        assert (site.parent / "pdf" / picture["src"]).resolve().is_file(), picture["src"]
    assert len(soup.select("figure.em-figure img")) >= 100 and not soup.select(
        ".only-dark, .em-unseen"
    )


def test_pdf_holds_the_book_with_links_and_outline(site, tmp_path):
    """Chromium writes page and link objects in plain text, so they can be counted."""
    make = f"from pathlib import Path; from emergence.publish import pdf; pdf.pdf(Path({str(site)!r}), Path({str(tmp_path)!r}))"
    subprocess.run(
        [sys.executable, "-c", make], check=True
    )  # a process of its own: this one's Playwright is in use
    data = (tmp_path / f"{pages.NAME}.pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", data)) > 150
    assert len(re.findall(rb"/Subtype\s*/Link\b", data)) > 1000
    assert b"/Outlines" in data and b"/StructTreeRoot" in data


# --- EPUB -----------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def book(site, tmp_path_factory):
    """The EPUB's files by name, in their order."""
    archive = zipfile.ZipFile(epub.epub(site, tmp_path_factory.mktemp("epub")))
    return {info.filename: archive.read(info) for info in archive.infolist()}


def test_epub_says_what_it_is_in_its_first_bytes_and_is_reproducible(site, tmp_path):
    first, again = (epub.epub(site, tmp_path / n).read_bytes() for n in ("one", "two"))
    assert first == again
    assert (
        first[30:58] == b"mimetypeapplication/epub+zip"
    )  # EPUB 3.3, section 4.3.2: at a fixed place, not packed


def test_epub_declares_exactly_its_files(book):
    package = ElementTree.fromstring(book["book/package.opf"])
    opf = "{http://www.idpf.org/2007/opf}"
    items = {i.get("id"): i for i in package.iter(f"{opf}item")}
    assert {f"book/{i.get('href')}" for i in items.values()} == {
        n for n in book if n.startswith("book/")
    } - {"book/package.opf"}
    assert [items[r.get("idref")].get("href") for r in package.iter(f"{opf}itemref")] == [
        f"{slug}.xhtml" for slug in pages.documents()
    ]
    for item in items.values():
        text = book[f"book/{item.get('href')}"].decode()
        assert ("<math" in text) == ("mathml" in (item.get("properties") or "")), item.get("href")
    modified = next(
        m.text for m in package.iter(f"{opf}meta") if m.get("property") == "dcterms:modified"
    )
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", modified)


def test_epub_is_well_formed_and_its_links_and_pictures_are_there(book):
    pages = {n: ElementTree.fromstring(text) for n, text in book.items() if n.endswith(".xhtml")}
    ids = {n: [e.get("id") for e in page.iter() if e.get("id")] for n, page in pages.items()}
    assert all(len(i) == len(set(i)) for i in ids.values())
    inside = pictures = 0
    for name, page in pages.items():
        for element in page.iter():
            for attribute in ("href", "src", "srcset"):
                target = element.get(attribute)
                if target is None or (
                    element.tag.endswith("}a") and target.startswith(("http:", "https:", "mailto:"))
                ):
                    continue
                path, _, place = target.partition("#")
                file = normpath(join("book", unquote(path))) if path else name
                assert file in book, f"{name} leads to {target}"
                assert not place or place in ids[file], f"{name} leads to {target}"
                inside, pictures = (
                    inside + element.tag.endswith("}a"),
                    pictures + element.tag.endswith("}img"),
                )
    assert inside > 500 and pictures >= 140


def test_epub_shows_every_figure_as_its_picture_and_runs_nothing(site, book):
    for slug in pages.documents():
        text = book[f"book/{slug}.xhtml"].decode()
        live = re.findall(
            r'<figure class="em-(?:figure|live-part)" id="([^"]+)"',
            (site / "book" / f"{slug}.html").read_text("utf-8"),
        )
        soup = BeautifulSoup(text, "html.parser")
        assert [f["id"] for f in soup.select("figure[id]")] == live
        assert all(
            f.select_one("img[alt]") and len(f.select_one("img")["alt"]) > 20
            for f in soup.select("figure")
        )
        assert not soup.select(
            "script, noscript, template, button, select, input, [onclick], [style]"
        )
