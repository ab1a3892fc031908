"""Photograph a running installation while ``make demo`` serves: ``.venv/bin/python -m docs.screenshots``.

Signs in with the demo login of ``var/env`` and writes docs/images/<page>-<width>-<theme>.png, the pictures that the documents
show. ``--every FOLDER`` photographs every page that a person can reach by links, one of each kind, its dialogs and states, and what a
visitor without an account sees, in whole length, and lays them side by side in FOLDER/index.html. ``--gallery`` takes the same, small
and as much as a screen shows, into docs/pages/ and docs/pages.md. Nothing is staged: what the pictures show is what the demo's jobs
made on this machine; a project with nothing in it, where there is one, shows what empty pages say. A share link is made for it, and revoked.
The demo's tour is put away meanwhile, but for its own picture, and lies where it lay afterwards.

Ends with 1 where a page's console said anything or the server refused something; the lines say which page.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from docs.screenshots import sheets, states
from docs.screenshots.camera import THEMES, WIDTHS, Camera, Shot
from docs.screenshots.pages import every_page, read_env, sign_in

DOCS = Path(__file__).parents[1]
#: name of a kind of page -> name of its picture in the documents
SHOWN = {"comparisons": "comparison", "runs": "run"}


def photograph(camera: Camera, address: str, known: dict[str, str], few: bool, only: list[str]) -> None:
    page = camera.browser.new_page()
    sign_in(page, address, known.get("DEMO_USER", "demo"), known["DEMO_PASSWORD"])
    state = page.context.storage_state()
    pages = every_page(page.context, address)
    toured = states.put_away(page, pages)
    if few:
        camera.take([Shot(SHOWN[name], url) for name, url in pages.items() if name in SHOWN], state)
    else:
        many(camera, address, pages, state, only)
    if toured:
        states.take_up(page, pages)


def many(camera: Camera, address: str, pages: dict[str, str], state: dict, only: list[str]) -> None:
    def wanted(shots: list[Shot]) -> list[Shot]:
        return [shot for shot in shots if not only or any(shot.name.startswith(name) for name in only)]

    camera.take(wanted([Shot(name, url) for name, url in sorted(pages.items())] + states.states(pages)), state)
    camera.take(wanted(states.visits(address)), None)
    if not only:
        states.shared(camera, pages, state)
        states.tour(camera, pages, state)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", default="http://127.0.0.1:8000")
    parser.add_argument("--env", type=Path, default=Path("var/env"))
    parser.add_argument("--every", type=Path, metavar="FOLDER", help="every page, in whole length, into this folder")
    parser.add_argument("--gallery", action="store_true", help="every page, small, into docs/pages/ and docs/pages.md")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="pictures whose names begin so")
    arguments = parser.parse_args()
    folder = DOCS / "pages" if arguments.gallery else arguments.every or DOCS / "images"
    folder.mkdir(exist_ok=True, parents=True)
    chromium = os.environ.get("GRADATIM_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome")
    few = not (arguments.gallery or arguments.every)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        camera = Camera(browser, folder, whole=bool(arguments.every), small=arguments.gallery)
        photograph(camera, arguments.address, read_env(arguments.env), few, arguments.only)
        browser.close()
    if arguments.gallery:
        before = sheets.shown(DOCS / "pages.md") if arguments.only else {}
        sheets.gallery(DOCS / "pages.md", "pages", before | camera.titles)
    elif arguments.every:
        sheets.contact_sheet(folder, list(camera.titles))
    print(f"{len(camera.titles)} pages, in {len(WIDTHS)} widths and {len(THEMES)} themes, are in {folder}.")
    print(*camera.faults, sep="\n", file=sys.stderr)
    sys.exit(1 if camera.faults else 0)


if __name__ == "__main__":
    main()
