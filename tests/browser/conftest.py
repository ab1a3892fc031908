"""Headless Chromium against a live server. A page whose console says anything fails its test."""

import os
from collections.abc import Callable

import pytest

# Playwright runs its own event loop in this thread; Django's guard would take every query for one made in a coroutine.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, live_server, transactional_db) -> Callable:
    """``open_page(user=None, **context)`` gives a page of a new browser session, signed in as ``user``.

    At the end of the test every console message, script error and refused resource of all its pages is looked at.
    """
    contexts, said = [], []

    def open_page(user=None, *, width=1200, height=900, **options):
        context = browser.new_context(base_url=live_server.url, viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        if user:
            context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": live_server.url}])
        page = context.new_page()
        page.said = said
        page.set_default_timeout(60_000)  # of a machine that may be busy
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


def session_of(user) -> str:
    from django.test import Client

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value
