"""The notebook of the guide runs from its first cell to its last, and its video plays."""

import os
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from support.browser import running_chromium

NOTEBOOK = Path(__file__).parents[2] / "examples" / "guide.ipynb"


@pytest.fixture
def notebook():
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture
def client(notebook, tmp_path, monkeypatch):
    """Runs cells in an empty folder, with no settings of this machine."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "CLOUDFRONT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    for name in ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    (tmp_path / "work").mkdir()
    # No cell fails on a clock: the test's own limit ends one that hangs.
    return NotebookClient(notebook, timeout=None, resources={"metadata": {"path": str(tmp_path / "work")}})


def test_it_is_stored_without_output(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


def results(notebook):
    """For each code cell that shows something: its source, and what it shows as text."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shown = "".join(one.get("text", "") or one.data["text/plain"] for one in cell.outputs)
            if shown:
                yield cell.source, shown


# The last line of a cell, and what it shows, in order.
EXPECTED = (
    ("--upload videos", r"bucket my-videos: created, public access is blocked\ns3://my-videos/video.mp4\n"),
    ("my-videos/video.mp4", r"<Response \[403 FORBIDDEN\]>"),
    ("grant --bucket", r"bucket my-videos: its policy allows"),
    ("fetch(url)", r"<Response \[200 OK\]>"),
    ("show(url, address=address)", r"<video https://\w+\.cloudfront\.net/video\.mp4, expires "),
    ('fetch(grant.url(f"{site}/video.mp4"))', r"<Response \[200 OK\]>"),
    (
        "--signer signer",
        r"'https://\w+\.cloudfront\.net/video\.mp4\?Expires=\d+&<\d+ characters of base64>&Key-Pair-Id=",
    ),
    ("bytes=0-99", r"<Response \[206 Partial Content\]>"),
    ('verifier.check(f"{site}/video.mp4")', "<Decision 403 MissingKey: not signed"),
    ("verifier.check(url)", "<Decision 200>"),
    ("now=timedelta(hours=1))", "<Decision 403 AccessDenied: expired"),
    ('"http://")).diagnose(verifier)', "<Diagnosis other-scheme>"),
    ("198.51.100.7", "<Diagnosis wrong-address>"),
    ("answer, answer.text", r"\(<Response \[403 Forbidden\]>,\n '.*<Code>AccessDenied</Code>"),
    ("explain_answer(office", "<Mistake wrong-address: "),
    ("tail -n 1 edge.log", " 403 .*the viewer is at 127.0.0.1"),
)


def test_it_runs_and_plays(notebook, client, tmp_path):
    *cells, clean_up = [(index, cell) for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    assert "edge.terminate()" in clean_up[1].source
    with client.setup_kernel():
        try:
            for index, cell in cells:
                client.execute_cell(cell, index)
            shown = list(results(notebook))
            for source, expected in EXPECTED:
                found = [text for one, text in shown if source in one.splitlines()[-1]]
                assert any(re.search(expected, text) for text in found), (source, found)
            text = nbformat.writes(notebook)
            assert "BEGIN PRIVATE KEY" not in text
            page = tmp_path / "guide.html"
            page.write_text(HTMLExporter().from_notebook_node(notebook)[0])
            look_at(page, tmp_path / "guide.png")
        finally:
            client.execute_cell(clean_up[1], clean_up[0])


def look_at(path, picture):
    """The video has been fetched from the edge, and each table is one that a reader sees."""
    with running_chromium() as chromium:
        page = chromium.new_page(viewport={"width": 1100, "height": 900})
        # The exported page loads its formulas' scripts from elsewhere; it has no formula.
        page.route(re.compile("^https"), lambda route: route.abort())
        page.goto(path.as_uri(), wait_until="domcontentloaded")
        # Browsers start a video without a click only if it is silent.
        page.evaluate("document.querySelector('video').muted = true; document.querySelector('video').play()")
        page.wait_for_function("document.querySelector('video').currentTime > 0.2")
        page.screenshot(path=picture, full_page=True)
        player, table = (page.locator(one).bounding_box() for one in ("video", "div:has(> video) + div > table"))
        assert table["x"] >= player["x"] + player["width"]
        assert table["y"] < player["y"] + player["height"]
        for label in ("resource", "decision", "mistake", "cookies"):
            assert page.locator("th", has_text=re.compile(f"^{label}$")).first.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
