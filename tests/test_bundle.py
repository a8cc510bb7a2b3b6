"""Bundling the theme's files must change what pages load, not what they look like or do."""

import re

import pytest

from emergence.site.finish import sheets as bundle


@pytest.mark.parametrize(
    "css, left",
    [
        (".a { x: 1 } .b { x: 2 }", ".a{x: 1}"),
        (".a, .b, p { x: 1 }", ".a,p{x: 1}"),
        (".a:not(.b) { x: 1 }", ".a:not(.b){x: 1}"),
        (".a > .b { x: 1 } .a .a::before { content: '.b, c' }", '.a .a::before{content: ".b, c"}'),
        (".a:is(h1, h2) { x: 1 }", ".a:is(h1, h2){x: 1}"),
        (
            "@media print { .b { x: 1 } .a { x: 2 } } @media screen { .b { x: 1 } }",
            "@media print {.a{x: 2}}",
        ),
        (
            "@font-face { font-family: F; src: url(f.woff2) } p { --v: .b }",
            "@font-face { font-family: F; src: url(f.woff2) }p{--v: .b}",
        ),
        ("[class*=b] { x: 1 } .sd-w-\\31 00 { x: 2 }", "[class*=b]{x: 1}"),
    ],
)
def test_only_rules_without_an_element_go(css, left):
    assert bundle.purged(css, {"a"}, "x.css") == left


def test_an_import_that_is_not_known_stops_the_build():
    with pytest.raises(bundle.BundleError, match="x.css imports"):
        bundle.purged('@import "other.css";', set(), "x.css")


def test_a_file_the_theme_lost_is_named(tmp_path):
    with pytest.raises(bundle.BundleError, match="no styles/theme.css any more"):
        bundle.files(tmp_path, bundle.STYLES)


def test_pages_load_one_sheet_and_one_script_of_the_theme(site):
    for page in [*site.glob("book/*.html"), site / "search.html", site / "genindex.html"]:
        text = page.read_text("utf-8")
        assert re.findall(r'<link[^>]*rel="stylesheet"[^>]*href="[./]*([^"?]+)', text) == [
            f"_static/{s.relative_to(site / '_static')}"
            for s in site.glob("_static/styles/site-*.css")
        ]
        scripts = re.findall(r"<script[^>]*\bsrc=[^>]*>", text)
        # The theme's search starts at once when its script runs late, before ours has adapted it (tests/test_cards.py drives it).
        waiting = [s for s in scripts if "defer" in s]
        assert "site-" in scripts[0] and (
            waiting == scripts
            if page.name != "search.html"
            else waiting == [s for s in scripts if "_static/search.js" in s]
        ), page
        assert not re.search(r"bootstrap|fontawesome|pydata", " ".join(scripts)), page


def test_pages_look_as_they_would_with_all_rules(site, server, new_page):
    """An oracle: a page with the theme's own sheets has the same computed style on every element."""
    page = new_page()
    sheets = [
        f"../_static/{p.relative_to(site / '_static')}"
        for p in bundle.files(site / "_static", bundle.STYLES)
    ]
    look = """() => [...document.querySelectorAll('body *')].map(e => { const s = getComputedStyle(e);
      return [e.tagName, e.className, s.display, s.color, s.font, s.margin, s.padding, s.border, s.background, s.width, s.position, s.visibility].join('|') })"""
    for name in ("how-to-read", "glossary", "outlook"):
        page.goto(f"{server}/book/{name}.html")
        # Colors that fade in would be read half-way.
        page.evaluate(
            "() => { const calm = new CSSStyleSheet(); calm.replaceSync('* { transition: none !important }'); document.adoptedStyleSheets = [calm]; }"
        )
        page.evaluate("Promise.all([...document.fonts].map(f => f.load().catch(() => 0)))")
        bundled = page.evaluate(look)
        page.evaluate(
            """async sheets => {
          const old = document.querySelector('link[rel=stylesheet]');
          await Promise.all(sheets.map(href => new Promise(done => { const l = document.createElement('link'); l.rel = 'stylesheet'; l.href = href; l.onload = done; old.before(l); })));
          old.remove();
        }""",
            sheets,
        )
        page.evaluate("Promise.all([...document.fonts].map(f => f.load().catch(() => 0)))")
        whole = page.evaluate(look)
        assert [(b, w) for b, w in zip(bundled, whole, strict=True) if b != w] == [] and len(
            bundled
        ) == len(whole)
