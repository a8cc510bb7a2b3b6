"""What a display system asks of a figure or live part. How either looks is decided above: `emergence.display` says it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Bundle = tuple[dict[str, Any], dict[str, Any]]
"""What a display system is offered at a time: data by MIME type, and their metadata."""


class Shown:
    """A figure or live part; it has `title`, `finding` and `svg()`."""

    _skin: Callable[[Shown], list[Bundle]] | None = None

    @classmethod
    def skin(cls, bundles: Callable[[Shown], list[Bundle]]) -> Callable[[Shown], list[Bundle]]:
        """From now on figures and live parts are shown as what `bundles` offers for them; a decorator."""
        Shown._skin = staticmethod(bundles)
        return bundles

    def bundles(self: Any) -> list[Bundle]:
        """What is offered; where nobody has given a skin, the still picture."""
        if self._skin is not None:
            return self._skin(self)
        words = f"{self.title}\n{self.finding}"
        return [({"text/plain": words, "image/svg+xml": self.svg()}, {})]

    def _repr_mimebundle_(self, include=None, exclude=None) -> Bundle:
        """The bundles as one, for display systems that take no more."""
        offered, metadata = zip(*self.bundles(), strict=True)
        return (
            {mime: content for each in offered for mime, content in each.items()},
            {mime: about for each in metadata for mime, about in each.items()},
        )

    def _ipython_display_(self) -> None:
        """Show several bundles below the cell that runs; IPython itself shows a single one."""
        offered = self.bundles()
        if len(offered) == 1:
            raise NotImplementedError
        from IPython.display import publish_display_data

        for content, metadata in offered:
            publish_display_data(content, metadata)
