"""Themes × media × worlds: words stand out from what is behind them, and what prints is dark on white; measured, not looked up."""

import json
import re
import sys
import zlib
from collections import Counter
from pathlib import Path

import pytest

from emergence.figures import every, lives
from emergence.site import bundle
from test_figure_contract import contrast
from test_reading import OPEN_ALL
from test_site import DOCUMENTS, WORDS

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
    page.evaluate("() => { const calm = new CSSStyleSheet(); calm.replaceSync('* { transition: none !important }'); document.adoptedStyleSheets = [calm]; }")


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
        assert [name for name in page.evaluate(PICTURES) if f"-{scheme if media == 'screen' else 'light'}" not in name] == [], media
    page.emulate_media(media="screen")
    page.evaluate(OPEN_ALL)
    page.evaluate(TABLES)
    page.evaluate("() => document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert page.evaluate(FAINT, False) == [], "screen"
    page.emulate_media(media="print")
    for paper in (False, True):
        assert page.evaluate(FAINT, paper) == [], f"print, backgrounds {'left out' if paper else 'printed'}"
    assert page.evaluate(DARK) == []


@pytest.mark.parametrize("mode, scheme, theme", [("dark", "light", "dark"), ("light", "dark", "light")])
def test_a_theme_that_was_chosen_prints_like_any_other(new_page, server, mode, scheme, theme):
    page = new_page(color_scheme=scheme)
    page.add_init_script(f"localStorage.setItem('mode', '{mode}'); localStorage.setItem('theme', '{theme}')")
    page.goto(f"{server}/book/how-to-read.html")
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    page.emulate_media(media="print")
    assert page.evaluate(FAINT, True) == [] and page.evaluate(FAINT, False) == [] and page.evaluate(DARK) == []


def inks(pdf):
    """Counter of the colors in which a PDF of Chromium's shows pieces of text, and the set of those that fill areas larger than half a page."""
    words, grounds = Counter(), set()
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            code = zlib.decompress(stream).decode("latin-1")
        except zlib.error:
            continue  # a font or a picture
        color, kept = "#000000", []
        for token in re.finditer(r"([\d.]+) ([\d.]+) ([\d.]+) rg\b|\b([qQ])\b|\b(Tj|TJ)\b|(-?[\d.]+) (-?[\d.]+) re\s+f\b", code):
            if token[1]:
                color = "#" + "".join(f"{round(255 * float(part)):02x}" for part in token.groups()[:3])
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
        assert [(ink, n) for ink, n in words.items() if contrast(ink, "#ffffff") < 4.5] == [], scheme
        found.append((words, grounds))
    assert found[0] == found[1]
