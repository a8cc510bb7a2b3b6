"""Reading under other conditions than the designer's: forced colors, color-vision deficiencies, enlarged pages, keys, no motion.

axe-core sees none of this. Numbers after SC are success criteria of WCAG 2.2.
"""

import itertools

import numpy as np
import pytest
from pages import DOCUMENTS, OPEN_ALL, PAGES, WORDS, soup
from vision import VISION, cielab, contrast, delta_e, hexadecimal, linear_rgb, strongest

from emergence.chapters import every, lives

FIGURES, LIVES = every(), lives()
FORCED = pytest.mark.parametrize("scheme", ["light", "dark"])

TARGETS = "button, select, input, summary, [role=slider]"

# Elements that the Tab key reaches, each focused as by that key, without a ring around it or around its search field.
UNRINGED = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter(e => e.checkVisibility({ visibilityProperty: true })).flatMap(e => {
    e.focus({ focusVisible: true, preventScroll: true });
    if (document.activeElement !== e) return [];
    const ring = getComputedStyle(e.closest('.bd-search') || e);
    return ring.outlineStyle === 'none' || parseFloat(ring.outlineWidth) < 2 ? [e.outerHTML.slice(0, 160)] : [];
  })"""
# Elements whose text is cut off sideways. Left alone: text for screen readers only, and the layer that clips the wide grip of a forecast.
CUT = """() => [...document.querySelectorAll('body *:not(svg *, .em-over)')]
  .filter(e => e.checkVisibility() && e.clientWidth > 1 && /hidden|clip/.test(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1)
  .map(e => `${e.tagName}.${e.className}: ${e.scrollWidth} px of ${e.textContent.trim().slice(0, 40)} in ${e.clientWidth}`)"""
# Parts of a figure that lie over each other, and controls that lie outside the page.
CLASHES = """() => [...document.querySelectorAll('.em-figure, .em-live-part')].flatMap(figure => {
  const parts = [...figure.querySelectorAll('button:not(.em-handle), select, input, output, label > span, .em-title, .em-status, .em-stage, .em-predict-text, .em-table, figcaption')]
    .filter(e => e.checkVisibility({ visibilityProperty: true })).map(e => [e, e.getBoundingClientRect()]).filter(([, r]) => r.width && r.height);
  const name = (e) => `${e.tagName} ${e.textContent.trim().slice(0, 30)}`, found = [];
  parts.forEach(([a, r], i) => {
    if (a.matches('button, select, input, output, span') && (r.left < -0.5 || r.right > document.documentElement.clientWidth + 0.5)) found.push(`${figure.id}: ${name(a)} is off the page`);
    for (const [b, q] of parts.slice(i + 1)) {
      if (a.contains(b) || b.contains(a)) continue;
      if (Math.min(r.right, q.right) - Math.max(r.left, q.left) > 1 && Math.min(r.bottom, q.bottom) - Math.max(r.top, q.top) > 1) found.push(`${figure.id}: ${name(a)} over ${name(b)}`);
    }
  });
  return found;
})"""
# Is a symbol drawn by its outline alone? Its computed style is given.
HOLLOW = "const hollow = s => s.fill === 'none' || s.fillOpacity === '0' || /^rgba.* 0\\)$/.test(s.fill);"
# What a chart is read by, and the controls beside it: [figure, what, ink, what is behind it].
INK = (
    "() => {"
    + HOLLOW
    + """ return [...document.querySelectorAll('.em-figure, .em-live-part')].flatMap(figure => {
  const found = [], page = getComputedStyle(document.body).backgroundColor;
  for (const svg of figure.querySelectorAll('.em-live svg')) {
    const ground = getComputedStyle(svg).backgroundColor;
    const ink = (what, selector, of) => svg.querySelectorAll(selector).forEach(e => found.push([figure.id, what, of(getComputedStyle(e)), ground]));
    ink('text', ':is(.role-axis-label, .role-axis-title, .role-legend-label, .role-legend-title, .role-title-text) text', s => s.fill);
    ink('symbol', '.role-legend-symbol path', s => (hollow(s) ? s.stroke : s.fill));
  }
  for (const e of figure.querySelectorAll('button:not(.em-handle), select, input[type=text]')) {
    const s = getComputedStyle(e);
    found.push([figure.id, 'text', s.color, page]);
    found.push([figure.id, 'border', s.borderStyle === 'none' || s.borderWidth === '0px' ? page : s.borderColor, page]);
  }
  return found;
}) }"""
)
# Symbols of every legend that names more than one thing, in one state for each way a figure can be drawn (its specifications);
# of live parts as they open: [figure, [[label, shape, dashes, hollow?, color], …]].
LEGENDS = (
    "async () => {"
    + HOLLOW
    + """
  const read = figure => [...figure.querySelectorAll('.em-live svg g.role-legend')].map(legend => {
    const labels = [...legend.querySelectorAll('.role-legend-label text')].map(t => t.textContent);
    return [figure.id, [...legend.querySelectorAll('.role-legend-symbol path')].map((path, i) => {
      const s = getComputedStyle(path);
      return [labels[i], path.getAttribute('d'), s.strokeDasharray, hollow(s), hollow(s) ? s.stroke : s.fill];
    })];
  });
  const found = [...document.querySelectorAll('.em-live-part')].flatMap(read);
  for (const figure of document.querySelectorAll('.em-figure')) {
    const view = figure.emergence, ways = new Map();
    const states = view.model.controls.reduce((all, c) => all.flatMap(s => c.options.map((_, k) => [...s, k])), [[]]);
    for (const state of states) { const { spec } = view.model.draw(state, view.chart); if (!ways.has(spec)) ways.set(spec, state); }
    for (const state of ways.values()) { view.state = state; view.sync(); await view.redraw(); found.push(...read(figure)); }
  }
  return found.filter(([, symbols]) => symbols.length > 1);
}"""
)


@pytest.fixture
def drawn(new_page, server):
    """Function (document, **context options) → page of the site with all its figures and live parts drawn."""

    def drawn_(document, **options):
        page = new_page(reduced_motion="reduce", **options)
        page.goto(f"{server}/{document}")
        page.evaluate(OPEN_ALL)
        return page

    return drawn_


# --- forced colors --------------------------------------------------------------------------------------------------
@FORCED
@pytest.mark.parametrize("document", DOCUMENTS)
def test_forced_colors_leave_charts_controls_and_focus_visible(drawn, document, scheme):
    page = drawn(document, color_scheme=scheme, forced_colors="active")
    canvas = hexadecimal(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert canvas == {"light": "#ffffff", "dark": "#000000"}[scheme], "the system's colors are on"
    for figure, what, ink, ground in page.evaluate(INK):
        ink, ground = hexadecimal(ink), hexadecimal(ground) or canvas
        assert ground == canvas, f"{figure} stands on a ground of its own"
        assert contrast(ink, ground) >= (4.5 if what == "text" else 3), (
            f"{figure}: {what} {ink} on {ground}"
        )
    page.keyboard.press("Tab")
    assert page.evaluate(UNRINGED) == []


@FORCED
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_forced_colors_leave_pictures_readable(new_page, server, places, colors, scheme, theme):
    """The reader's system and the theme chosen on the page need not agree."""
    page = new_page(color_scheme=scheme, forced_colors="active")
    page.add_init_script(
        f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
    )
    page.goto(f"{server}/{places['scaling-allocation']}")
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    picture = page.locator("#fig-scaling-allocation .em-stage img:visible")
    picture.evaluate("e => { e.loading = 'eager'; return e.decode() }")
    found = colors(picture.screenshot())
    assert strongest(found, 40) >= 7, "ink on ground"
    assert contrast(found.most_common(1)[0][0], "#0072b2") >= 3 and found["#0072b2"] > 40, (
        "a color of the palette as it is, on ground"
    )


def test_dark_pictures_are_those_that_were_drawn(new_page, server, places):
    """The theme dims, pads and rounds pictures on dark pages: the ink would lose its contrast, and the chart that follows would jump."""
    boxes = []
    for theme in ("light", "dark"):
        page = new_page(color_scheme=theme)
        page.goto(f"{server}/{places['scaling-allocation']}")
        picture = page.locator("#fig-scaling-allocation .em-stage img:visible")
        assert picture.evaluate(
            "e => { const s = getComputedStyle(e); return [s.filter, s.opacity, s.padding, s.borderRadius] }"
        ) == ["none", "1", "0px", "0px"]
        boxes.append(picture.bounding_box())
    assert boxes[0] == boxes[1]


@FORCED
def test_forced_colors_leave_what_is_drawn_by_a_background(drawn, colors, scheme):
    """Handles, markers, sliders and the option picked out of a list: their backgrounds, or what stands in for them, are kept."""
    page = drawn("book/in-context-learning.html", color_scheme=scheme, forced_colors="active")

    def seen(element):
        element.scroll_into_view_if_needed()
        return colors(element.screenshot())

    canvas = {"light": "#ffffff", "dark": "#000000"}[scheme]
    handle = seen(page.locator(".em-handle").first)
    assert sum(n for c, n in handle.items() if contrast(c, canvas) >= 7) > 80, "a disc of 15 pixels"
    page = drawn("book/grokking.html", color_scheme=scheme, forced_colors="active")
    for slider in page.locator(".em-live-part input[type=range]").all():
        assert strongest(seen(slider), 20) >= 3
    page = drawn("book/explorer.html", color_scheme=scheme, forced_colors="active")
    field = page.get_by_role("combobox").and_(page.locator("input"))
    field.focus()
    page.keyboard.press("ArrowDown")
    picked, other = (
        seen(page.locator(f".em-options li[aria-selected={is_}]").first).most_common(1)[0][0]
        for is_ in ("true", "false")
    )
    assert contrast(picked, other) >= 3


# --- color-vision deficiencies --------------------------------------------------------------------------------------
@pytest.mark.parametrize("document", DOCUMENTS)
def test_legend_entries_are_told_apart_without_full_color_vision(drawn, document):
    """By shape, dashes or hollowness; where by color alone, by 9 CIEDE2000 units however the reader sees."""
    page = drawn(document)
    for figure, symbols in page.evaluate(LEGENDS):
        for one, other in itertools.combinations(symbols, 2):
            if one[1:4] != other[1:4]:
                continue
            for vision, matrix in VISION.items():
                seen = [
                    cielab(np.clip(matrix @ linear_rgb(hexadecimal(s[4])), 0, 1))
                    for s in (one, other)
                ]
                assert delta_e(*seen) >= 9, (
                    f"{figure}: {one[0]} and {other[0]} differ too little under {vision}"
                )


# --- enlarged pages -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("width, height", [(640, 512), (320, 256)])
@pytest.mark.parametrize("document", PAGES)
def test_enlarged_page_loses_nothing(drawn, document, width, height):
    """A window of 1280 × 1024 at 200 and 400 percent (SC 1.4.4, 1.4.10). At 400 a chart may scroll by itself, the page may not."""
    page = drawn(
        document, viewport={"width": width, "height": height}, device_scale_factor=1280 / width
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 640:
        assert (
            page.evaluate(
                "[...document.querySelectorAll('.em-stage')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.closest('figure').id)"
            )
            == []
        )
    assert page.evaluate(CUT) == []
    assert page.evaluate(CLASHES) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_enlarged_text_loses_nothing(drawn, document):
    """Text alone at 200 percent, in a window of 1280 pixels."""
    page = drawn(document, bypass_csp=True)
    page.add_style_tag(content="html { font-size: 200% !important }")
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.evaluate(CUT) == []
    assert page.evaluate(CLASHES) == []


# --- keys and fingers -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("document", PAGES)
def test_focus_is_visible_everywhere(drawn, document):
    """Not in figures only (SC 2.4.7); the ring contrasts with the page (SC 1.4.11)."""
    page = drawn(document)
    page.keyboard.press("Tab")
    assert page.evaluate(UNRINGED) == []
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        ground = hexadecimal(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        for selector in (".sidebar-toggle.primary-toggle", ".em-actions button"):
            for element in page.locator(selector).all()[:1]:
                element.focus()
                assert (
                    contrast(
                        hexadecimal(element.evaluate("e => getComputedStyle(e).outlineColor")),
                        ground,
                    )
                    >= 3
                ), (theme, selector)


@pytest.mark.parametrize("document", PAGES)
def test_targets_are_large_enough_for_a_finger(drawn, document):
    """24 pixels both ways, a label counting with its box (SC 2.5.8)."""
    page = drawn(document, viewport={"width": 375, "height": 667}, has_touch=True)
    small = page.evaluate(
        """targets => [...document.querySelectorAll(targets)].filter(e => e.checkVisibility({ visibilityProperty: true })).flatMap(e => {
      const boxes = [e, ...(e.type === 'checkbox' ? e.labels : [])].map(b => b.getBoundingClientRect());
      const [width, height] = ['width', 'height'].map(side => Math.max(...boxes.map(b => b[side])));
      return width < 23.9 || height < 23.9 ? [`${width} × ${height}: ${e.outerHTML.slice(0, 120)}`] : [];
    })""",
        TARGETS + ", nav a",
    )
    assert small == []


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
@pytest.mark.parametrize("document", ["book/scaling-laws.html", "book/chain-of-thought.html"])
def test_focus_is_never_under_the_header(drawn, document, key):
    """Down the page and up again, on a phone: the middle of what has the focus is there to be seen (SC 2.4.11)."""
    page = drawn(document, viewport={"width": 375, "height": 667})
    ends = page.locator("article :is(a[href], button):visible")
    (ends.first if key == "Tab" else ends.last).focus()
    seen = 0
    for _ in range(500):
        page.keyboard.press(key)
        covered = page.evaluate("""() => new Promise(done => requestAnimationFrame(() => {
          const e = document.activeElement;
          if (!e.closest('article')) return done(null);
          const r = e.getClientRects()[0], hit = document.elementFromPoint(r.left + r.width / 2, Math.min(r.top + r.height / 2, innerHeight - 2));
          done(hit && (e.contains(hit) || hit.contains(e)) && !hit.matches('article, main, body') ? '' : `${e.outerHTML.slice(0, 120)} at ${r.top} under ${hit?.outerHTML.slice(0, 120)}`);
        }))""")
        if covered is None:
            break
        assert covered == ""
        seen += 1
    assert seen > 50


# --- what is said, and what moves -----------------------------------------------------------------------------------
@pytest.mark.parametrize("document", DOCUMENTS)
def test_alternative_texts_tell_the_finding(site, document):
    """Pictures of figures and live parts alike; any other picture says something, or is decoration and says so."""
    for image in soup(site / document).select("article img"):
        host = image.find_parent("figure")
        if host and {"em-figure", "em-live-part"} & set(host.get("class", [])):
            assert image["alt"] == (FIGURES | LIVES)[host["id"].removeprefix("fig-")].finding
        else:
            assert image.has_attr("alt")


def test_table_is_a_table(drawn):
    """Named, captioned with the state, its columns headed; the box it scrolls in is reached with the keys."""
    for document, figures in (
        ("book/scaling-laws.html", ".em-figure"),
        ("book/emergence.html", ".em-live-part"),
    ):
        page = drawn(document)
        page.locator(figures).get_by_role("button", name=WORDS["table"], exact=True).evaluate_all(
            "buttons => buttons.forEach(b => b.click())"
        )
        faults = page.locator(f"{figures} .em-table").evaluate_all("""boxes => boxes.flatMap(box => {
          const table = box.querySelector(':scope > table'), heads = [...(table?.tHead?.rows[0]?.cells || [])], id = box.closest('figure').id;
          const reached = box.tabIndex === 0 && box.role === 'region' && (box.ariaLabel || '').length > 10;
          const told = table?.caption?.textContent.trim().length > 10 && heads.length > 1 && heads.every(c => c.matches('th[scope=col]') && c.textContent.trim());
          return reached && told ? [] : [`${id}: ${box.outerHTML.slice(0, 200)}`];
        })""")
        assert faults == [] and page.locator(f"{figures} .em-table tbody tr").count() > 4


@pytest.mark.parametrize("document", ["book/knowledge.html", "book/scaling-laws.html"])
def test_nothing_moves_for_readers_who_ask_for_calm(drawn, document):
    page = drawn(document)
    for selector in ("details summary", "a.em-term", ".em-actions button"):
        for element in page.locator(f"article {selector}:visible").all()[:2]:
            element.focus()
            page.keyboard.press("Enter" if "summary" in selector else "Shift")
            assert (
                page.evaluate(
                    "document.getAnimations().map(a => a.animationName || a.transitionProperty)"
                )
                == []
            )
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


# What a reader does first in each live part, and hears of: a list is set to its next entry, a button is pressed.
FIRST = {"cups-live": "select >> nth=0", "mini-addition-live": "button >> nth=0", "mini-grokking-live": "button >> nth=0", "icl-regression-live": "button >> nth=1",
         "inst-mini-live": "select >> nth=0", "knowledge-facts-live": "select >> nth=0", "explorer": "select >> nth=0"}  # fmt: skip


@pytest.mark.parametrize("name", LIVES)
def test_live_part_says_what_changed(drawn, site, name):
    """Politely: in a region of its own, whose words are other ones after the change."""
    document = next(d for d in DOCUMENTS if f'id="fig-{name}"' in (site / d).read_text("utf-8"))
    page = drawn(document)
    status = page.locator(f"#fig-{name} .em-status[aria-live=polite]")
    if name == "explorer":
        page.evaluate(
            "emergence.live.open(document.getElementById('fig-explorer')).then(part => part.explorer.whole)"
        )
    before, first = status.text_content(), page.locator(f"#fig-{name} {FIRST[name]}")
    if "select" in FIRST[name]:
        first.select_option(index=first.evaluate("e => (e.selectedIndex + 1) % e.options.length"))
    else:
        first.click()
    page.wait_for_function(
        "([name, before]) => document.querySelector(`#fig-${name} .em-status[aria-live=polite]`).textContent !== before",
        arg=[name, before],
        timeout=15_000,
    )
