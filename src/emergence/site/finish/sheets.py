"""One style sheet and one script for what every page loads: nine and eleven requests become two. Rules that no page uses go: they
would make the sheet 69 kB instead of 28 (compressed), of a first load of 260.
The sheet prints dark on white, whichever theme the screen shows.

Runs on the finished site. Pages that Sphinx did not write again hold last time's bundle and are given the new one.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

import tinycss2

from emergence.files import write_atomically

STYLES = (
    "styles/theme.css",
    "basic.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "copybutton.css",
    "mystnb.*.css",
    "figure.css",
    "sphinx-design.min.css",
    "book.css",
)
"""Style sheets of every page in the order of the theme (``basic.css`` is imported by the theme's first sheet)."""

SCRIPTS = (
    "documentation_options.js",
    "doctools.js",
    "sphinx_highlight.js",
    "clipboard.min.js",
    "copybutton.js",
    "scripts/sphinx-book-theme.js",
    "design-tabs.js",
    "page.js",
    "scripts/bootstrap.js",
    "scripts/pydata-sphinx-theme.js",
)
OWN = ("book.css",)
"""Of these, files of the book itself: another book may be built without them."""

DROPPED = ("scripts/fontawesome.js",)

LINK = re.compile(r'\s*<link\b[^>]*\bhref="[^"]*_static/([^"?]+)[^"]*"[^>]*/>')
SCRIPT = re.compile(r'\s*<script\b[^>]*\bsrc="([^"?]+)[^"]*"[^>]*></script>')
OPTIONS = re.compile(r"\s*<script>DOCUMENTATION_OPTIONS\.\w+ = [^<]*;</script>")
SET_OPTIONS = "DOCUMENTATION_OPTIONS.search_as_you_type = false;"


class BundleError(RuntimeError):
    """The theme's files are not what they were; the message names the file."""


def join(site: Path) -> None:
    """Bundle scripts and styles of the built `site`. Raises BundleError when a file of the theme is missing or refers to others."""
    static = site / "_static"
    pages = [
        p for p in site.rglob("*.html") if "data-content_root" in p.read_text("utf-8")
    ]  # of the theme; others lead on
    texts = {p: p.read_text("utf-8") for p in pages}
    styles, scripts = files(static, STYLES), files(static, SCRIPTS)
    code = "\n;".join(
        [
            *(p.read_text("utf-8") for p in scripts[:1]),
            SET_OPTIONS,
            *(p.read_text("utf-8") for p in scripts[1:]),
        ]
    )
    words = set(re.findall(r"[\w-]+", code))
    for path in [*static.rglob("*.js"), *static.glob("../*.js")]:
        if (
            not path.name.startswith("site-")
            and "figures" not in path.parts
            and path.stat().st_size < 200_000
        ):
            words |= set(re.findall(r"[\w-]+", path.read_text("utf-8", "ignore")))
    for text in texts.values():
        words.update(
            word for value in re.findall(r'\bclass="([^"]*)"', text) for word in value.split()
        )
    css = "\n".join(purged(p.read_text("utf-8"), words, p.name) for p in styles)
    made = {
        kind: write(static / folder, kind, text)
        for kind, folder, text in (("css", "styles", css), ("js", "scripts", code))
    }
    names = {p.relative_to(static).as_posix() for p in [*styles, *scripts]} | set(DROPPED)
    for page, text in texts.items():
        new = rewritten(text, names, made)
        if new != text:
            write_atomically(page, new.encode())


def files(static: Path, patterns: tuple[str, ...]) -> list[Path]:
    found = []
    for pattern in patterns:
        match = sorted(static.glob(pattern))
        if not match and pattern not in OWN:
            raise BundleError(
                f"The theme has no {pattern} any more; bring the lists in site/bundle.py up to date."
            )
        found += match
    return found


def write(folder: Path, kind: str, text: str) -> str:
    """Write the bundle under a name with its hash, remove older ones; returns the path below ``_static``."""
    name = f"site-{hashlib.sha256(text.encode()).hexdigest()[:10]}.{kind}"
    for old in folder.glob(f"site-*.{kind}"):
        if old.name != name:
            old.unlink()
    if not (folder / name).exists():
        write_atomically(folder / name, text.encode())
    return f"{folder.name}/{name}"


def rewritten(text: str, names: set[str], made: dict[str, str]) -> str:
    """The page with the bundles in place of the files `names`; scripts wait for the page, except where it searches.

    The theme's search begins when its script runs, unless the page is still loading; what adapts it would come too late.
    """
    searches, wait = "_static/searchtools.js" in text, 'defer="defer" '
    root = re.search(r'data-content_root="([^"]*)"', text)[1]
    ours = re.compile(r"(styles|scripts)/site-\w+\.(css|js)$")

    def link(match: re.Match) -> str:
        return "" if match[1] in names or ours.fullmatch(match[1]) else match[0]

    def script(match: re.Match) -> str:
        path = match[1].partition("_static/")[2]
        if path in names or ours.fullmatch(path):
            return ""
        return (
            match[0]
            if searches or " defer" in match[0]
            else match[0].replace("<script ", f"<script {wait}", 1)
        )

    text = OPTIONS.sub("", SCRIPT.sub(script, LINK.sub(link, text)))
    head = (
        f'\n<link rel="stylesheet" type="text/css" href="{root}_static/{made["css"]}" />'
        f'\n<script {"" if searches else wait}src="{root}_static/{made["js"]}"></script>'
    )
    # Before any script of a page, which may use the theme's.
    first = re.search(r"<script\b[^>]*\bsrc=|</head>", text).start()
    return text[:first].rstrip() + head + "\n" + text[first:]


# --- style rules --------------------------------------------------------------------------------------------------------
def purged(css: str, words: set[str], name: str) -> str:
    """The style sheet without the rules all of whose selectors name a class that occurs nowhere in pages or scripts."""
    return "".join(
        kept(rule, words, name)
        for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    )


NESTED = {"media", "supports", "layer", "container"}


def kept(rule, words: set[str], name: str) -> str:
    if rule.type == "at-rule" and rule.lower_at_keyword == "import":
        if "basic.css" in tinycss2.serialize(rule.prelude):
            return ""  # stands in the bundle itself
        raise BundleError(
            f"{name} imports {tinycss2.serialize(rule.prelude).strip()}; add that file to STYLES in site/bundle.py."
        )
    if rule.type == "at-rule" and rule.content is not None and rule.lower_at_keyword in NESTED:
        inner = "".join(
            kept(r, words, name)
            for r in tinycss2.parse_rule_list(
                rule.content, skip_comments=True, skip_whitespace=True
            )
        )
        return f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}" if inner else ""
    if rule.type != "qualified-rule":
        return rule.serialize()
    selectors = [s for s in split(tinycss2.serialize(rule.prelude)) if used(s, words)]
    return themed(selectors, tinycss2.serialize(rule.content).strip())


THEME = re.compile(r"""\[data-theme=["']?(light|dark)["']?\]""")


def themed(selectors: list[str], content: str) -> str:
    """A rule for these selectors. What prints is light: there the light theme's rules hold for every theme, the dark theme's for none."""
    themes = [set(THEME.findall(s)) for s in selectors]
    everywhere = [s for s, t in zip(selectors, themes, strict=True) if "dark" not in t]
    screen = [s for s, t in zip(selectors, themes, strict=True) if "dark" in t]
    paper = [
        THEME.sub("[data-theme]", s)
        for s, t in zip(selectors, themes, strict=True)
        if t == {"light"}
    ]
    rules = {"{}": everywhere, "@media not print{{{}}}": screen, "@media print{{{}}}": paper}
    return "".join(
        where.format(f"{','.join(names)}{{{content}}}") for where, names in rules.items() if names
    )


def split(prelude: str) -> list[str]:
    """Selectors at the commas outside brackets."""
    parts, depth, last = [], 0, 0
    for i, c in enumerate(prelude):
        depth += (c in "([") - (c in ")]")
        if c == "," and depth == 0:
            parts.append(prelude[last:i].strip())
            last = i + 1
    return [*parts, prelude[last:].strip()]


@cache
def classes(selector: str) -> tuple[str, ...]:
    """Classes an element must have for `selector` to match; what stands in :not() and its kin does not count."""
    bare = re.sub(r":(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\]", "", selector)
    return tuple(c.replace("\\", "") for c in re.findall(r"\.((?:\\.|[\w-])+)", bare))


def used(selector: str, words: set[str]) -> bool:
    return all(c in words for c in classes(selector))
