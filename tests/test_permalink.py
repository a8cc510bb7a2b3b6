"""A link can name a figure and allowed values of its controls, and nothing else: `readHash` and `applyHash` under fire."""

import json
import re
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pages import controls_of

from emergence.chapters import every
from emergence.publish.build import ROOT

CLIENT = ROOT / "src" / "emergence" / "client" / "static" / "figure.js"
CONTROLS = {name: controls_of(figure) for name, figure in every().items()}
STEERABLE = {name: controls for name, controls in CONTROLS.items() if controls}
BATCH = 100

# For each [controls, hash]: what was read and the state it leads to, or the exception that escaped.
READ = """cases => cases.map(([controls, hash]) => {
  try {
    const link = emergence.readHash(hash);
    return { link, state: link && emergence.applyHash(controls, link.wanted) };
  } catch (error) { return { error: String(error) } }
})"""
UNTOUCHED = "[Object.getOwnPropertyNames(Object.prototype).length, Object.getOwnPropertyNames(Array.prototype).length, document.documentElement.outerHTML.length]"


@pytest.fixture(scope="module")
def client(browser):
    """A blank page that has run the client script."""
    page = browser.new_context().new_page()
    page.add_script_tag(path=CLIENT)
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def spelled(client):
    """How the browser writes the allowed values: {(figure, control): texts}."""
    return {
        (name, c["name"]): client.evaluate("os => os.map(o => String(o.value))", c["options"])
        for name, controls in STEERABLE.items()
        for c in controls
    }


def values(controls):
    """A strategy for what an attacker might write as a value: an allowed one, a neighbor of one, anything."""
    allowed = st.sampled_from([str(o["value"]) for c in controls for o in c["options"]])
    twisted = st.tuples(allowed, st.text(max_size=3), st.text(max_size=3)).map(
        lambda t: t[1] + t[0] + t[2]
    )
    famous = st.sampled_from(
        [
            "__proto__",
            "constructor",
            "length",
            "-1",
            "NaN",
            "1e309",
            "undefined",
            "null",
            "<script>alert(1)</script>",
            "javascript:alert(1)",
            "%00",
            "[object Object]",
        ]
    )
    return st.one_of(allowed, twisted, famous, st.text(max_size=12))


@st.composite
def hashes(draw):
    """(figure, its controls, an address fragment: well formed, malformed or noise)."""
    name = draw(st.sampled_from(sorted(STEERABLE)))
    controls = STEERABLE[name]
    names = st.one_of(
        st.sampled_from([c["name"] for c in controls]),
        st.sampled_from(["__proto__", "constructor", "toString", "default", "0"]),
        st.text(max_size=8),
    )
    encode = st.sampled_from(
        [
            quote,
            str,
            lambda s: quote(s, safe=""),
            lambda s: "".join(f"%{b:02X}" for b in s.encode("utf-8", "surrogatepass")),
        ]
    )
    pairs = draw(st.lists(st.tuples(names, values(controls), encode), max_size=5))
    query = "&".join(f"{e(k)}={e(v)}" if e is not str else f"{k}={v}" for k, v, e in pairs)
    head = draw(
        st.sampled_from(
            [
                f"#fig-{name}",
                f"#fig-{name}",
                f"#fig-{name}",
                f"fig-{name}",
                f"#FIG-{name}",
                f"#fig-{name}#",
                "#fig-",
                "#",
                "",
            ]
        )
    )
    noise = st.text(alphabet=st.characters(codec="utf-16", exclude_categories=["Cs"]), max_size=40)
    return (
        name,
        controls,
        draw(
            st.one_of(
                st.just(f"{head}?{query}"),
                st.just(f"{head}?{query}"),
                noise.map(lambda n: head + n),
                noise,
            )
        ),
    )


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases=st.lists(hashes(), min_size=BATCH, max_size=BATCH))
def test_hostile_links_lead_to_allowed_states_only(client, spelled, cases):
    """10,000 fragments: nothing escapes, nothing but listed values is taken, and only for values the link spelled out."""
    before = client.evaluate(UNTOUCHED)
    answers = client.evaluate(READ, [[controls, fragment] for _, controls, fragment in cases])
    for (name, controls, fragment), answer in zip(cases, answers, strict=True):
        assert "error" not in answer, (fragment, answer)
        link, state = answer["link"], answer["state"]
        if link is None:
            continue
        assert re.fullmatch(r"[a-z0-9-]{1,80}", link["name"]) and fragment.startswith(
            f"#fig-{link['name']}"
        )
        assert len(state) == len(controls)
        asked = [tuple(pair) for pair in link["wanted"]]
        for control, number in zip(controls, state, strict=True):
            assert type(number) is int and 0 <= number < len(control["options"])
            # An oracle for the choice: the last allowed value asked for under exactly this name, else the default.
            allowed = spelled[name, control["name"]]
            wanted = [v for k, v in asked if k == control["name"] and v in allowed]
            assert number == (allowed.index(wanted[-1]) if wanted else control["default"]), fragment
    assert client.evaluate(UNTOUCHED) == before


@pytest.mark.parametrize("name", STEERABLE)
def test_every_state_survives_its_link(client, name):
    """The fragment a figure writes for a state is read back as that state, for every option of every control."""
    states = client.evaluate(
        """([name, controls]) => {
      const base = controls.map(c => c.default), wrong = [];
      controls.forEach((control, i) => control.options.forEach((option, k) => {
        const state = base.slice(); state[i] = k;
        const hash = emergence.FigureView.prototype.hash.call({ model: { name, controls }, state });
        const link = emergence.readHash(new URL(hash, 'http://127.0.0.1/').hash);
        const back = link && link.name === name && emergence.applyHash(controls, link.wanted);
        if (JSON.stringify(back) !== JSON.stringify(state)) wrong.push([hash, back]);
      }));
      return wrong;
    }""",
        [name, STEERABLE[name]],
    )
    assert states == []


@pytest.mark.parametrize(
    "fragment",
    [
        "",
        "#",
        "#introduction",
        "#fig-",
        "#fig-a b",
        "#fig-ä",
        "#fig-<b>",
        "#fig-" + "a" * 81,
        "#fig-a?" + "x" * 2001,
        "#fig-a?b=1#c",
        "#fig-A",
    ],
)
def test_what_is_no_link_of_ours_is_left_alone(client, fragment):
    assert client.evaluate("emergence.readHash", fragment) is None


def test_too_long_values_and_repeated_names(client):
    controls = [
        {"name": "k", "default": 1, "options": [{"value": 1}, {"value": 2.5}, {"value": "a&b=c"}]}
    ]
    read = "([controls, hash]) => emergence.applyHash(controls, emergence.readHash(hash).wanted)"
    assert client.evaluate(read, [controls, "#fig-a?k=1&k=a%26b%3Dc"]) == [2]
    assert client.evaluate(read, [controls, "#fig-a?k=2.50"]) == [1], (
        "2.50 is not how 2.5 is written; the default stays"
    )
    assert client.evaluate(read, [controls, "#fig-a?k=1&k=nonsense&K=2.5"]) == [0]
    assert (
        json.dumps(client.evaluate("emergence.readHash('#fig-a?b=%E0%A4%A&c=1')"))
        == '{"name": "a", "wanted": [["c", "1"]]}'
    )


# --- links as mail and chat programs change them -------------------------------------------------------------------------
def percent(text):
    return quote(text, safe="-_.!~*'()")


MANGLED = {
    "encoded whole": lambda h: "#" + percent(h[1:]),
    "encoded whole, in small letters": lambda h: (
        "#" + re.sub("%..", lambda m: m[0].lower(), percent(h[1:]))
    ),
    "encoded twice": lambda h: "#" + percent(percent(h[1:])),
    "percent signs encoded again": lambda h: h.replace("%", "%25"),
    "every letter encoded": lambda h: "#" + "".join(f"%{b:02X}" for b in h[1:].encode()),
    "another sharp": lambda h: "#%23" + h[1:],
    "two sharps": lambda h: "#" + h,
    "&amp;": lambda h: h.replace("&", "&amp;"),
    "&amp;amp;": lambda h: h.replace("&", "&amp;amp;"),
    "%26": lambda h: h.replace("&", "%26"),
    "+ for space": lambda h: h.replace("%20", "+"),
    "decoded": lambda h: "#" + h[1:].replace("%2B", "+").replace("%2C", ",").replace("%20", " "),
    "small percent codes": lambda h: re.sub("%..", lambda m: m[0].lower(), h),
    "utm parameters": lambda h: (
        f"{h}{'&' if '?' in h else '?'}utm_source=mail&utm_medium=newsletter"
    ),
    "parameters put on as to an address without any": lambda h: f"{h}?fbclid=IwAR0_x-y&gclid=1",
    "parameters put on with &": lambda h: f"{h}&fbclid=IwAR0_x-y",
    "text fragment": lambda h: f"{h}:~:text=few%20shots,-more",
    "text fragment after a sharp": lambda h: f"{h}#:~:text=few",
    **{
        f"{end} behind": (lambda end: lambda h: h + end)(end)
        for end in (
            ".",
            ",",
            ")",
            ").",
            ">",
            ">.",
            '"',
            '",',
            "'",
            "”",
            "]",
            "}",
            "!",
            "?",
            ":",
            ";",
            "*",
            "**",
            "»",
            "%22",
            "%3E",
            "%E2%80%9D",
            "#",
        )
    },
}


@pytest.mark.parametrize("how", MANGLED)
def test_every_state_survives_a_mangled_link(client, how):
    """Every option of every control, and each state with all controls moved, whatever a program made of its link."""
    wrong = []
    for name, controls in STEERABLE.items():
        most = max(len(c["options"]) for c in controls)
        states = [
            [d["default"] if d is not c else k for d in controls]
            for c in controls
            for k in range(len(c["options"]))
        ]
        states += [
            [(c["default"] + k) % len(c["options"]) for c in controls] for k in range(1, most)
        ]
        plain = client.evaluate(
            "([name, controls, states]) => states.map((state) => emergence.FigureView.prototype.hash.call({ model: { name, controls }, state }))",
            [name, controls, states],
        )
        links = [MANGLED[how](h) for h in plain]
        found = client.evaluate("""([name, controls, links]) => links.map((hash) => {
          const link = emergence.readHash(hash);
          return link && link.name === name ? emergence.applyHash(controls, link.wanted) : null;
        })""", [name, controls, links])  # fmt: skip
        wrong += [
            (link, state, back)
            for link, state, back in zip(links, states, found, strict=True)
            if back != state
        ]
    assert not wrong, f"{len(wrong)}, as {wrong[:3]}"


@pytest.mark.parametrize("query", ["", "?utm_source=mail&utm_medium=x", "?fbclid=IwAR0"])
def test_a_link_behind_a_query_is_read(page, query):
    """The sharp may be encoded, when a program takes all of it for the query."""
    page.route(
        "http://127.0.0.1/**",
        lambda route: route.fulfill(
            body="<!DOCTYPE html><title>t</title>", content_type="text/html"
        ),
    )
    for sharp in ("#", *(["%23"] if query else [])):
        for link in ("fig-a?k=1&l=2", "fig-a%3Fk%3D1%26l%3D2"):
            page.goto(f"http://127.0.0.1/x.html{query}{sharp}{link}")
            page.add_script_tag(content=CLIENT.read_text("utf-8"))
            assert page.evaluate("emergence.kit.linkHere()") == {
                "name": "a",
                "wanted": [["k", "1"], ["l", "2"]],
            }
    page.goto(f"http://127.0.0.1/x.html{query}#introduction")
    page.add_script_tag(content=CLIENT.read_text("utf-8"))
    assert page.evaluate("emergence.kit.linkHere()") is None


def test_what_a_link_says_as_it_stands_counts_most(client):
    controls = [
        {
            "name": "k",
            "default": 0,
            "options": [{"value": v} for v in ("x", "a b", "a+b", "1", "1.", "%41", "A", "a&l=1")],
        },
        {"name": "l", "default": 0, "options": [{"value": 0}, {"value": 1}]},
    ]
    read = "([controls, hash]) => emergence.applyHash(controls, emergence.readHash(hash).wanted)"
    expected = {
        "k=a%20b": 1,
        "k=a%2Bb": 2,
        "k=a+b": 2,
        "k=1": 3,
        "k=1.": 4,
        "k=1,": 3,
        "k=%2541": 5,
        "k=A": 6,
        "k=a%26l%3D1": 7,
    }
    for query, number in expected.items():
        assert client.evaluate(read, [controls, f"#fig-a?{query}"]) == [number, 0], query
    # Punctuation is taken off at the end of the link only.
    assert client.evaluate(read, [controls, "#fig-a?k=1)&l=1)"]) == [0, 1]
