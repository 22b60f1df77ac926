"""The Django example with Django's own server and with gunicorn, driven in a browser."""

import subprocess
import sys
from html import unescape

import pytest
from playwright.sync_api import expect

from cloudfront_signer import inspect

from support.album import ROOT, SCREENSHOTS, log_in, running_album, visit
from support.browser import running_chromium

# One worker: a browser that has to be installed is installed once.
pytestmark = pytest.mark.xdist_group("browser")

_START = ["python", "examples/django/start.py"]
_GUNICORN = [*_START, "gunicorn", "--bind", "127.0.0.1:{port}"]
SERVERS = {
    "django": [*_START, "python", "manage.py", "runserver", "--noreload", "127.0.0.1:{port}"],
    "django-gunicorn-threads": [*_GUNICORN, "--threads", "4", "gallery.wsgi"],
    "django-gunicorn-preload": [*_GUNICORN, "--preload", "--workers", "2", "gallery.wsgi"],
    "django-uvicorn": [*_START, "uvicorn", "--port", "{port}", "gallery.asgi:application"],
}


@pytest.fixture(autouse=True)
def database(tmp_path, monkeypatch):
    monkeypatch.setenv("GALLERY_DATABASE", str(tmp_path / "gallery.sqlite3"))


@pytest.mark.parametrize("server", SERVERS)
def test_log_in_look_and_log_out(server, tmp_path):
    with running_album(SERVERS[server], tmp_path) as album, running_chromium() as browser:
        visit(browser, album, f"{server}.png")


def test_shared_links_and_admin(tmp_path):
    """A signed link works without the cookies; the admin pages show and take private files."""
    with running_album(SERVERS["django"], tmp_path) as album, running_chromium() as browser:
        with browser.new_context() as context:
            page = context.new_page()
            page.goto(album.site)
            log_in(page, "lovelace")
            links = page.get_by_role("link", name="share").evaluate_all("links => links.map(link => link.href)")
            page.goto(f"{album.site}/admin/gallery/photo/1/change/")
            page.wait_for_function("document.querySelector('.field-image img').naturalWidth === 240")
            shown = page.locator(".field-image img").get_attribute("src")
            page.screenshot(path=SCREENSHOTS / "django-admin.png")
            page.goto(f"{album.site}/admin/gallery/photo/add/")
            page.get_by_label("Title").fill("Another")
            picture = {"name": "new one.png", "mimeType": "image/png", "buffer": fetch(browser, links[-1])}
            page.get_by_label("Image").set_input_files(picture)
            page.get_by_role("button", name="Save", exact=True).click()
            expect(page.get_by_text("was added successfully")).to_be_visible()
            page.goto(album.site)
            page.wait_for_function("[...document.images].filter(one => one.naturalWidth === 240).length === 21")
        assert len(links) == 21
        assert all(inspect(unescape(link)).policy.is_canned for link in links)
        assert fetch(browser, shown)
        assert fetch(browser, links[0]), "the video"


def fetch(browser, url):
    """Fetch a URL as somebody who has no cookies."""
    with browser.new_context() as context:
        answer = context.request.get(url)
        assert answer.status == 200
        return answer.body()


def test_the_first_command_is_the_one_that_is_run():
    shown = f"python -m cloudfront_signer.demo.local {' '.join(_START)}\n"
    assert shown in (ROOT / "examples" / "django" / "start.py").read_text()


def test_the_example_is_a_good_project(tmp_path):
    """Its checks have no message and its migrations are complete."""
    script = "python manage.py check --fail-level WARNING && python manage.py makemigrations --check --dry-run"
    command = [sys.executable, "-m", "cloudfront_signer.demo.local", "sh", "-c", f"cd examples/django && {script}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
