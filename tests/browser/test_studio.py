"""Orders from presets and drawn by hand, and the guard-rail of the learning rate, by mouse and by keyboard."""

import copy
import json

import pytest
from django.urls import reverse

from apps.curricula import services
from apps.curricula.columns import columns_of
from tests.apps import factories, recorded


@pytest.fixture
def data(project, alice):
    return recorded.data(by=alice, project=project, samples=60)


@pytest.fixture
def version(data, alice):
    """Code in ascending order of its compression ratio, which is said to be its quality."""
    data.ratio.artifact.meta["higher_means"] = "better"
    data.ratio.artifact.save()
    tokens = int(columns_of(data.code, data.tokenizer)[0].lengths.sum() * 0.9)
    phase = factories.phase("main", {"code": data.code}, {"code": 1}, tokens=tokens, scores=data.ratio)
    phase["streams"][0] |= {"ordering": {"method": "sorting"}, "jitter_window": 0}
    phase["streams"][0].pop("selection")
    return factories.curriculum(data.project, alice, "Code by quality", data.tokenizer, [phase])


def undo_redo_and_reload(page, form):
    """What was typed and a phase that was added are taken back and brought again; a reload offers what was not saved."""
    phases, points = form.locator("fieldset.phase"), form.get_by_label("Points", exact=True)
    undo, redo = (form.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))
    form.get_by_role("button", name="Add a phase").click()
    page.wait_for_function("() => document.querySelectorAll('fieldset.phase').length === 2")
    undo.click()
    form.get_by_text("Undone.").wait_for()
    assert phases.count() == 1
    page.keyboard.press("Control+z")
    page.wait_for_function(
        "() => document.querySelector('textarea[name$=points], input[name$=points]').value !== '[[0, 90], [1, 10]]'"
    )
    redo.click()
    form.get_by_text("Redone.").wait_for()
    assert points.input_value() == "[[0, 90], [1, 10]]"
    page.reload()
    page.get_by_text("was not saved").wait_for()
    assert form.get_by_label("Points", exact=True).count() == 0
    page.get_by_role("button", name="Bring it back").click()
    form.get_by_text("Your changes are back.").wait_for()
    assert points.input_value() == "[[0, 90], [1, 10]]"
    assert undo.is_enabled()


def test_a_method_that_was_chosen_is_taken_back_and_brought_again_and_goes_with_who_signs_out(
    open_page, version, alice
):
    page = open_page(alice)
    page.goto(reverse("accounts:project", args=[version.curriculum.project_id]))
    page.goto(reverse("curricula:edit", args=[version.curriculum_id]))
    form = page.locator("#builder")
    undo, redo = (form.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))
    order = form.get_by_label("Order", exact=True)
    assert order.input_value() == "sorting"
    order.select_option("saw")
    form.get_by_label("Sections", exact=True).wait_for()
    page.wait_for_function("() => !document.getElementById('builder-undo').disabled")
    undo.focus()
    page.keyboard.press("Enter")
    form.get_by_text("Undone.").wait_for()
    assert order.input_value() == "sorting"
    page.wait_for_function("() => document.activeElement.id === 'builder-redo'")
    assert undo.is_disabled()
    page.keyboard.press("Enter")
    form.get_by_text("Redone.").wait_for()
    form.get_by_label("Sections", exact=True).wait_for()
    page.wait_for_function("() => document.activeElement.id === 'builder-undo'")
    assert redo.is_disabled()
    kept = "() => Object.keys(sessionStorage).filter((key) => key.startsWith('builder:'))"
    assert [key.split(":")[1] for key in page.evaluate(kept)] == [str(alice.pk)]
    opened = "() => Object.keys(localStorage).filter((key) => key.startsWith('gradatim-opened'))"
    assert page.evaluate(opened) == [f"gradatim-opened:{alice.pk}"]
    form.get_by_label("Passes at most", exact=True).fill("7")  # right before: it is not kept after all
    page.locator("[data-sign-out]").evaluate("one => one.requestSubmit()")
    page.locator("[data-sign-out]").wait_for(state="detached")
    assert page.evaluate(kept) == []
    assert page.evaluate(opened) == []


def test_a_preset_is_one_click_and_a_curve_is_drawn_by_mouse_and_keyboard(open_page, version, alice):
    page = open_page(alice)
    page.goto(reverse("curricula:edit", args=[version.curriculum_id]))
    form = page.locator("#builder")
    form.get_by_text("Orders to start from").click()
    form.get_by_role("button", name="SAW with jitter", exact=True).click()
    form.get_by_label("Sections", exact=True).wait_for()
    assert form.get_by_label("Jitter window", exact=True).input_value() == "16"
    assert form.locator(".presets summary .tag").inner_text() == "SAW with jitter"
    page.wait_for_function("() => document.activeElement.closest('.presets')")
    page.wait_for_selector("#order-preview .scatterlayer .trace")
    the_preview_on_a_phone_and_back(page)

    order, top = form.get_by_label("Order", exact=True), "one => one.getBoundingClientRect().top"
    order.focus()
    before = order.evaluate(top)
    order.select_option("drawn_curve")
    text = form.get_by_label("Points", exact=True)
    text.wait_for()
    assert abs(order.evaluate(top) - before) < 2, "the page went back to where its address leads"
    text.wait_for()
    points = form.get_by_role("slider")
    assert points.count() == 2
    assert json.loads(text.input_value()) == [[0, 0], [1, 100]]
    with page.expect_response(lambda answer: "preview" in answer.url):
        form.get_by_role("button", name="Add a point").click()
    assert json.loads(text.input_value()) == [[0, 0], [0.5, 50], [1, 100]]
    with page.expect_response(lambda answer: "preview" in answer.url):
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Shift+ArrowRight")
    assert json.loads(text.input_value()) == [[0, 0], [0.6, 51], [1, 100]]
    assert points.nth(1).get_attribute("aria-valuetext") == "percentile 51 at 60 % of the order"
    middle = points.nth(1).locator(".dot").bounding_box()
    page.mouse.move(middle["x"] + 5, middle["y"] + 5)
    page.mouse.down()
    page.mouse.move(middle["x"] - 30, middle["y"] - 60, steps=4)
    page.mouse.up()
    moved = json.loads(text.input_value())[1]
    assert moved[0] < 0.6
    assert moved[1] > 60
    text.fill("[[0, 90], [1")
    form.get_by_text("The text is no curve yet.").wait_for()
    text.fill("[[0, 90], [1, 10]]")
    assert points.count() == 2
    undo_redo_and_reload(page, form)
    form.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("version 2").first.wait_for()
    assert page.evaluate("() => Object.keys(sessionStorage).filter((key) => key.startsWith('builder:'))") == []
    ordering = version.curriculum.versions.get(number=2).draft["phases"][0]["streams"][0]["ordering"]
    assert ordering == {"method": "drawn_curve", "params": {"points": [[0, 90], [1, 10]]}}

    page.goto(reverse("curricula:detail", args=[version.curriculum_id]))
    page.get_by_text("samples in both moved").wait_for()
    page.locator("#orders").scroll_into_view_if_needed()
    page.wait_for_selector("#orders .scatterlayer .trace")


def the_preview_on_a_phone_and_back(page):
    """Where the preview lies below the fields, a way in sight leads there, and one back to where one was."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_label("Jitter window").first.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    page.get_by_role("link", name="To the preview").dispatch_event("click")
    page.wait_for_function("() => document.getElementById('timeline').getBoundingClientRect().top < innerHeight / 2")
    page.get_by_role("link", name="Back to the fields").dispatch_event("click")
    assert page.evaluate("scrollY") == before
    page.set_viewport_size({"width": 1440, "height": 900})


def test_one_click_decays_gently_and_the_warning_goes(open_page, version, alice):
    page = open_page(alice)
    page.goto(reverse("runs:new", args=[version.curriculum.project_id]) + f"?version={version.pk}")
    page.get_by_text("The best data of stream code come last").wait_for()
    page.get_by_role("textbox", name="Notes").fill("kept")
    page.get_by_role("button", name="Decay gently: end at").click()
    floor = page.get_by_label("Floor", exact=True)
    page.wait_for_function("() => document.activeElement.name === 'schedules.0.floor'")
    assert floor.input_value() == "0.001"
    assert page.get_by_role("textbox", name="Notes").input_value() == "kept"
    assert page.get_by_text("come last").count() == 0
    floor.fill("0")
    page.get_by_text("The best data of stream code come last").wait_for()
    floor.press("Enter")  # starts the run: the button that mends the floor is not taken for the one that sends the form
    page.get_by_text("The run is queued.").wait_for()
    assert version.runs.get().recipe["schedules"][0]["floor"] == 0


def test_a_schedule_shows_what_its_shape_looks_at(open_page, version, alice):
    page = open_page(alice)
    page.goto(reverse("runs:new", args=[version.curriculum.project_id]) + f"?version={version.pk}")
    drawn = page.locator(".rates polyline")
    before, tail = drawn.get_attribute("points"), page.get_by_label("Tail", exact=True)
    assert not tail.is_visible()
    page.get_by_label("Shape", exact=True).select_option("wsd")
    assert tail.is_visible()
    page.wait_for_function(
        "(old) => document.querySelector('.rates polyline').getAttribute('points') !== old", arg=before
    )
    tail.select_option("exponential")
    page.get_by_text("an exponential tail never reaches 0", exact=False).first.wait_for()
    page.get_by_label("Shape", exact=True).select_option("constant")
    assert not page.get_by_label("Floor", exact=True).is_visible()
    page.get_by_role("button", name="End at a third of the peak").click()
    page.wait_for_function("() => document.activeElement.name === 'schedules.0.floor'")
    assert page.get_by_label("Shape", exact=True).input_value() == "cosine"


def test_a_mixture_is_drawn_by_mouse_and_keyboard_over_the_text_that_holds_it(open_page, data, alice):
    version = factories.phased_curriculum(data, alice)
    page = open_page(alice)
    page.goto(reverse("curricula:edit", args=[version.curriculum_id]))
    phase = page.locator("#phase-1")
    phase.get_by_label("Mixture", exact=True).select_option("key_frames")
    text, points = phase.get_by_label("Key-frames", exact=True), phase.locator(".frames [role=slider]")
    text.wait_for()
    text.fill("0: prose 3, code 1\n100%: code 1")
    assert points.count() == 2
    points.nth(0).focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("ArrowRight")
    assert text.input_value() == "0.01: prose 65, code 35\n1: code 100"
    assert points.nth(0).get_attribute("aria-valuetext") == "prose 65 %, code 35 % at 1 % of the phase"
    phase.get_by_role("button", name="Add a key-frame").click()
    assert points.count() == 3
    dot = points.nth(1).locator(".dot").bounding_box()
    page.mouse.move(dot["x"] + 5, dot["y"] + 5)
    page.mouse.down()
    page.mouse.move(dot["x"] + 5, dot["y"] - 40, steps=4)
    page.mouse.up()
    middle = text.input_value().split("\n")[1]
    assert float(middle.split("prose ")[1].split(",")[0]) > 40
    page.keyboard.press("Delete")
    assert points.count() == 2
    phases_on_their_line(page)
    text.fill("0: law 1")
    phase.get_by_text("The text is no mixture of these streams yet.").wait_for()
    text.fill("0: code 1\n1: prose 1")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("version 2").first.wait_for()
    mixture = version.curriculum.versions.get(number=2).draft["phases"][1]["mixture"]
    assert mixture["params"]["frames"] == [[0, {"code": 1}], [1, {"prose": 1}]]


def phases_on_their_line(page):
    """What is drawn is there as a list; borders are moved by keys and dragged in one step that is taken back; a phase leads to its fields."""
    timeline, budgets = page.locator("#timeline"), page.locator("#builder").get_by_label("Budget in tokens")
    borders = timeline.get_by_role("slider")
    assert borders.count() == 2
    timeline.locator(".key-frame").nth(1).wait_for(state="attached")
    borders.nth(0).focus()
    for key, first in (("Home", 200), ("End", 47_800)):
        page.keyboard.press(key)
        assert [budgets.nth(k).input_value() for k in (0, 1)] == [str(first), str(48_000 - first)]
    for k in (0, 1):
        budgets.nth(k).fill("24000")
    timeline.locator('[role=slider][aria-valuenow="24000"]').wait_for()
    borders.nth(0).focus()
    with page.expect_response(lambda answer: "preview" in answer.url):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Shift+ArrowRight")
    assert [budgets.nth(k).input_value() for k in (0, 1)] == ["26200", "21800"]
    assert borders.nth(0).get_attribute("aria-valuetext") == "prose-first 26,200 tokens, shift 21,800"
    assert borders.nth(0).evaluate("one => one === document.activeElement")
    timeline.get_by_text("As a list").click()
    timeline.locator("li", has_text="26,200 tokens, 0 to 26.2 k").wait_for()
    at = borders.nth(1).bounding_box()
    page.mouse.move(at["x"] + 12, at["y"] + 30)
    page.mouse.down()
    page.mouse.move(at["x"] - 20, at["y"] + 30, steps=3)
    page.wait_for_timeout(700)  # held still for a while it is the same step
    page.mouse.move(at["x"] - 60, at["y"] + 30, steps=3)
    page.mouse.up()
    assert budgets.nth(0).input_value() == "26200"
    assert int(budgets.nth(1).input_value()) < 20_000
    page.keyboard.press("Control+z")
    page.get_by_text("Undone.").wait_for()
    assert [budgets.nth(k).input_value() for k in (0, 1)] == ["26200", "21800"]
    timeline.get_by_role("link", name="Phase 2, shift").click()
    assert page.evaluate("document.activeElement.name") == "phases-1-name"


def test_two_versions_are_chosen_and_their_orders_follow(open_page, version, alice):
    for change in ({"ordering": {"method": "zigzag"}}, {"jitter_window": 8}):
        draft = copy.deepcopy(version.draft)
        draft["phases"][0]["streams"][0] |= change
        services.create_version(curriculum=version.curriculum, draft=draft, by=alice)
    page = open_page(alice)
    page.goto(reverse("curricula:detail", args=[version.curriculum_id]))
    page.locator("#orders").scroll_into_view_if_needed()
    page.wait_for_selector("#orders .scatterlayer .trace")
    with page.expect_response(lambda answer: "orders.json?from=1&to=3" in answer.url):
        page.get_by_label("From").select_option("1")
    page.locator("#differences", has_text="jitter window").wait_for()
    page.locator("#orders .chart-reading", has_text="version 1").wait_for()
