"""Themes × media × worlds: words stand out from what is behind them, and what prints is dark on white; measured, not looked up."""

import json
import re
import sys
import zlib
from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from engines import QUIET
from pages import DOCUMENTS, OPEN_ALL, WORDS
from vision import contrast, strongest

from emergence import notebook
from emergence.chapters import every, lives
from emergence.figure import GROUND, to_json
from emergence.publish.browser import chromium

FIGURES, LIVES = every(), lives()
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])

# Elements with words of their own whose ink stands out too little: [contrast, element, words, ink, ground]. Inks and grounds are
# laid over each other down to the first that is opaque; on `paper` backgrounds are not printed, so the ground is white.
# Left out: words on the colored marks of a chart, what only screen readers see, and what cannot be used now.
FAINT = """(paper) => {
  const pen = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const parse = (color) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = color;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data].map((v) => v / 255);
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const up = (e) => { const all = []; for (; e; e = e.parentElement) all.push(e); return all; };
  const ground = (e) => {
    const layers = [];
    for (const a of paper ? [] : up(e)) {
      const color = parse(getComputedStyle(a).backgroundColor);
      layers.push(color);
      if (color[3] === 1) break;
    }
    return layers.reduceRight((below, layer) => over(layer, below), [1, 1, 1, 1]);
  };
  const luminance = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, w, i) => sum + w * (c[i] <= 0.04045 ? c[i] / 12.92 : ((c[i] + 0.055) / 1.055) ** 2.4), 0);
  const words = (e) => (e.matches('select') ? e.selectedOptions[0]?.text : e.matches('input') ? e.value || e.placeholder
    : [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent).join('')).trim();
  const seen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest('.em-said, .visually-hidden, option, .role-mark, :disabled')
    && !e.matches('[type=range], [type=checkbox]') && e.getClientRects().length && words(e);
  const hex = (c) => '#' + c.slice(0, 3).map((v) => Math.round(255 * v).toString(16).padStart(2, '0')).join('');
  const found = [];
  for (const e of [...document.body.querySelectorAll('*')].filter(seen)) {
    const style = getComputedStyle(e), ink = parse(e instanceof SVGElement ? style.fill : style.color), behind = ground(e);
    ink[3] *= up(e).reduce((product, a) => product * getComputedStyle(a).opacity, 1);
    const [bright, dark] = [luminance(over(ink, behind)), luminance(behind)].sort((a, b) => b - a), ratio = (bright + 0.05) / (dark + 0.05);
    if (ratio < 4.5) found.push([+ratio.toFixed(2), `${e.closest('[id]')?.id} ${e.tagName}.${e.getAttribute('class')}`, words(e).slice(0, 40), hex(over(ink, behind)), hex(behind)]);
  }
  return found;
}"""
# Names of the pictures that are seen.
PICTURES = "() => [...document.querySelectorAll('.em-stage img, .em-still img')].filter((e) => e.checkVisibility()).map((e) => e.currentSrc || e.src)"
# Is what is not words of the page dark on white too? [element, ground].
DARK = """() => ['html', 'body', 'main', 'article', '.em-figure', '.em-live-part'].flatMap((s) => [...document.querySelectorAll(s)])
  .map((e) => [e.id || e.tagName, getComputedStyle(e).backgroundColor]).filter(([, ground]) => !['rgb(255, 255, 255)', 'rgba(0, 0, 0, 0)'].includes(ground))"""
TABLES = f"() => document.querySelectorAll('.em-actions button').forEach((b) => {{ if (b.textContent === {json.dumps(WORDS['table'])}) b.click(); }})"


def still(page):
    """Colors that fade in would be read half-way."""
    page.evaluate(
        "() => { const calm = new CSSStyleSheet(); calm.replaceSync('* { transition: none !important }'); document.adoptedStyleSheets = [calm]; }"
    )


# --- the book -------------------------------------------------------------------------------------------------------
@SCHEMES
@pytest.mark.parametrize("document", [*DOCUMENTS, "search.html?q=few-shot"])
def test_words_stand_out_in_both_themes_on_screen_and_on_paper(new_page, server, document, scheme):
    page = new_page(color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{server}/{document}")
    still(page)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    for media in ("screen", "print"):
        page.emulate_media(media=media)
        assert [
            name
            for name in page.evaluate(PICTURES)
            if f"-{scheme if media == 'screen' else 'light'}" not in name
        ] == [], media
    page.emulate_media(media="screen")
    page.evaluate(OPEN_ALL)
    page.evaluate(TABLES)
    page.evaluate("() => document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert page.evaluate(FAINT, False) == [], "screen"
    page.emulate_media(media="print")
    for paper in (False, True):
        assert page.evaluate(FAINT, paper) == [], (
            f"print, backgrounds {'left out' if paper else 'printed'}"
        )
    assert page.evaluate(DARK) == []


@pytest.mark.parametrize(
    "mode, scheme, theme", [("dark", "light", "dark"), ("light", "dark", "light")]
)
def test_a_theme_that_was_chosen_prints_like_any_other(new_page, server, mode, scheme, theme):
    page = new_page(color_scheme=scheme)
    page.add_init_script(
        f"localStorage.setItem('mode', '{mode}'); localStorage.setItem('theme', '{theme}')"
    )
    page.goto(f"{server}/book/how-to-read.html")
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    page.emulate_media(media="print")
    assert (
        page.evaluate(FAINT, True) == []
        and page.evaluate(FAINT, False) == []
        and page.evaluate(DARK) == []
    )


def inks(pdf):
    """Counter of the colors in which a PDF of Chromium's shows pieces of text, and the set of those that fill areas larger than half a page."""
    words, grounds = Counter(), set()
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            code = zlib.decompress(stream).decode("latin-1")
        except zlib.error:
            continue  # a font or a picture
        color, kept = "#000000", []
        for token in re.finditer(
            r"([\d.]+) ([\d.]+) ([\d.]+) rg\b|\b([qQ])\b|\b(Tj|TJ)\b|(-?[\d.]+) (-?[\d.]+) re\s+f\b",
            code,
        ):
            if token[1]:
                color = "#" + "".join(
                    f"{round(255 * float(part)):02x}" for part in token.groups()[:3]
                )
            elif token[4] == "q":
                kept.append(color)
            elif token[4] == "Q":
                color = kept.pop() if kept else color
            elif token[5]:
                words[color] += 1
            elif abs(float(token[6])) > 400 and abs(float(token[7])) > 600:
                grounds.add(color)
    return words, grounds


@pytest.mark.parametrize("background", [False, True])
@pytest.mark.parametrize("drawn", [False, True])
def test_a_printed_page_is_the_same_from_either_theme(new_page, server, background, drawn):
    """The PDF itself, with figures drawn or only pictures of them: no ink that is pale on white, no ground that is not."""
    found = []
    for scheme in ("light", "dark"):
        page = new_page(color_scheme=scheme, reduced_motion="reduce")
        page.goto(f"{server}/book/emergence.html")
        if drawn:
            page.evaluate(OPEN_ALL)
        words, grounds = inks(page.pdf(print_background=background))
        assert words.total() > 1000
        assert [(ink, n) for ink, n in words.items() if contrast(ink, "#ffffff") < 4.5] == [], (
            scheme
        )
        found.append(
            (set(words), grounds)
        )  # how many figures near the beginning are drawn already is left to chance
    assert found[0] == found[1]


# --- other worlds -----------------------------------------------------------------------------------------------------
# JupyterLab's own themes; what VS Code tells its outputs; and a plain page, like an exported notebook's.
LAB = sorted(
    Path(sys.prefix).glob("share/jupyter/lab/themes/@jupyterlab/theme-*-extension/index.css")
)
STANDS_ON = """body { margin: 0; color: var(--jp-content-font-color1); background: var(--jp-layout-color0); font-size: 14px }
a { color: var(--jp-content-link-color); text-decoration: none }"""
CODE = """:root { --vscode-editor-foreground: %s; --vscode-editor-background: %s }
body { color: var(--vscode-editor-foreground); background: var(--vscode-editor-background) } a { color: %s }"""
WORLDS = (
    {
        path.parent.name.removeprefix("theme-").removesuffix("-extension"): path.read_text("utf-8")
        + STANDS_ON
        for path in LAB
    }
    | {
        "vscode-light": CODE % ("#3b3b3b", "#ffffff", "#005fb8"),
        "vscode-dark": CODE % ("#cccccc", "#1f1f1f", "#4daafc"),
        "plain-dark": ":root { color-scheme: dark }",
        "dark-words-on-nothing": "body { color: #eee }",  # a viewer that colors the words and leaves the ground to what is around its frame
    }
)
MOUNT = """async ([code, states]) => {
  const address = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  const { render } = await import(address);
  for (const state of states) {
    const box = document.createElement('div');
    box.id = state.name;
    document.querySelector('.widget-vbox').append(box);
    await render({ model: { get: (name) => state[name], on() {}, off() {}, send() {} }, el: box });
  }
}"""


def in_a_notebook(page, address):
    """Draw a figure that asks for a forecast and a live part with menus as a notebook does, with the state its kernel sends."""
    asking = next(f for f in FIGURES.values() if f.predict)
    drawing = next(p for p in LIVES.values() if not p.assets)
    states = []
    for shown, widget in (
        (asking, notebook.FigureWidget(asking)),
        (drawing, notebook.LiveWidget(drawing)),
    ):
        state = widget.get_state()
        states.append(
            {"name": shown.name}
            | {
                name: state[name]
                for name in ("figure", "layouts", "drawn", "live", "still")
                if name in state
            }
        )
    page.goto(address)
    page.evaluate(MOUNT, [notebook.library().code, json.loads(to_json(states))])


def test_jupyterlab_has_its_themes_where_they_are_looked_for():
    assert {"theme-light-extension", "theme-dark-extension"} <= {path.parent.name for path in LAB}


@pytest.mark.parametrize("world", WORLDS)
def test_words_stand_out_in_a_notebook_of_any_theme(new_page, serve, tmp_path, world):
    (tmp_path / "x.html").write_text(
        f'<!DOCTYPE html><html lang="en"><head><link rel="icon" href="data:,"/><style>{WORLDS[world]}</style></head>'
        f'<body><div class="widget-vbox"></div>{notebook.still(next(iter(FIGURES.values())), "unused")}</body></html>'
    )
    page = new_page(reduced_motion="reduce")
    in_a_notebook(page, f"{serve(tmp_path)}/x.html")
    page.evaluate(TABLES)
    assert (
        page.locator(".em-table th").count()
        and page.locator(".em-predict button").count()
        and page.locator(".em-live-part select, .em-live-part input").count()
    )
    still(page)
    assert page.evaluate(FAINT, False) == [], "screen"
    page.emulate_media(media="print")
    for paper in (False, True):
        assert page.evaluate(FAINT, paper) == [], (
            f"print, backgrounds {'left out' if paper else 'printed'}"
        )
    assert [e for e in page.evaluate(DARK) if e[0] not in ("html", "HTML", "body", "BODY")] == []


# --- browsers that darken pages -----------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def darkening(browser):
    """A Chromium that darkens light pages, as on a phone with "dark theme for websites"."""
    chrome = browser.browser_type.launch(
        executable_path=chromium(),
        args=[
            *QUIET,
            "--enable-features=WebContentsForceDark",
            "--blink-settings=forceDarkModeEnabled=true",
        ],
    )
    yield chrome
    chrome.close()


@pytest.mark.parametrize("scripts", [True, False])
@SCHEMES
def test_a_browser_that_darkens_pages_leaves_the_book_its_colors(
    darkening,
    server,
    serve,
    tmp_path,
    colors,
    scheme,
    scripts,
):
    context = darkening.new_context(
        viewport={"width": 900, "height": 800},
        color_scheme=scheme,
        reduced_motion="reduce",
        java_script_enabled=scripts,
    )
    page = context.new_page()
    (tmp_path / "x.html").write_text(
        '<!DOCTYPE html><html><head><link rel="icon" href="data:,"/></head><body>a page of somebody else</body></html>'
    )
    page.goto(f"{serve(tmp_path)}/x.html")
    assert contrast(colors(page.screenshot()).most_common(1)[0][0], "#ffffff") > 10, (
        "this browser does darken pages"
    )
    page.goto(f"{server}/book/emergence.html")
    dark = scheme == "dark" and scripts  # without scripts the book is light
    for drawn in (False, True)[: 1 + scripts]:
        if drawn:
            page.evaluate(OPEN_ALL)
        stage = page.locator(".em-figure:not(:has(.em-predict)) .em-stage").first
        stage.scroll_into_view_if_needed()
        page.wait_for_function(
            "() => [...document.images].filter((i) => i.checkVisibility() && i.getBoundingClientRect().top < innerHeight).every((i) => i.complete)"
        )
        found = colors(stage.screenshot())
        assert found.most_common(1)[0][0] == GROUND["dark" if dark else "light"]
        assert strongest(found) > 7, "words stand out from what is behind them"
    context.close()


# --- without the style sheet --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_reader_view_shows_each_figure_once(site, document):
    """What strips a page of its styles, like Firefox's reader view, leaves out what is hidden where it stands, and nothing else that is hidden."""
    page = BeautifulSoup((site / document).read_text("utf-8"), "html.parser")
    for gone in page.select("noscript, script, [hidden], [style*='display:none']"):
        gone.decompose()
    for figure in page.select(".em-figure, .em-live-part"):
        (picture,) = figure.select("picture")
        assert "-light" in picture.img["src"] and picture.img["alt"], figure["id"]


@SCHEMES
def test_without_scripts_the_light_picture_stands(new_page, server, scheme):
    page = new_page(color_scheme=scheme, java_script_enabled=False)
    page.goto(f"{server}/book/emergence.html")
    assert (
        page.evaluate(PICTURES)
        and [name for name in page.evaluate(PICTURES) if "-light" not in name] == []
    )
    assert (
        page.evaluate(
            "() => [...document.querySelectorAll('.em-figure, .em-live-part')].filter((f) => [...f.querySelectorAll('img')].filter((i) => i.checkVisibility()).length !== 1).map((f) => f.id)"
        )
        == []
    )


# --- no storage, no origin ----------------------------------------------------------------------------------------------
BLOCKED = {"profile": {"default_content_setting_values": {"cookies": 2}}}
STORES = (
    "(() => { try { localStorage.setItem('a', 'b'); return true; } catch { return false; } })()"
)


@pytest.fixture
def framed(new_page, serve, tmp_path):
    """Function (address, **options) → page and frame: `address` as a course shows it, in a frame that may run scripts and nothing else."""

    def framed_(address, **options):
        page = new_page(**options)
        page.goto(framing(serve, tmp_path, address))
        page.locator("iframe").wait_for()
        return page, page.frames[1]

    return framed_


def framing(serve, folder, address):
    frame = f'<iframe sandbox="allow-scripts" src="{address}" style="border:0;width:100%;height:96vh"></iframe>'
    (folder / "course.html").write_text(
        f'<!DOCTYPE html><html lang="en"><head><title>t</title><link rel="icon" href="data:,"/></head><body style="margin:0">{frame}</body></html>'
    )
    return f"{serve(folder)}/course.html"


@pytest.fixture
def blocking(browser, tmp_path):
    """Function (address, **options) → page of a Chromium whose reader blocks all site data; given twice, as `framed` does."""
    contexts = []

    def blocking_(address, **options):
        profile = tmp_path / f"profile-{len(contexts)}"
        (profile / "Default").mkdir(parents=True)
        (profile / "Default" / "Preferences").write_text(json.dumps(BLOCKED))
        context = browser.browser_type.launch_persistent_context(
            profile, executable_path=chromium(), args=QUIET, **options
        )
        contexts.append(context)
        page = context.pages[0]
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(address)
        return page, page.main_frame

    yield blocking_
    for context in contexts:
        context.close()


def broken(page):
    """The page's errors, but for icons' fonts: a frame without an origin gets them from servers that say so, as GitHub's pages do, and ours does not."""
    return [
        error
        for error in page.errors
        if not re.search(r"Access to font|ERR_FAILED.*\.(woff2|ttf)", error)
    ]


@pytest.mark.parametrize("way", ["blocking", "framed"])
def test_menu_search_and_theme_work_without_storage(request, server, way):
    page, frame = request.getfixturevalue(way)(
        f"{server}/book/emergence.html",
        viewport={"width": 390, "height": 800},
        color_scheme="light",
    )
    frame.wait_for_function("document.readyState === 'complete'")
    assert not page.evaluate("0") and not frame.evaluate(
        "() => { const kept = Object.getOwnPropertyDescriptor(window, 'localStorage'); return !kept.value; }"
    ), "there is no storage"
    theme = "document.documentElement.dataset.theme"
    assert frame.evaluate(theme) == "light"
    for _ in range(3):
        if frame.evaluate(theme) == "light":
            frame.locator(".theme-switch-button").first.click()
    assert frame.evaluate(theme) == "dark"
    link = frame.locator(
        ".bd-sidebar-primary a[href='grokking.html'], #pst-primary-sidebar-modal a[href='grokking.html']"
    ).first
    assert not link.is_visible()
    frame.locator(".primary-toggle").first.click()
    link.wait_for(state="visible")
    page.keyboard.press("Escape")
    link.wait_for(state="hidden")
    frame.locator(".search-button").locator("visible=true").first.click()
    field = frame.locator("dialog input[name=q]")
    field.fill("few-shot")
    field.press("Enter")
    frame.wait_for_url("**/search.html?*q=few-shot*")
    frame.locator("ul.search > li").nth(5).wait_for()
    assert broken(page) == []


@pytest.mark.parametrize("way", ["blocking", "framed"])
def test_figures_and_their_links_work_without_storage(request, server, way):
    page, frame = request.getfixturevalue(way)(
        f"{server}/book/emergence.html", viewport={"width": 900, "height": 800}
    )
    frame.wait_for_function("document.readyState === 'complete'")
    frame.evaluate(OPEN_ALL)
    assert (
        frame.evaluate(
            "() => [...document.querySelectorAll('.em-figure:not(.em-drawn), .em-failed')].map((e) => e.id)"
        )
        == []
    )
    assert broken(page) == []


# --- fields on a phone --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("document", [*DOCUMENTS, "search.html"])
@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 375, "height": 800}},
        {"viewport": {"width": 1024, "height": 800}, "is_mobile": True, "has_touch": True},
    ],
    ids=["phone", "tablet"],
)
def test_letters_of_fields_are_large_enough_for_safari_to_leave_the_page_as_it_is(
    new_page, server, document, options
):
    """Safari on iOS enlarges a page when a field with letters below 16 pixels is touched."""
    page = new_page(reduced_motion="reduce", **options)
    page.goto(f"{server}/{document}")
    page.evaluate(OPEN_ALL)
    small = page.evaluate("""() => [...document.querySelectorAll('select, textarea, input:not([type=range], [type=checkbox], [type=radio])')]
      .filter((e) => parseFloat(getComputedStyle(e).fontSize) < 16).map((e) => [e.id || e.name, getComputedStyle(e).fontSize])""")
    assert small == []
