"""What happens on the way: a lost request, a book published anew, a drawing that fails, a browser that refuses, a finger, a pointer in passing."""

import io
import re
from collections import Counter
from functools import cache
from html import escape
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from docutils import nodes

from emergence import client, text
from emergence import site as site_room
from emergence.chapters import every, lives
from emergence.figure import records
from emergence.page import page_of
from emergence.site import assets, html, reading
from emergence.site.finish.policy import secure_page

FIGURES, LIVES = every(), lives()
WORDS = text.interface()
MENU, SLIDER, FORECAST, SHAPES = (
    "self-consistency",
    "steps-dial",
    "forecast-three",
    "scaling-allocation",
)
"""Figures of four kinds: a menu, sliders, a forecast, a menu that changes the specification."""
SHOWN = (MENU, SLIDER, FORECAST, SHAPES)
LIVE = "inst-mini-live"

# What a figure says and shows now.
SAYS = """name => {
  const host = document.getElementById(`fig-${name}`), seen = (e) => e?.checkVisibility() ?? false;
  const inputs = [...host.querySelectorAll(".em-controls :is(select, input)")];
  return {
    failed: host.classList.contains("em-failed"),
    drawn: host.classList.contains("em-drawn"),
    status: host.querySelector(".em-status")?.textContent,
    picture: [...host.querySelectorAll("picture img")].some(seen),
    chart: seen(host.querySelector(".em-live svg")),
    table: host.querySelector(".em-table tbody")?.rows.length ?? null,
    inputs: inputs.map((i) => (i.type === "range" ? +i.value : i.selectedIndex)),
    outputs: inputs.map((i) => i.nextElementSibling?.textContent ?? null),
  };
}"""
STATE = "name => document.getElementById(`fig-${name}`).emergence.state"
IDLE = "new Promise((done) => requestIdleCallback(() => requestIdleCallback(() => done(true))))"


def write_figures(names, folder):
    """A site of one page with these figures, far apart, made by the extension's own functions and under its own policy."""
    site, cache_ = folder / "site", folder / "cache"
    static = site / "_static"
    static.mkdir(parents=True)
    cache_.mkdir()
    env = SimpleNamespace(
        app=SimpleNamespace(doctreedir=str(cache_ / "doctrees")), docname="x", metadata={"x": {}}
    )
    writer = SimpleNamespace(body=[], builder=SimpleNamespace(current_docname="x"))
    for name in names:
        node = reading.figure(page_of(FIGURES[name]), env)
        html.visit_figure(writer, node)
        writer.body.append(f'<p class="em-title">{node.children[0].astext()}</p>')
        with pytest.raises(nodes.SkipNode):
            html.visit_stage(writer, node.children[1])
        html.visit_caption(writer, node.children[2])
        html.depart_caption(writer, node.children[2])
        html.depart_figure(writer, node)
        writer.body.append('<div style="height:3000px"></div>')
    keys = env.metadata["x"]["figures"]
    assets.fill(
        static / "figures",
        assets.asset_cache(env.app),
        {f"{key}{end}" for key in keys for end in (".js", *assets.PICTURES)},
    )
    for file in ("vendor/vega.js", "static/figure.js", "static/figure.css"):
        (static / file.split("/")[1]).write_text(client.read(file), "utf-8")
    page = Path(site_room.__file__).parent / "static/page.js"
    (static / "page.js").write_bytes(page.read_bytes())
    told = "".join(f' {name}="{escape(value)}"' for name, value in html.told().items())
    text = (
        f'<!DOCTYPE html><html lang="en" data-theme="light"><head><meta charset="utf-8"/><title>t</title><meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f'<link rel="icon" href="data:,"/><link rel="stylesheet" href="_static/figure.css"/><style>.only-dark{{display:none!important}}</style>'
        f'<script defer src="_static/page.js"></script><script defer{told} src="_static/figure.js"></script></head>'
        f'<body><nav style="height:100px;overflow:auto"><div style="height:900px"></div></nav><main><h1>A page</h1>{"".join(writer.body)}</main></body></html>'
    )
    (site / "x.html").write_text(secure_page(text), "utf-8")
    return site


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    return write_figures(SHOWN, tmp_path_factory.mktemp("figures"))


@cache
def live_folder(name, make):
    return make(LIVES[name])


@pytest.fixture
def address(figures, live_site, serve):
    """Function (name of a figure or live part) → address of the page it stands on."""
    return lambda name: (
        f"{serve(live_folder(name, live_site) if name in LIVES else figures)}/x.html"
    )


class Losing:
    """Answers requests whose address matches `pattern` in this way while `on`; counts them."""

    def __init__(self, page, pattern, how):
        self.on, self.asked, self.how = True, [], how
        page.route(re.compile(pattern), self.answer)

    def answer(self, route):
        if route.request.method == "GET":
            self.asked.append(route.request.url)
        if not self.on:
            route.continue_()
        elif self.how == "cut":
            route.abort()
        elif self.how == "gone":
            route.fulfill(status=404, body="not here")
        else:
            route.fulfill(
                status=200, content_type="text/javascript", body="/* a portal says hello */"
            )


FILES = {
    "vega": (MENU, r"/vega\.js"),
    "figure": (MENU, rf"/figures/{MENU}-[0-9a-f]+\.js"),
    "definition": (LIVE, rf"/live/{LIVE}-[0-9a-f]+\.js"),
    "script": (LIVE, r"/live/instructions-[0-9a-f]+\.js"),
    "library": (LIVE, r"/vega\.js"),
    "table": (LIVE, rf"/live/{LIVE}-(?!\b[0-9a-f]{{10}}\.js)[a-z0-9-]+-[0-9a-f]{{10}}\.js"),
}
"""What can be lost, with the figure or live part that asks for it and the pattern of its address."""


def failed(page, name):
    return page.wait_for_function(
        f"name => {{ const says = ({SAYS})(name); return says.failed && says; }}", arg=name
    ).json_value()


def drawn(page, name):
    page.wait_for_selector(f"#fig-{name}.em-drawn:not(.em-failed)", state="attached")
    return page.evaluate(SAYS, name)


def again(page, name, how):
    if how == "button":
        page.locator(f"#fig-{name}").get_by_role("button", name=WORDS["retry"]).click()
    elif how == "network":
        page.evaluate("dispatchEvent(new Event('online'))")
    else:
        page.evaluate(
            "name => scrollTo(0, document.getElementById(`fig-${name}`).offsetTop > 2500 ? 0 : 2800)",
            name,
        )
        page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
        )
        page.evaluate("name => document.getElementById(`fig-${name}`).scrollIntoView()", name)


# --- lost on the way --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("trigger", ["button", "network", "return"])
@pytest.mark.parametrize("how", ["cut", "gone", "other"])
@pytest.mark.parametrize("what", FILES)
def test_what_was_lost_is_asked_for_again(page, address, what, how, trigger):
    name, pattern = FILES[what]
    losing = Losing(page, pattern, how)
    page.goto(f"{address(name)}#fig-{name}")
    says = failed(page, name)
    assert says["picture"] and not says["chart"] and not says["drawn"]
    before = len(losing.asked)
    assert max(Counter(url.partition("?")[0] for url in losing.asked).values()) <= 2, (
        "not again and again by itself"
    )
    again(page, name, trigger)  # it is lost once more
    page.wait_for_function(
        "name => document.querySelector(`#fig-${name}.em-failed .em-again`)", arg=name
    )
    for _ in range(100):
        if len(losing.asked) > before:
            break
        page.wait_for_timeout(20)
    assert len(losing.asked) > before and len(set(losing.asked)) == len(losing.asked), (
        "a cache may have kept the loss"
    )
    failed(page, name)
    losing.on = False
    again(page, name, trigger)
    says = drawn(page, name)
    assert says["chart"] and not says["picture"]
    assert page.locator(f"#fig-{name}").get_by_role("button", name=WORDS["retry"]).count() == 0
    assert not {WORDS[key] for key in ("lost", "gone", "failed", "live_failed")} & {says["status"]}


@pytest.mark.parametrize("how", ["cut", "gone", "other"])
@pytest.mark.parametrize("what", FILES)
def test_one_sentence_says_what_is_missing_and_what_holds(page, address, what, how):
    name, pattern = FILES[what]
    Losing(page, pattern, how)
    page.goto(f"{address(name)}#fig-{name}")
    failed(page, name)
    expected = {"vega": "failed", "table": "live_failed"}.get(what, "lost")
    # Where the server says that it has no such file, the book was published anew.
    expected = "gone" if how == "gone" else expected
    page.wait_for_function(
        "([name, words]) => document.querySelector(`#fig-${name} .em-status`).textContent === words",
        arg=[name, WORDS[expected]],
    )
    table = page.locator(f"#fig-{name}").get_by_role("button", name=WORDS["table"])
    assert table.count() == ("table" in WORDS[expected] or what == "vega"), (
        "a table is promised where there is one"
    )
    if table.count():
        table.click()
        assert page.evaluate(SAYS, name)["table"] == len(FIGURES[name].frame())


@pytest.mark.parametrize("how", ["cut", "gone"])
@pytest.mark.parametrize("name", [MENU, SLIDER])
def test_controls_never_contradict_the_picture(page, address, name, how):
    """Moved while the figure's script is lost, a control goes back; moved once more when it is there, the chart follows."""
    losing = Losing(page, rf"/figures/{name}-[0-9a-f]+\.js", how)
    page.goto(address(name))
    before = page.evaluate(SAYS, name)
    field = page.locator(f"#fig-{name} .em-controls :is(select, input)").first

    def move():
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(index=1)
        else:
            field.fill("1")

    move()
    says = failed(page, name)
    assert (says["inputs"], says["outputs"]) == (before["inputs"], before["outputs"])
    losing.on = False
    move()
    says = drawn(page, name)
    assert says["inputs"][0] == page.evaluate(STATE, name)[0] == 1 != before["inputs"][0]


def test_a_choice_made_in_a_tunnel_counts_more_than_the_link(page, address):
    """The link names one state, the reader chooses another while the script is on its way."""
    losing = Losing(page, rf"/figures/{MENU}-[0-9a-f]+\.js", "cut")
    control, *others = FIGURES[MENU].controls
    link = next(k for k, v in enumerate(control.grid) if v != control.default)
    other = next(k for k, v in enumerate(control.grid) if v != control.default and k != link)
    page.goto(
        f"{address(MENU)}#fig-{MENU}?{control.name}={page.evaluate('encodeURIComponent', control.grid[link])}"
    )
    failed(page, MENU)
    losing.on = False
    page.locator(f"#fig-{MENU} select").first.select_option(index=other)
    assert (
        drawn(page, MENU)["inputs"]
        == page.evaluate(STATE, MENU)
        == [other, *(c.grid.index(c.default) for c in others)]
    )


def test_a_link_is_followed_when_its_figure_comes_back(page, address):
    losing = Losing(page, r"/vega\.js", "cut")
    control, *others = FIGURES[MENU].controls
    k = next(k for k, v in enumerate(control.grid) if v != control.default)
    page.goto(
        f"{address(MENU)}#fig-{MENU}?{control.name}={page.evaluate('encodeURIComponent', control.grid[k])}"
    )
    says = failed(page, MENU)
    opening = [c.grid.index(c.default) for c in FIGURES[MENU].controls]
    assert says["inputs"] == opening, "the picture shows the figure as it opens"
    losing.on = False
    again(page, MENU, "network")
    assert drawn(page, MENU)["inputs"] == page.evaluate(STATE, MENU) == [k, *opening[1:]]


def test_the_focus_stays_at_a_figure_that_is_tried_again(page, address):
    losing = Losing(page, r"/vega\.js", "cut")
    page.goto(f"{address(MENU)}#fig-{MENU}")
    failed(page, MENU)
    losing.on = False
    page.locator(f"#fig-{MENU}").get_by_role("button", name=WORDS["retry"]).focus()
    page.keyboard.press("Enter")
    drawn(page, MENU)
    assert page.evaluate(
        "name => document.getElementById(`fig-${name}`).contains(document.activeElement)", MENU
    )


def test_pictures_lost_in_the_same_tunnel_come_back(page, address):
    losing, pictures = Losing(page, r"/vega\.js", "cut"), Losing(page, r"\.svg$", "cut")
    page.goto(f"{address(MENU)}#fig-{MENU}")
    failed(page, MENU)
    page.wait_for_function("() => document.querySelector('picture.only-light img').complete")
    pictures.on = False
    again(page, MENU, "button")
    page.wait_for_function(
        "() => document.querySelector('picture.only-light img').naturalWidth > 0"
    )
    failed(page, MENU)
    assert losing.asked


def test_a_figure_without_its_client_is_a_picture(page, address):
    Losing(page, r"/figure\.js", "cut")
    page.goto(address(MENU))
    for name in SHOWN:
        page.evaluate("name => document.getElementById(`fig-${name}`).scrollIntoView()", name)
        assert page.evaluate(SAYS, name)["picture"], name
        assert not page.locator(f"#fig-{name} .em-controls").is_visible(), (
            "controls that move nothing"
        )
        assert not page.locator(f"#fig-{name} .em-predict").is_visible()


def test_a_forecast_that_cannot_be_drawn_asks_nothing(page, address):
    losing = Losing(page, r"/vega\.js", "cut")
    page.goto(f"{address(FORECAST)}#fig-{FORECAST}")
    assert failed(page, FORECAST)["picture"]
    assert (
        not page.locator(f"#fig-{FORECAST} .em-predict").is_visible()
        and not page.locator(f"#fig-{FORECAST} .em-forecast").is_visible()
    )
    losing.on = False
    again(page, FORECAST, "button")
    says = drawn(page, FORECAST)
    assert not says["picture"] and page.locator(f"#fig-{FORECAST} .em-forecast").is_visible()
    page.locator(f"#fig-{FORECAST}").get_by_role("button", name=WORDS["table"]).click()
    assert page.evaluate(SAYS, FORECAST)["table"] < len(FIGURES[FORECAST].frame()), (
        "the answer is hidden again"
    )


# --- a drawing that fails ------------------------------------------------------------------------------------------------
BREAK = {
    "view": "() => { globalThis.mended = vega; vega = { ...vega, View: function () { throw new Error('asked for'); } }; }",
    # An error in Vega's dataflow, which Vega itself only writes on the console.
    "rows": """() => {
      const { kit } = emergence, make = kit.Chart.prototype.make, bad = { valueOf() { throw new Error("asked for"); }, toString() { throw new Error("asked for"); } };
      globalThis.mended = make;
      kit.Chart.prototype.make = function (spec, columns, rows, ...rest) { return make.call(this, spec, columns, rows.map((row) => row.map(() => bad)), ...rest); };
    }""",
}
MEND = "() => { if (typeof mended === 'function') emergence.kit.Chart.prototype.make = mended; else vega = mended; }"


@pytest.mark.parametrize("how", BREAK)
@pytest.mark.parametrize("first", [True, False])
def test_any_drawing_that_fails_is_shown_alike(page, address, first, how):
    """The first or a later one: the picture, the sentence, the controls of the picture, its table; then the state that was wanted."""
    figure, index = FIGURES[SHAPES], 1
    page.goto(f"{address(SHAPES)}" + ("" if first else f"#fig-{SHAPES}"))
    if first:
        page.evaluate(
            "new Promise((done) => document.head.append(Object.assign(document.createElement('script'), { src: '_static/vega.js', onload: done })))"
        )
    else:
        drawn(page, SHAPES)
    page.evaluate(BREAK[how])
    page.locator(f"#fig-{SHAPES} select").first.select_option(index=index)
    says = failed(page, SHAPES)
    assert says["picture"] and not says["chart"] and not says["drawn"]
    assert says["status"] == WORDS["failed"]
    assert says["inputs"][0] == figure.controls[0].grid.index(figure.controls[0].default) != index
    page.locator(f"#fig-{SHAPES}").get_by_role("button", name=WORDS["table"]).click()
    assert page.evaluate(SAYS, SHAPES)["table"] == len(figure.frame())
    page.evaluate(MEND)
    again(page, SHAPES, "button")
    says = drawn(page, SHAPES)
    state = {figure.controls[0].name: figure.controls[0].grid[index]}
    assert says["chart"] and says["inputs"][0] == page.evaluate(STATE, SHAPES)[0] == index
    assert says["table"] == len(figure.frame(**state))


def test_a_control_draws_a_figure_that_failed(page, address):
    page.goto(f"{address(SHAPES)}#fig-{SHAPES}")
    drawn(page, SHAPES)
    page.evaluate(BREAK["view"])
    page.locator(f"#fig-{SHAPES} select").first.select_option(index=1)
    failed(page, SHAPES)
    page.evaluate(MEND)
    page.locator(f"#fig-{SHAPES} select").first.select_option(index=2)
    assert drawn(page, SHAPES)["inputs"][0] == 2
    page.wait_for_function(
        "([name, words]) => document.querySelector(`#fig-${name} .em-status`).textContent.startsWith(words)",
        arg=[SHAPES, WORDS["showing"]],
    )


def test_a_live_part_whose_later_drawing_fails_can_be_tried_again(page, address):
    page.goto(f"{address(LIVE)}#fig-{LIVE}")
    drawn(page, LIVE)
    page.evaluate(BREAK["rows"])
    page.locator(f"#fig-{LIVE} select").first.select_option(index=1)
    assert failed(page, LIVE)["status"] == WORDS["live_failed"]
    page.evaluate(MEND)
    again(page, LIVE, "return")
    drawn(page, LIVE)


# --- when figures start ----------------------------------------------------------------------------------------------------
def test_a_scroll_that_is_not_the_readers_starts_nothing(page, address):
    """The theme puts its sidebar back where it was."""
    asked = Losing(page, r"/vega\.js", "cut")
    asked.on = False
    page.goto(address(MENU))
    page.evaluate("""new Promise((done) => {
      const bar = document.querySelector("nav");
      bar.addEventListener("scroll", () => done(true), { once: true });
      bar.scrollTop = 300;
    })""")
    page.evaluate(IDLE)
    page.wait_for_timeout(300)
    assert asked.asked == [] and page.locator(".em-drawn").count() == 0
    page.evaluate("scrollTo(0, 30)")
    drawn(page, MENU)


# --- fingers -----------------------------------------------------------------------------------------------------------------
MARK = """name => {
  const host = document.getElementById(`fig-${name}`);
  const marks = [...host.querySelectorAll(".em-live .mark-symbol.role-mark path, .em-live .mark-rect.role-mark path")].filter((m) => m.__data__.tooltip);
  for (const mark of marks) {
    mark.scrollIntoView({ block: "center" });
    const box = mark.getBoundingClientRect(), [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    if (document.elementFromPoint(x, y) === mark && box.height > 1) return [x, y, box.width / 2];
  }
}"""
TIP = "() => { const tip = document.querySelector('.em-tip'); return tip?.checkVisibility() ? tip.textContent : null; }"


@pytest.mark.parametrize("name", [MENU, "explorer"])
def test_a_tap_shows_what_a_pointer_shows(new_page, address, name):
    desk, phone = new_page(), new_page(viewport={"width": 375, "height": 800}, has_touch=True)
    for page in (desk, phone):
        page.goto(f"{address(name)}#fig-{name}")
        drawn(page, name)
        page.mark = page.evaluate(MARK, name)
    desk.mouse.move(*desk.mark[:2])
    pointed = desk.evaluate(TIP)
    x, y, _ = phone.mark
    phone.touchscreen.tap(x, y)
    phone.wait_for_function(TIP)
    assert pointed and phone.evaluate(TIP) == pointed
    phone.touchscreen.tap(5, 5)
    phone.wait_for_function(f"() => !({TIP})()")
    assert phone.errors == []


def test_a_finger_need_not_hit_the_middle(new_page, address):
    phone = new_page(viewport={"width": 375, "height": 800}, has_touch=True)
    phone.goto(f"{address(MENU)}#fig-{MENU}")
    drawn(phone, MENU)
    x, y, radius = phone.evaluate(MARK, MENU)
    phone.touchscreen.tap(x, y - radius - 5)
    phone.wait_for_function(TIP)
    phone.evaluate("scrollTo(0, scrollY + 40)")
    phone.wait_for_function(f"() => !({TIP})()")


def test_a_click_beside_a_mark_leaves_no_tip(page, address):
    """Nothing would take it away from under a mouse that moves on."""
    page.goto(f"{address(MENU)}#fig-{MENU}")
    drawn(page, MENU)
    x, y, radius = page.evaluate(MARK, MENU)
    page.mouse.click(x, y - radius - 5)
    assert page.evaluate(TIP) is None


# --- the address ---------------------------------------------------------------------------------------------------------------
REFUSES = {
    "throws": "throw new DOMException('Attempt to use history.replaceState() more than 100 times per 10 seconds', 'SecurityError')",
    "ignores": "return undefined",
}


@pytest.mark.parametrize("how", REFUSES)
def test_a_browser_that_refuses_addresses_ends_nothing(new_page, address, how):
    page = new_page()
    page.add_init_script(f"""{{
      const real = History.prototype.replaceState;
      globalThis.puts = 0;
      globalThis.refusing = false;
      History.prototype.replaceState = function (...given) {{
        puts++;
        if (refusing || puts > 100) {{ {REFUSES[how]}; }}
        return real.apply(this, given);
      }};
    }}""")
    page.goto(f"{address('explorer')}#fig-explorer")
    drawn(page, "explorer")
    field = "document.querySelector('#fig-explorer .em-controls input[type=checkbox]')"
    first = page.evaluate("location.hash")
    page.evaluate(
        f"async () => {{ for (let k = 0; k < 121; k++) {{ {field}.click(); await new Promise((done) => setTimeout(done)); }} }}"
    )
    page.wait_for_timeout(1000)  # the last of them is in the address
    assert 0 < page.evaluate("puts") < 100 and page.evaluate("location.hash") != first
    many = page.evaluate("location.hash")
    page.evaluate(f"() => {{ refusing = true; {field}.click(); }}")
    page.wait_for_timeout(400)
    assert page.evaluate("location.hash") == many
    page.evaluate("refusing = false")
    page.wait_for_function("many => location.hash !== many", arg=many)
    assert "em-failed" not in page.locator("#fig-explorer").get_attribute("class")
    assert page.errors == []


def test_a_link_followed_meanwhile_is_not_overwritten(page, address):
    page.goto(f"{address(MENU)}#fig-{MENU}")
    drawn(page, MENU)
    page.evaluate(
        "() => { for (const k of [1, 2, 3]) emergence.kit.writeHash(`#a${k}`); location.hash = 'b'; }"
    )
    page.wait_for_timeout(500)
    assert page.evaluate("location.hash") == "#b"


# --- drawings made ahead -----------------------------------------------------------------------------------------------------------
COUNT = """() => {
  globalThis.alive = new Set();
  const { View } = vega;
  vega = { ...vega, View: class extends View {
    constructor(...given) { super(...given); alive.add(this); }
    finalize() { alive.delete(this); return super.finalize(); }
  } };
}"""
AHEAD = "name => { const view = document.getElementById(`fig-${name}`).emergence; return !view.preparing; }"


def test_a_page_keeps_few_drawings(page, address):
    """However many figures the reader turns to, and whatever they were prepared for."""
    page.goto(f"{address(MENU)}#fig-{MENU}")
    drawn(page, MENU)
    page.evaluate(COUNT)
    page.evaluate(
        """async (name) => {
      const view = document.getElementById(`fig-${name}`).emergence, { Chart } = emergence.kit, { spec, rows } = view.last;
      globalThis.charts = [];
      for (let k = 0; k < 6; k++) {
        const chart = new Chart(document.querySelector("main").appendChild(document.createElement("div")));
        charts.push(chart);
        await chart.draw(structuredClone(spec), view.columns, rows, "shown");
        for (let n = 0; n < 9; n++) await chart.make(structuredClone(spec), view.columns, rows);
      }
    }""",
        MENU,
    )
    assert page.evaluate("alive.size") <= 6 + 16
    assert page.evaluate(
        "charts.every((chart) => alive.has(chart.view) && chart.kept.size <= 8)"
    ), "what is shown is never thrown away"
    assert page.errors == []


def test_a_pointer_in_passing_prepares_little(page, address):
    page.goto(f"{address(SHAPES)}#fig-{SHAPES}")
    drawn(page, SHAPES)
    page.evaluate(COUNT)
    page.evaluate(
        """async (name) => {
      // Idle moments come when we say so.
      globalThis.idle = [];
      globalThis.requestIdleCallback = (act) => idle.push(act);
    }""",
        SHAPES,
    )
    box = page.locator(f"#fig-{SHAPES} .em-controls").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
    page.wait_for_function("() => idle.length > 0")
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] + 200)
    page.evaluate("() => { for (const act of idle.splice(0)) act(); }")
    page.wait_for_function(AHEAD, arg=SHAPES)
    assert page.evaluate("alive.size") == 0


def test_a_change_does_not_wait_for_what_is_prepared(page, address):
    """A drawing made ahead that never gets done stands in nobody's way, and is not kept when it is done too late."""
    page.goto(f"{address(SHAPES)}#fig-{SHAPES}")
    drawn(page, SHAPES)
    page.evaluate("""() => {
      const { Chart } = emergence.kit, { compose } = Chart.prototype;
      globalThis.held = new Promise((done) => { globalThis.release = done; });
      Chart.prototype.compose = async function (...given) {
        Chart.prototype.compose = compose;
        const made = compose.apply(this, given);
        globalThis.holding = true;
        await held;
        return made;
      };
    }""")
    page.locator(f"#fig-{SHAPES} select").first.focus()
    page.wait_for_function("() => globalThis.holding")
    page.locator(f"#fig-{SHAPES} select").first.select_option(index=1)
    page.wait_for_function(
        "([name, words]) => document.querySelector(`#fig-${name} .em-status`).textContent.startsWith(words)",
        arg=[SHAPES, WORDS["showing"]],
    )
    page.evaluate("release()")
    page.wait_for_function(AHEAD, arg=SHAPES)
    kept = "name => { const { chart } = document.getElementById(`fig-${name}`).emergence; return chart.kept.get(chart.drawing.spec) === chart.drawing; }"
    assert page.evaluate(kept, SHAPES)
    assert page.errors == []


# --- what is taken away --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", [MENU, LIVE])
def test_a_download_opens_as_it_reads(page, address, name):
    page.goto(f"{address(name)}#fig-{name}")
    drawn(page, name)
    with page.expect_download() as waiting:
        page.locator(f"#fig-{name}").get_by_role("button", name=WORDS["download"]).first.click()
    sent = waiting.value.path().read_bytes()
    assert sent.startswith(b"\xef\xbb\xbf") and not sent[3:].startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(io.StringIO(sent.decode("utf-8-sig")), keep_default_na=False)
    if name in FIGURES:
        assert list(table) == list(FIGURES[name].columns or FIGURES[name].frame()) and len(
            table
        ) == len(records(FIGURES[name].frame()))
    page.locator(f"#fig-{name}").get_by_role("button", name=WORDS["table"]).first.click()
    assert "\ufeff" not in page.locator(f"#fig-{name} .em-table").first.inner_text()
