"""Every figure shows what was reviewed: its fingerprints are those of ``tests/pictures.json``. ``make pictures`` renews them on purpose."""

import copy
import json

import pictures
import pytest

from emergence.chapters import every, lives
from emergence.page import page_of

SHOWN = every() | lives()
REVIEWED = json.loads(pictures.MANIFEST.read_text("utf-8"))


def test_the_manifest_names_every_figure_and_no_other():
    assert list(REVIEWED) == sorted(SHOWN)


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_a_figure_shows_what_was_reviewed(name):
    found = pictures.fingerprint(SHOWN[name])
    assert found == REVIEWED.get(name), (
        "look at the figure; if it is as it should be: make pictures"
    )


def test_a_changed_value_word_or_mark_changes_the_fingerprint():
    page = json.loads(pictures.to_json(page_of(SHOWN["self-consistency"])))
    before = pictures.page(page)
    at = [c["name"] for c in page["table"]].index("value")
    for change, differs in ((1e-12, False), (1e-6, True)):
        other = copy.deepcopy(page)
        other["rows"][at][0] *= 1 + change
        assert (pictures.page(other) != before) is differs
    assert pictures.page(page | {"title": "Another"}) != before

    svg = '<svg xmlns="http://www.w3.org/2000/svg"><g transform="translate({at},0)"><path d="M0,{high}L1,2" fill="{ink}"/><text>{word}</text></g></svg>'
    plain = {"at": 40, "high": 3.14, "ink": "#000", "word": "Score"}
    picture = pictures.picture(svg.format(**plain))
    gradients = {
        pictures.picture(svg.format(**plain | {"ink": f"url(#gradient_{n})"})) for n in (1, 2)
    }
    assert len(gradients) == 1
    for change, differs in (
        ({"at": 41}, False),
        ({"high": 3.12}, False),
        ({"high": 3.3}, True),
        ({"ink": "#fff"}, True),
        ({"ink": "url(#a)"}, True),
        ({"word": "score"}, True),
    ):
        assert (pictures.picture(svg.format(**plain | change)) != picture) is differs, change
