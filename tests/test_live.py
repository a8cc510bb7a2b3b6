"""Live parts: the contract (a small part made here, on a page of its own) and every live part of the book."""

import base64
import re

import altair as alt
import pandas as pd
import pytest
import vl_convert as vlc
from axe_core_python.sync_playwright import Axe

from emergence import client, data, live, mime, text
from emergence.chapters import every, lives
from emergence.figure import FigureError
from emergence.live import Live
from emergence.page import page_of

LIVES = lives()
WORDS = text.interface()

SCRIPT = """
emergence.live.define("demo", {
  *worker(k, post) { if (k < 0) throw new RangeError("negative"); yield; post(k * k); },
  async mount(part) {
    const top = part.stage, worker = part.work();
    const k = part.slider({ label: part.words.k, min: 1, max: 9, value: 3, oninput: draw });
    const rate = part.slider({ label: "Rate", values: [0.001, 0.01, 0.1], value: 0.01, oninput: draw });
    const shape = part.choice({ label: "Shape", options: [{ value: "up", label: "rising" }, { value: "down", label: "falling" }], value: "up", onchange: draw });
    const dots = part.check({ label: "Dots", value: true, onchange: draw });
    const say = part.text({ label: "Say", value: "hi", onchange: (v) => { if (v === "throw") throw new Error("asked for"); part.status(v); } });
    const bytes = part.button("Bytes", async () => { const b = new Uint8Array(await part.asset("blob")); part.status(`${b.length} bytes, sum ${b.reduce((a, c) => a + c, 0)}`); });
    const square = part.button("Square", () => worker.begin(k.value, (square) => part.status(`square ${square}`)));
    const breaks = part.button("Break", () => worker.begin(-1, () => {}));
    const read = () => { const p = part.read({ k: (t) => (/^[1-9]$/.test(t) ? +t : undefined), shape: ["up", "down"] }); k.value = p.k ?? 3; shape.value = p.shape ?? "up"; };
    part.onlink = () => { read(); return draw(); };
    const chart = part.chart(top, "line");
    top.prepend(part.controls(k, rate, shape, dots, say));
    top.append(part.actions(bytes, square, breaks, part.copy(() => ({ k: k.value, shape: shape.value }))));
    function draw() {
      const rows = [1, 2, 3, 4].map((x) => ({ kind: "simulation", x, value: (shape.value === "up" ? x : 5 - x) * k.value * rate.value }));
      return chart.draw(rows, part.fill(part.words.drawn, { k: k.value }), { texts: { across: `Step × ${k.value}` } });
    }
    read();
    await draw();
    part.demo = chart;
  },
});
"""
TEXTS = {
    "title": "What does the demonstration show?",
    "finding": "The line of the demonstration rises from {low} to {high} in four steps.",
    "shows": "Four points.",
    "hides": "Anything else.",
    "words": {"k": "Factor", "drawn": "A line with factor {k}."},
}


def drawing():
    rows = pd.DataFrame({"kind": "simulation", "x": [1, 2, 3, 4], "value": [0.1, 0.2, 0.3, 0.4]})
    chart = (
        alt.Chart(rows)
        .mark_line(point=True)
        .encode(
            alt.X("x:Q", title="@across", scale=alt.Scale(domain=[0, 5])),
            alt.Y("value:Q", scale=alt.Scale(domain=[0, 4])),
        )
        .properties(width="container", height=200)
    )
    return rows, chart


@pytest.fixture
def make(monkeypatch, tmp_path):
    """Function (**changes) → the demonstration, with its scripts in a folder of their own."""
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "demo.js").write_text(SCRIPT)
    monkeypatch.setattr(client, "PARTS", scripts)
    monkeypatch.setattr(live, "figure_text", lambda chapter, name: TEXTS)

    def make_(**changes):
        given = {
            "name": "demo",
            "chapter": "outlook",
            "script": "demo",
            "charts": {"line": drawing},
            "simulation": True,
            "assets": {"blob": lambda: bytes(range(256)) * 4},
            "facts": lambda: {"low": 1, "high": 4},
        }
        return Live(**(given | changes))

    return make_


@pytest.fixture
def demo(make, live_site):
    """Folder of a site with one page, far down which the demonstration stands."""
    return live_site(make())


def mounted(page):
    page.wait_for_selector("#fig-demo.em-drawn")
    return page


def rows(page):
    return page.evaluate(
        "emergence.live.open(document.getElementById('fig-demo')).then(p => p.demo.chart.view.data('rows').map(r => [r.x, r.value]))"
    )


def says(page, words):
    page.wait_for_function(
        "words => document.querySelector('#fig-demo .em-status').textContent === words", arg=words
    )


# --- the contract ---------------------------------------------------------------------------------------------------
def test_definition(make):
    part = make()
    assert part.finding == "The line of the demonstration rises from 1 to 4 in four steps."
    assert part.words == TEXTS["words"]
    assert base64.b64decode(page_of(part)["assets"]["blob"]) == bytes(range(256)) * 4
    chart = page_of(part)["client"]["charts"]["line"]
    assert chart["columns"] == ["kind", "x", "value"]
    assert [s for s in chart["spec"]["data"] if "values" in s] == [], "rows are sent by the script"
    assert page_of(part) == page_of(make()) != page_of(make(options=lambda: {"a": 1}))
    assert "NaN" not in part.svg() and part.svg() != part.svg("dark")


def test_mistakes_are_named(make):
    with pytest.raises(
        FigureError,
        match=r"^demo: a live part names the tables or runs it shows, or says that it is a simulation$",
    ):
        make(simulation=False)
    with pytest.raises(FigureError, match=r"^demo has no chart 'lines'; it has: line$"):
        make().spec("lines")
    with pytest.raises(
        FigureError,
        match=r"^there is no script 'dmeo' in client/live/; there are: demo$",
    ):
        make(script="dmeo")
    with pytest.raises(FigureError, match=r"^demo: a live part has at least one chart$"):
        make(charts={})
    with pytest.raises(FigureError, match=r"^demo: 'A b' is no name for a chart or an asset"):
        make(assets={"A b": bytes})
    with pytest.raises(
        FigureError, match=r"^demo: its text 'finding' asks for 'low', which its facts do not give$"
    ):
        _ = make(facts=None).finding


def test_a_build_gets_the_page_and_a_notebook_picture_and_widget(make, monkeypatch):
    monkeypatch.delenv("EMERGENCE_SKIN", raising=False)
    bundle, _ = make()._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
    assert "<img" in bundle["text/html"] and make().finding in bundle["text/html"]
    monkeypatch.setenv("EMERGENCE_SKIN", "page")
    bundle, _ = make()._repr_mimebundle_()
    assert set(bundle) == {mime.LIVE, "text/plain"}


def test_kernel_sends_assets_when_asked(make):
    from emergence.notebook import LiveWidget

    widget, sent = LiveWidget(make()), []
    widget.send = lambda content, buffers=None: sent.append((content, buffers))
    for name in ("blob", "../secret", None):
        widget._answer(widget, {"type": "asset", "name": name}, [])
    assert sent == [({"type": "asset", "name": "blob"}, [bytes(range(256)) * 4])]


# --- in the browser: served under the strict policy, and from a disk --------------------------------------------------
@pytest.mark.parametrize("place", ["served", "disk"])
def test_part_computes_in_the_page(demo, serve, new_page, place):
    page = new_page()
    asked = []
    page.on("request", lambda r: asked.append(r.url.rsplit("/", 1)[-1]))
    page.goto(serve(demo) + "/x.html" if place == "served" else (demo / "x.html").as_uri())
    page.wait_for_load_state("load")
    assert not [a for a in asked if a.startswith("demo")], (
        "nothing of the part is loaded before it is near"
    )
    page.locator("#fig-demo").scroll_into_view_if_needed()
    mounted(page)
    assert page.locator("#fig-demo .em-still").is_hidden()
    assert (
        page.locator("#fig-demo .em-live svg").get_attribute("aria-label")
        == "A line with factor 3."
    )
    assert rows(page) == [[x, pytest.approx(0.03 * x)] for x in (1, 2, 3, 4)]
    assert not [a for a in asked if "-blob-" in a], "assets wait to be asked for"
    page.get_by_role("button", name="Bytes").click()
    says(page, "1024 bytes, sum 130560")
    page.get_by_role("button", name="Square").click()
    says(page, "square 9")
    assert page.errors == [] and page.outside == []


def test_inputs_work_from_the_keyboard(demo, serve, new_page):
    page = new_page(viewport={"width": 375, "height": 800}, reduced_motion="reduce")
    page.goto(serve(demo) + "/x.html#fig-demo")
    mounted(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    label = page.locator("#fig-demo .em-live svg")
    page.get_by_role("slider", name="Factor").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "() => document.querySelector('#fig-demo .em-live svg').getAttribute('aria-label') === 'A line with factor 4.'"
    )
    assert page.locator("#fig-demo text").get_by_text("Step × 4").count() == 1
    page.get_by_label("Rate").focus()
    page.keyboard.press("End")
    assert page.get_by_label("Rate").get_attribute("aria-valuetext") == "0.1"
    page.get_by_label("Shape").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function(
        "() => document.getElementById('fig-demo').emergence.demo.rows[0].value > 1"
    )
    assert rows(page) == [[x, pytest.approx(0.4 * (5 - x))] for x in (1, 2, 3, 4)]
    page.get_by_label("Say").fill("words")
    page.keyboard.press("Enter")
    says(page, "words")
    page.get_by_role("button", name=WORDS["table"]).click()
    assert page.locator("#fig-demo .em-table tbody tr").count() == 4
    with page.expect_download() as waiting:
        page.get_by_role("button", name=WORDS["download"]).click()
    assert waiting.value.suggested_filename == "demo.csv"
    assert waiting.value.path().read_text("utf-8-sig").splitlines()[:2] == [
        "kind,x,value",
        "simulation,1,1.6",
    ]
    assert label.get_attribute("role") == "img"
    assert Axe().run(page, options={"resultTypes": ["violations"]})["violations"] == []
    assert page.errors == []


def test_address_carries_the_state_and_nothing_else(demo, serve, new_page):
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    address = serve(demo) + "/x.html"
    page.goto(address + "#fig-demo?k=7&shape=down")
    mounted(page)
    assert rows(page)[0] == [1, pytest.approx(0.28)]
    page.get_by_role("button", name=WORDS["copy"]).click()
    says(page, WORDS["copied"])
    assert page.evaluate("navigator.clipboard.readText()") == address + "#fig-demo?k=7&shape=down"
    for hostile in (
        "?k=70",
        "?k=<script>alert(1)</script>",
        "?__proto__=1&constructor=2",
        "?shape=__proto__",
        "?k=%E0%A4%A",
        "?k=5&k=x&shape=sideways",
        "?" + "x" * 3000,
    ):
        page.evaluate("hash => { location.hash = hash }", "#fig-demo" + hostile)
        page.evaluate(
            "new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(true))))"
        )
        expected = {"?k=5&k=x&shape=sideways": 0.05, "?" + "x" * 3000: None}.get(hostile, 0.03)
        if expected:
            page.wait_for_function(
                "v => Math.abs(document.getElementById('fig-demo').emergence.demo.rows[0].value - v) < 1e-9",
                arg=expected,
            )
    assert page.errors == []


@pytest.mark.parametrize("how", ["handler", "worker", "mount", "script"])
def test_failure_is_said_and_the_picture_stays(make, live_site, tmp_path, serve, new_page, how):
    script = tmp_path / "scripts" / "demo.js"
    if how == "mount":
        script.write_text(SCRIPT.replace("read();\n    await", "nonsense();\n    await"))
    site = live_site(make())
    if how == "script":
        for file in (site / "_static" / "live").glob("demo-*.js"):
            file.unlink()
    page = new_page()
    page.goto(serve(site) + "/x.html#fig-demo")
    if how in ("handler", "worker"):
        mounted(page)
        if how == "handler":
            page.get_by_label("Say").fill("throw")
            page.keyboard.press("Enter")
        else:
            page.get_by_role("button", name="Break").click()
    page.wait_for_selector("#fig-demo.em-failed")
    assert page.locator("#fig-demo .em-still picture.only-light img").is_visible()
    assert page.locator("#fig-demo .em-part").count() == 0
    if how != "script":
        assert page.locator("#fig-demo .em-status").text_content() == WORDS["live_failed"]


def test_page_without_javascript_shows_the_picture(demo, serve, new_page):
    page = new_page(java_script_enabled=False)
    page.goto(serve(demo) + "/x.html")
    shown = [i for i in page.locator("#fig-demo img").all() if i.is_visible()]
    assert [i.get_attribute("alt") for i in shown] == [
        "The line of the demonstration rises from 1 to 4 in four steps."
    ]


# --- every live part of the book --------------------------------------------------------------------------------------
@pytest.fixture(params=LIVES)
def part(request):
    return LIVES[request.param]


def test_part_is_whole(part):
    assert re.fullmatch(r"[a-z0-9-]{1,80}", part.name) and part.name not in every()
    assert part.title.endswith("?") and len(part.finding) >= 40
    for words in (part.title, part.finding, *part.caption):
        assert not re.search(r"[{}]|\bnan\b|\bNone\b|\binf\b", words), words
    assert all(
        isinstance(w, str) and w
        for words in part.words.values()
        for w in (words if isinstance(words, list) else [words])
    )
    assert set(part.tables) <= set(data.tables()) and set(part.runs) <= set(data.runs())
    assert not [
        c["label"]
        for chart in part.client["charts"].values()
        for c in chart["table"]
        if "_" in c["label"]
    ]


def test_part_charts_are_valid_and_compile_without_a_warning(part, capfd):
    for name in part.charts:
        alt.Chart.from_dict(part.spec(name))
        svg = vlc.vegalite_to_svg(part.spec(name), vl_version="6.4", show_warnings=True)
        assert not capfd.readouterr().err.strip() and "NaN" not in svg, name


def test_still_picture_is_ink_on_any_page(part):
    for skin in ("light", "dark"):
        assert "currentColor" not in part.svg(skin) and "NaN" not in part.svg(skin)


@pytest.fixture(scope="session")
def live_places(site):
    """Page of every live part in the built site."""
    found = {}
    for document in site.rglob("book/*.html"):
        for name in re.findall(
            r'<figure class="em-live-part" id="fig-([a-z0-9-]+)"', document.read_text("utf-8")
        ):
            assert name not in found, f"{name} stands twice"
            found[name] = document.relative_to(site).as_posix()
    return found


def test_every_live_part_is_in_the_book_once(live_places):
    assert set(live_places) == set(LIVES)


@pytest.mark.parametrize("theme, width", [("light", 1280), ("dark", 375)])
@pytest.mark.parametrize("name", LIVES)
def test_part_mounts_quiet_closed_narrow_and_accessible(
    new_page, server, live_places, name, theme, width
):
    page = new_page(
        viewport={"width": width, "height": 800}, color_scheme=theme, reduced_motion="reduce"
    )
    page.goto(f"{server}/{live_places[name]}#fig-{name}")
    page.wait_for_selector(f"#fig-{name}.em-drawn")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(f"#fig-{name} .em-still").is_hidden()
    for violation in Axe().run(page, f"#fig-{name}", options={"resultTypes": ["violations"]})[
        "violations"
    ]:
        pytest.fail(
            f"axe: {violation['id']}: {violation['help']}: {violation['nodes'][0]['html'][:300]}"
        )
    assert page.errors == [] and page.outside == []


@pytest.mark.parametrize("name", LIVES)
def test_part_mounts_from_a_disk_and_is_reached_by_tab(new_page, site, live_places, name):
    page = new_page()
    page.goto((site / live_places[name]).as_uri() + f"#fig-{name}")
    page.wait_for_selector(f"#fig-{name}.em-drawn")
    wanted = page.evaluate(
        """name => [...document.querySelectorAll(`#fig-${name} .em-part :is(input, select, button)`)]
        .filter(e => e.checkVisibility() && !e.disabled && e.tabIndex >= 0 && !(e.type === 'radio' && !e.checked)).map((e, i) => (e.dataset.probe = i, i))""",
        name,
    )
    page.locator(f"#fig-{name} .em-part").evaluate("e => { e.tabIndex = -1; e.focus() }")
    seen = []
    for _ in range(3 * len(wanted) + 20):
        page.keyboard.press("Tab")
        probe = page.evaluate("document.activeElement?.dataset?.probe ?? null")
        if probe is not None:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            seen.append(int(probe))
        if len(seen) == len(wanted):
            break
    assert seen == wanted
    assert page.errors == [] and page.outside == []


# --- the room a part takes ---------------------------------------------------------------------------------------------
AT_REST = """
// Nothing starts by itself, and no engine corrects for what has moved.
globalThis.IntersectionObserver = class { observe() {} unobserve() {} disconnect() {} };
addEventListener("DOMContentLoaded", () => {
  document.documentElement.style.setProperty("overflow-anchor", "none");
  // The letters in which `room` is measured; they are wide, so that in most others a part needs no more.
  document.documentElement.style.setProperty("--pst-font-family-base", "'DejaVu Sans'");
});
"""


@pytest.fixture
def at_rest(new_page, server, live_places):
    """Function (name, width) → the book's page of a live part, which stands there as a picture until it is opened."""

    def open_(name, width):
        page = new_page(viewport={"width": width, "height": 800}, reduced_motion="reduce")
        page.add_init_script(AT_REST)
        page.goto(f"{server}/{live_places[name]}")
        page.wait_for_load_state("load")
        return page

    return open_


def start(page, name):
    page.evaluate(
        "(name) => emergence.live.open(document.getElementById(`fig-${name}`)).then((part) => part.explorer?.whole).then(() => true)",
        name,
    )


HEIGHTS = """(name) => {
  const room = document.querySelector(`#fig-${name} .em-room`), height = () => Math.round(room.getBoundingClientRect().height), drawn = height();
  room.style.minHeight = "0";
  return [drawn, height()];
}"""


@pytest.mark.parametrize("name", LIVES)
def test_the_room_of_a_part_is_what_it_needs(at_rest, name):
    needed = []
    for width in (1280, 375):
        page = at_rest(name, width)
        reserved = page.locator(f"#fig-{name} .em-room").evaluate(
            "e => e.getBoundingClientRect().height"
        )
        start(page, name)
        drawn, natural = page.evaluate(HEIGHTS, name)
        needed.append((reserved, drawn, natural))
    advice = (
        f"write room={tuple(natural for _, _, natural in needed)} where Live({name!r}, …) is made"
    )
    for reserved, drawn, natural in needed:
        assert abs(drawn - reserved) <= 4, advice
        assert reserved - natural <= 12, advice


TARGET = """(name) => {
  const host = document.getElementById(`fig-${name}`), follows = (e) => host.compareDocumentPosition(e) === Node.DOCUMENT_POSITION_FOLLOWING;
  const target = [...document.querySelectorAll(".bd-article [id]")].find((e) => follows(e) && /^(SECTION|FIGURE|DIV)$/.test(e.tagName) && e.checkVisibility());
  target.dataset.target = "";
  location.hash = target.id;
}"""


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("name", LIVES)
def test_what_a_link_past_a_part_leads_to_stays_where_it_is(at_rest, name, width):
    page = at_rest(name, width)
    page.evaluate(TARGET, name)

    def top():
        return page.locator("[data-target]").evaluate("e => e.getBoundingClientRect().top")

    landed = top()
    assert 0 <= landed <= 100
    start(page, name)
    assert page.locator(f"#fig-{name} .em-still").is_hidden()
    assert abs(top() - landed) <= 4


def test_the_picture_stays_in_view_in_the_room(at_rest):
    page = at_rest("knowledge-facts-live", 375)  # twice as high as a phone
    top = "() => document.querySelector('#fig-knowledge-facts-live .em-still').getBoundingClientRect().top"
    page.locator("#fig-knowledge-facts-live").evaluate(
        "e => scrollTo(0, e.getBoundingClientRect().top + 700)"
    )
    assert page.evaluate(top) == 64  # right below the header


@pytest.mark.parametrize("started", [False, True])
def test_print_has_the_picture_and_no_empty_room(at_rest, started):
    page = at_rest("inst-mini-live", 1280)
    if started:
        start(page, "inst-mini-live")
    page.emulate_media(media="print")
    host = page.locator("#fig-inst-mini-live")
    assert (
        host.locator(".em-still picture.only-light img").is_visible()
        and host.locator(".em-frame").count() == started
    )
    assert not host.locator(".em-part").is_visible()
    room, still = (
        host.locator(part).evaluate("e => e.getBoundingClientRect().height")
        for part in (".em-room", ".em-still")
    )
    assert room == still > 100


BESIDE = """async () => {
  const all = () => [...document.querySelectorAll(".em-figure[data-key] > :is(.em-title, .em-controls, .em-predict, .em-status, .em-actions)")];
  const heights = () => all().map((e) => `${e.parentNode.id} ${e.className.split(" ")[0]} ${Math.round(e.getBoundingClientRect().height)}`);
  const before = heights();
  await emergence.openAll();
  return [before, heights()];
}"""


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("chapter", ["scaling-laws", "index"])
def test_what_stands_around_a_drawing_keeps_its_height(new_page, server, chapter, width):
    page = new_page(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page.add_init_script(AT_REST)
    page.goto(f"{server}/book/{chapter}.html")
    page.wait_for_load_state("load")
    before, after = page.evaluate(BESIDE)
    assert any(" em-predict " in line for line in before) and any(
        " em-actions " in line for line in before
    )
    assert after == before


# --- the end of a part, and a new beginning ------------------------------------------------------------------------------
ANEW = """async (linked) => {
  const host = document.getElementById("fig-demo"), { page, say, means } = host.emergence, { Part } = emergence.live;
  host.emergence.close();
  const bare = host.outerHTML;
  const mount = async (given) => (globalThis.part = await new Part(host, page, say, { ...means, linked, again: null, ...given }).mount());
  Object.assign(globalThis, { host, bare, mount });
  globalThis.again = () => mount({ again });
  await mount({ again });
}"""


@pytest.fixture
def anew(demo, serve, new_page):
    """Function (linked) → page with the demonstration mounted anew in the host it stood in."""

    def open_(linked=True):
        page = new_page()
        page.goto(serve(demo) + "/x.html#fig-demo")
        mounted(page)
        page.evaluate(ANEW, linked)
        return mounted(page)

    return open_


@pytest.mark.parametrize("how", ["handler", "worker"])
def test_a_part_that_failed_can_be_tried_again(anew, how):
    page = anew()
    room = page.locator(".em-room").evaluate("e => e.getBoundingClientRect().height")
    if how == "worker":
        page.get_by_role("button", name="Break").click()
    else:
        page.get_by_label("Say").fill("throw")
        page.keyboard.press("Enter")
    page.wait_for_selector("#fig-demo.em-failed")
    assert page.locator("#fig-demo .em-status").text_content() == WORDS["live_failed"]
    assert page.locator(".em-room").evaluate("e => e.getBoundingClientRect().height") >= room - 300
    page.get_by_role("button", name=WORDS["retry"]).click()
    mounted(page)
    assert "em-failed" not in page.locator("#fig-demo").get_attribute("class")
    assert (
        page.locator("#fig-demo .em-frame").count()
        == page.locator("#fig-demo .em-part").count()
        == 1
    )
    page.get_by_role("button", name="Square").click()
    says(page, "square 9")
    assert page.get_by_role("button", name=WORDS["retry"]).count() == 0


def test_closing_leaves_the_host_as_it_was(anew):
    page = anew()
    page.get_by_role("slider", name="Factor").fill("5")
    assert page.evaluate("() => { part.close(); part.close(); return host.outerHTML === bare; }")
    assert (
        page.locator("#fig-demo .em-still").is_visible()
        and page.locator("#fig-demo .em-frame").count() == 0
    )
    # what comes in late neither shows nor fails
    page.set_viewport_size({"width": 500, "height": 700})
    page.evaluate(
        "() => { part.demo.draw([], 'late'); part.status('late'); part.fail(new Error('late')); }"
    )
    page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
    )
    assert page.evaluate("host.outerHTML === bare") and page.errors == []


def test_a_part_closed_while_it_is_mounted_leaves_nothing(anew):
    page = anew()
    bare, kept = page.evaluate("""async () => {
      part.close();
      const { Part } = emergence.live, { page, say, means } = part, late = new Part(host, page, say, means), mounting = late.mount();
      late.close();
      await mounting;
      return [host.outerHTML === bare, late.demo.chart.kept.size];
    }""")
    assert bare and kept == 0
    page.evaluate("async () => { await mount({}); }")
    mounted(page)
    assert page.locator("#fig-demo .em-part").count() == 1 and page.errors == []


def test_without_a_way_to_try_again_none_is_offered(anew):
    page = anew()
    page.evaluate("async () => { part.close(); await mount({ again: undefined }); }")
    page.evaluate("part.fail(new Error('asked for'))")
    assert page.locator("#fig-demo .em-frame button").count() == 0


@pytest.mark.parametrize("linked", [True, False])
def test_a_link_is_offered_only_where_there_is_one(anew, linked):
    page = anew(linked)
    assert page.get_by_role("button", name=WORDS["copy"]).count() == linked
    assert "null" not in page.locator("#fig-demo .em-part").inner_text()


def test_a_chart_keeps_few_specifications(anew):
    page = anew()
    for k in range(20):
        page.evaluate(
            "k => part.demo.draw([{ kind: 'simulation', x: 1, value: 1 }], `${k}`, { texts: { across: `Title ${k}` } })",
            k,
        )
    assert (
        page.evaluate("part.demo.variants.size") == page.evaluate("part.demo.chart.kept.size") == 8
    )
    assert page.locator("#fig-demo text").get_by_text("Title 19").count() == 1
    known = page.evaluate(
        "() => { const spec = part.demo.spec(); return spec === part.demo.spec() && part.demo.chart.keeps(spec); }"
    )
    assert known and page.errors == []


# --- one run at a time -----------------------------------------------------------------------------------------------------
def test_nothing_of_an_ended_run_resumes(anew):
    page = anew()
    told = page.evaluate("""async () => {
      const runs = part.runs(), told = [], gates = {};
      const gate = (name) => new Promise((open, refuse) => (gates[name] = { open, refuse }));
      const work = (name) => function* () { told.push(`${name} begins`); told.push(`${name} goes on with ${yield gate(name)}`); return name; };
      const ends = [runs.begin(work("a")), runs.begin(work("b"))];
      gates.a.open(1); gates.b.open(2);
      ends.push(runs.begin(work("c")));
      gates.c.refuse(new Error("of a run that is over"));
      ends.push(runs.begin(work("d")));
      gates.d.open(4);
      told.push(JSON.stringify(await Promise.all(ends)));
      ends.push(runs.begin(work("e")));
      runs.end();
      gates.e.open(5);
      await ends.at(-1);
      return told;
    }""")
    assert told == [
        "a begins",
        "b begins",
        "c begins",
        "d begins",
        "d goes on with 4",
        '[null,null,null,"d"]',
        "e begins",
    ]
    assert page.errors == []
    page.evaluate(
        "part.runs().begin(function* () { yield Promise.reject(new Error('of the run that counts')); }).catch(() => {})"
    )
    page.wait_for_selector("#fig-demo.em-failed")


def test_a_worker_works_in_one_loop(make, live_site, tmp_path, serve, page):
    """However often it is paused and told to go on, there is one timer; of two runs only the second is heard."""
    count = """*worker(name, post) {
      const waiting = new Set(), { set = setTimeout, clear = clearTimeout } = globalThis;
      Object.assign(globalThis, { set, clear });
      globalThis.setTimeout = (f, ms) => { const id = set(() => { waiting.delete(id); f(); }, ms); waiting.add(id); return id; };
      globalThis.clearTimeout = (id) => { waiting.delete(id); clear(id); };
      for (let n = 0; n < 300; n++) { post([name, n, waiting.size]); yield; }
    },
    async mount"""
    (tmp_path / "scripts" / "demo.js").write_text(
        re.sub(r"\*worker\(.*\n\s*async mount", lambda _: count, SCRIPT)
    )
    page.goto(serve(live_site(make())) + "/x.html#fig-demo")
    mounted(page)
    page.evaluate("""() => {
      globalThis.told = [];
      const worker = document.getElementById("fig-demo").emergence.work(), hear = (message) => told.push(message);
      worker.begin("first", hear);
      worker.begin("second", hear);
      for (let k = 0; k < 20; k++) { worker.pause(); worker.resume(); worker.resume(); }
      globalThis.worker = worker;
    }""")
    page.wait_for_function("() => told.length >= 20")
    page.evaluate("() => { for (let k = 0; k < 20; k++) { worker.pause(); worker.resume(); } }")
    page.wait_for_function("() => told.length >= 300")
    told = page.evaluate("told")
    assert told == [["second", n, 0] for n in range(300)]
    page.evaluate(
        "() => { worker.begin('third', (message) => told.push(message)); worker.end(); worker.resume(); }"
    )
    page.evaluate("new Promise((done) => setTimeout(() => done(true), 100))")
    assert page.evaluate("told.length") == 300 and page.errors == []
