"""The register of claims that no table holds (book/claims) names sentences that stand in the book, and what was read for them."""

import datetime
import re

import claims
import pytest
from pages import BOOK

KEYS = set(re.findall(r"@\w+\{([^,\s]+),", (BOOK / "references.bib").read_text("utf-8")))


@pytest.mark.parametrize("page", sorted({claim["page"] for claim in claims.claims()}))
def test_what_was_checked_still_stands_on_its_page(page):
    text = (BOOK / f"{page}.md").read_text("utf-8")
    gone = [
        c["sentence"] for c in claims.claims() if c["page"] == page if c["sentence"] not in text
    ]
    assert not gone, f"book/claims/{page}.toml: check them anew, or strike them out"


@pytest.mark.parametrize(
    "claim", claims.claims(), ids=lambda c: f"{c['page']}-{c['sentence'][:30]}"
)
def test_a_claim_says_what_was_read_and_when(claim):
    assert set(claim) == {"page", "sentence", "source", "checked", "how"}
    assert claim["source"] in KEYS or claim["source"].startswith("https://"), claim["source"]
    assert claim["how"] in claims.HOW
    assert datetime.date(2026, 11, 1) <= claim["checked"] <= datetime.date.today()


def test_the_list_begins_with_the_oldest_check(capsys):
    claims.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(claims.claims()) > 30
    days = [line.split()[0] for line in lines]
    assert days == sorted(days)
