"""The camera: opens a page at a width, brings it into its state, waits until it is drawn, and takes it in both themes.

What the console says, what a script throws and what the server refuses is noted: a page that is fit to be shown says nothing.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as TooLong

WIDTHS = {1440: 900, 390: 844}
THEMES = ("light", "dark")
#: Size and quality of the small pictures, by width: both together keep the gallery under 6 MB.
SMALL = {1440: 0.5, 390: 0.62}
QUALITY = 68
#: Longer pages are cut: nobody looks at the end of a picture of 20,000 lines.
LONGEST = 9000
DRAWN = """() => [...document.querySelectorAll("figure.chart[data-figure]")].filter((one) => one.checkVisibility()).every((one) => {
  const box = one.getBoundingClientRect();
  return box.bottom < 0 || box.top > innerHeight || one.querySelector(".main-svg, .chart-state:not([hidden])");
}) && !document.querySelector(".htmx-request")"""


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: ``act`` brings the opened page into the state that is shown, ``answers`` are what the server may say to it.

    Of a page in a state, what a screen shows is taken: a dialog lies over that much, not over the page's whole length.
    """

    name: str
    url: str
    act: Callable[[Page], None] | None = None
    answers: tuple[int, ...] = (200,)


@dataclass
class Camera:
    browser: Browser
    folder: Path
    whole: bool = False
    small: bool = False
    faults: list[str] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)

    def take(self, shots: list[Shot], state: dict | None, widths=tuple(WIDTHS)) -> None:
        """Every shot at every width, as whoever ``state`` is signed in as."""
        for width in widths:
            context = self.browser.new_context(viewport={"width": width, "height": WIDTHS[width]}, storage_state=state)
            for shot in shots:
                page = context.new_page()
                self._listen(page, shot, width)
                try:
                    self._one(page, shot, width)
                except TooLong as error:
                    self.faults.append(f"{shot.name} at {width}: {str(error).splitlines()[0]}")
                page.close()
            context.close()

    def _one(self, page: Page, shot: Shot, width: int) -> None:
        page.emulate_media(color_scheme=THEMES[0], reduced_motion="reduce")
        page.goto(shot.url)
        if shot.act:
            shot.act(page)
        self._settle(page, shot)
        self.titles.setdefault(shot.name, page.title().removesuffix(" · Gradatim"))
        for theme in THEMES:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.wait_for_timeout(250)
            self._save(page, f"{shot.name}-{width}-{theme}", width, whole=self.whole and not shot.act)

    def _settle(self, page: Page, shot: Shot) -> None:
        """Charts are fetched when they come into view."""
        page.wait_for_load_state("load")
        page.wait_for_timeout(150)
        if self.whole and not shot.act:
            for figure in page.locator("figure.chart[data-figure]:visible").all():
                figure.scroll_into_view_if_needed()
                page.wait_for_function(DRAWN)
            page.evaluate("window.scrollTo(0, 0)")
        page.wait_for_function(DRAWN)
        page.wait_for_timeout(250)

    def _save(self, page: Page, name: str, width: int, whole: bool) -> None:
        if not self.small:
            high = page.evaluate("document.documentElement.scrollHeight")
            clip = {"x": 0, "y": 0, "width": width, "height": LONGEST} if whole and high > LONGEST else None
            page.screenshot(path=self.folder / f"{name}.png", full_page=whole, clip=clip)
            return
        session = page.context.new_cdp_session(page)
        top = page.evaluate("scrollY")
        clip = {"x": 0, "y": top, "width": width, "height": WIDTHS[width], "scale": SMALL[width]}
        asked = {"format": "webp", "quality": QUALITY, "clip": clip}
        picture = session.send("Page.captureScreenshot", asked)["data"]
        (self.folder / f"{name}.webp").write_bytes(base64.b64decode(picture))
        session.detach()

    def _listen(self, page: Page, shot: Shot, width: int) -> None:
        page.set_default_timeout(20_000)
        refused = [status for status in shot.answers if status >= 400]

        def note(said: str) -> None:
            if not any(f"status of {status}" in said for status in refused):
                self.faults.append(f"{shot.name} at {width}: {said}")

        page.on("console", lambda message: note(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: note(f"error: {error}"))
        page.on(
            "requestfailed",
            lambda request: "ERR_ABORTED" in (request.failure or "") or note(f"{request.url}: {request.failure}"),
        )
        page.on(
            "response",
            lambda answer: (
                answer.status < 400 or answer.status in refused or note(f"{answer.url} answered {answer.status}")
            ),
        )
