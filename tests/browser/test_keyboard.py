"""The keyboard alone: every control is reached and seen, nothing holds it, and what is drawn anew does not lose its place."""

import pytest
from django.urls import reverse

from tests.apps import recorded

pytestmark = pytest.mark.django_db(transaction=True)
#: what the Tab key stops at, in view
CONTROLS = (
    "a[href], button:not(:disabled), input:not([type=hidden], :disabled), select, textarea, summary, [tabindex='0']"
)
#: numbers what the focus is on, and says how it is seen
STOP = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const style = getComputedStyle(at), box = at.getBoundingClientRect();
  at.dataset.stop ??= document.querySelectorAll("[data-stop]").length;
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.bottom > 0 && box.top < innerHeight;
  return { number: at.dataset.stop, words: at.outerHTML.slice(0, 160), seen };
}"""
MISSED = """(controls) => [...document.querySelectorAll(controls)]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.tabIndex >= 0 && !("stop" in one.dataset))
  .map((one) => one.outerHTML.slice(0, 160))"""


def patient(page):
    """A page with charts takes its time on a busy machine."""
    page.set_default_timeout(120_000)
    return page


def escape(page, dialog):
    """Escape, and the dialog is gone with the focus: the browser does both when it next draws, and keys until then go into the dialog."""
    page.keyboard.press("Escape")
    page.wait_for_function(
        "id => !document.getElementById(id).open && !document.activeElement.closest('dialog')", arg=dialog
    )


@pytest.fixture
def study(alice, project):
    return recorded.study(by=alice, project=project, samples=40)


def test_tab_reaches_every_control_and_each_is_seen(open_page, alice, study):
    page = patient(open_page(alice))
    pages = [
        reverse("accounts:project", args=[study.project.pk]),
        reverse("datasets:version", args=[study.code.pk]),
        reverse("curricula:new", args=[study.project.pk]),
        reverse("runs:new", args=[study.project.pk]),
        reverse("runs:list", args=[study.project.pk]),
        reverse("comparisons:detail", args=[study.comparison.pk]),
    ]
    for address in pages:
        page.goto(address, wait_until="networkidle")
        walk(page, address)
        if page.evaluate(MISSED, CONTROLS):  # charts are fetched when they come into view, and bring their buttons
            page.wait_for_timeout(1000)
            walk(page, address)
        assert page.evaluate(MISSED, CONTROLS) == [], f"{address} has controls that Tab does not reach"


def walk(page, address):
    """Tab from the top to the end of the page."""
    page.locator("body").evaluate("body => body.ownerDocument.activeElement.blur()")
    for presses in range(400):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None or int(stop["number"]) == 0 and presses > 0:
            return
        assert stop["seen"], f"{address}: the focus is not seen on {stop['words']}"
    raise AssertionError(f"{address} does not let the keyboard go")


def test_the_first_tab_skips_to_the_content(open_page, alice, project):
    page = patient(open_page(alice))
    page.goto(reverse("accounts:project", args=[project.pk]))
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    assert skip.evaluate("one => one === document.activeElement && one.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_menus_and_dialogs_open_by_enter_close_by_escape_and_give_the_focus_back(open_page, alice, study):
    page = patient(open_page(alice))
    page.goto(reverse("comparisons:detail", args=[study.comparison.pk]))
    menu = page.locator(".top details.menu")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert menu.evaluate("one => one.open && one.querySelector('.menu-body').contains(document.activeElement)")
    page.keyboard.press("Escape")
    assert menu.evaluate("one => !one.open && one.querySelector('summary') === document.activeElement")

    share = page.get_by_role("button", name="Share", exact=True)
    share.focus()
    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "['BODY', 'DIALOG'].includes(document.activeElement.tagName) || !!document.activeElement.closest('dialog')"
        )
    escape(page, "share-dialog")
    assert share.evaluate("one => one === document.activeElement")


def test_what_is_drawn_anew_keeps_the_focus(open_page, alice, study):
    page = patient(open_page(alice))
    held = "document.activeElement.textContent.trim() || document.activeElement.id"
    page.goto(reverse("runs:list", args=[study.project.pk]))
    wide = page.viewport_size
    page.set_viewport_size({"width": wide["width"], "height": 240})
    page.get_by_role("link", name="Seed", exact=True).evaluate("one => (one.scrollIntoView(), one.focus())")
    page.wait_for_timeout(100)  # a frame, after which the page is anchored in the table
    place = page.evaluate("scrollY")
    page.keyboard.press("Enter")
    page.wait_for_url("**sort=seed**")
    page.locator("th[aria-sort]", has_text="Seed").wait_for()
    assert page.evaluate(held).startswith("Seed")
    assert abs(page.evaluate("scrollY") - place) < 60, "the page scrolled away from what was pressed"
    page.set_viewport_size(wide)

    page.goto(reverse("scores:samples", args=[study.ratio.pk]))
    page.locator("#found").evaluate("one => (one.dataset.old = 1)")
    show = page.locator("#found").get_by_role("button", name="Show", exact=True)
    show.focus()
    page.keyboard.press("Enter")
    page.locator("#found:not([data-old])").wait_for()
    page.wait_for_function("() => document.activeElement.textContent === 'Show'")

    page.goto(reverse("comparisons:detail", args=[study.comparison.pk]))
    page.get_by_role("button", name="Share", exact=True).press("Enter")
    page.get_by_role("button", name="Create the link").press("Enter")
    page.locator("#share-url").wait_for()
    page.wait_for_function("() => document.activeElement.id === 'share-url'")


def test_rows_are_chosen_starred_and_pinned_by_their_keys_and_columns_in_their_dialog(open_page, alice, study):
    page = patient(open_page(alice))
    page.goto(reverse("runs:list", args=[study.project.pk]))
    boxes = page.locator("tr[data-row] input[type=checkbox]")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert boxes.nth(0).evaluate("one => one === document.activeElement")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert [boxes.nth(n).is_checked() for n in range(3)] == [True, True, False]
    assert page.locator("#compare").inner_text() == "Compare 2 runs"
    name = page.locator("tr[data-row]").nth(1).locator("a[id^=run-]").inner_text()
    page.keyboard.press("s")
    page.locator("tr[data-row]", has_text=name).locator(".star[aria-pressed=true]").wait_for()
    page.keyboard.press("b")
    page.locator("tr.is-baseline", has_text=name).wait_for()
    page.wait_for_function("() => document.activeElement.closest('tr.is-baseline')")  # it goes where its run goes
    assert [boxes.nth(n).is_checked() for n in range(3)] == [True, True, False]
    columns_by_keyboard(page)


def columns_by_keyboard(page):
    """A metric is added, moved up, given a condition and shown; closing gives the focus back."""
    opener, dialog = page.locator("#open-columns"), page.locator("#columns-dialog")
    opener.press("Enter")
    dialog.get_by_label("Metric", exact=True).select_option("train/loss")
    dialog.get_by_label("Its value", exact=True).select_option("best")
    dialog.get_by_role("button", name="Add the column").press("Enter")
    lines = dialog.locator(".column-order .column-title")
    lines.get_by_text("Train/loss, best").wait_for()
    count = lines.count()
    dialog.get_by_role("button", name="Move train/loss, best up").press("Enter")
    page.wait_for_function(
        "n => document.querySelectorAll('.column-order .column-title')[n - 2].textContent === 'Train/loss, best'",
        arg=count,
    )
    page.wait_for_function("() => document.activeElement.getAttribute('aria-label') === 'Move train/loss, best up'")
    condition = dialog.get_by_label("Condition on train/loss, best")
    condition.fill("< 99")
    condition.press("Enter")
    page.wait_for_url("**columns=best**")
    page.locator(".conditions", has_text="Train/loss, best < 99").wait_for()
    assert page.locator("thead th").nth(-2).inner_text().strip().lower() == "train/loss, best"
    opener.press("Enter")
    dialog.get_by_role("button", name="Close").press("Enter")
    assert opener.evaluate("one => one === document.activeElement")


def test_everything_is_found_and_done_from_the_palette_by_keyboard_alone(open_page, alice, study):
    page = patient(open_page(alice))
    page.goto(reverse("accounts:project", args=[study.project.pk]))
    palette = page.locator("#palette")
    page.keyboard.press("Control+k")
    chosen = palette.locator("[aria-selected=true]")
    chosen.wait_for()
    assert chosen.inner_text().startswith("New run")
    page.keyboard.type("prose")
    box = palette.get_by_role("combobox")
    page.wait_for_function(  # while they are put in place, options wear what was chosen before
        """() => {
          const first = document.querySelector("#palette-options[data-for=prose] [role=option]");
          const named = document.querySelector("#palette [role=combobox]").getAttribute("aria-activedescendant");
          return first?.id === named && first.getAttribute("aria-selected") === "true";
        }"""
    )
    assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id") != "po-dataset-1"
    escape(page, "palette")

    page.keyboard.press("/")  # no list of this page has a search of its own
    page.keyboard.type("dark theme")
    page.keyboard.press("Enter")  # at once: the options of these words are waited for
    page.locator("html[data-theme=dark]").wait_for()
    assert palette.evaluate("one => !one.open")

    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url(reverse("runs:list", args=[study.project.pk]))
    page.keyboard.press("Control+k")
    palette.get_by_role("group", name="Opened last").wait_for()
    assert chosen.inner_text().startswith(study.project.name)
    escape(page, "palette")
    page.keyboard.press("/")
    page.wait_for_function("() => document.activeElement.matches('main input[type=search]')")
    page.locator("body").evaluate("body => body.ownerDocument.activeElement.blur()")
    page.keyboard.press("?")
    keys = page.locator("#keys")
    assert "compare what is chosen" in keys.inner_text()
    keys.get_by_role("checkbox").press("Space")
    escape(page, "keys")
    page.keyboard.press("?")
    page.keyboard.press("j")
    assert keys.evaluate("one => !one.open"), "keys of one letter are off"
    assert page.evaluate("document.activeElement.type") != "checkbox", "keys of one letter are off"
