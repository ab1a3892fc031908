"""Which pages there are: those that links lead to, one of each kind, and the same pages of a project with nothing in it."""

import html
import re
from collections import deque
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import BrowserContext, Page

#: So many pages of a kind are looked at: the first may be an empty one.
LOOKED_AT = 3
NUMBER = re.compile(r"^[0-9a-f-]{36}$|^\d+$")
EMPTY = re.compile(r'href="(/projects/[0-9a-f-]{36}/)"(?:(?!</a>).)*?\b0 datasets · 0 runs', re.DOTALL)


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
    """``/projects/<id>/runs/new/`` is a page of the kind ``projects-runs-new``; the methods of a family are one kind."""
    words = [part for part in urlsplit(url).path.split("/") if part and not NUMBER.match(part)]
    return "-".join(words[:2] if words[:1] == ["methods"] else words) or "home"


def every_page(context: BrowserContext, address: str) -> dict[str, str]:
    """Kind -> address of the fullest among the first pages of that kind that links lead to."""
    found = _walk(context, address, f"{address}/")
    empty = EMPTY.search(context.request.get(f"{address}/").text())
    if empty:
        inside = _walk(context, address, address + empty[1], within=empty[1])
        found |= {f"empty-{name}": url for name, url in inside.items()}
    return found


def _walk(context: BrowserContext, address: str, start: str, within: str = "/") -> dict[str, str]:
    found: dict[str, list[tuple[bool, int, str]]] = {}
    seen, waiting = {start}, deque([start])
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
        # A table that is filtered or grouped stands behind the whole one.
        found.setdefault(kind(url), []).append(("?" not in url, len(text), url))
        # What is a file is left where it is: to fetch it is an act that the audit notes.
        for before, link, after in re.findall(r'<a\b([^>]*?)\shref="([^"#]+)"?([^>]*)>', text):
            if "download" in (before + after).split():
                continue
            there = urljoin(url, html.unescape(link))
            if there.startswith(f"{address}{within}") and there not in seen:
                seen.add(there)
                waiting.append(there)
    return {name: max(pages)[2] for name, pages in found.items()}
