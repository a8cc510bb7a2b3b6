"""Live parts while two things happen at once: a control moved, a button pressed, a part ended while it works."""

import re
from functools import cache
from itertools import pairwise

import pytest

from emergence import text
from emergence.chapters import lives
from emergence.page import page_of

LIVES = lives()
WORDS = text.interface()

TYPED = {
    "mini-addition-live": ["7", "x", "999", "12"],
    "inst-mini-live": ["abcdef", "abz", "ccbbaa"],
    "cups-live": ["AB BC", "AX", "de", "ab bc cd de ea"],
}
"""What is typed into the text fields of a part: good and bad; the last is good."""

HURRY = """
globalThis.hurry = (host, typed) => {
  const pick = (list) => list[Math.floor(Math.random() * list.length)];
  const tell = (e, ...kinds) => kinds.forEach((kind) => e.dispatchEvent(new Event(kind, { bubbles: true })));
  const press = (e, key) => e.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const moves = {
    range(e) { e.value = +e.min + ((+e.value - +e.min + +e.step) % (+e.max - +e.min + +e.step / 2)); tell(e, "input", "change"); },
    select(e) { e.selectedIndex = (e.selectedIndex + 1) % e.options.length; tell(e, "input", "change"); },
    checkbox(e) { e.click(); },
    text(e) { e.value = pick(typed); tell(e, "input", "change"); },
    combobox(e) { e.value = pick(["a", "e", "s"]); tell(e, "input"); press(e, "ArrowDown"); press(e, "Enter"); },
    handle(e) { press(e, pick(["ArrowUp", "ArrowLeft", "Delete"])); },
    button(e) { e.click(); },
  };
  const kind = (e) => (e.role === "combobox" ? "combobox" : e.matches(".em-handle") ? "handle" : e.matches("select") ? "select" : e.matches("button") ? "button" : e.type);
  const act = (e) => { if (e.isConnected && !e.disabled) moves[kind(e)](e); };
  const few = (list, n) => [...list].slice(0, n);
  const part = host.querySelector(".em-part"), say = host.emergence.say;
  const inputs = () => [...part.querySelectorAll(".em-controls :is(input, select)"), ...few(part.querySelectorAll(".em-results input"), 2), ...few(part.querySelectorAll(".em-handle"), 2)];
  const buttons = () => [...part.querySelectorAll("button:not(.em-handle)")].filter((b) => ![say.download].includes(b.textContent) && !/SVG|PNG/.test(b.textContent));
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  return { act, inputs, buttons, wait };
};
"""

STORM = """
async ([name, typed]) => {
  const host = document.getElementById(`fig-${name}`), { act, inputs, buttons, wait } = hurry(host, typed);
  // everything in one task, then every button with each input moved while it works
  for (const e of [...buttons(), ...inputs(), ...buttons()]) act(e);
  for (let k = 0; k < 6; k++) for (const e of buttons()) act(e);
  for (const button of buttons()) for (const input of inputs()) {
    act(button); act(input);
    await wait(8);
    act(button);
    await wait(24);
    act(input);
  }
  for (const e of [...inputs(), ...buttons()]) { act(e); act(e); }
}
"""
QUIET = """(name) => new Promise((done) => {
  const finish = () => { seen.disconnect(); done(true); };
  let timer = setTimeout(finish, 700);
  const seen = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(finish, 700); });
  seen.observe(document.getElementById(`fig-${name}`), { subtree: true, childList: true, characterData: true, attributes: true });
})"""

# What each part shows, held against what its inputs say now; each gives null, or what does not agree.
CUPS = """
  const [from] = select("em-controls"), typed = host.querySelector("input[type=text]").value, letters = "ABCDE";
  const swaps = typed.toUpperCase().split(/[\\s,;]+/), good = swaps.every((s) => /^([A-E])(?!\\1)[A-E]$/.test(s)) && swaps.length <= 12;
  const lines = [...host.querySelectorAll(".em-steps li")].map((e) => e.textContent);
  if (!good) return lines.length || /^Ball under|^Follow/.test(said) ? `bad swaps are answered: ${said}` : null;
  let at = letters[from.selectedIndex];
  for (const [i, swap] of swaps.entries()) {
    at = at === swap[0] ? swap[1] : at === swap[1] ? swap[0] : at;
    if (!lines[i]) continue;
    const [, swapped, cup] = /^([A-E]{2}): ball under (.*?) — /.exec(lines[i]);
    if (swapped !== [...swap].sort().join("")) return `step ${i} of another question: ${lines[i]}`;
    if (lines[i].includes("✓") !== (cup === at)) return `step ${i} is judged wrongly: ${lines[i]}`;
  }
  if (said.startsWith("Ball under ") && !(said[11] === at && lines.length === swaps.length)) return `the answer is another question's: ${said}`;
  if (said.startsWith("Follow the ball") && (!said.includes(` ${swaps.length} swaps`) || lines.length)) return `steps without an answer: ${said}`;
  const own = part.owned[0].rows.filter((r) => r.cup_answer === "cups_written").reduce((sum, r) => sum + r.value, 0);
  return said.startsWith("Ball") === (own > 0.5) || said.startsWith("You said") ? null : "the chart is another question's";
"""
AGREES = {
    "cups-live": CUPS,
    "mini-grokking-live": """
      const steps = part.rows().map((r) => r.step), wrong = steps.findIndex((s, i) => (i ? s <= steps[i - 1] : s !== 0));
      return wrong < 0 ? null : `rows of two runs: ${steps}`;
    """,
    "mini-addition-live": """
      const [a, b] = [...host.querySelectorAll("input[type=text]")].map((e) => (/^\\s*\\d{1,3}\\s*$/.test(e.value) ? +e.value : null));
      const [answers, tally] = part.owned;
      if (a === null || b === null) return null;
      if (!answers.description.startsWith(`${a} + ${b} = ${a + b}.`)) return `${a} + ${b} is answered by: ${answers.description}`;
      const sums = new Set(tally.rows.map((r) => r.n_sums));
      return sums.size > 1 || [...sums].some((n) => n % 20) ? `models are scored on ${[...sums]} sums` : null;
    """,
    "icl-regression-live": """
      const given = part.owned[0].rows.filter((r) => r.regression_answers === "reg_given"), handles = [...host.querySelectorAll(".em-handle")];
      const drawn = given.map((r, i) => part.fill(part.words.point, { number: i + 1, x: part.number(r.across), y: part.number(r.height) }));
      const shown = handles.map((h) => h.getAttribute("aria-label"));
      return String(shown) === String(drawn) ? null : `${shown.length} handles for ${drawn.length} points`;
    """,
    "inst-mini-live": """
      const typed = host.querySelector("input[type=text]").value, { letters, length, orders, maps } = part.options, [order, map] = select("em-controls");
      const string = [...typed.trim().toLowerCase()].map((c) => letters.indexOf(c));
      if (string.length !== length || string.includes(-1)) return said === part.words.refused ? null : `refused is ${said}`;
      const right = part.rows(string, [orders[order.selectedIndex].name, maps[map.selectedIndex].name]);
      return JSON.stringify(part.owned[0].rows) === JSON.stringify(right) ? null : "another instruction is drawn";
    """,
    "knowledge-facts-live": """
      const [person, relation, model, edit] = select("em-controls");
      for (const i of [0, 1]) {
        const right = part.trace(i, person.selectedIndex, relation.selectedIndex);
        if (JSON.stringify(part.owned[i].rows) !== JSON.stringify(right)) return "another fact is traced";
      }
      const first = host.querySelector(".em-table tbody th").textContent;
      return edit.options[edit.selectedIndex].textContent.startsWith(first.split("’")[0]) ? null : `another edit is shown: ${first}`;
    """,
    "explorer": """
      const { state, store, select: rows, last } = part.explorer;
      if (JSON.stringify(rows(store, state).rows.map((r) => [r.slot, r.x, r.value])) !== JSON.stringify(last.rows.map((r) => [r.slot, r.x, r.value]))) return "other rows are drawn";
      const [x] = select("em-controls");
      if (x.value !== state.x) return "the axis is another";
      return host.querySelectorAll(".em-chips li").length === state.curves.length ? null : "other curves are listed";
    """,
}


@cache
def folder_of(name, make):
    return make(LIVES[name])


@pytest.fixture
def opened(new_page, live_site, serve):
    """Function (name of a live part, slow: milliseconds its assets take, **options of the page) → page with the part mounted."""

    def open_(name, slow=0, before=None, **options):
        page = new_page(**options)
        page.add_init_script(HURRY)
        if before:
            before(page)
        if slow:
            assets = "|".join(map(re.escape, page_of(LIVES[name])["assets"]))
            page.add_init_script(f"""{{
              // Assets are script elements: each begins to load {slow} ms late.
              const src = Object.getOwnPropertyDescriptor(HTMLScriptElement.prototype, "src"), set = Element.prototype.setAttribute;
              Element.prototype.setAttribute = function (key, value) {{
                if (this.tagName === "SCRIPT" && key === "src" && /-(?:{assets})-[0-9a-f]{{10}}\\.js$/.test(value)) setTimeout(() => set.call(this, key, value), {slow});
                else set.call(this, key, value);
              }};
            }}""")
        page.goto(f"{serve(folder_of(name, live_site))}/x.html#fig-{name}")
        page.wait_for_selector(f"#fig-{name}.em-drawn")
        return page

    return open_


def disagrees(page, name):
    """What the part shows that does not belong to its inputs, or None."""
    return page.evaluate(
        f"""(name) => {{
      const host = document.getElementById(`fig-${{name}}`), part = host.emergence, said = host.querySelector(".em-frame > .em-status").textContent;
      const select = (group) => [...host.querySelectorAll(`.${{group}} select`)];
      {AGREES[name]}
    }}""",
        name,
    )


def test_every_live_part_is_tried():
    assert set(AGREES) == set(LIVES)


@pytest.mark.parametrize("slow", [0, 300])
@pytest.mark.parametrize("name", LIVES)
def test_everything_may_be_moved_while_it_works(opened, name, slow):
    page = opened(name, slow)
    page.evaluate(STORM, [name, TYPED.get(name, ["a"])])
    if name == "mini-grokking-live":  # it would train for minutes
        for label in ("reset", "start", "pause"):
            page.evaluate(
                "([name, label]) => [...document.querySelectorAll(`#fig-${name} button`)].find((b) => b.textContent === label)?.click()",
                [name, WORDS[label]],
            )
    page.evaluate(QUIET, name)
    assert page.locator(f"#fig-{name}").get_attribute("class").split() == [
        "em-live-part",
        "em-drawn",
    ]
    assert disagrees(page, name) is None
    assert page.errors == [] and page.outside == []


# --- cups: the chain belongs to its own question ------------------------------------------------------------------------
@pytest.fixture
def cups(opened):
    """The part, the clock standing still."""
    page = opened("cups-live", before=lambda page: page.clock.install())
    page.get_by_label("Swaps (two letters each)").fill("AB BC CD DE EA AB BC CD")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Write the chain").click()
    writes(page, 2)
    return page


def writes(page, steps):
    """Until the chain has that many steps: the clock is moved, for the models load in real time."""
    for _ in range(200):
        if page.locator(".em-steps li").count() >= steps:
            return
        page.clock.run_for(40)
        page.wait_for_timeout(10)
    pytest.fail("no chain is written")


def status(page):
    return page.locator(".em-frame > .em-status").inner_text()


@pytest.mark.parametrize(
    "change", ["shorter", "new", "start", "swaps", "refused", "model", "temperature", "chains"]
)
def test_a_change_calls_the_chain_off(cups, change):
    {
        "shorter": lambda: cups.get_by_label("Number of swaps").fill("1"),
        "new": lambda: cups.get_by_role("button", name="New question").click(),
        "start": lambda: cups.get_by_label("Ball starts under").select_option(label="D"),
        "swaps": lambda: (
            cups.get_by_label("Swaps (two letters each)").fill("AC"),
            cups.keyboard.press("Enter"),
        ),
        "refused": lambda: (
            cups.get_by_label("Swaps (two letters each)").fill("AX"),
            cups.keyboard.press("Enter"),
        ),
        "model": lambda: cups.get_by_label("Model that writes").select_option(
            label="53,696 parameters"
        ),
        "temperature": lambda: cups.get_by_label("Temperature").fill("2"),
        "chains": lambda: cups.get_by_label("Chains").fill("2"),
    }[change]()
    cups.clock.run_for(10_000)
    assert cups.locator(".em-steps li").count() == 0
    if change == "refused":
        assert status(cups).startswith("AX is no swap")
        cups.get_by_role("button", name="Write the chain").click()
        cups.clock.run_for(10_000)
        assert cups.locator(".em-steps li").count() == 0 and status(cups).startswith(
            "AX is no swap"
        )
        assert cups.get_by_label("Swaps (two letters each)").get_attribute("aria-invalid") == "true"
    else:
        count = len(cups.get_by_label("Swaps (two letters each)").input_value().split())
        assert re.match(rf"Follow the ball: it starts under [A-E]; {count} swaps", status(cups))
    assert disagrees(cups, "cups-live") is None
    assert cups.errors == []


def test_another_press_writes_one_chain(cups):
    for _ in range(3):
        cups.get_by_role("button", name="Write the chain").click()
    writes(cups, 8)
    cups.clock.run_for(10_000)
    cups.wait_for_function(
        "() => document.querySelector('.em-frame > .em-status').textContent.startsWith('Ball under ')"
    )
    assert cups.locator(".em-steps li").count() == 8
    assert disagrees(cups, "cups-live") is None
    assert cups.errors == []


# --- grokking: one run, one loop ----------------------------------------------------------------------------------------
LATE = """{
  // What a worker posts arrives late, as on a busy machine.
  const Real = Worker, late = (hear) => (e) => setTimeout(() => hear({ data: e.data }), 200);
  globalThis.Worker = class extends Real {
    addEventListener(kind, hear) { super.addEventListener(kind, kind === "message" ? late(hear) : hear); }
    set onmessage(hear) { super.addEventListener("message", late(hear)); }
  };
}"""
PRESS = """(labels) => { for (const label of labels) [...document.querySelectorAll("#fig-mini-grokking-live .em-actions button")].find((b) => b.textContent === label).click(); }"""
STEPS = (
    "() => document.getElementById('fig-mini-grokking-live').emergence.rows().map((r) => r.step)"
)


@pytest.fixture
def training(opened):
    page = opened("mini-grokking-live", before=lambda page: page.add_init_script(LATE))
    page.evaluate(PRESS, [WORDS["start"]])
    page.wait_for_function(f"() => ({STEPS})().length > 3")
    return page


def test_a_run_that_was_thrown_away_is_not_heard(training):
    first = training.evaluate(STEPS)
    assert first[0] == 0 and first[-1] > 0
    training.evaluate(PRESS, [WORDS["reset"], WORDS["start"]])
    training.wait_for_function(f"() => ({STEPS})().length > 12")
    steps = training.evaluate(STEPS)
    assert steps[0] == 0 and all(a < b for a, b in pairwise(steps)), steps
    training.evaluate(PRESS, [WORDS["reset"]])
    training.evaluate(QUIET, "mini-grokking-live")
    assert training.evaluate(STEPS) == []
    assert training.errors == []


def test_a_changed_setting_throws_the_run_away(training):
    training.locator("#fig-mini-grokking-live input[type=range]").first.fill("0.5")
    training.evaluate(QUIET, "mini-grokking-live")
    assert training.evaluate(STEPS) == []
    assert training.get_by_role("button", name=WORDS["start"]).is_enabled()
    assert (
        training.locator(".em-frame > .em-status").inner_text()
        == LIVES["mini-grokking-live"].words["ready"]
    )


def test_pausing_says_the_last_step_and_keeps_every_row(training):
    training.evaluate(
        PRESS, [WORDS["pause"], WORDS["resume"], WORDS["pause"], WORDS["resume"], WORDS["pause"]]
    )
    training.evaluate(QUIET, "mini-grokking-live")
    steps = training.evaluate(STEPS)
    assert all(a < b for a, b in pairwise(steps)), steps
    assert training.locator(".em-frame > .em-status").inner_text() == f"Paused at step {steps[-1]}."
    assert f"step {steps[-1]}" in training.locator(".em-live svg").first.get_attribute("aria-label")
