"""The built site in Firefox and in WebKitGTK: each does the same as Chromium, which all other tests use.

What a reader does is written once, as a function of a window and an address (a *deed*), and done in both engines and in
Chromium. WebKitGTK is not Safari, but its engine is; printing is tested in Firefox alone, as WebKitGTK's driver cannot.
"""

import csv
import re
import shutil
import zlib
from urllib.parse import unquote

import pytest
from engines import Chromium
from pages import LINKS, controls_of
from sphinx_external_toc.parsing import parse_toc_yaml

from emergence import text
from emergence.chapters import every, lives
from emergence.publish.build import ROOT

pytestmark = pytest.mark.engines

FIGURES = every()
PAGES = [
    *(f"{name}.html" for name in parse_toc_yaml(ROOT / "_toc.yml")),
    "genindex.html",
    "search.html",
]
WORDS = text.interface()
EXPLORER = text.chapter("explorer")["explorer"]["words"]
PLACES = ("server", "disk")

# Put before a page's policy, so that it is not subject to it: keeps whatever goes wrong from the first script on.
RECORDER = """<script>
globalThis.recorded = [];
for (const kind of ["error", "unhandledrejection", "securitypolicyviolation"])
  addEventListener(kind, (e) => recorded.push([kind, e.message ?? e.reason ?? e.violatedDirective ?? e.target?.src ?? "", e.blockedURI ?? ""].join(" ")), true);
const complain = console.error;
console.error = (...words) => { recorded.push(words.map(String).join(" ")); complain.apply(console, words); };
</script>"""

# Marks of a drawing, as test_site.py counts them.
COUNT = "element => [...element.querySelectorAll('.em-live svg g[class*=role-mark] :is(path, line, text, rect, image)')].filter(m => !m.matches('.background, .foreground')).length"
# Everything the page has, drawn: {figure: [rows, marks]}, {live part: marks}, what is missing, and what was asked of other hosts.
DRAWN = f"""async () => {{
  const count = {COUNT}, views = await globalThis.emergence?.openAll?.() ?? [];
  await globalThis.emergence?.live?.openAll?.();
  const ids = (selector) => [...document.querySelectorAll(selector)].map(e => e.id);
  return {{
    figures: Object.fromEntries(views.map(v => [v.model.name, [v.chart.view.data('rows').length, count(v.host)]])),
    parts: Object.fromEntries([...document.querySelectorAll('.em-live-part')].map(e => [e.id, count(e)])),
    missing: ids(':is(.em-figure, .em-live-part):not(.em-drawn)'),
    failed: ids('.em-failed'),
    outside: performance.getEntriesByType('resource').map(e => e.name).filter(a => !a.startsWith(location.origin) && !/^(data|blob|file):/.test(a)),
  }};
}}"""
IS_DRAWN = "id => document.getElementById(id).matches('.em-drawn')"
# What a figure shows, once it has finished drawing the state its inputs are in.
SHOWN = f"""async name => {{
  const count = {COUNT}, host = document.getElementById('fig-' + name), view = await emergence.open(host);
  return {{
    state: Object.fromEntries(view.model.controls.map((c, i) => [c.name, String(c.options[view.state[i]].value)])),
    inputs: view.inputs.map(i => i.value),
    rows: view.chart.view.data('rows').map(r => view.columns.map(c => r[c] instanceof Date ? r[c].toISOString().slice(0, 10) : r[c] ?? null)),
    marks: count(host), status: view.status.textContent, label: host.querySelector('.em-live svg').getAttribute('aria-label'),
  }};
}}"""
# Has the figure drawn the state `wanted`, and said so?
CHOSEN = """(name, wanted) => {
  const view = document.getElementById('fig-' + name).emergence;
  return view.model.controls.every((c, i) => !(c.name in wanted) || String(c.options[view.state[i]].value) === wanted[c.name])
    && view.status.textContent === `${view.words.showing} ${view.chosen()}. ${view.last.rows.length} ${view.words.rows}.`;
}"""
SAID = "id => document.querySelector(`#${id} .em-frame > .em-status`).textContent"
SAYS_MORE = f"(id, before) => {{ const now = ({SAID})(id); return now !== before && now }}"


# --- the site, with a recorder in every page ------------------------------------------------------------------------
@pytest.fixture(scope="session")
def watched(site, tmp_path_factory):
    """A copy of the built site that keeps its errors, and a page `phone.html` with a frame as narrow as a phone."""
    copy = tmp_path_factory.mktemp("watched") / "site"
    shutil.copytree(site, copy)
    for page in PAGES:
        html = (copy / page).read_text("utf-8")
        assert html.count("<head>") == 1
        (copy / page).write_text(html.replace("<head>", f"<head>{RECORDER}"), "utf-8")
    (copy / "phone.html").write_text(
        '<!DOCTYPE html><html lang="en"><title>p</title><iframe style="width: 375px; height: 800px; border: 0"></iframe></html>'
    )
    return copy


@pytest.fixture(scope="session")
def bases(watched, serve):
    """Where the site begins: {place: address}."""
    return {"server": serve(watched), "disk": watched.as_uri()}


@pytest.fixture(scope="session")
def page_of(site):
    """Page of every figure and live part: {name: path}."""
    return {
        name: page
        for page in PAGES
        for name in re.findall(
            r'<figure class="em-(?:figure|live-part)[^>]*id="fig-([a-z0-9-]+)"',
            (site / page).read_text("utf-8"),
        )
    }


@pytest.fixture(scope="session")
def chromium_does(browser, bases):
    """Function (deed, *given) → what Chromium answers, from the server; asked once."""
    window, known = Chromium(browser.new_page(viewport={"width": 1280, "height": 800})), {}

    def does(deed, *given):
        key = (deed.__name__, given)
        if key not in known:
            known[key] = deed(window, bases["server"], *given)
        return known[key]

    yield does
    window.page.close()


def complaints(window):
    """What the page, and Firefox about the page, reported since it was opened."""
    return [*window.run("() => recorded"), *getattr(window, "said", [])]


# --- every page -----------------------------------------------------------------------------------------------------
def draw_all(window, base, page):
    window.go(f"{base}/{page}")
    return window.run(DRAWN)


@pytest.mark.parametrize("page", PAGES)
def test_page_draws_as_in_chromium_and_quietly(engine, bases, chromium_does, page):
    drawn = draw_all(engine, bases["server"], page)
    assert complaints(engine) == []
    assert drawn["missing"] == drawn["failed"] == drawn["outside"] == []
    assert drawn == chromium_does(draw_all, page)


def test_the_pages_hold_every_figure_and_live_part(page_of):
    assert set(page_of) == {*FIGURES, *lives()}


# Loads a page into the frame, draws and opens all it has: [its width, the window's width, the widest elements that reach out].
NARROW = """async address => {
  const frame = document.querySelector('iframe');
  await new Promise(done => { frame.onload = done; frame.src = address });
  const there = frame.contentWindow;
  await there.emergence?.openAll?.();
  await there.emergence?.live?.openAll?.();
  for (const button of there.document.querySelectorAll('.em-actions [aria-expanded=false]')) button.click();
  for (const details of there.document.querySelectorAll('article details')) details.open = true;
  const root = there.document.documentElement;
  const wide = [...root.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > there.innerWidth + 1 && e.id).map(e => e.id);
  return [root.scrollWidth, there.innerWidth, wide.slice(0, 5)];
}"""


def test_nothing_scrolls_sideways_on_a_phone(engine, bases):
    """375 pixels, all figures and live parts drawn, all tables and details open. MiniBrowser's window cannot be so narrow, a frame can."""
    engine.go(f"{bases['server']}/phone.html")
    found = {page: engine.run(NARROW, f"{bases['server']}/{page}") for page in PAGES}
    assert {inner for _, inner, _ in found.values()} == {375}
    assert {
        page: (width, wide) for page, (width, inner, wide) in found.items() if width > inner
    } == {}


# --- figures --------------------------------------------------------------------------------------------------------
def move_controls(window, base, page, name, moves):
    """Each control moved with the keyboard: what the figure shows at last."""
    window.go(f"{base}/{page}#fig-{name}")
    window.wait(IS_DRAWN, f"fig-{name}")
    for control, key, value in moves:
        window.focus(f"#{name}-{control}")
        window.press(key)
        window.wait(CHOSEN, name, {control: value})
    return window.run(SHOWN, name)


MOVES = {
    "gpt3-arithmetic": (("task", "ArrowDown"), ("x", "ArrowDown")),
    "multi-step-dial": (("answer_tokens", "ArrowRight"), ("y_scale", "ArrowDown")),
    "scaling-budget": (("log_flops", "ArrowLeft"), ("served", "ArrowDown")),
}


def next_value(control, key):
    """The value one step further, as pages write values."""
    options = [o["value"] for o in control["options"]]
    value = options[control["default"] + (-1 if key in ("ArrowLeft", "ArrowUp") else 1)]
    return f"{value:g}" if isinstance(value, float) else str(value)


@pytest.mark.parametrize(
    "place, name",
    [
        ("server", "gpt3-arithmetic"),
        ("server", "multi-step-dial"),
        ("server", "scaling-budget"),
        ("disk", "multi-step-dial"),
    ],
)
def test_controls_move_a_figure_as_in_chromium(engine, bases, chromium_does, page_of, place, name):
    controls = {c["name"]: c for c in controls_of(FIGURES[name])}
    moves = tuple(
        (control, key, next_value(controls[control], key)) for control, key in MOVES[name]
    )
    shown = move_controls(engine, bases[place], page_of[name], name, moves)
    assert complaints(engine) == []
    assert shown["state"] == {control: value for control, _, value in moves} and shown["rows"]
    assert shown == chromium_does(move_controls, page_of[name], name, moves)


def steered():
    """The first link of the prose that chooses a state, for each of five chapters: (page, figure, {control: value})."""
    found = {}
    for source, chapter, target in LINKS:
        name, _, query = target.partition("?")
        if query:
            found.setdefault(chapter or source.removesuffix(".md"), (name, query))
    return [(f"book/{chapter}.html", *link) for chapter, link in sorted(found.items())[:5]]


@pytest.mark.parametrize("page, name, query", steered())
def test_a_link_lands_at_its_figure_in_its_state(engine, bases, page, name, query):
    wanted = {
        control: unquote(value)
        for control, value in (part.split("=", 1) for part in query.split("&"))
    }
    engine.go(f"{bases['server']}/{page}#fig-{name}?{query}")
    engine.wait(IS_DRAWN, f"fig-{name}")
    assert engine.run(SHOWN, name)["state"].items() >= wanted.items()
    assert 0 <= resting(engine, f"fig-{name}") <= 100, (
        "below the bar at the top of the page, which is 64 pixels high"
    )
    assert complaints(engine) == []


def resting(window, id):
    """Where an element's top is once the page keeps still: the same in ten looks."""
    tops = []
    while len(tops) < 10 or len(set(tops[-10:])) > 1:
        assert len(tops) < 600, f"the page does not come to rest: {tops[-10:]}"
        tops.append(
            window.run(
                "async id => { await new Promise(done => setTimeout(done, 50)); return Math.round(document.getElementById(id).getBoundingClientRect().top) }",
                id,
            )
        )
    return tops[-1]


# --- live parts -----------------------------------------------------------------------------------------------------
def open_part(window, base, page, id):
    """Opens a live part by its link; returns what it says at first."""
    window.go(f"{base}/{page}#{id}")
    window.wait(IS_DRAWN, id)
    return window.run(SAID, id)


def key_in(window, base, page, id, field, keys):
    """One input by the keyboard: what the part says to it."""
    before = open_part(window, base, page, id)
    window.focus(f"#{id} {field}")
    window.press(*keys)
    return window.wait(SAYS_MORE, id, before)


ONE_INPUT = {
    "knowledge-facts-live": ("select", ("ArrowDown",)),
    "mini-addition-live": ("input[type=text]", ("7",)),
    "inst-mini-live": ("select", ("ArrowDown",)),
    "icl-regression-live": (".em-handle", ("ArrowUp",)),
}


@pytest.mark.parametrize(
    "place, name", [*(("server", name) for name in ONE_INPUT), ("disk", "mini-addition-live")]
)
def test_live_part_answers_as_in_chromium(engine, bases, chromium_does, page_of, place, name):
    given = (page_of[name], f"fig-{name}", *ONE_INPUT[name])
    said = key_in(engine, bases[place], *given)
    assert complaints(engine) == []
    assert said == chromium_does(key_in, *given)


def write_chain(window, base, page):
    """A question to the cups, typed, and the chain the small model writes to it: the steps and what is said at the end."""
    id, button = "fig-cups-live", text.chapter("chain_of_thought")["cups-live"]["words"]["write"]
    before = open_part(window, base, page, id)
    window.focus(f"#{id} input[type=text]")
    window.press(*"AB BC CD", "Tab")
    asked = window.wait(SAYS_MORE, id, before)
    window.focus(f"#{id} select")
    window.press("ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp")
    window.wait("id => document.querySelector(`#${id} select`).selectedIndex === 0", id)
    asked = window.run(SAID, id)
    window.click(pointed(window, f"#{id} button", button))
    said = window.wait(
        "(id, before, said) => document.querySelectorAll(`#${id} .em-steps li`).length === 3 && said(id, before)".replace(
            "said(", f"({SAYS_MORE})("
        ),
        id,
        asked,
    )
    return [
        said,
        window.run(
            "id => [...document.querySelectorAll(`#${id} .em-steps li`)].map(li => li.textContent)",
            id,
        ),
    ]


def test_cups_write_the_chain_that_chromium_gets(engine, bases, chromium_does, page_of):
    page = page_of["cups-live"]
    answer = write_chain(engine, bases["server"], page)
    assert complaints(engine) == []
    assert answer == chromium_does(write_chain, page)


def train(window, base, page):
    """Grokking started, in its worker, and stopped: the first ten rows it measured."""
    id = "fig-mini-grokking-live"
    open_part(window, base, page, id)
    window.click(pointed(window, f"#{id} button", WORDS["start"]))
    window.wait("id => document.getElementById(id).emergence.rows().length >= 10", id)
    window.click(pointed(window, f"#{id} button", WORDS["pause"]))
    return window.run("id => document.getElementById(id).emergence.rows().slice(0, 10)", id)


@pytest.mark.parametrize("place", PLACES)
def test_grokking_trains_as_in_chromium(engine, bases, chromium_does, page_of, place):
    page = page_of["mini-grokking-live"]
    rows, theirs = train(engine, bases[place], page), chromium_does(train, page)
    assert complaints(engine) == []
    assert rows[9]["step"] == 9 and rows[9]["train_loss"] != rows[1]["train_loss"]
    for row, other in zip(rows, theirs, strict=True):
        assert row == pytest.approx(other, rel=1e-9)


# A selector of the element among those of `selector` that has exactly, or begins with, these words.
POINT = """(selector, words) => {
  const all = [...document.querySelectorAll(selector)], found = all.find(e => e.textContent.trim() === words) ?? all.find(e => e.textContent.trim().startsWith(words));
  found.dataset.pointed = words.replace(/\\W/g, '_');
  return `[data-pointed="${found.dataset.pointed}"]`;
}"""


def pointed(window, selector, words):
    return window.run(POINT, selector, words)


# --- the explorer ---------------------------------------------------------------------------------------------------
PART = "(await emergence.live.openAll())[0]"


def explore(window, base, page):
    """A third curve found with the keyboard, fitted, shown as table and downloaded: what was seen on the way, and the file's text."""
    part = "#fig-explorer"
    open_part(window, base, page, "fig-explorer")
    window.run(f"async () => {{ await {PART}.explorer.whole }}")
    seen = {}
    window.focus(f"{part} .em-search [role=combobox]")
    window.type("gsm8k")
    seen["offered"] = window.wait(
        f"() => {{ const list = document.querySelector('{part} .em-search [role=listbox]'); return !list.hidden && [...list.children].map(o => o.textContent) }}"
    )
    window.press("ArrowDown", "ArrowUp", "Enter")
    seen["chosen"] = window.run(
        f"() => document.querySelector('{part} .em-search [role=combobox]').value"
    )
    window.focus(f"{part} .em-results input")
    window.press("Space")
    window.wait(f"() => document.querySelectorAll('{part} .em-chips li').length === 3")
    window.focus(
        window.run(
            "selector => '#' + document.querySelector(selector).htmlFor",
            pointed(window, f"{part} label", EXPLORER["fit"]),
        )
    )
    window.press("Space")
    window.wait(f"async () => {PART}.explorer.state.fit && {PART}.explorer.last.fits.size === 3")
    window.click(pointed(window, f"{part} .em-actions button", WORDS["table"]))
    seen["rows"] = window.wait(
        f"() => document.querySelectorAll('{part} .em-table tbody tr').length"
    )
    seen["marks"] = window.run(f"() => ({COUNT})(document.querySelector('{part}'))")
    seen["curves"] = window.run(
        f"() => [...document.querySelectorAll('{part} .em-chips li, {part} .em-notes li')].map(li => li.textContent)"
    )
    return seen, window.download(
        pointed(window, f"{part} .em-actions button", WORDS["download"])
    ).decode("utf-8")


def number(cell):
    try:
        return float(cell)
    except ValueError:
        return cell


def cells(table):
    return [[number(cell) for cell in row] for row in csv.reader(table.splitlines())]


@pytest.mark.parametrize("place", PLACES)
def test_explorer_draws_fits_and_writes_what_chromium_does(
    engine, bases, chromium_does, page_of, place
):
    """The last digits of exponential functions are an engine's own: numbers of the file agree to 1e-9, all else exactly."""
    page = page_of["explorer"]
    seen, table = explore(engine, bases[place], page)
    theirs, other = chromium_does(explore, page)
    assert complaints(engine) == []
    assert seen == theirs and seen["rows"] > 100
    assert len(cells(table)) == seen["rows"] + 1
    for row, wanted in zip(cells(table), cells(other), strict=True):
        assert row == [
            pytest.approx(cell, rel=1e-9) if isinstance(cell, float) else cell for cell in wanted
        ]


# --- search, print --------------------------------------------------------------------------------------------------
def look_up(window, base, page, words):
    """A query typed into the search page: how many were found, and the first three."""
    window.go(f"{base}/{page}")
    window.focus("main input[name=q]")
    window.type(words)
    window.press("Enter")
    window.wait(
        "() => new URLSearchParams(location.search).has('q') && document.readyState === 'complete'"
    )
    done = "() => { const said = document.querySelector('#search-results .search-summary'); return /\\d/.test(said?.textContent) && said.textContent }"
    return [
        window.wait(done),
        window.run(
            "() => [...document.querySelectorAll('#search-results ul.search > li')].slice(0, 3).map(li => li.querySelector('a').textContent)"
        ),
    ]


@pytest.mark.parametrize("place", PLACES)
def test_search_finds_what_chromium_finds(engine, bases, chromium_does, place):
    found = look_up(engine, bases[place], "search.html", "grokking")
    assert complaints(engine) == []
    assert found == chromium_does(look_up, "search.html", "grokking") and len(found[1]) == 3


def pages(pdf):
    """Number of pages of a PDF. Firefox packs what describes them into compressed streams."""
    found = 0
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            found += len(re.findall(rb"/Type\s*/Page\b", zlib.decompress(stream)))
        except zlib.error:
            continue  # not compressed, or a picture
    return found


@pytest.mark.parametrize("engine", ["firefox"], indirect=True, scope="session")
def test_firefox_prints_a_chapter(engine, bases, page_of):
    """WebKitGTK's driver has no command for it."""
    engine.go(f"{bases['server']}/{page_of['grokking-waves']}")
    assert pages(engine.pdf()) > 10
