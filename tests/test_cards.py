"""Links to the glossary, hover cards, search: the matcher on doctrees, a small book, the pages in Chromium."""

import gzip
import io
import json
import re

import pytest
from axe_core_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import new_document

from emergence.chapters import every
from emergence.chapters.emergence.wei import ladder
from emergence.publish.build import ROOT, build
from emergence.site import cards
from emergence.site.nodes import caption_node

ENTRIES = re.findall(
    r"^(?![#:\s]|Terms of)(.+)$", (ROOT / "book" / "glossary.md").read_text("utf-8"), flags=re.M
)
MATCHER = cards.Matcher(ENTRIES)
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 375, "height": 700}


def soup(path):
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


# --- which words are terms --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("entry, names", [
    ("large language model 大语言模型 (LLM)", ["large language model", "LLM"]),
    ("chain of thought 思维链 (CoT)", ["chain of thought", "CoT"]),
    ("pass@k (k 次采样通过率)", ["pass@k"]),
    ("U-shaped scaling U 形缩放", ["U-shaped scaling"]),
    ("scaling law 缩放定律, 伸缩法则", ["scaling law"]),
    ("BLEU 双语评估分数", ["BLEU"]),
])  # fmt: skip
def test_names_of_an_entry(entry, names):
    assert cards.names(entry) == names


def test_every_entry_of_the_glossary_is_found_by_each_of_its_names():
    assert len(ENTRIES) > 60
    for i, entry in enumerate(ENTRIES):
        for name in cards.names(entry):
            if name not in cards.ONLY_AS:
                assert [n for *_, n in MATCHER.find(f"the {name}, so")] == [i], name


def found(text):
    return [text[a:b] for a, b, _ in MATCHER.find(text)]


@pytest.mark.parametrize("text, terms", [
    ("Chains of thought help; so do emergent abilities.", ["Chains of thought", "emergent abilities"]),
    ("the mixtures-of-experts and a key-value cache", ["mixtures-of-experts", "key-value cache"]),
    ("Pretraining, pre-training, finetuning and in context learning", ["Pretraining", "pre-training", "finetuning", "in context learning"]),
    ("linear\nattention beats attention", ["attention", "attention"]),  # docutils joins lines of a paragraph with one newline
    ("LLMs in 1e23 FLOPs", ["LLMs", "FLOPs"]),
    ("the Transformer’s transformers", ["Transformer", "transformers"]),
    ("pass@k of (few-shot) models", ["pass@k", "few-shot"]),
])  # fmt: skip
def test_inflections(text, terms):
    assert [t.replace("linear\n", "") for t in found(text)] == terms


@pytest.mark.parametrize("text", [
    "flop of a llm", "self-attention", "few-shot-prompted", "encoder–decoder", "attentive", "tokens_seen", "Emergently",
    "we cannot build it up in our heads", "depends on the temperature and the humidity of the air", "Epoch AI’s figure",
    "the chapter on grokking meets it again", "The chapters on chain of thought and emergence show",
])  # fmt: skip
def test_other_words_are_not_terms(text):
    assert found(text) == []


def test_the_longer_of_two_terms_wins():
    assert found("linear attention, induction heads, training compute, supervised fine-tuning") == [
        "linear attention", "induction heads", "training compute", "supervised fine-tuning"]  # fmt: skip


def paragraph(*children):
    return nodes.paragraph("", "", *(nodes.Text(c) if isinstance(c, str) else c for c in children))


def linked(*children):
    """Texts of the links that `link_terms` makes in a document with these children, and the document."""
    document = new_document("page")
    document += children
    before = document.astext()
    cards.link_terms(document, MATCHER, [f"glossary.html#{i}" for i in range(len(ENTRIES))])
    assert document.astext() == before, "linking changes no word"
    return [
        link.astext() for link in document.findall(nodes.reference) if "em-term" in link["classes"]
    ], document


def test_the_first_occurrence_is_linked_once():
    links, document = linked(
        paragraph("A token, two tokens and ", nodes.emphasis("", "attention"), "."),
        paragraph("Attention again."),
    )
    assert links == ["token", "attention"]
    [token, _] = document.findall(nodes.reference)
    assert token["refuri"] == f"glossary.html#{ENTRIES.index('token 词元')}" and token["internal"]


def test_prose_comes_before_captions():
    caption = caption_node()
    caption += paragraph("perplexity of tokens")
    links, document = linked(caption, paragraph("perplexity in prose"))
    assert sorted(links) == ["perplexity", "tokens"]
    assert [a.astext() for a in caption.findall(nodes.reference)] == ["tokens"]


def nest(kind, **attributes):
    node = kind("", **attributes)
    node += nodes.Text("perplexity")
    return node


@pytest.mark.parametrize("outside", [
    nest(nodes.title), nest(nodes.rubric), nest(nodes.literal), nest(nodes.literal_block), nest(nodes.math), nest(nodes.raw, format="html"),
    nest(nodes.caption), nest(nodes.comment), nest(nodes.term), nest(nodes.reference, refuri="x"), nest(addnodes.pending_xref),
    nest(nodes.inline, classes=["bibtex-citation"]), nest(nodes.paragraph, classes=["em-title"]), nest(nodes.paragraph, classes=["em-source"]),
    nodes.citation("", nest(nodes.paragraph)), nodes.thead("", nodes.row("", nodes.entry("", nest(nodes.paragraph)))),
    addnodes.glossary("", nest(nodes.paragraph)),
], ids=lambda node: f"{node.tagname} {' '.join(node['classes'])}".strip())  # fmt: skip
def test_no_link_where_it_does_not_belong(outside):
    assert linked(outside)[0] == []
    assert linked(nodes.block_quote("", nest(nodes.paragraph)))[0] == ["perplexity"]


def test_first_lines_end_with_a_whole_word():
    text = paragraph("one & two ", nodes.math("", "a^b"), " three four five six")
    assert cards.first_lines(text, None).startswith("one &amp; two <math") and cards.first_lines(
        text, None
    ).endswith("four five six")
    assert cards.first_lines(text, 25).endswith("</math> three four…")


# --- a small book -------------------------------------------------------------------------------------------------------
BOOK = {
    "_toc.yml": "format: jb-book\nroot: book/one\nchapters: [{file: book/two}, {file: book/glossary}]\n",
    "requirements.txt": "",
    "book/one.md": "# Perplexity and tokens\n\nThe *perplexity* of a token {cite:p}`a-a`; perplexity again. See {doc}`two`, [a section](#second), "
                   "[a figure](#fig-FIGURE) and {ref}`fig-FIGURE`.\n\n```{bibliography}\n:filter: docname in docnames\n:keyprefix: a-\n```\n",
    "book/two.md": "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3}\nmystnb: {remove_code_source: true}\n---\n"
                   "# Page two\n\nFirst words of two, after {cite:t}`b-a`.\n\n```{bibliography}\n:filter: docname in docnames\n:keyprefix: b-\n```\n\n(second)=\n## Second part\n\nSecond words & more.\n\n"
                   "```{code-cell}\nfrom emergence.chapters.emergence.wei import ladder\nladder()\n```\n",
    "book/glossary.md": "# Glossary\n\n:::{glossary}\nperplexity 困惑度\n  The exponential of the loss.\n\ntoken 词元\n  A piece of text.\n:::\n",
    "book/refs.bib": "@misc{a, title={A title}, author={Anna Author}, year={1999}}\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """(root, site) of a book with a glossary, a figure, references of all kinds."""
    root = tmp_path_factory.mktemp("small") / "a book"
    config = (
        (ROOT / "_config.yml").read_text("utf-8").replace("book/references.bib", "book/refs.bib")
    )
    config = config.replace("html_static_path: [book/_static]", "html_static_path: []").replace(
        "html_css_files: [book.css]", "html_css_files: []"
    )
    name = ladder().name
    for path, text in {**BOOK, "_config.yml": config}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text.replace("FIGURE", name), "utf-8")
    return root, build(root, out=io.StringIO()).parent, name


def notes(page):
    """What the cards of a built page say: {address: text}."""
    return {e["data-for"]: re.sub(r"\s+", " ", e.get_text()) for e in elements(page)}


def elements(page):
    template = soup(page).find(id="em-cards")  # whose content Beautiful Soup does not look into
    return BeautifulSoup(template.decode_contents() if template else "", "html.parser").find_all(
        "div", recursive=False
    )


def test_a_small_book_has_the_cards_of_all_kinds(book):
    root, site, figure = book
    found = notes(site / "book" / "one.html")
    assert (
        found["glossary.html#term-perplexity"] == "perplexity 困惑度 The exponential of the loss."
    )
    assert found["glossary.html#term-token"] == "token 词元 A piece of text."
    assert found["two.html"] == "Page two First words of two, after Author [1999]."
    assert found["two.html#second"] == "Second part Second words & more."
    assert found[f"two.html#fig-{figure}"].startswith(every()[figure].title)
    assert len(found) == 5
    links = [a.get_text() for a in soup(site / "book" / "one.html").select("a.em-term")]
    assert links == ["perplexity", "token"]
    assert not soup(site / "book" / "glossary.html").select("a.em-term")


def test_a_changed_definition_reaches_pages_that_did_not_change(book):
    root, site, _ = book
    glossary = root / "book" / "glossary.md"
    before = glossary.read_text("utf-8")
    glossary.write_text(
        before.replace("The exponential of the loss.", "Another definition."), "utf-8"
    )
    try:
        build(root, out=io.StringIO())
        assert (
            notes(site / "book" / "one.html")["glossary.html#term-perplexity"]
            == "perplexity 困惑度 Another definition."
        )
    finally:
        glossary.write_text(before, "utf-8")


# --- the built pages ----------------------------------------------------------------------------------------------------
CHAPTER = "book/emergence.html"


def chapters(site):
    return sorted((site / "book").glob("*.html"))


def test_terms_are_linked_once_a_page_and_only_in_prose(site):
    total = 0
    for path in chapters(site):
        page = soup(path)
        links = page.select("a.em-term")
        assert len({a["href"] for a in links}) == len(links), path.name
        wrong = page.select(
            ":is(h1, h2, h3, h4, a, code, pre, math, th, .em-title, .em-source, .citation, .bibtex-citation, summary, nav, dl.glossary) a.em-term"
        )
        assert wrong == [], path.name
        total += len(links)
    assert total > 150
    assert not soup(site / "book/glossary.html").select("a.em-term")


def test_every_glossary_link_has_its_words_in_the_page(site):
    definitions = {}
    for term in soup(site / "book/glossary.html").select("dl.glossary dt"):
        for anchor in term.select(".headerlink"):
            anchor.decompose()
        definitions[term["id"]] = (
            term.get_text(strip=True),
            re.sub(r"\s+", " ", term.find_next_sibling("dd").get_text()).strip(),
        )
    for path in chapters(site):
        said = {e["data-for"]: e for e in elements(path)}
        for link in soup(path).select("a.em-term"):
            name, text = definitions[link["href"].partition("#")[2]]
            note = said[link["href"]]
            assert note.b.get_text() == name
            assert re.sub(r"\s+", " ", note.get_text()).removeprefix(name).strip() == text


def test_cards_cost_little(site):
    """Compressed bytes that cards add to a page: words and links in it, script; the style sheet counts whole."""

    def packed(text):
        return len(gzip.compress(text.encode()))

    script = packed((site / "_static/cards.js").read_text("utf-8"))
    for path in chapters(site):
        text = path.read_text("utf-8")
        bare = re.sub(
            r'<a class="em-term[^>]*>(.*?)</a>',
            r"\1",
            re.sub(r'<template id="em-cards".*?</template>', "", text, flags=re.S),
        )
        assert packed(text) - packed(bare) + script < 8000, path.name
        assert not re.search(r'<a class="reference internal" href="#id\d+" title=', text), (
            "the entry is in the page once"
        )


def first(page, selector):
    link = page.locator(f"article {selector}").first
    link.scroll_into_view_if_needed()
    return link


def opened(page):
    page.wait_for_selector(".em-card:not([hidden])")
    return page.locator(".em-card")


def inside(page, card):
    box, size = card.bounding_box(), page.viewport_size
    return (
        box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= size["width"]
        and box["y"] + box["height"] <= size["height"]
    )


TERM, CITATION, REFERENCE = (
    "a.em-term",
    ".bibtex-citation a.internal",
    "p a.internal:not(.em-term):has(.std-doc)",
)


@pytest.mark.parametrize("selector", [TERM, CITATION, REFERENCE])
@pytest.mark.parametrize(
    "viewport, theme", [(DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark")]
)
def test_a_resting_mouse_opens_a_card_that_stays_and_moves_nothing(
    new_page, server, viewport, theme, selector
):
    page = new_page(viewport=viewport, color_scheme=theme)
    page.goto(f"{server}/{CHAPTER}")
    link = first(page, selector)
    where = "() => [document.documentElement.scrollHeight, document.documentElement.scrollWidth, ...[...document.querySelectorAll('article p')].slice(0, 30).map(p => p.getBoundingClientRect().top)]"
    page.mouse.move(2, 2)  # figures come alive when the reader stirs
    page.wait_for_function("() => document.querySelectorAll('.em-drawn').length > 0")
    page.wait_for_timeout(500)
    before = page.evaluate(where)
    link.hover()
    card = opened(page)
    assert page.evaluate(where) == before, "nothing moves"
    assert inside(page, card)
    words = card.inner_text()
    described = page.locator(f"[id='{link.get_attribute('aria-describedby')}']")
    assert re.sub(r"\s+", "", described.text_content()) == re.sub(r"\s+", "", words), (
        "those who listen get the same words"
    )
    assert len(words) > 40
    if selector == CITATION:
        assert re.sub(r"\s+", "", words) == re.sub(
            r"\s+", "", page.locator(link.get_attribute("href")).locator("p").text_content()
        )
    box = card.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 12, steps=5)
    page.wait_for_timeout(600)
    assert card.is_visible(), "the pointer may rest on the card"
    violations = [
        f"{v['id']}: {v['nodes'][0]['html'][:200]}"
        for v in Axe().run(page, options={"resultTypes": ["violations"]})["violations"]
    ]
    assert violations == []
    page.mouse.move(2, 2)
    card.wait_for(state="hidden")
    assert page.errors == [] and page.outside == []


def test_the_keyboard_opens_and_escape_closes(new_page, site):
    page = new_page()
    page.goto((site / CHAPTER).as_uri())
    page.keyboard.press("Tab")
    link = first(page, TERM)
    link.focus()
    card = opened(page)
    page.keyboard.press("Escape")
    assert card.is_hidden()
    assert link.evaluate("e => e === document.activeElement"), "focus stays where it was"
    page.keyboard.press("Tab")
    following = page.evaluate("document.activeElement.hasAttribute('aria-describedby')")
    assert card.is_visible() == following
    assert page.evaluate("!document.activeElement.closest('.em-card')"), "a card adds no stop"
    link.focus()
    opened(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/glossary.html#term-*")
    assert page.errors == [] and page.outside == []


def test_escape_closes_a_card_opened_by_the_mouse(new_page, server):
    page = new_page()
    page.goto(f"{server}/{CHAPTER}")
    first(page, TERM).hover()
    card = opened(page)
    page.keyboard.press("Escape")
    assert card.is_hidden()
    page.wait_for_timeout(600)
    assert card.is_hidden(), "and it does not come back by itself"


@pytest.mark.parametrize(
    "selector, goes",
    [
        (TERM, "**/glossary.html#term-*"),
        (CITATION, "**/emergence.html#id*"),
        (REFERENCE, "**/book/*.html"),
    ],
)
def test_a_first_tap_shows_and_a_second_goes(new_page, site, selector, goes):
    start = (site / CHAPTER).as_uri()

    def begin():
        page = new_page(viewport=PHONE, has_touch=True, is_mobile=True)
        page.goto(start)
        return page

    for follow in ("link in the card", "link again"):
        page = begin()
        link = first(page, selector)
        link.tap()
        card = opened(page)
        assert page.url == start and inside(page, card)
        (card.locator(".em-go") if follow == "link in the card" else link).tap()
        page.wait_for_url(goes)
    page = begin()
    first(page, selector).tap()
    card = opened(page)
    assert card.locator(".em-go").bounding_box()["height"] >= 44
    page.touchscreen.tap(20, 30) if card.bounding_box()["y"] > 60 else page.touchscreen.tap(20, 690)
    card.wait_for(state="hidden")
    assert page.errors == [] and page.outside == []


def test_every_card_fits_the_window(new_page, server):
    for viewport in (DESK, PHONE):
        page = new_page(viewport=viewport, reduced_motion="reduce")
        page.goto(f"{server}/book/index.html")
        page.keyboard.press("Tab")
        links = page.locator("article a[aria-describedby]")
        assert links.count() > 40
        for link in links.all():
            link.focus()
            card = page.locator(".em-card")
            if link.is_visible():
                assert card.is_visible() and inside(page, card), link.get_attribute("href")
        assert page.locator(".em-card").evaluate("e => getComputedStyle(e).animationName") == "none"


def test_print_and_pages_without_scripts_know_no_cards(new_page, server):
    page = new_page()
    page.goto(f"{server}/{CHAPTER}")
    first(page, TERM).hover()
    card = opened(page)
    page.emulate_media(media="print")
    assert card.is_hidden()
    assert (
        page.locator(f"article {TERM}").first.evaluate(
            "e => getComputedStyle(e).textDecorationLine"
        )
        == "none"
    )
    page = new_page(java_script_enabled=False)
    page.goto(f"{server}/{CHAPTER}")
    assert page.locator(".em-card").count() == 0
    page.locator(f"article {TERM}").first.click()
    page.wait_for_url("**/glossary.html#term-*")


# --- search -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def search(new_page, server):
    """Function (query) → [(address, text)] of the results, best first."""

    def ask(query):
        page = new_page()
        page.goto(f"{server}/search.html")
        box = page.locator(
            "article input[name=q], .bd-article input[name=q], main input[name=q]"
        ).first
        box.fill(query)
        box.press("Enter")
        page.wait_for_function(
            "() => /\\d|matches/.test(document.querySelector('#search-results .search-summary')?.textContent ?? '')"
        )
        assert page.errors == [] and page.outside == []
        return page.locator("ul.search > li").evaluate_all(
            "ls => ls.map(l => [new URL(l.querySelector('a').href).pathname.split('/').pop() + new URL(l.querySelector('a').href).hash, l.innerText])"
        )

    return ask


def test_search_finds_a_figure_by_its_title(search, site):
    figure = next(f for f in every().values() if len(f.title.split()) > 6)
    results = search(figure.title.rstrip("?"))
    address, text = results[0]
    assert (
        address.endswith(f"#fig-{figure.name}")
        and text.startswith(figure.title)
        and "\t" not in text
    )
    assert soup(site / "book" / address.partition("#")[0]).find(id=f"fig-{figure.name}")


def test_search_finds_a_figure_by_a_word_of_its_alternative_text_alone(search, site):
    pages = {p.name: soup(p) for p in chapters(site)}
    visible = {w.lower() for p in pages.values() for w in re.findall(r"[A-Za-z]+", p.get_text(" "))}
    name, word = next(
        (f.name, w)
        for f in every().values()
        for w in re.findall(r"\b[a-z]{6,}\b", f.finding)
        if w not in visible
    )
    assert [a for a, _ in search(word) if a.endswith(f"#fig-{name}")], word


@pytest.mark.parametrize("query, term", [
    ("perplexity", "term-perplexity"), ("scaling laws", "term-scaling-law"), ("MoE", "term-mixture-of-experts-MoE"),
    ("困惑度", "term-perplexity"), ("涌现", "term-emergence"), ("注意力机制", "term-attention"), ("大语言模型", "term-large-language-model-LLM"),
])  # fmt: skip
def test_search_finds_a_term_in_english_and_chinese(search, query, term):
    addresses = [a for a, _ in search(query)]
    assert f"glossary.html#{term}" in addresses[:3] and len(set(addresses)) == len(addresses)


def test_search_cuts_chinese_that_runs_on(search):
    assert [a for a, _ in search("大语言模型涌现能力")] == ["glossary.html"], (
        "two terms in one run: the page that has both"
    )


@pytest.mark.parametrize("typed, written", [
    ("ＭＭＬＵ", "MMLU"), ("ｆｅｗ－ｓｈｏｔ", "few-shot"), ("per\u00adplexity", "perplexity"),
    ("GSM-8K", "GSM8K"), ("gsm 8k", "GSM8K"), ("pre-training", "pretraining"),
    ("fewshot", "few-shot"), ("few\u2011shot", "few-shot"), ("finetuning", "fine-tuning"), ("chainofthought", "chain-of-thought"), ("BIGBench", "BIG-bench"), ("gpt3", "GPT-3"),
    ("behaviour", "behavior"), ("generalisation", "generalization"), ("modelling", "modeling"), ("tulu", "Tülu"),
])  # fmt: skip
def test_search_finds_what_is_spelled_another_way(search, typed, written):
    assert {a for a, _ in search(written)} <= {a for a, _ in search(typed)} != set()


def test_search_says_what_it_counts(search, new_page, server):
    page = new_page()
    page.goto(f"{server}/search.html?q=scaling")
    page.wait_for_function(
        "() => /\\d/.test(document.querySelector('.search-summary')?.textContent ?? '')"
    )
    said = page.locator(".search-summary").inner_text()
    assert (
        str(page.locator("ul.search > li").count()) in said
        and "page(s)" not in said
        and "figures, terms" in said
    )
    page.goto(f"{server}/search.html?q=xyzzyx")
    page.wait_for_function("() => document.querySelector('.search-summary')?.textContent")
    assert "categories" not in page.locator(".search-summary").inner_text()


def test_search_finds_a_table_by_name_and_opens_it(search, new_page, server):
    assert (
        search("gpt3_table_h1")[0][0]
        == search("gpt3 table h1")[0][0]
        == "data.html#table-gpt3_table_h1"
    )
    page = new_page()
    page.goto(f"{server}/book/data.html#table-gpt3_table_h1")
    assert page.locator("a[download][href$='/gpt3_table_h1.csv']").is_visible(), (
        "the folded part opens"
    )


def test_every_figure_term_and_table_is_in_the_index(site):
    index = json.loads(
        (site / "searchindex.js")
        .read_text("utf-8")
        .removeprefix("Search.setIndex(")
        .removesuffix(")")
    )
    kinds = {int(number): name.split(":")[1] for number, name in index["objtypes"].items()}
    anchors = {}
    for entries in index["objects"].values():
        for _, kind, _, anchor, _ in entries:
            anchors.setdefault(kinds[kind], set()).add(anchor)
    assert anchors["figure"] == {f"fig-{name}" for name in every()}
    assert anchors["term"] == {
        dt["id"] for dt in soup(site / "book/glossary.html").select("dl.glossary dt")
    }
    assert anchors["table"] == {
        e["id"] for e in soup(site / "book/data.html").select("[id^=table-]")
    }
