"""Chromium, for the tests that need a real browser."""

import contextlib

from playwright.sync_api import expect, sync_playwright

from support.programs import find

# In milliseconds. No test fails on a clock: the five seconds of Playwright are few on a busy machine.
expect.set_options(timeout=120_000)


@contextlib.contextmanager
def running_chromium(*arguments):
    """A browser, with arguments of its command line."""
    path = find("chromium", "chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *arguments])
        yield chromium
        chromium.close()
