"""What must be read again: every chapter that a change can affect, and no other."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes

from emergence import trace

from .assets import asset_cache

HERE = Path(__file__).parent

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def inputs(app: Sphinx, docname: str) -> dict[str, str | None]:
    """Hash of every file of ours that can change what this chapter shows: code, texts, data.

    A chapter depends on what its kernel used (recorded by `emergence.trace` in the file ``EMERGENCE_TRACE`` names), and on the words
    of the frame around its figures. Client scripts and this folder are left out where no kernel imports them: they change pages,
    not chapters, and Sphinx rewrites those itself.
    """
    from emergence.text import labels

    listing = trace_file(app, docname)
    if not listing.exists():
        return {}
    try:
        noted = trace.read(listing)
    except ValueError:  # cut off, or of another version of this code: the chapter is read again
        return {}
    frame = [str(p) for p in HERE.parent.glob("text/interface.*.toml")]
    known = labels()
    return file_hashes([Path(p) for p in dict.fromkeys(noted["file"] + frame)]) | {
        f"label {key}": known.get(key) for key in noted["label"]
    }


def file_hashes(paths: list[Path]) -> dict[str, str]:
    """Hashes of the files a kernel used. Of the package's description only the entries of those files count."""
    paths = [p for p in paths if p.exists()]
    hashes = {
        str(p): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in paths
        if p.name != "datapackage.json"
    }
    for description in (p for p in paths if p.name == "datapackage.json"):
        for resource in json.loads(description.read_text("utf-8"))["resources"]:
            path = str(description.parent / resource["path"])
            if path in hashes:
                hashes[path] += hashlib.sha256(
                    json.dumps(resource, sort_keys=True).encode()
                ).hexdigest()
    return hashes


def trace_file(app: Sphinx, docname: str) -> Path:
    return asset_cache(app) / f"{docname.replace('/', '.')}.trace"


def before_read(app: Sphinx, docname: str, source: list[str]) -> None:
    listing = trace_file(app, docname)
    listing.unlink(missing_ok=True)
    os.environ[trace.VARIABLE] = str(listing)


def after_read(app: Sphinx, doctree: nodes.document) -> None:
    app.env.metadata[app.env.docname]["inputs"] = inputs(app, app.env.docname)


def outdated(app: Sphinx, env, added, changed, removed) -> list[str]:
    return [
        name
        for name in env.found_docs
        if name in env.metadata
        and "inputs" in env.metadata[name]
        and env.metadata[name]["inputs"] != inputs(app, name)
    ]


def own_files(*folders: Path) -> str:
    """Hash of the client scripts, style sheets, templates and code in this folder, and of the files of `folders`."""
    files = sorted(
        p
        for folder in (HERE, *folders)
        for p in folder.rglob("*")
        if p.is_file() and "__pycache__" not in p.parts
    )
    return hashlib.sha256(b"".join(p.read_bytes() for p in files)).hexdigest()
