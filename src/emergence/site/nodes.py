"""What a live figure is in a document: the figure, its stage, its caption."""

from __future__ import annotations

from docutils import nodes


class figure_node(nodes.General, nodes.Element):
    """A live figure: its title, its stage and its caption are children."""


class live_node(nodes.General, nodes.Element):
    """A live part: its title, its stage and its caption are children."""


class stage_node(nodes.General, nodes.Element):
    """The place where the chart is drawn; holds the static pictures' names."""


class caption_node(nodes.General, nodes.Element):
    """Caption paragraphs of a live figure."""
