"""The published numbers: tables with their provenance.

This is the only module that reads files in ``data/``. The tables form a Frictionless Data Package
(``data/datapackage.json``): one CSV per source table, values exactly as printed.

>>> load("gpt3_table_h1")          # one table, typed by its schema
>>> source("gpt3_table_h1").url    # the paper, the locator, the caveats
>>> evaluations()                  # every evaluation of a model in one long frame

Beside them lie the records of our own small models, one folder per experiment in ``data/miniatures/``:

>>> run("grokking").seconds        # how the models were trained: settings, versions, machine, wall time
>>> curves("grokking", "phases")   # what was measured
>>> weights("facts", "plain")      # configuration and weights of one model
"""

from .combined import evaluations, models, one_setup
from .frames import load
from .package import DataError, Source, column_unit, root, shown, source, tables
from .records import Run, curves, run, runs, weights

__all__ = [
    "DataError",
    "Source",
    "Run",
    "tables",
    "load",
    "shown",
    "source",
    "column_unit",
    "evaluations",
    "models",
    "one_setup",
    "runs",
    "root",
    "run",
    "curves",
    "weights",
]
