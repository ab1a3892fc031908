"""Hands that know no mouse: what cannot be reached by Tab fails the test."""

import time

from playwright.sync_api import Locator, Page

#: more stops than any page has
FAR = 300
#: seconds after which a selection takes letters for a new word
FORGOTTEN = 1.1
HERE = "element => element === document.activeElement"
#: how many stops of Tab lie between the focus and an element, less than 0 where it lies before
AWAY = """element => {
  const within = document.querySelector("dialog:modal") ?? document;
  const stops = [...within.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter(
    (one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility({ visibilityProperty: true }),
  );
  return stops.indexOf(element) - stops.indexOf(document.activeElement);
}"""


class Keyboard:
    """Moves by Tab, presses by Enter or Space, and types. Where it is told a locator, there must be one such element."""

    def __init__(self, page: Page):
        self.page = page
        self._chose = 0.0

    def to(self, target: Locator) -> Locator:
        """Tab until ``target`` has the focus: on, or back where that is shorter."""
        target.wait_for()
        away = target.evaluate(AWAY)
        key = "Tab" if away >= 0 else "Shift+Tab"
        for stop in range(FAR):
            # It looks where it is only near the end: the way there is known.
            if stop >= abs(away) - 1 and target.evaluate(HERE):
                return target
            self.page.keyboard.press(key)
        raise AssertionError(f"Tab never came to {target}.")

    def press(self, target: Locator, key: str = "Enter") -> None:
        self.to(target)
        self.page.keyboard.press(key)

    def fill(self, target: Locator, text: str) -> None:
        """Type ``text`` in place of what is there."""
        self.to(target)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(text)

    def choose(self, target: Locator, words: str) -> None:
        """The option of a closed selection that begins with ``words``, by typing them."""
        self.to(target)
        self.page.wait_for_timeout(1000 * max(0, FORGOTTEN + self._chose - time.monotonic()))
        self.page.keyboard.type(words)
        self._chose = time.monotonic()
        chosen = target.evaluate("select => select.selectedOptions[0].textContent.trim()")
        assert chosen.startswith(words), f"{chosen} is chosen, not {words}"

    def tick(self, target: Locator) -> None:
        self.press(target, "Space")
