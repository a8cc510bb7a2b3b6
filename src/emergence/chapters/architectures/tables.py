"""What figures of the chapter on architectures share."""

from __future__ import annotations

import pandas as pd

from emergence.figure import Chapter

chapter = Chapter("architectures")


def with_reference(rows: pd.DataFrame, reference: list[dict]) -> pd.DataFrame:
    """`rows` and reference rows below them, with the columns of `rows`."""
    below = pd.DataFrame(reference).reindex(columns=list(rows))
    return pd.concat([rows.astype(object), below.astype(object)], ignore_index=True)
