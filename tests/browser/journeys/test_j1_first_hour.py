"""J1, first hour: no list of a new project is a blank page."""

LISTS = {
    "Datasets": "Register a dataset",
    "Tokenizers": "Train a tokenizer",
    "Score sets": "Score a dataset",
    "Curricula": "Make the first one",
    "Runs": "New run",
    "Jobs": "Back to the project",
}


def test_every_empty_list_has_one_sentence_and_one_button(open_page, keyboard, alice):
    page = open_page(alice)
    hands = keyboard(page)
    page.goto("/")
    hands.press(page.get_by_role("link", name="New project"))
    hands.fill(page.get_by_label("Name"), "Mathematics")
    page.keyboard.press("Enter")
    for tab, button in LISTS.items():
        hands.press(page.get_by_role("navigation", name="Mathematics").get_by_role("link", name=tab))
        page.get_by_role("heading", name=tab, level=1).wait_for()
        empty = page.locator(".empty")
        assert empty.locator("p").count() == 1
        assert empty.get_by_role("link").all_inner_texts() == [button]
    hands.press(page.get_by_role("navigation", name="Mathematics").get_by_role("link", name="Comparisons"))
    page.get_by_role("heading", name="Comparisons", level=1).wait_for()
    assert page.locator(".empty").all_inner_texts()
    hands.press(page.locator(".empty").get_by_role("link", name="Choose runs"))
    hands.press(page.locator(".empty").get_by_role("link"))
    assert "curricul" in page.locator(".empty").inner_text().lower()
    hands.press(page.locator(".empty").get_by_role("link"))
    hands.press(page.locator(".empty").get_by_role("link"))
    assert "dataset" in page.locator(".empty").inner_text()
    hands.press(page.locator(".empty").get_by_role("link"))
    hands.press(page.locator(".empty").get_by_role("link", name="Register a dataset"))
    page.get_by_label("File", exact=True).wait_for()
