"""Tables with their provenance, read from the data package; nothing else reads files in ``data/``."""

from __future__ import annotations

import difflib
import functools
import hashlib
import importlib.resources
import json
import re
import reprlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from emergence.trace import used


class DataError(ValueError):
    """Something is wrong with a table, a column or a request for one; the message is one sentence."""


PLACE = r"\b(Tables?|Figures?|Appendix|[Ss]ections?|abstract|README)\b"
"""What makes a further part of a locator a place of its own."""


@dataclass(frozen=True)
class Source:
    """Where a table comes from and what is known to be wrong with it.

    ``path`` is the CSV inside the data package, ``url`` the link to the (first) paper, ``arxiv`` its identifier
    or None, ``locator`` the table, figure or section, ``read_from`` the copy that was read.
    """

    name: str
    title: str
    authors: str
    year: str
    url: str
    arxiv: str | None
    locator: str
    license: str
    caveats: tuple[str, ...]
    cross_check: str
    read_from: str
    path: str

    @property
    def place(self) -> str:
        """The locator as a reader needs it below a figure: every table, figure or section, without what is in it."""
        bare = re.sub(r"\s+\([^()]*\)", "", self.locator)
        first, *more = re.split(r"(?<!App)(?<!al)(?<!eq)[.;]\s+", bare)
        named = [first, *filter(re.compile(PLACE).search, more)]
        return ", ".join(re.split(r":|\s[-–]\s", part)[0].strip().rstrip(",.") for part in named)


@functools.cache
def root() -> Path:
    """Folder of the data package: inside an installed wheel, else in the checkout."""
    packaged = Path(str(importlib.resources.files("emergence"))) / "_data"
    checkout = Path(__file__).resolve().parents[3] / "data"
    for folder in (packaged, checkout):
        if (folder / "datapackage.json").is_file():
            return folder
    raise DataError(
        f"The data package is missing: neither {packaged} nor {checkout} holds a datapackage.json."
    )


@functools.cache
def package_json() -> dict:
    path = root() / "datapackage.json"
    used("file", path)
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise DataError(f"{path} is not valid JSON: {error}.") from None
    return package | {"resources": {r["name"]: r for r in package["resources"]}}


def shown(value: object) -> str:
    """A value in a message: on one line, and not at any length."""
    return " ".join(reprlib.repr(value).split())


def require(name: str, names: Iterable[str], missing: str) -> None:
    """Raises DataError, which begins with the words `missing` and the name, unless `name` is one of `names`."""
    names = list(names)
    if isinstance(name, str) and name in names:
        return
    near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.5) or names[:5]
    raise DataError(f"{missing} {shown(name)}; the nearest names are: {', '.join(near)}.")


def listed(names: Sequence[str], what: str) -> list[str]:
    """`names` as a list; a bare string, which would be read letter by letter, and what is no sequence raise DataError."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise DataError(f"{what} are given as a list of names, not as {shown(names)}.")
    return list(names)


def resource_of(name: str) -> dict:
    resources = package_json()["resources"]
    require(name, resources, "There is no table")
    return resources[name]


def field_of(name: str, column: str) -> dict:
    fields = {f["name"]: f for f in resource_of(name)["schema"]["fields"]}
    require(column, fields, f"Table {name!r} has no column")
    return fields[column]


@functools.cache
def raw_bytes(name: str) -> bytes:
    """The file of a table, hash checked: once per process."""
    resource = resource_of(name)
    path = root() / resource["path"]
    used("file", path)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"Table {name!r}: the file {path} is missing.") from None
    if "sha256:" + hashlib.sha256(raw).hexdigest() != resource["hash"]:
        raise DataError(
            f"Table {name!r}: the bytes of {path} differ from the hash in datapackage.json, "
            "so the file was changed after it was published."
        )
    return raw


def tables() -> list[str]:
    """Names of all tables, sorted."""
    return sorted(package_json()["resources"])


def source(name: str) -> Source:
    """Provenance of table ``name``. Raises DataError for an unknown table."""
    r = resource_of(name)
    first = r["sources"][0]
    return Source(
        name=name,
        title=r["paper"],
        authors=r["authors"],
        year=r["year"],
        url=first["path"],
        arxiv=r["arxiv"][0] if r["arxiv"] else None,
        locator=r["locator"],
        license=r["licenses"][0].get("title", r["licenses"][0]["name"]),
        caveats=tuple(r["caveats"]),
        cross_check=r["crossCheck"],
        read_from=r["readFrom"],
        path=r["path"],
    )


def column_unit(name: str, column: str) -> str:
    """Unit of a column: '' for text and pure numbers, 'by row: column unit' where the rows differ."""
    return field_of(name, column).get("unit", "")
