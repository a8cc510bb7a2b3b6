"""The files to take away: the zip opens from a disk and is the same every time; the PDF holds the whole book with links."""

import hashlib
import re
import subprocess
import sys
import zipfile

import pytest
from bs4 import BeautifulSoup

from emergence.site import dist
from emergence.site.build import BuildError


@pytest.fixture(scope="module")
def packed(site, tmp_path_factory):
    return dist.pack(site, tmp_path_factory.mktemp("dist"))


def test_zip_matches_its_checksum_and_is_reproducible(site, packed, tmp_path):
    said, name = packed.with_suffix(".zip.sha256").read_text().split()
    assert name == packed.name and said == hashlib.sha256(packed.read_bytes()).hexdigest()
    assert dist.pack(site, tmp_path).read_bytes() == packed.read_bytes()
    assert {p.name for p in tmp_path.iterdir()} == {packed.name, f"{packed.name}.sha256"}


def test_zip_holds_the_site(site, packed):
    names = zipfile.ZipFile(packed).namelist()
    assert len(names) == sum(p.is_file() for p in site.rglob("*"))
    assert all(n.startswith(f"{dist.NAME}/") and ".." not in n for n in names)


def test_unpacked_book_works_from_a_disk_in_a_folder_with_an_odd_name(packed, tmp_path, new_page):
    folder = tmp_path / "Bücher und mehr"
    zipfile.ZipFile(packed).extractall(folder)
    page = new_page()
    page.goto((folder / dist.NAME / "index.html").as_uri())
    page.wait_for_url("**/book/index.html")
    assert page.evaluate("emergence.openAll().then(views => views.length)") >= 5
    page.goto((folder / dist.NAME / "search.html").as_uri() + "?q=grokking")
    page.wait_for_selector(".search li")
    assert page.outside == []


def test_no_site_is_said(tmp_path):
    for make in (dist.pack, dist.pdf):
        with pytest.raises(BuildError, match="run `make book` first"):
            make(tmp_path, tmp_path)


def test_single_page_links_lead_inside(site):
    soup = BeautifulSoup(dist.single_page(site, dist.documents()), "html.parser")
    ids = [node["id"] for node in soup.select("[id]")]
    assert len(ids) == len(set(ids))
    inside = [a["href"][1:] for a in soup.select("a[href^='#']")]
    assert len(inside) > 500 and set(inside) <= set(ids)
    assert not [a["href"] for a in soup.select("a[href]") if not a["href"].startswith(("#", "http", "mailto:"))]
    for picture in soup.select("img[src]"):
        assert (site.parent / "pdf" / picture["src"]).resolve().is_file(), picture["src"]
    assert len(soup.select("figure.em-figure img")) >= 100 and not soup.select(".only-dark, .em-unseen")


def test_pdf_holds_the_book_with_links_and_outline(site, tmp_path):
    """Chromium writes page and link objects in plain text, so they can be counted."""
    make = f"from pathlib import Path; from emergence.site import dist; dist.pdf(Path({str(site)!r}), Path({str(tmp_path)!r}))"
    subprocess.run([sys.executable, "-c", make], check=True)  # a process of its own: this one's Playwright is in use
    data = (tmp_path / f"{dist.NAME}.pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", data)) > 150
    assert len(re.findall(rb"/Subtype\s*/Link\b", data)) > 1000
    assert b"/Outlines" in data and b"/StructTreeRoot" in data
