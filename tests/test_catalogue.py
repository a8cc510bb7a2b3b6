"""The data catalogue lists every table once, with a link to its file and all its caveats."""

import html
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from emergence import data
from emergence.chapters.data import catalogue

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book" / "data.md").read_text("utf-8")
RANGES = [tuple(map(int, r)) for r in re.findall(r"catalogue\.listing\((\d+), (\d+)\)", PAGE)]


@pytest.fixture(scope="module")
def listings():
    here = os.getcwd()
    os.chdir(ROOT / "book")  # where the chapter's kernel runs
    try:
        return [catalogue.listing(*r) for r in RANGES]
    finally:
        os.chdir(here)


def test_page_lists_every_table_exactly_once(listings):
    shown = [name for one in listings for name in one.tables]
    assert len(shown) == len(set(shown)) and set(shown) == set(data.tables())


def test_every_file_is_linked_and_exists(listings):
    links = re.findall(r"\[(\w+)\.csv\]\(([^)]+)\)", "\n".join(one.markdown for one in listings))
    assert {name for name, _ in links} == set(data.tables())
    package = json.loads((ROOT / "data" / "datapackage.json").read_text("utf-8"))
    where = {r["name"]: ROOT / "data" / r["path"] for r in package["resources"]}
    for name, path in links:
        assert (ROOT / "book" / path).resolve() == where[name].resolve()
        assert where[name].is_file()


class Words(HTMLParser):
    def __init__(self):
        super().__init__()
        self.text, self.open = [], []

    def handle_data(self, words):
        self.text.append(words)

    def handle_starttag(self, tag, attributes):
        if tag != "wbr":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_every_caveat_license_and_place_is_there_and_the_html_is_balanced(listings):
    reader = Words()
    reader.feed("\n".join(one.markdown for one in listings))
    assert not reader.open
    text = "".join(reader.text)
    for name in data.tables():
        source = data.source(name)
        for words in (source.locator, source.license, source.title, *source.caveats):
            assert words in text, (name, words)


def test_text_of_a_source_cannot_become_markup(monkeypatch):
    source = data.source("gpt3_table_h1")
    evil = type(source)(**{**source.__dict__, "caveats": ("a <script> & b",), "locator": "1 < 2"})
    monkeypatch.setattr(data, "source", lambda name: evil)
    assert "<script>" not in catalogue._table(evil) and html.escape(
        "a <script> & b"
    ) in catalogue._table(evil)


def test_blank_lines_never_split_a_part(listings):
    """Markdown ends an HTML block at a blank line: each block must stand on one line."""
    for one in listings:
        for block in one.markdown.split("\n\n"):
            assert "\n" not in block


def test_summary_counts(listings):
    n = catalogue.summary()
    assert int(n["tables"]) == len(data.tables()) and int(n["rows"].replace(",", "")) == sum(
        len(data.load(t)) for t in data.tables()
    )
    assert (int(n["first_year"]), int(n["last_year"])) == (RANGES[0][0], RANGES[-1][1])


def test_years_without_tables_are_refused():
    with pytest.raises(
        data.DataError,
        match=r"^No table has a paper of 1900 to 1901; the years are 2017 to 2025\.$",
    ):
        catalogue.listing(1900, 1901)


def test_listing_displays_itself_as_markdown(listings):
    assert listings[0]._repr_markdown_() == listings[0].markdown


def test_glossary_terms_are_unique_and_bilingual():
    text = (ROOT / "book" / "glossary.md").read_text("utf-8")
    terms = re.findall(r"^(?![#:\s]|Terms of)(.+)$", text, flags=re.M)
    # English, Chinese (beginning with a Chinese character), perhaps an abbreviation in parentheses.
    heads = [
        re.fullmatch(r"([^\u4e00-\u9fff()]+) ([\u4e00-\u9fff][^()]*?)( \([^()]+\))?", t)
        for t in terms
    ]
    assert all(heads), [t for t, head in zip(terms, heads, strict=True) if not head]
    english = [head[1].lower() for head in heads]
    assert len(terms) > 120 and len(set(english)) == len(english), sorted(
        e for e in english if english.count(e) > 1
    )
    targets = re.findall(r"\{term\}`[^`<]+<([^`>]+)>`", text)
    assert targets and text.count("{term}") == len(targets) and set(targets) <= set(terms)


# --- our own runs -----------------------------------------------------------------------------------------------------
def test_settings_are_a_table_that_plain_markdown_shows():
    """Commonmark has no tables: the cells must arrive as HTML, and links and code in them as Markdown."""
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark").render(catalogue.settings("grokking").markdown)
    assert (
        html.count("<tr>") == 1 + 7
        and "| ---" not in html
        and '<th scope="col">weight decay</th>' in html
    )
    assert "96 training runs" in html and "<code>python experiments/grokking.py</code>" in html
    runs = MarkdownIt("commonmark").render(catalogue.own_runs().markdown)
    assert (
        runs.count("<tr>") == 1 + len(data.runs())
        and "<code>python experiments/addition.py</code>" in runs
        and 'record.json">record.json</a>' in runs
    )


def test_every_run_of_our_own_is_listed_with_its_files_and_command():
    here = os.getcwd()
    os.chdir(ROOT / "book")
    try:
        text = catalogue.own_runs().markdown
    finally:
        os.chdir(here)
    linked = {(ROOT / "book" / path).resolve() for path in re.findall(r"\]\(([^)]+)\)", text)}
    assert linked == {p.resolve() for p in (ROOT / "data" / "miniatures").glob("*/*")}
    for name in data.runs():
        assert (
            f"`{data.run(name).command}`" in text
            and (ROOT / data.run(name).command.split()[1]).is_file()
        )
    assert "catalogue.own_runs()" in PAGE


@pytest.mark.parametrize("name", data.runs())
def test_settings_show_every_run_of_the_record(name):
    """Each row's seconds are those of its runs; every setting stands in the table or below it."""
    text, record = catalogue.settings(name).markdown, data.run(name)
    table = BeautifulSoup(text, "html.parser").table
    head, *rows = [
        [cell.get_text().strip() for cell in row.select("th, td")] for row in table.select("tr")
    ]
    assert (
        all(len(row) == len(head) for row in rows)
        and record.command in text.rpartition("</div>")[2]
    )
    shown = sum(float(row[head.index("seconds")].replace(",", "")) for row in rows)
    assert shown == pytest.approx(sum(s["seconds"] for s in record.settings), abs=len(rows))


def test_the_example_in_the_text_does_what_it_says():
    (code,) = [c for c in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "cups.write" in c]
    *lines, last = code.strip().splitlines()
    scope = {}
    exec("\n".join(lines), scope)
    assert eval(last, scope).tolist() == [[1, 2]]


def test_every_value_of_a_listed_setting_is_a_training():
    assert (
        catalogue._trainings({"seeds": [0, 1, 2], "fraction": [0.4, 0.5], "p": 31}) == 6
        and catalogue._trainings({"seed": 3, "width": 8}) == 1
    )
