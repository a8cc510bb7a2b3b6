"""Links of the prose to a figure in a chosen state: ``[text](chapter.md#fig-name?control=value)``."""

from __future__ import annotations

from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.nodes import make_refnode


class FigureLinks(SphinxPostTransform):
    """Resolve them; a figure that its page does not have is a warning, and with that the end of the build.

    Controls and values are not looked at here: `tests/test_links.py` holds them to the figures' definitions.
    """

    default_priority = 8
    """Before MyST's own resolver (9), which knows headings and takes every other target for a mistake."""

    def run(self, **kwargs) -> None:
        for link in list(self.document.findall(addnodes.pending_xref)):
            target = link.get("reftargetid") or ""
            if link["refdomain"] != "doc" or not target.startswith("fig-"):
                continue
            page, name = link["reftarget"], target.removeprefix("fig-").partition("?")[0]
            known = [
                key.rpartition("-")[0] for key in self.env.metadata.get(page, {}).get("figures", [])
            ]
            if name not in known:
                logging.getLogger(__name__).warning(
                    "%s has no figure %r; it has: %s",
                    page,
                    name,
                    ", ".join(known) or "none",
                    location=link,
                )
            link.replace_self(
                make_refnode(
                    self.app.builder,
                    self.env.docname,
                    page,
                    target,
                    [n.deepcopy() for n in link.children],
                )
            )
