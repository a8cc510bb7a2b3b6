"""The built site as a reader meets it: headless Chromium on every page, both themes, phone and desk, keyboard and mouse.

What the browser draws is compared with `Figure.frame`, so page and library cannot drift apart.
"""

import io
import itertools
import random
import re
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest
from axe_core_python.sync_playwright import Axe
from pages import DOCUMENTS, PAGES, WORDS, soup

from emergence.chapters import every
from emergence.figure import records
from emergence.page import default_state, page_of

FIGURES = every()
PREDICTING = [name for name, figure in FIGURES.items() if figure.predict]
SKINS = list(itertools.product(("light", "dark"), (375, 1280)))

# Called with a figure's name: what it shows now, once the drawing of its present state is finished.
# `drawing` is what the marks say and look like, in any order; `places` also where they are.
SHOWN = """async name => {
  const host = document.getElementById('fig-' + name), view = await emergence.open(host);
  const svg = host.querySelector('.em-live svg');
  const leaves = [...svg.querySelectorAll('g[class*=role-mark] :is(path, line, text, rect, image)')].filter(m => !m.matches('.background, .foreground'));
  return {
    state: view.model.controls.map((c, i) => c.options[view.state[i]].value),
    columns: view.columns,
    rows: view.chart.view.data('rows').map(r => view.columns.map(c => r[c] instanceof Date ? r[c].toISOString().slice(0, 10) : r[c] ?? null)),
    label: svg.getAttribute('aria-label'),
    marks: leaves.length,
    drawing: leaves.map(m => [m.tagName, m.getAttribute('aria-label'), m.getAttribute('fill'), m.getAttribute('stroke'), m.textContent].join('|')).sort().join('\\n'),
    places: leaves.map(m => [m.outerHTML, m.getCTM().e, m.getCTM().f].join('|')).join(''),
  };
}"""
# True when the figure has finished drawing after a control was moved. Not async: Playwright takes a promise for true.
SETTLED = """name => {
  const view = document.getElementById('fig-' + name).emergence;
  return view?.status.textContent === `${view.words.showing} ${view.chosen()}. ${view.last.rows.length} ${view.words.rows}.`;
}"""


@pytest.fixture
def open_figure(new_page, server, places):
    """Function (name, hash="", **context options) → page on which that figure, scrolled into view, is drawn."""

    def open_(name, query="", **options):
        page = new_page(**options)
        page.goto(f"{server}/{places[name]}#fig-{name}{query}")
        page.wait_for_selector(f"#fig-{name}.em-drawn")
        page.evaluate(SHOWN, name)
        return page

    return open_


@pytest.fixture(scope="module", params=FIGURES)
def opened(request, browser, server, places):
    """(figure, page on which it is drawn): one load for all tests of a figure; `reset` undoes what a test did."""
    name = request.param
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, permissions=["clipboard-read", "clipboard-write"]
    )
    page = context.new_page()
    page.errors = []
    page.on(
        "console",
        lambda said: (
            said.type == "error" and page.errors.append(f"{said.text} ({said.location['url']})")
        ),
    )
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(f"{server}/{places[name]}#fig-{name}")
    page.wait_for_selector(f"#fig-{name}.em-drawn")
    yield FIGURES[name], page
    context.close()


@pytest.fixture
def reset(opened):
    """(figure, page) in the state the page opens with, a forecast not yet placed."""
    figure, page = opened
    page.evaluate(
        """async name => {
      const view = await emergence.open(document.getElementById('fig-' + name));
      view.state = view.model.controls.map(c => c.default);
      view.sync(); view.predict?.reset('quiet'); view.status.textContent = ''; view.tableBox.hidden = true;
      [...view.host.querySelectorAll('.em-actions [aria-expanded=true]')].forEach(b => { b.setAttribute('aria-expanded', 'false'); b.textContent = view.words.table; });
      await view.redraw();
    }""",
        figure.name,
    )
    yield figure, page
    assert page.errors == []


def open_all(page):
    """Draw every figure of the page, near the screen or not; returns how many there are."""
    return page.evaluate("globalThis.emergence?.openAll?.().then(views => views.length) ?? 0")


def expected(figure, state, revealed=False):
    """The rows a page must draw in `state`; a forecast's answer is missing until it is revealed."""
    rows = figure.frame(**state)
    if figure.predict and not revealed:
        hidden = (rows[figure.predict.column] > figure.predict.beyond) & (
            rows["kind"] != "reference"
        )
        rows = rows[~hidden]
    return [list(r) for r in records(rows)]


def control(page, figure, c):
    return page.locator(f"[id='{figure.name}-{c.name}']")


def choose(page, figure, c, value):
    """Set a control as a mouse user would."""
    widget, number = control(page, figure, c), c.grid.index(value)
    if widget.evaluate("e => e.tagName") == "SELECT":
        widget.select_option(index=number)
    else:
        widget.fill(str(number))


def other_state(figure):
    """A state in which every control differs from its default, chosen by seed."""
    rng = random.Random(figure.name)
    return {c.name: rng.choice([v for v in c.grid if v != c.default]) for c in figure.controls}


def button(page, name, words):
    return page.locator(f"#fig-{name}").get_by_role("button", name=words, exact=True)


def numbers(words):
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", words)]


# --- every page -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("theme, width", SKINS)
@pytest.mark.parametrize("document", PAGES)
def test_page_is_quiet_closed_narrow_and_accessible(new_page, server, document, theme, width):
    """No console error, no request to another host, no sideways scrolling, nothing for axe-core to report."""
    page = new_page(
        viewport={"width": width, "height": 800}, color_scheme=theme, reduced_motion="reduce"
    )
    page.goto(f"{server}/{document}")
    drawn = open_all(page)
    assert (
        page.locator(".em-figure.em-drawn").count() == drawn == page.locator(".em-figure").count()
    )
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert page.errors == [] and page.outside == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for figure in page.locator(".em-figure").all():
        name = figure.get_attribute("id")
        inner, outer = figure.locator(".em-stage").evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert inner <= outer + 1, f"{name} is wider than the page"
        small = figure.locator(".em-live svg text").evaluate_all(
            "ts => ts.filter(t => t.textContent.trim() && parseFloat(getComputedStyle(t).fontSize) < 10).map(t => t.textContent)"
        )
        assert small == [], f"{name} has text below 10 px"
    # Asked for violations alone, axe does not describe the thousands of marks that pass.
    for violation in Axe().run(page, options={"resultTypes": ["violations"]})["violations"]:
        pytest.fail(
            f"axe: {violation['id']}: {violation['help']}: {violation['nodes'][0]['html'][:300]} ({len(violation['nodes'])} nodes)"
        )


@pytest.mark.parametrize("document", DOCUMENTS)
def test_everything_is_reached_with_the_tab_key(new_page, server, document):
    page = new_page()
    page.goto(f"{server}/{document}")
    open_all(page)
    wanted = page.evaluate("""() => [...document.querySelectorAll('.em-figure :is(input, select, button, [role=slider])')]
        .filter(e => e.checkVisibility()).map((e, i) => (e.dataset.probe = i, i))""")
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0) }")
    seen, limit = (
        [],
        60
        + 3
        * page.evaluate(
            "document.querySelectorAll('a,button,input,select,summary,[tabindex]').length"
        ),
    )
    for _ in range(limit):
        page.keyboard.press("Tab")
        probe = page.evaluate(
            "() => { const e = document.activeElement; return [e?.dataset?.probe ?? null, !!e && e.matches('.em-figure *') && getComputedStyle(e).outlineStyle] }"
        )
        if probe[0] is not None:
            assert probe[1] not in (False, "none"), "focus must be visible"
            seen.append(int(probe[0]))
            if len(seen) == len(wanted):
                break
    assert seen == wanted, "every control in reading order"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_page_reads_without_javascript(new_page, server, document):
    page = new_page(java_script_enabled=False)
    page.goto(f"{server}/{document}")
    for figure in page.locator(".em-figure").all():
        shown = [i for i in figure.locator("img").all() if i.is_visible()]
        assert len(shown) == 1, "one picture, not both skins and not none"
        shown[0].scroll_into_view_if_needed()
        assert (
            shown[0].get_attribute("alt")
            == FIGURES[figure.get_attribute("id").removeprefix("fig-")].finding
        )
        box = shown[0].bounding_box()
        assert box["width"] > 200 and box["height"] > 100
    assert page.outside == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_page_works_from_a_file(new_page, site, document):
    page = new_page()
    page.goto((site / document).as_uri())
    open_all(page)
    assert page.locator(".em-figure:not(.em-drawn)").count() == 0
    assert page.errors == [] and page.outside == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_page_prints_its_figures(new_page, server, document):
    page = new_page()
    page.goto(f"{server}/{document}")
    page.emulate_media(media="print")
    # In one look: figures go on drawing while we ask.
    shown = "e => e.checkVisibility()"
    assert (
        page.evaluate(
            f"[...document.querySelectorAll('.em-figure')].filter(f => ![...f.querySelectorAll('.em-stage img, .em-live svg')].some({shown})).map(f => f.id)"
        )
        == []
    )
    assert (
        page.evaluate(
            f"[...document.querySelectorAll('.em-figure')].filter(f => [...f.querySelectorAll('button, select, input')].some({shown})).map(f => f.id)"
        )
        == []
    )


def test_internal_links_resolve(site):
    """Every address on the site leads to a file of the site, every fragment to an element; nothing is loaded from elsewhere."""
    documents = {
        p: soup(p) for p in site.rglob("*.html") if "_static" not in p.relative_to(site).parts
    }
    ids = {
        p: {e["id"] for e in s.select("[id]")} | {e["name"] for e in s.select("a[name]")}
        for p, s in documents.items()
    }
    broken = []
    for path, document in documents.items():
        for element in document.select(
            "a[href], link[href], script[src], img[src], source[src], figure[data-src]"
        ):
            address = element.get("href") or element.get("src") or element.get("data-src")
            parts = urlsplit(address)
            if parts.scheme in ("http", "https") or address.startswith("//"):
                if element.name != "a" and element.get("rel") not in (["canonical"], ["license"]):
                    broken.append(f"{path.relative_to(site)} loads {address}")
                continue
            if parts.scheme:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                broken.append(f"{path.relative_to(site)} → {address}")
            elif (
                parts.fragment
                and target in ids
                and not parts.fragment.startswith("fig-")
                and unquote(parts.fragment) not in ids[target]
            ):
                broken.append(f"{path.relative_to(site)} → {address}: no such anchor")
            elif (
                parts.fragment.startswith("fig-")
                and target in ids
                and parts.fragment.split("?")[0] not in ids[target]
            ):
                broken.append(f"{path.relative_to(site)} → {address}: no such figure")
    assert not broken, "\n".join(broken)


def test_no_citation_role_or_directive_is_left_raw(site):
    for document in DOCUMENTS:
        body = soup(site / document).select_one("article, main")
        for code in body.select("pre, code"):
            code.decompose()
        words = body.get_text(" ")
        for mark in (
            r"\[[\w:-]+\?\]",
            r"\[\?\]",
            r"\{(cite|eval|doc|ref|numref)\b",
            r":::",
            r"```",
            r"\bnan\b",
            r"Traceback",
        ):
            assert not re.search(mark, words), f"{document}: {re.search(mark, words)[0]!r}"


def test_every_figure_is_in_the_book_once(places):
    assert set(places) == set(FIGURES)


def test_page_colors_are_those_the_palette_was_tested_on(new_page, server):
    """`test_figure_contract` checks contrast against these two."""
    for theme, color in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(18, 18, 18)")):
        page = new_page(color_scheme=theme)
        page.goto(f"{server}/{DOCUMENTS[0]}")
        behind = page.evaluate("""() => { for (let e = document.querySelector('article'); e; e = e.parentElement) {
            const c = getComputedStyle(e).backgroundColor; if (c !== 'rgba(0, 0, 0, 0)') return c } }""")
        assert behind == color


# Words of the drawings `selector` names that reach out of them: [[words, pixels left, pixels right], …].
CUT_WORDS = """selector => [...document.querySelectorAll(selector)].flatMap(svg => {
  const box = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()])
    .filter(([words, b]) => words.trim() && (b.left < box.left - 2 || b.right > box.right + 2)).map(([words, b]) => [words, Math.round(b.left - box.left), Math.round(b.right - box.right)]);
})"""


def test_no_word_of_a_still_picture_is_cut_off(new_page, site):
    """Drawn in the wide font of this browser (DejaVu Sans), in which they were not measured."""
    page, found = new_page(), {}
    pictures = [
        p
        for folder in ("figures", "live")
        for p in sorted((site / "_static" / folder).glob("*-light*.svg"))
    ]
    for path in pictures:
        page.set_content(path.read_text("utf-8"))
        if cut := page.evaluate(CUT_WORDS, "svg"):
            found[path.name] = cut
    assert len(pictures) >= 250
    assert found == {}


def test_no_word_of_a_chart_is_cut_off_on_a_phone(new_page, server, places):
    found = {}
    for document in sorted(set(places.values())):
        page = new_page(viewport={"width": 375, "height": 800})
        page.goto(f"{server}/{document}")
        open_all(page)
        if cut := page.evaluate(CUT_WORDS, ".em-figure .em-live svg"):
            found[document] = cut
    assert found == {}


# --- every figure ---------------------------------------------------------------------------------------------------
def test_figure_draws_its_table(reset):
    figure, page = reset
    shown = page.evaluate(SHOWN, figure.name)
    assert shown["state"] == list(figure.state().values())
    assert shown["columns"] == list(figure.frame())
    assert shown["rows"] == expected(figure, figure.state())
    assert shown["marks"] > 0 and "NaN" not in shown["places"]
    assert figure.predict or shown["label"] == figure.finding


# Walks through states, each prepared for as when a reader turns to the controls; then the last one is drawn anew from nothing.
WALK = f"""async ([name, states]) => {{
  const shown = {SHOWN};
  const view = await emergence.open(document.getElementById('fig-' + name));
  const sizes = [];
  for (const state of states) {{
    await view.prepare();
    const before = await shown(name);
    await view.prepare();
    if (JSON.stringify(await shown(name)) !== JSON.stringify(before)) throw new Error('preparing changed what is shown');
    view.state = state; view.sync();
    await view.redraw();
    sizes.push(view.chart.kept.size);
  }}
  const kept = await shown(name);
  view.chart.kept.clear(); view.chart.guess = {{}};
  await view.redraw();
  return {{ kept, fresh: await shown(name), most: Math.max(...sizes), boxes: view.stage.querySelectorAll('.em-live').length }};
}}"""


def test_kept_drawings_are_what_a_new_one_would_be(reset):
    figure, page = reset
    pick = random.Random(figure.name)
    states = [[pick.randrange(len(c.grid)) for c in figure.controls] for _ in range(8)]
    found = page.evaluate(WALK, [figure.name, states])
    assert found["boxes"] == 1 and found["most"] <= 8
    kept, fresh = found["kept"], found["fresh"]
    # Not "places": Vega gives a view with new rows the room its former axis labels took, so marks may stand a few pixels aside.
    for part in ("state", "rows", "label", "marks", "drawing"):
        assert kept[part] == fresh[part], part


def test_prepared_states_are_drawn_without_parsing(open_figure):
    """A control that changes the specification: after the reader has turned to it, no view is made."""
    name = "scaling-allocation"
    page = open_figure(name)
    page.evaluate(
        "() => { globalThis.made = 0; const View = vega.View; vega = { ...vega, View: function (...a) { globalThis.made++; return new View(...a); } }; }"
    )
    page.locator(f"#{name}-y").focus()
    page.wait_for_function(
        "n => { const v = document.getElementById('fig-' + n).emergence; return v.chart.kept.size === 3 && !v.preparing; }",
        arg=name,
    )
    prepared = page.evaluate("made")
    page.locator(f"#{name}-y").select_option(index=2)
    page.wait_for_function(SETTLED, arg=name)
    figure = FIGURES[name]
    assert page.evaluate("made") == prepared
    assert page.evaluate(SHOWN, name)["rows"] == expected(figure, {"y": "tokens_per_param"})


def test_controls_work_from_the_keyboard(reset):
    """Each control is walked through with the keys alone; rows and marks follow, and come back."""
    figure, page = reset
    name, before = figure.name, page.evaluate(SHOWN, figure.name)
    for c in figure.controls:
        control(page, figure, c).focus()
        is_list = control(page, figure, c).evaluate("e => e.tagName") == "SELECT"
        # To the far end first, so that every key pressed after it moves something.
        ends = ["Home", "End"] if c.default == c.grid[-1] else ["End", "Home"]
        step = {
            "Home": "ArrowDown" if is_list else "ArrowRight",
            "End": "ArrowUp" if is_list else "ArrowLeft",
        }[ends[1]]
        position, places = c.grid.index(c.default), set()
        for key in [*ends, *[step] * min(len(c.grid) - 1, 5)]:
            page.keyboard.press(key)
            position = {
                "Home": 0,
                "End": len(c.grid) - 1,
                "ArrowDown": position + 1,
                "ArrowRight": position + 1,
            }.get(key, position - 1)
            page.wait_for_function(SETTLED, arg=name)
            shown, state = page.evaluate(SHOWN, name), figure.state(**{c.name: c.grid[position]})
            assert shown["state"] == list(state.values()), (c.name, key)
            assert shown["rows"] == expected(figure, state), (c.name, c.grid[position])
            assert shown["marks"] > 0 and "NaN" not in shown["places"]
            places.add(shown["places"])
        assert len(places) > 1, f"moving {c.name} changes nothing"
        choose(page, figure, c, c.default)
        page.wait_for_function(SETTLED, arg=name)
        assert page.evaluate(SHOWN, name)["drawing"] == before["drawing"], "back where it was"


def test_table_and_download_hold_the_frame(reset):
    figure, page = reset
    name, columns = figure.name, list(figure.columns or figure.frame())
    if figure.predict:
        button(page, name, WORDS["predict_skip"]).click()

    def check(state):
        rows = records(figure.frame(**state)[columns])
        cells = page.locator(f"#fig-{name} .em-table").evaluate(
            "t => [...t.querySelectorAll('tbody tr')].map(r => [...r.cells].map(c => c.textContent))"
        )
        with page.expect_download() as waiting:
            button(page, name, WORDS["download"]).click()
        assert waiting.value.suggested_filename == f"{name}.csv"
        sent = pd.read_csv(
            io.BytesIO(waiting.value.path().read_bytes()), dtype=str, keep_default_na=False
        )
        assert list(sent) == columns
        for found, digits in ((cells, 5e-3), (sent.to_numpy().tolist(), 1e-9)):
            assert len(found) == len(rows)
            for line, row in zip(found, rows, strict=True):
                for cell, value in zip(line, row, strict=True):
                    if isinstance(value, bool) or not isinstance(value, int | float):
                        assert cell == (
                            ""
                            if value is None
                            else str(value).lower()
                            if isinstance(value, bool)
                            else str(value)
                        )
                    else:
                        assert abs(float(cell) - value) <= digits * abs(value) + 1e-12

    button(page, name, WORDS["table"]).click()
    head = page.locator(f"#fig-{name} .em-table th[scope=col]").all_text_contents()
    assert head == [column["label"] for column in page_of(figure)["table"]]
    assert button(page, name, WORDS["chart"]).get_attribute("aria-expanded") == "true"
    check(figure.state())
    if figure.controls:
        state = other_state(figure)
        for c in figure.controls:
            choose(page, figure, c, state[c.name])
        page.wait_for_function(SETTLED, arg=name)
        if figure.predict:
            button(page, name, WORDS["predict_skip"]).click()
            page.evaluate(SHOWN, name)
        check(state)
    button(page, name, WORDS["chart"]).click()
    assert not page.locator(f"#fig-{name} .em-table").is_visible()


def test_copied_link_restores_the_figure(reset, new_page):
    figure, page = reset
    name, state = figure.name, other_state(figure)
    for c in figure.controls:
        choose(page, figure, c, state[c.name])
    if figure.controls:
        page.wait_for_function(SETTLED, arg=name)
    button(page, name, WORDS["copy"]).click()
    page.locator(f"#fig-{name} .em-status").get_by_text(WORDS["copied"]).wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url and f"#fig-{name}" in link
    other = new_page()
    other.goto(link)
    other.wait_for_selector(f"#fig-{name}.em-drawn")
    shown = other.evaluate(SHOWN, name)
    assert shown["state"] == list(state.values())
    assert shown["rows"] == expected(figure, state)
    # A drawing updated in place and one made anew show the same marks.
    assert shown["drawing"] == page.evaluate(SHOWN, name)["drawing"]


HOSTILE = ["?{c}=<script>alert(1)</script>", "?{c}=%22%3E%3Cimg src=x onerror=alert(1)%3E", "?__proto__=1&constructor=2&toString=3", "?{c}=%E0%A4%A",
           "?{c}", "?{c}=", "?={v}", "?{c}=-1", "?{c}=99999999999999999999", "?{c}=NaN", "?{c}={v}%00", "?{c}=javascript:alert(1)", "?" + "a=b&" * 400, "?{c}=" + "x" * 5000]  # fmt: skip


@pytest.mark.parametrize("name", [n for n, f in FIGURES.items() if f.controls][:3])
def test_hostile_links_change_nothing(open_figure, name):
    figure, page = FIGURES[name], open_figure(name)
    page.on("dialog", lambda d: pytest.fail(f"a script of the link ran: {d.message}"))
    before = page.evaluate(SHOWN, name)
    elements = page.evaluate("document.querySelectorAll('script,img').length")
    for c in figure.controls:
        for attack in HOSTILE:
            page.evaluate(
                "hash => { location.hash = hash }",
                f"fig-{name}" + attack.format(c=c.name, v=c.grid[0]),
            )
            page.evaluate("() => new Promise(requestAnimationFrame)")
            shown = page.evaluate(SHOWN, name)
            assert (shown["state"], shown["drawing"]) == (before["state"], before["drawing"]), (
                attack
            )
    assert page.evaluate("document.querySelectorAll('script,img').length") == elements
    assert page.errors == []


@pytest.mark.parametrize("name", list(FIGURES)[:1])
def test_theme_switch_keeps_the_state_and_changes_the_ink(open_figure, name):
    figure, page = FIGURES[name], open_figure(name, color_scheme="light")
    state = other_state(figure)
    for c in figure.controls:
        choose(page, figure, c, state[c.name])
    page.wait_for_function(SETTLED, arg=name)
    ink = f"() => getComputedStyle(document.querySelector('#fig-{name} .em-live .role-axis-label text')).fill"
    before, color = page.evaluate(SHOWN, name), page.evaluate(ink)
    for _ in range(3):
        page.locator(".theme-switch-button:visible").first.click()
        if page.evaluate("document.documentElement.dataset.theme") == "dark":
            break
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    after = page.evaluate(SHOWN, name)
    assert (
        after["state"] == before["state"] == list(state.values())
        and after["drawing"] == before["drawing"]
    )
    assert page.evaluate(ink) != color


# --- predict first --------------------------------------------------------------------------------------------------
def marker(page, name):
    return page.locator(f"#fig-{name} .em-forecast")


def told(page, name):
    return page.locator(f"#fig-{name} .em-predict-text").text_content()


def scale_of(figure):
    """(lowest, highest value of the vertical axis, digits shown): shares are shown in percent with one decimal."""
    page = page_of(figure)
    scales = page["specs"][page["states"][default_state(page)][0][-1]]["scales"]
    low, high = next(s["domain"] for s in scales if s["name"] == "y")
    return low, high, low >= -0.01 and high <= 1.2


def near(figure, shown, value):
    """Is `value` told by the number `shown`, as far as its digits go?"""
    return (
        abs(shown - 100 * value) <= 0.0501
        if scale_of(figure)[2]
        else shown == pytest.approx(value, rel=5e-4)
    )


@pytest.mark.parametrize("name", PREDICTING)
def test_forecast_by_keyboard(open_figure, name):
    figure, page = FIGURES[name], open_figure(name)
    facts, (low, high, _) = figure.forecast(), scale_of(figure)
    unit = (high - low) / 100
    assert len(expected(figure, {})) < len(figure.frame())
    assert page.evaluate(SHOWN, name)["rows"] == expected(figure, {})
    assert told(page, name) == WORDS["predict_ask"]
    place = marker(page, name)
    place.focus()
    assert float(place.get_attribute("aria-valuenow")) == pytest.approx(
        facts["start"], rel=1e-3, abs=1e-6
    )
    guess = facts["start"]
    for key, steps in (
        ("ArrowUp", 1),
        ("ArrowRight", 1),
        ("PageUp", 10),
        ("ArrowDown", -1),
        ("ArrowLeft", -1),
        ("PageDown", -10),
        ("ArrowUp", 1),
    ):
        page.keyboard.press(key)
        guess = min(high, max(low, guess + steps * unit))
        assert float(place.get_attribute("aria-valuenow")) == pytest.approx(
            guess, rel=1e-3, abs=1e-6
        )
    assert page.evaluate(SHOWN, name)["rows"] == expected(figure, {}), (
        "the answer stays hidden while the reader thinks"
    )
    page.keyboard.press("Enter")
    page.wait_for_function(
        "([n, rows]) => document.getElementById('fig-' + n).emergence.chart.view.data('rows').length === rows",
        arg=[name, len(figure.frame())],
    )
    assert page.evaluate(SHOWN, name)["rows"] == expected(figure, {}, revealed=True)
    said = numbers(told(page, name))
    assert len(said) == 4
    for shown, value in zip(
        said, (guess, facts["truth"], abs(guess - facts["truth"]), facts["line"]), strict=True
    ):
        assert (
            near(figure, shown, value)
            or abs(shown - (100 * value if scale_of(figure)[2] else value)) <= 0.11
        )
    page.keyboard.press("Enter")  # focus went to "hide again"
    page.wait_for_function(
        "([n, rows]) => document.getElementById('fig-' + n).emergence.chart.view.data('rows').length === rows",
        arg=[name, len(expected(figure, {}))],
    )
    assert told(page, name) == WORDS["predict_ask"]
    assert page.errors == []


@pytest.mark.parametrize("name", PREDICTING)
@pytest.mark.parametrize("width", [375, 1280])
def test_forecast_by_dragging(open_figure, name, width):
    figure, page = FIGURES[name], open_figure(name, viewport={"width": width, "height": 800})
    facts, (low, high, _) = figure.forecast(), scale_of(figure)
    marker(page, name).scroll_into_view_if_needed()
    box = marker(page, name).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    axis = page.evaluate(
        "n => emergence.open(document.getElementById('fig-' + n)).then(v => v.chart.view.height())",
        name,
    )
    rise = -40 if facts["start"] < (low + high) / 2 else 40
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + rise / 2)
    page.mouse.move(x + 15, y + rise)
    page.mouse.up()
    page.mouse.move(x, y + 3 * rise)  # after letting go nothing moves
    guess = float(marker(page, name).get_attribute("aria-valuenow"))
    assert guess == pytest.approx(
        facts["start"] - rise * (high - low) / axis, abs=2.5 * (high - low) / axis
    )
    button(page, name, WORDS["predict_show"]).click()
    said = numbers(told(page, name))
    assert near(figure, said[1], facts["truth"]) and near(figure, said[3], facts["line"])
    assert page.evaluate(SHOWN, name)["rows"] == expected(figure, {}, revealed=True)


@pytest.mark.parametrize("name", PREDICTING)
def test_answer_is_not_given_away(open_figure, name):
    """Before the forecast neither table, file nor spoken label holds the hidden rows; whoever skips gets truth and line."""
    figure, page = FIGURES[name], open_figure(name)
    truth = figure.forecast()["truth"]
    button(page, name, WORDS["table"]).click()
    assert page.locator(f"#fig-{name} .em-table tbody tr").count() == len(expected(figure, {}))
    assert not any(near(figure, n, truth) for n in numbers(page.evaluate(SHOWN, name)["label"])), (
        "the label tells the answer"
    )
    button(page, name, WORDS["predict_skip"]).click()
    said = numbers(told(page, name))
    assert (
        len(said) == 2
        and near(figure, said[0], truth)
        and near(figure, said[1], figure.forecast()["line"])
    )
    assert page.locator(f"#fig-{name} .em-table tbody tr").count() == len(figure.frame())
    assert page.evaluate(SHOWN, name)["label"] == figure.finding
