"""A strict Content-Security-Policy in every page: what a page may run is on the site, and named.

Scripts come from files of the site, or are one of the page's own inline scripts, named by their hash; nothing is
evaluated. Handlers written into the theme's tags (``onclick="…"``) cannot be named in a meta policy without allowing
more, so they are moved to `static/page.js`.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from pathlib import Path

from emergence.files import write_atomically

HANDLERS = {"window.print()": "print", "toggleFullScreen()": "fullscreen"}
"""The theme's inline handlers and what `static/page.js` calls them. Another one fails the build: it would be dead in the page."""

PREFETCHED = re.compile(r'[ \t]*<link rel="next"[^>]*>\n?')
"""What Firefox fetches ahead of time, as ``default-src 'none'`` forbids: it would say so on every page's console. No other
directive of a policy allows it there, and nothing else reads the link, so it goes; the page's own link to the next one stays."""

INLINE = re.compile(r"<(script|style)\b(?![^>]*\bsrc=)([^>]*)>(.*?)</\1>", re.S)
META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="[^"]*"\s*/?>\s*')
NOT_RUN = re.compile(r'type="(?!text/javascript|module)')
"""Script elements of another type hold data; a policy does not concern them."""


class PolicyError(RuntimeError):
    """A page holds something the policy would silently disable; the message names it."""


def policy(scripts: list[str], styles: list[str], files: bool = False) -> str:
    """The policy of a page with these hashes of inline elements; `files` allows the page to be opened from a disk.

    Style attributes are allowed: charts and the theme set sizes with them, and they can run nothing. Workers may come from
    a blob, since a page on a disk has no other way to start one; only a script that is allowed already can make a blob.
    """
    here = "'self' file:" if files else "'self'"
    rules = {
        "default-src": "'none'",
        "script-src": " ".join([here, *scripts]),
        "style-src": " ".join([here, *styles]),
        "style-src-attr": "'unsafe-inline'",
        "img-src": f"{here} data:",
        "font-src": here,
        "connect-src": here,
        "worker-src": f"{here} blob:",
        "form-action": here,
        "base-uri": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def secure_page(text: str, files: bool = False) -> str:
    """The page `text` with its policy; doing it again changes nothing. Raises PolicyError for an unknown inline handler."""
    text = PREFETCHED.sub("", META.sub("", text))
    for code, name in HANDLERS.items():
        text = text.replace(f' onclick="{code}"', f' data-em-click="{name}"')
    bare = INLINE.sub("", text)
    if other := re.search(r'<[^>]*\son\w+="([^"]*)"', bare):
        raise PolicyError(
            f"a page holds the inline handler {html.unescape(other[1])!r}; move it to site/static/page.js and name it in HANDLERS"
        )
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for kind, attributes, content in INLINE.findall(text):
        if not (kind == "script" and NOT_RUN.search(attributes)):
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            hashes[kind] = list(dict.fromkeys([*hashes[kind], f"'sha256-{digest}'"]))
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(hashes["script"], hashes["style"], files)}" />\n'
    if "<head" not in text:  # Jupyter Book's page that leads from the root to the first chapter
        return meta + text
    return re.sub(
        r"(<head[^>]*>\s*(<meta charset[^>]*>\s*)?)", lambda head: head[1] + meta, text, count=1
    )


def secure(site: Path, files: bool = False) -> None:
    """Put the policy into every page below `site`."""
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        try:
            secured = secure_page(text, files)
        except PolicyError as error:
            raise PolicyError(f"{page.relative_to(site)}: {error}") from None
        if secured != text:
            write_atomically(page, secured.encode())
