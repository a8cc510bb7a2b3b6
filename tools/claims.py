"""What the book says that no table holds, and when it was last checked: ``make claims`` lists it, the oldest check first.

``book/claims/<page>.toml`` holds the claims of a page, each with the words its sentence begins with, its source (a key of the
bibliography or an address), the day of the check, and how it was checked: in the paper, its abstract or a secondary source.
"""

import sys
import tomllib
from pathlib import Path

BOOK = Path(__file__).resolve().parents[1] / "book"
HOW = ("paper", "abstract", "secondary")


def claims() -> list[dict]:
    """All claims, each with its page; the oldest check first."""
    found = []
    for path in sorted((BOOK / "claims").glob("*.toml")):
        listed = tomllib.loads(path.read_text("utf-8"))["claim"]
        found += [{"page": path.stem, **claim} for claim in listed]
    return sorted(found, key=lambda claim: claim["checked"])


def main() -> None:
    for claim in claims():
        print(
            f"{claim['checked']}  {claim['page']}: {claim['sentence']} … [{claim['source']}, {claim['how']}]"
        )


if __name__ == "__main__":
    sys.exit(main())
