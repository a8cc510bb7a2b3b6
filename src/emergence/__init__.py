"""Published numbers on large language models, the figures drawn from them, and the site they live in.

Importing this package loads nothing heavy: `emergence.data`, `emergence.figures` and the rest are imported when asked for.
"""

__version__ = "0.1.0"
