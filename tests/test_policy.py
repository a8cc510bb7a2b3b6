"""The Content-Security-Policy of the pages: strict, complete, and obeyed by the browser."""

import re

import pytest

from emergence.site.finish.policy import PolicyError, secure, secure_page

PAGE = (
    '<html><head>\n<meta charset="utf-8" /><script>let a = 1;</script><style>p { color: red }</style>'
    '<script src="x.js"></script></head><body><button onclick="window.print()">p</button></body></html>'
)


def directives(text):
    content = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    return dict(rule.split(" ", 1) for rule in content.split("; "))


def test_inline_elements_are_named_by_their_hash():
    rules = directives(secure_page(PAGE))
    # echo -n 'let a = 1;' | openssl dgst -sha256 -binary | base64
    assert rules["script-src"] == "'self' 'sha256-xY6QKfH9PRsQnLz56nj6MBwiK5oHg+im1Jkpdp1x/Ck='"
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in rules["script-src"] + rules["style-src"]


def test_policy_comes_before_any_script_and_doing_it_twice_changes_nothing():
    once = secure_page(PAGE)
    assert (
        once.index("<meta charset") < once.index("Content-Security-Policy") < once.index("<script")
    )
    assert secure_page(once) == once
    assert 'data-em-click="print"' in once and "onclick" not in once


def test_an_unknown_handler_is_named():
    with pytest.raises(PolicyError, match=r"inline handler 'steal\(\)'"):
        secure_page(PAGE.replace("<body>", '<body onload="steal()">'))


def test_only_files_of_a_disk_get_the_wider_policy(tmp_path):
    (tmp_path / "a.html").write_text(PAGE)
    secure(tmp_path, files=True)
    assert "file:" in directives((tmp_path / "a.html").read_text())["script-src"]
    secure(tmp_path)
    assert "file:" not in (tmp_path / "a.html").read_text()


def test_every_built_page_has_a_strict_policy(site):
    for page in site.rglob("*.html"):
        rules = directives(page.read_text("utf-8"))
        assert rules["default-src"] == "'none'" and "unsafe" not in rules["script-src"], page
        assert "*" not in " ".join(rules.values()) and "http" not in " ".join(rules.values()), page


def test_nothing_is_fetched_ahead_of_time(site):
    """Firefox asks for the next page named in a link, which the policy forbids: an error on the console of every page."""
    pages = [
        text
        for page in site.rglob("*.html")
        if "data-content_root" in (text := page.read_text("utf-8"))
    ]  # the theme leaves templates among them
    assert sum('class="right-next"' in page for page in pages) > 10, (
        "readers still go on to the next page"
    )
    assert not [
        page
        for page in pages
        if re.search(
            r"<link\b[^>]*\brel=[\"']?(next|prefetch|prerender|preload|dns-prefetch|preconnect)\b",
            page,
        )
    ]


def test_the_browser_refuses_what_the_page_did_not_bring(page, server):
    """The policy is live: an injected script, an evaluated string and a foreign image do nothing and are reported."""
    page.goto(f"{server}/book/index.html")
    page.wait_for_load_state("load")
    page.evaluate("""() => {
      window.refused = [];
      addEventListener('securitypolicyviolation', (e) => refused.push(e.effectiveDirective));
      const s = document.createElement('script'); s.textContent = 'window.pwned = 1'; document.body.append(s);
      const i = document.createElement('img'); i.src = 'http://127.0.0.1:9/x.png'; document.body.append(i);
      const h = document.createElement('div'); h.innerHTML = '<b onclick="window.pwned = 2">x</b>'; document.body.append(h); h.firstChild.click();
    }""")
    page.wait_for_function("refused.length >= 3")
    assert page.evaluate("window.pwned") is None
    assert {"script-src-elem", "img-src", "script-src-attr"} <= set(page.evaluate("refused"))


def test_print_button_still_prints(page, server):
    page.goto(f"{server}/book/grokking.html")
    page.evaluate("window.print = () => { window.printed = true }")
    page.locator("[data-em-click=print]").first.evaluate("b => b.click()")
    assert page.evaluate("window.printed")
