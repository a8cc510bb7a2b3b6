"""The chapters as notebooks on the site: an entry in the download menu, and Binder and Colab once the repository is public.

The theme has launch buttons of its own, but they all lead to one path on one branch, the page's source; ours lead to the
notebooks `notebooks` writes, which for Binder and Colab lie in different places. So the entries are put into the theme's
list of header buttons, in its own form.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.errors import ConfigError

from emergence.files import write_atomically
from emergence.text import interface
from emergence.trace import VARIABLE

from . import notebooks

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def home(app: Sphinx, config=None) -> notebooks.Home:
    """Where the settings say the book is public; raises ConfigError for a setting that cannot be."""
    config = config or app.config
    try:
        return notebooks.home(
            config.emergence_repository, config.emergence_branch, config.html_baseurl
        )
    except ValueError as error:
        raise ConfigError(str(error)) from None


def buttons(app: Sphinx, name: str, template: str, context: dict, doctree) -> None:
    """Entries for this chapter's notebook in the theme's menus."""
    menus = context.get("header_buttons")
    if (
        menus is None
        or name not in app.env.found_docs
        or not notebooks.has_cells(Path(app.env.doc2path(name)))
    ):
        return
    words, stem, place = interface("notebook"), Path(name).name, home(app)
    download = next(menu for menu in menus if menu.get("label") == "download-buttons")
    download["buttons"].insert(
        0,
        {
            "type": "link",
            "url": context["pathto"](f"notebooks/{stem}.ipynb", 1),
            "text": words["download"],
            "tooltip": words["download_tip"],
            "icon": "fas fa-file-code",
            "label": "download-notebook-button",
        },
    )
    if place.repository:
        menus.insert(
            0,
            {
                "type": "group",
                "tooltip": words["launch"],
                "icon": "fas fa-rocket",
                "label": "launch-buttons",
                "buttons": [
                    {
                        "type": "link",
                        "url": url,
                        "text": words[host],
                        "tooltip": words[f"{host}_tip"],
                        "icon": f"_static/images/logo_{host}.{kind}",
                        "label": f"launch-{host}-button",
                    }
                    for host, url, kind in (
                        ("binder", place.binder(stem), "svg"),
                        ("colab", place.colab(stem), "png"),
                    )
                ],
            },
        )


def write(app: Sphinx, cache: Path) -> None:
    """Write ``notebooks/<chapter>.ipynb`` of every chapter with cells, anew only if something it is made of has changed.

    `cache` keeps, beside other things of earlier builds, what each was made of. Writing one computes its figures' numbers,
    which takes some of them seconds.
    """
    import nbformat

    folder = Path(app.outdir) / "notebooks"
    folder.mkdir(exist_ok=True)
    bibliographies = [
        Path(app.srcdir) / name for name in getattr(app.config, "bibtex_bibfiles", [])
    ]
    place = home(app)
    common = [
        Path(notebooks.__file__).read_text("utf-8"),
        repr(place),
        *(p.read_text("utf-8") for p in bibliographies),
    ]
    references: dict[str, dict] = {}
    chapters = {
        Path(name).name: name
        for name in sorted(app.env.found_docs)
        if notebooks.has_cells(Path(app.env.doc2path(name)))
    }
    trace = os.environ.pop(
        VARIABLE, None
    )  # else the tables read here would count as read by the chapter executed last
    for stem, name in chapters.items():
        source, record, target = (
            Path(app.env.doc2path(name)),
            cache / f"{stem}.notebook",
            folder / f"{stem}.ipynb",
        )
        made_of = json.dumps(
            [common, source.read_text("utf-8"), app.env.metadata[name].get("inputs")],
            sort_keys=True,
        )
        key = hashlib.sha256(made_of.encode()).hexdigest()
        if not target.exists() or not record.exists() or record.read_text("utf-8") != key:
            references = references or {
                k: v for p in bibliographies for k, v in notebooks.bibliography(p).items()
            }
            write_atomically(
                target, nbformat.writes(notebooks.notebook(source, references, place)).encode()
            )
            write_atomically(record, key.encode())
    if trace:
        os.environ[VARIABLE] = trace
    for old in folder.iterdir():
        if old.stem not in chapters:
            old.unlink()


def setup(app: Sphinx) -> None:
    app.add_config_value("emergence_repository", "", "html", types=str)
    app.add_config_value("emergence_branch", "main", "html", types=str)
    app.connect("config-inited", home)  # refuses a wrong setting before anything is read
    app.connect("html-page-context", buttons, priority=600)  # after the theme's own buttons
