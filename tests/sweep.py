"""Which cases of the sweeping tests `make test` runs. `make test-all` runs them all; CI does so every night and before a release.

What a client script does it does for every figure alike, so one figure of each kind shows it; that each figure holds what it should
is proven in Python, for all. What a page must keep is shown on one page of each kind. A test that is named here has cases in the
marker ``full``: those in which no parameter is among the values it names; with () that is the whole test.
"""

PAGES = (
    "book/index.html",
    "book/grokking.html",
    "book/explorer.html",
    "book/data.html",
    "search.html",
)
"""The first page; a chapter with forecast, sliders, small multiples and a live part; a large live part; tables; no figure at all."""

FIGURES = (
    "loss-law",  # no control
    "outlook-reasoning",  # rows of names
    "traffic",  # one slider
    "steps-dial",  # two sliders
    "inst-preference-fit",  # a choice and a slider
    "three-shapes",  # small multiples
    "knowledge-trace-map",  # a heat map
    "icl-gpt3-explorer",  # a long list of options
    "llm-timeline",  # dates
    "four-lenses",  # many states, a control that changes the axes
    "mini-grokking-curves",  # our own runs
    "scaling-inverse",  # a forecast
    "gpt3-arithmetic",  # a forecast, and a control for its axis
)  # fmt: skip

QUICK = {
    "test_cards.py": {
        "test_a_resting_mouse_opens_a_card_that_stays_and_moves_nothing": ("a.em-term",),
        "test_a_small_book_has_the_cards_of_all_kinds": (),
        "test_every_card_fits_the_window": (),
        "test_search_finds_what_is_spelled_another_way": (
            "ＭＭＬＵ",
            "GSM-8K",
            "finetuning",
            "behaviour",
        ),
    },
    "test_dist.py": {"test_pdf_holds_the_book_with_links_and_outline": ()},
    "test_engines.py": {
        "test_nothing_scrolls_sideways_on_a_phone": (),
        "test_page_draws_as_in_chromium_and_quietly": PAGES,
    },
    "test_explorer.py": {"test_page_and_python_agree_on_every_curve_and_axis": ()},
    "test_figure_contract.py": {
        "test_chart_compiles_and_draws_without_a_warning": FIGURES,
        "test_page_and_notebook_draw_the_same_marks": FIGURES,
    },
    "test_kernel_gone.py": {
        "test_busy_kernel_restart_and_second_notebook": (),
        "test_picture_stands_where_no_state_was_saved": (),
        "test_views_come_and_go": (),
    },
    "test_lab.py": {
        "test_chapter_runs_in_the_readers_kernel": ("outlook", "grokking"),
        "test_controls_redraw_in_voila": (),
        "test_live_part_runs_in_jupyterlab": (),
    },
    "test_live_races.py": {
        "test_everything_may_be_moved_while_it_works": ("cups-live", "explorer")
    },
    "test_mini_addition.py": {"test_a_tiny_training_learns": ()},
    "test_mini_cups.py": {"test_retraining_in_seconds_learns_the_first_steps": ()},
    "test_mini_facts.py": {"test_retraining_in_seconds_learns_a_small_world": ()},
    "test_mini_instructions.py": {"test_a_tiny_training_learns": ()},
    "test_mini_regression.py": {"test_retraining_in_seconds_learns_in_context": ()},
    "test_permalink.py": {"test_hostile_links_lead_to_allowed_states_only": ()},
    "test_reading.py": {
        "test_enlarged_page_loses_nothing": PAGES,
        "test_enlarged_text_loses_nothing": PAGES,
        "test_focus_is_never_under_the_header": ("Tab",),
        "test_focus_is_visible_everywhere": PAGES,
        "test_forced_colors_leave_charts_controls_and_focus_visible": PAGES,
        "test_legend_entries_are_told_apart_without_full_color_vision": PAGES,
        "test_targets_are_large_enough_for_a_finger": PAGES,
    },
    "test_site.py": {
        "test_controls_work_from_the_keyboard": FIGURES,
        "test_copied_link_restores_the_figure": FIGURES,
        "test_everything_is_reached_with_the_tab_key": PAGES,
        "test_figure_draws_its_table": FIGURES,
        "test_forecast_by_dragging": FIGURES,
        "test_forecast_by_keyboard": FIGURES,
        "test_kept_drawings_are_what_a_new_one_would_be": FIGURES,
        "test_page_is_quiet_closed_narrow_and_accessible": PAGES,
        "test_page_prints_its_figures": PAGES,
        "test_page_reads_without_javascript": PAGES,
        "test_page_works_from_a_file": PAGES,
        "test_table_and_download_hold_the_frame": FIGURES,
    },
    "test_themes.py": {
        "test_a_browser_that_darkens_pages_leaves_the_book_its_colors": ("dark",),
        "test_a_printed_page_is_the_same_from_either_theme": (),
        "test_letters_of_fields_are_large_enough_for_safari_to_leave_the_page_as_it_is": PAGES,
        "test_words_stand_out_in_both_themes_on_screen_and_on_paper": PAGES,
    },
}


def is_quick(file: str, test: str, parameters: list) -> bool:
    """Does `make test` run this case of a test?"""
    named = QUICK.get(file, {}).get(test)
    return named is None or any(isinstance(p, str) and p in named for p in parameters)


def unknown(collected: set[tuple[str, str]]) -> list[str]:
    """What is named above and is no test of a file that was collected whole."""
    files = {file for file, _ in collected}
    return [
        f"{file}::{test}"
        for file, tests in QUICK.items()
        if file in files
        for test in tests
        if (file, test) not in collected
    ]
