"""Photograph a running installation for the documents: ``make screenshots`` while ``make demo`` serves.

Signs in with the demo login of ``var/env`` and writes docs/images/<page>-<width>-<theme>.png. Nothing is staged: what the
pictures show is what the demo's jobs made on this machine.
"""

import argparse
import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
WIDTHS = {1440: 900, 390: 844}
THEMES = ("light", "dark")


def read_env(path: Path) -> dict[str, str]:
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {key: value.strip("'\"") for key, _, value in lines}


def sign_in(page: Page, address: str, user: str, password: str) -> None:
    page.goto(f"{address}/accounts/login/")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    page.click("main button[type=submit]")
    page.wait_for_load_state("networkidle")


def targets(page: Page, address: str) -> dict[str, str]:
    """Page name -> address, found by following the links that a person would."""
    page.goto(f"{address}/")
    found = {"dashboard": f"{address}/"}
    first = {
        "project": "a[href*='/projects/']",
        "comparison": "main a[href*='/comparisons/'], main a[href*='/compare/']",
        "dataset": "main a[href*='/datasets/versions/']",
        "scores": "main a[href*='/scores/']",
        "curriculum": "main a[href*='/curricula/versions/'], main a[href*='/curricula/']",
        "run": "main a[href*='/runs/']",
        "job": "main a[href*='/jobs/']",
    }
    for name, selector in first.items():
        link = page.locator(selector)
        if link.count():
            found[name] = address + link.first.get_attribute("href")
        if name == "project" and name in found:
            page.goto(found["project"])
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
                for figure in page.locator("figure.chart").all():
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
