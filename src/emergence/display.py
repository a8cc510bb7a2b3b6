"""What a figure or live part is shown as: the page skin in a build of the site; else the widget, and a still picture.

The only room that knows both skins. A kernel shows the notebook's; one that a build of the site has started shows the page's.
"""

from __future__ import annotations

import os
import secrets
from typing import Any

from . import mime
from .figure.shown import Bundle, Shown
from .live import Live
from .page import page_of

VARIABLE = "EMERGENCE_SKIN"
"""The environment variable that a build sets to ``page``."""


@Shown.skin
def bundles(shown: Any) -> list[Bundle]:
    """In a build of the site the page skin; else a still picture, and the widget, which hides the picture once it is drawn.

    Of one bundle a display system shows one form, and all of them take the widget without knowing whether its code or its state
    will be there: in an export read offline, or a notebook saved without the state of its widgets, nothing is left to see.
    """
    words = f"{shown.title}\n{shown.finding}"
    is_live = isinstance(shown, Live)
    if os.environ.get(VARIABLE, "notebook") == "page":
        return [({"text/plain": words, mime.LIVE if is_live else mime.FIGURE: page_of(shown)}, {})]
    from . import notebook

    key = secrets.token_hex(6)
    widget = notebook.live_part(shown, key) if is_live else notebook.live(shown, key)
    view = widget._repr_mimebundle_()
    content, metadata = view if isinstance(view, tuple) else (view, {})
    still = notebook.still(shown, key)
    return [({"text/html": still}, {}), (content | {"text/plain": words}, metadata)]
