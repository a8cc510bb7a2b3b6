"""Published numbers on large language models, the figures drawn from them, and the site they live in.

Importing this package loads nothing heavy: `emergence.data`, `emergence.chapters` and the rest are imported when asked for.
"""

import os

__version__ = "0.1.0"

if "EMERGENCE_TRACE" in os.environ:  # a build of the site wants to know what a chapter uses
    from . import trace

    trace.follow_imports()
