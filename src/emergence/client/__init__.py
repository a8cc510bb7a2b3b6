"""The client: scripts and style that page and notebook share. Nobody outside this folder reads them by path.

A page is given `figure()`, `live()`, `style()`, `vega()` as files of their own and a live part's `part(…)`; a notebook one `module()`
that holds them all, and `widget()`, which loads it. `static/` and `live/` hold bundles of the modules in `src/`, made by
`tools/client/build.js`; whoever changes a module bundles it anew.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
PARTS = HERE / "live"

# The scripts take what they share from the page; in a notebook each version of the client is given its own.
OWN_PAGE = "globalThis.vega = vega;\ndelete globalThis.emergence;"
OWN_CLIENT = "var emergence = globalThis.emergence;"
OWN_STYLE = """document.getElementById("emergence-style")?.remove();
document.head.append(Object.assign(document.createElement("style"), { id: "emergence-style", textContent: CSS }));"""


class ClientError(ValueError):
    """There is no such script; the message names those there are."""


def read(name: str) -> str:
    """The text of one of the client's files."""
    return (HERE / name).read_text("utf-8")


def folders() -> list[str]:
    """The folders from which Sphinx takes the page's files."""
    return [str(HERE / "static"), str(HERE / "vendor")]


def vega_version() -> str:
    """A hash of the drawing library, for its address."""
    return hashlib.sha256((HERE / "vendor" / "vega.js").read_bytes()).hexdigest()[:8]


def part(script: str) -> str:
    """The script of a live part, as a function that page and worker call. Raises `ClientError` for a missing one."""
    path = PARTS / f"{script}.js"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in PARTS.glob("*.js")))
        raise ClientError(f"there is no script {script!r} in client/live/; there are: {known}")
    body = path.read_text("utf-8")
    return f"emergence.live.script({json.dumps(script)}, function () {{\n{body}\n}});\n"


def widget() -> str:
    """The module of every widget; it imports `module` and keeps it."""
    return read("widget.js")


@cache
def module() -> tuple[str, str]:
    """Version and text of the notebook's module: the drawing library, the scripts of the page, their style, and its own."""
    style = OWN_STYLE.replace("CSS", json.dumps(read("static/figure.css"), ensure_ascii=False))
    parts = (
        read("vendor/vega.js"),
        OWN_PAGE,
        read("static/figure.js"),
        OWN_CLIENT,
        read("static/live.js"),
        style,
        read("notebook.js"),
    )
    code = "\n".join(parts)
    # A live part's script travels with its widget, but is kept with the client: a new one makes a new version too.
    scripts = "".join(path.read_text("utf-8") for path in sorted(PARTS.glob("*.js")))
    return hashlib.sha256((code + scripts).encode()).hexdigest()[:12], code
