"""How a chapter writes a figure: the function that makes its rows is decorated, and so is the one that draws them.

>>> chapter = Chapter("outlook")
>>> @chapter.figure("outlook-truthful", tables=["obs_base_llm_benchmarks"], controls=[Choice("families", FAMILIES)])
... def truthful(families):
...     \"\"\"Truthfulness against size in eight families of open models (fractions).\"\"\"
...     return pick(truth(), family=FAMILIES[families])
>>> @truthful.draw
... def _(rows):
...     return plot(rows, x=size("params", over=truth()), y=share(domain=(0.2, 0.65)), by=Series("family", FAMILIES["all"]))
>>> truthful()          # the Figure, always the same
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emergence.text import within

from .control import Control, FigureError
from .figure import Figure


class Definition:
    """A figure as its chapter writes it; call it for the `Figure`. See the module.

    `settings` are those of `Figure`. One that reads tables is given as a function, called when the figure is first asked for.
    """

    def __init__(self, chapter: Chapter, name: str, rows: Callable, settings: Mapping[str, Any]):
        functools.update_wrapper(self, rows)
        self.name = name
        self._chapter = chapter
        self._rows = rows
        self._settings = settings
        self._chart: Callable | None = None
        self.facts_function: Callable[[], Mapping[str, Any]] | None = None
        self._figure: Figure | None = None

    def draw(self, function: Callable) -> Callable:
        """Decorates the function (rows, and the controls and ``columns`` it depends on) → Altair chart."""
        self._chart = function
        return function

    def facts(self, function: Callable[[], Mapping[str, Any]]) -> Callable[[], Mapping[str, Any]]:
        """Decorates the function that gives the numbers of this figure's words, taken from its own rows."""
        self.facts_function = functools.cache(self._chapter.words(function))
        return self.facts_function

    def __call__(self) -> Figure:
        if self._figure is None:
            if self._chart is None:
                raise FigureError(
                    f"{self.name}: nothing says how it is drawn; decorate a function with .draw"
                )
            read = self._chapter.words
            settings = {k: read(v)() if callable(v) else v for k, v in self._settings.items()}
            self._figure = Figure(
                self.name,
                self._chapter.name,
                settings.pop("tables"),
                self._rows,
                self._chart,
                facts=self.facts_function,
                **settings,
            )
        return self._figure


class Chapter:
    """A chapter's name, under which its words are kept, its figures in their order, and the numbers of its words."""

    def __init__(self, name: str):
        self.name = name
        self.definitions: list[Definition] = []
        self._prose: Callable[[], Mapping[str, Any]] | None = None

    def prose(self, function: Callable[[], Mapping[str, Any]]) -> Callable[[], Mapping[str, Any]]:
        """Decorates the function that gives the numbers which only sentences of the chapter ask for, formatted."""
        self._prose = self.words(function)
        return self._prose

    def words(self, function: Callable) -> Callable:
        """The same function; inside, labels are those of this chapter."""
        return within(self.name)(function)

    @functools.cached_property
    def _numbers(self) -> dict[str, Any]:
        parts = [d.facts_function for d in self.definitions if d.facts_function]
        found: dict[str, Any] = {}
        for part in [*parts, *([self._prose] if self._prose else [])]:
            for key, value in part().items():
                if found.setdefault(key, value) != value:
                    raise FigureError(
                        f"{self.name}: the number {key!r} is {value!r} and {found[key]!r}"
                    )
        return found

    def numbers(self) -> dict[str, Any]:
        """Every number of the chapter's words, formatted: those of its figures' texts and those of its prose.

        Raises `FigureError` where two of them have one name and different values.
        """
        return dict(self._numbers)

    def figure(
        self,
        name: str,
        *,
        tables: Sequence[str] | Callable[[], Sequence[str]] = (),
        controls: Sequence[Control] | Callable[[], Sequence[Control]] = (),
        **settings: Any,
    ) -> Callable[[Callable], Definition]:
        """Decorates the function (state) → rows of the figure `name`; its docstring says what is shown, and in which unit."""

        def define(rows: Callable) -> Definition:
            settings_of_all = {"tables": tables, "controls": controls, **settings}
            self.definitions.append(Definition(self, name, rows, settings_of_all))
            return self.definitions[-1]

        return define
