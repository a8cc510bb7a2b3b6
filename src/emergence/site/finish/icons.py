"""Cuts the theme's icons down to those the site shows: 700 kB (gzip) of fonts and scripts to about 4.

The theme ships Font Awesome twice, as a script that draws SVG and as web fonts with their style sheet. The script goes,
the fonts keep the glyphs in use. Runs on the finished site; running it again changes nothing.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

RULE = re.compile(r'([^{}]*)\{content:"\\([ef][0-9a-f]{3})"\}')
SMALL = 10_000
"""A font or script below this many bytes has been cut already."""


def slim(site: Path) -> None:
    """Slim the built site in `site`. Raises FileNotFoundError when the theme's files are not where they were."""
    static = site / "_static"
    sheet, script = (
        static / "styles" / "pydata-sphinx-theme.css",
        static / "scripts" / "fontawesome.js",
    )
    fonts = [
        f
        for f in (static / "vendor" / "fontawesome" / "webfonts").glob("*.woff2")
        if f.stat().st_size > SMALL
    ]
    for unused in [
        *static.rglob("*.map"),
        *static.glob("locales/**/*.*"),
    ]:  # for developers of the theme
        unused.unlink()
    if script.stat().st_size > SMALL:
        write_atomically(script, b"/* icons come from the web font */\n")
    if not fonts:
        return
    pages = [*site.rglob("*.html"), *static.glob("*.js"), *(static / "scripts").glob("*.js")]
    used = {
        name
        for page in pages
        for name in re.findall(r"\bfa-([a-z0-9-]+)", page.read_text("utf-8", "ignore"))
    }
    keep: set[int] = set()

    def rule(match: re.Match) -> str:
        names = re.findall(r"\.fa-([a-z0-9-]+)", match[1])
        if names and not used & set(names):
            return ""
        keep.add(int(match[2], 16))
        return match[0]

    text = RULE.sub(rule, sheet.read_text("utf-8"))
    for css in [text] + [
        f.read_text("utf-8", "ignore") for f in static.rglob("*.css") if f != sheet
    ]:
        keep |= {int(code, 16) for code in re.findall(r'"\\([ef][0-9a-f]{3})"', css)}
        keep |= {
            ord(c) for c in css if 0xE000 <= ord(c) <= 0xF8FF
        }  # the theme's --pst-icon-* hold the characters themselves
    write_atomically(sheet, text.encode())
    for font in fonts:
        subset_font(font, keep)


def subset_font(path: Path, codes: set[int]) -> None:
    from fontTools import subset

    options = subset.Options()
    options.flavor = "woff2"
    font = subset.load_font(str(path), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    temporary = path.with_suffix(f".{os.getpid()}")
    subset.save_font(font, str(temporary), options)
    os.replace(temporary, path)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    os.replace(temporary, path)
