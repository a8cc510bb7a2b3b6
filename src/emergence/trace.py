"""What a process used of this package: its modules, texts, labels and tables, for the site build.

A build names a file in the environment variable ``EMERGENCE_TRACE`` before it starts a chapter's kernel; everything the kernel
uses is noted there, so that a change re-executes the chapters it can affect, and no others. Without the variable nothing is noted.
"""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder
from pathlib import Path

VARIABLE = "EMERGENCE_TRACE"


def used(kind: str, name: str | Path) -> None:
    """Note a ``file`` (module, text, table) or the key of a ``label``."""
    if listing := os.environ.get(VARIABLE):
        _note(listing, kind, str(name))


@cache  # once per process
def _note(listing: str, kind: str, name: str) -> None:
    with open(listing, "a", encoding="utf-8") as file:
        file.write(json.dumps([kind, name]) + "\n")


def read(listing: Path) -> dict[str, list[str]]:
    """What was noted in the file `listing`, by kind. Raises ValueError where the file holds something else."""
    noted: dict[str, list[str]] = {"file": [], "label": []}
    for line in dict.fromkeys(listing.read_text("utf-8").splitlines()):
        match json.loads(line):
            case [("file" | "label") as kind, str(name)]:
                noted[kind].append(name)
            case other:
                raise ValueError(
                    f'{listing} notes {other!r}; allowed is the name of a file or label, as ["file", "…"]'
                )
    return noted


class _Imports(MetaPathFinder):
    """Notes the package's modules as they are imported, and leaves importing to others."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        spec = PathFinder.find_spec(name, path) if name.startswith("emergence.") else None
        if spec and spec.origin:
            used("file", spec.origin)
        return


def follow_imports() -> None:
    """From now on note every module of the package that is imported, and those that are there already."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "emergence" and module.__file__:
            used("file", module.__file__)
    sys.meta_path.insert(0, _Imports)
