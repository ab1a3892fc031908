"""States of pages that have no address of their own: dialogs, the palette, the tour, what a refused form says, a link that is shared."""

from playwright.sync_api import Page

from docs.screenshots.camera import Camera, Shot

#: What visitors see: the first page, the way in, and addresses that lead nowhere.
VISITORS = {"visitor-first": "/", "visitor-sign-in": "/accounts/login/"}
NOWHERE = {"visitor-nothing": "/there-is-no-such-page/", "visitor-no-invitation": "/join/nonsense"}
FORGED = """() => { const form = document.createElement("form"); form.method = "post"; form.action = "/demo/tour/"; document.body.append(form); form.submit(); }"""


def states(pages: dict[str, str]) -> list[Shot]:
    """Of the pages that are there."""
    wanted = [
        ("dialog-palette", "projects", palette),
        ("dialog-palette-found", "projects", palette_found),
        ("dialog-palette-nothing", "projects", palette_nothing),
        ("dialog-keys", "projects-runs", keys),
        ("menu", "projects", menu),
        ("dialog-columns", "projects-runs", columns),
        ("dialog-views", "projects-runs", views),
        ("runs-chosen", "projects-runs", chosen),
        ("dialog-share", "comparisons", share),
        ("dialog-save", "compare", save),
        ("chart-table", "comparisons", table),
    ]
    found = [Shot(name, pages[of], act) for name, of, act in wanted if of in pages]
    home = pages["home"]
    found.append(Shot("nothing", home + "there-is-no-such-page/", answers=(404,)))
    found.append(Shot("form-too-old", home, forged, answers=(200, 403)))
    return found


def visits(address: str) -> list[Shot]:
    found = [Shot(name, address + path) for name, path in VISITORS.items()]
    return found + [Shot(name, address + path, answers=(200, 404)) for name, path in NOWHERE.items()]


def palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.locator("#palette-options [role=option]").first.wait_for()


def palette_found(page: Page) -> None:
    palette(page)
    page.keyboard.type("saw")
    page.locator("#palette-options[data-for=saw] [role=option]").first.wait_for()


def palette_nothing(page: Page) -> None:
    palette(page)
    page.keyboard.type("nothing has this name")
    page.locator("#palette-said.palette-none").wait_for()


def keys(page: Page) -> None:
    page.keyboard.press("?")
    page.locator("#keys").wait_for()


def menu(page: Page) -> None:
    page.locator(".top details.menu summary").click()


def columns(page: Page) -> None:
    page.locator("#open-columns").click()
    page.locator("#columns-body form").wait_for()


def views(page: Page) -> None:
    page.locator("[data-dialog=views-dialog]").first.click()
    page.locator("#views-body #views-form").wait_for()


def chosen(page: Page) -> None:
    for key in "jxjxj":
        page.keyboard.press(key)


def share(page: Page) -> None:
    page.locator("[data-dialog=share-dialog]").click()
    page.locator("#share-dialog").wait_for()


def save(page: Page) -> None:
    page.locator("[data-dialog=save-dialog]").click()
    page.locator("#save-dialog").wait_for()


def table(page: Page) -> None:
    """The first chart's twin, unfolded."""
    summary = page.locator("figure.chart .chart-table summary").first
    page.locator("figure.chart").first.scroll_into_view_if_needed()
    summary.wait_for()
    summary.click()
    summary.scroll_into_view_if_needed()


def forged(page: Page) -> None:
    page.evaluate(FORGED)
    page.wait_for_url("**/demo/tour/")


def shared(camera: Camera, pages: dict[str, str], state: dict) -> None:
    """A link is made, opened as a visitor, and revoked: its title stays in the list of links as what it was."""
    if "comparisons" not in pages:
        return
    context = camera.browser.new_context(storage_state=state)
    page = context.new_page()
    page.goto(pages["comparisons"])
    share(page)
    page.locator("#share-form button.primary").click()
    address = page.locator("#share-url").input_value()
    camera.take([Shot("shared", address)], None)
    page.locator("#share-dialog [data-close]").click()
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Comparisons").click()
    page.locator("a[href$='/revoke/']").first.click()
    camera.take([Shot("share-revoke", page.url)], state)
    page.locator("main form button").last.click()
    page.wait_for_load_state()
    camera.take([Shot("shared-no-more", address, answers=(404,))], None)
    context.close()


def put_away(page: Page, pages: dict[str, str]) -> bool:
    """The tour lies above the pages of the demo until it is put away; whether it did."""
    page.goto(pages["projects"])
    button = page.locator(".tour button[value=hide]")
    if button.count() == 0:
        return False
    button.click()
    page.wait_for_load_state()
    return True


def take_up(page: Page, pages: dict[str, str]) -> None:
    page.goto(pages["projects"])
    again = page.locator(".tour-again button")
    if again.count():
        again.click()
        page.wait_for_load_state()


def tour(camera: Camera, pages: dict[str, str], state: dict) -> None:
    """The tour of the demo, taken up and put away again."""
    context = camera.browser.new_context(storage_state=state)
    page = context.new_page()
    take_up(page, pages)
    if page.locator(".tour").count():
        camera.take([Shot("tour", page.url)], state)
    put_away(page, pages)
    context.close()
