"""Photograph a running installation for the documents: ``.venv/bin/python -m docs.screenshots`` while ``make demo`` serves.

Signs in with the demo login of ``var/env`` and writes docs/images/<page>-<width>-<theme>.png. Nothing is staged: what the
pictures show is what the demo's jobs made on this machine.
"""

import argparse
import os
import re
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
WIDTHS = {1440: 1360, 390: 844}
THEMES = ("light", "dark")


def read_env(path: Path) -> dict[str, str]:
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {key: value.strip("'\"") for key, _, value in lines}


def sign_in(page: Page, address: str, user: str, password: str) -> None:
    page.goto(f"{address}/accounts/login/")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state("networkidle")


ID = "[0-9a-f-]{36}"
PAGES = {
    "comparison": rf"/comparisons/{ID}/",
    "dataset": rf"/datasets/versions/{ID}/|/datasets/{ID}/",
    "scores": rf"/scores/{ID}/",
    "curriculum": rf"/curricula/versions/{ID}/|/curricula/{ID}/",
    "run": rf"/runs/{ID}/",
    "job": rf"/jobs/{ID}/",
}


def links(page: Page, pattern: str) -> list[str]:
    """The addresses on a page that match, in reading order."""
    found = page.eval_on_selector_all("main a[href]", "nodes => nodes.map(node => node.getAttribute('href'))")
    return [href for href in found if re.fullmatch(pattern, href)]


def targets(page: Page, address: str) -> dict[str, str]:
    """Page name -> address, found by following the links that a person would."""
    page.goto(f"{address}/")
    found = {"dashboard": f"{address}/"}
    projects = links(page, rf"/projects/{ID}/")
    if not projects:
        return found
    found["project"] = address + projects[0]
    page.goto(found["project"])
    for name, pattern in PAGES.items():
        if there := links(page, pattern):
            found[name] = address + there[0]
    return found


def photograph(browser: Browser, state: dict, pages: dict[str, str], full: bool) -> None:
    for width, height in WIDTHS.items():
        for theme in THEMES:
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=theme, storage_state=state
            )
            page = context.new_page()
            page.on("console", lambda message: message.type == "error" and print("console:", message.text))
            for name, url in pages.items():
                page.goto(url)
                page.wait_for_load_state("networkidle")
                for figure in page.locator("figure.chart:visible").all():
                    figure.scroll_into_view_if_needed()
                    page.wait_for_timeout(300)
                page.evaluate("window.scrollTo(0, 0)")
                page.wait_for_timeout(500)
                page.screenshot(path=IMAGES / f"{name}-{width}-{theme}.png", full_page=full)
            context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="http://127.0.0.1:8000")
    parser.add_argument("--env", type=Path, default=Path("var/env"))
    parser.add_argument("--only", nargs="*", help="page names, default all")
    parser.add_argument("--full", action="store_true", help="the whole page, not just the first screen")
    arguments = parser.parse_args()
    known = read_env(arguments.env)
    IMAGES.mkdir(exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        sign_in(page, arguments.address, known.get("DEMO_USER", "demo"), known["DEMO_PASSWORD"])
        pages = targets(page, arguments.address)
        if arguments.only:
            pages = {name: url for name, url in pages.items() if name in arguments.only}
        photograph(browser, page.context.storage_state(), pages, arguments.full)
        browser.close()
    print(f"{len(pages)} pages in {len(WIDTHS)} widths and {len(THEMES)} themes are in {IMAGES}.")


if __name__ == "__main__":
    main()
