"""Photograph a running installation while ``make demo`` serves: ``.venv/bin/python -m docs.screenshots``.

Signs in with the demo login of ``var/env`` and writes docs/images/<page>-<width>-<theme>.png, the pictures that the documents
show. ``--every FOLDER`` photographs every page that a person can reach by links, one of each kind, and what a visitor without
an account sees, and lays them side by side in FOLDER/index.html. Nothing is staged: what the pictures show is what the demo's
jobs made on this machine.
"""

import argparse
import html
import os
import re
import shutil
from collections import deque
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
WIDTHS = {1440: 1360, 390: 844}
THEMES = ("light", "dark")
#: name of a kind of page -> name of its picture in the documents
SHOWN = {"comparisons": "comparison", "runs": "run"}
#: what visitors see: the first page, the way in, and an address that leads nowhere
VISITORS = {"visitor-first": "/", "visitor-sign-in": "/accounts/login/", "visitor-nothing": "/there-is-no-such-page/"}
#: so many pages of a kind are looked at: the first may be an empty one
LOOKED_AT = 3
NUMBER = re.compile(r"^[0-9a-f-]{36}$|^\d+$")


def read_env(path: Path) -> dict[str, str]:
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {key: value.strip("'\"") for key, _, value in lines}


def sign_in(page: Page, address: str, user: str, password: str) -> None:
    page.goto(f"{address}/accounts/login/")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state("networkidle")


def kind(url: str) -> str:
    """``/projects/<id>/runs/new/`` is a page of the kind ``projects-runs-new``."""
    words = (part for part in urlsplit(url).path.split("/") if part and not NUMBER.match(part))
    return "-".join(words) or "home"


def every_page(context: BrowserContext, address: str) -> dict[str, str]:
    """Kind -> address of the fullest among the first pages of that kind that links lead to."""
    found: dict[str, list[tuple[int, str]]] = {}
    seen, waiting = {f"{address}/"}, deque([f"{address}/"])
    while waiting:
        url = waiting.popleft()
        if len(found.get(kind(url), [])) == LOOKED_AT:
            continue
        answer = context.request.get(url)
        if not answer.ok or not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        if answer.headers.get("content-disposition", "").startswith("attachment"):
            continue
        if "<!doctype html>" not in (text := answer.text()):
            continue
        found.setdefault(kind(url), []).append((len(text), url))
        for link in re.findall(r'<a\b[^>]*?\shref="([^"#]+)', text):
            there = urljoin(url, html.unescape(link))
            if there.startswith(f"{address}/") and there not in seen:
                seen.add(there)
                waiting.append(there)
    return {name: max(pages)[1] for name, pages in found.items()}


def photograph(browser: Browser, state: dict | None, pages: dict[str, str], folder: Path, full: bool) -> None:
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
                page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=full)
            context.close()


def contact_sheet(folder: Path, names: list[str]) -> None:
    """All pictures side by side, one row a page."""
    rows = []
    for name in names:
        pictures = (f"{name}-{width}-{theme}.png" for width in WIDTHS for theme in THEMES)
        cells = "".join(f'<td><a href="{file}"><img src="{file}" alt="{file}"></a></td>' for file in pictures)
        rows.append(f"<tr><th>{name}</th>{cells}</tr>")
    style = "img{max-height:40rem;max-width:22vw} td,th{vertical-align:top;padding:.5rem;text-align:left}"
    page = f"<!doctype html><title>Every page</title><style>{style}</style><table>{''.join(rows)}</table>"
    (folder / "index.html").write_text(page)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="http://127.0.0.1:8000")
    parser.add_argument("--env", type=Path, default=Path("var/env"))
    parser.add_argument("--every", type=Path, metavar="FOLDER", help="every page, in whole length, into this folder")
    arguments = parser.parse_args()
    known = read_env(arguments.env)
    folder = arguments.every or IMAGES
    folder.mkdir(exist_ok=True, parents=True)
    chromium = os.environ.get("GRADATIM_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        sign_in(page, arguments.address, known.get("DEMO_USER", "demo"), known["DEMO_PASSWORD"])
        pages = every_page(page.context, arguments.address)
        if not arguments.every:
            pages = {SHOWN[name]: url for name, url in pages.items() if name in SHOWN}
        photograph(browser, page.context.storage_state(), pages, folder, full=bool(arguments.every))
        if arguments.every:
            visits = {name: arguments.address + path for name, path in VISITORS.items()}
            photograph(browser, None, visits, folder, full=True)
            contact_sheet(folder, [*pages, *visits])
        browser.close()
    print(f"{len(pages)} kinds of pages, in {len(WIDTHS)} widths and {len(THEMES)} themes, are in {folder}.")


if __name__ == "__main__":
    main()
