"""A folder answers as a private bucket does."""

import time
import xml.etree.ElementTree as ElementTree

import pytest
from starlette.staticfiles import StaticFiles

from cloudfront_signer.edge import Behavior, Configuration

from support.edges import KEYS, SIGNER, SITE, running, send


def serving(folder, **settings):
    return running(Configuration((Behavior("*", str(folder)),), **settings))


def error(answer):
    assert answer.headers["content-type"] == "application/xml"
    assert answer.text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>')
    fields = {field.tag: field.text for field in ElementTree.fromstring(answer.content)}
    assert fields.pop("RequestId") == answer.headers["x-amz-request-id"]
    assert fields.pop("HostId") == answer.headers["x-amz-id-2"]
    return answer.status_code, fields


MISSING = [
    "/none.mp4",
    "/public",
    "/public/",
    "/a.txt/x",
    "/video.mp4/",
    "/link.txt",
    "/" + "a" * 300,
    "/a%00b",
    "//video.mp4",
]


@pytest.mark.parametrize("path", MISSING)
def test_what_is_not_there(folder, path):
    with serving(folder) as edge:
        status, fields = error(edge.client.get(f"{edge.address}{path}"))
        assert (status, fields) == (403, {"Code": "AccessDenied", "Message": "Access Denied"})
        head = edge.get(path, method="HEAD")
        assert (head.status_code, head.content) == (403, b"")


@pytest.mark.parametrize("path", [*MISSING, "/<&>%0d%0a%1b%C3%A9"])
def test_what_is_not_there_where_listing_is_granted(folder, path):
    with serving(folder, list_bucket=True) as edge:
        status, fields = error(edge.client.get(f"{edge.address}{path}"))
    assert status == 404
    assert fields["Code"] == "NoSuchKey"
    assert fields["Message"] == "The specified key does not exist."
    if path == "/none.mp4":
        assert fields["Key"] == "none.mp4"


def test_each_request_has_its_own_id(folder):
    with serving(folder) as edge:
        first, second = (edge.get("/none").headers["x-amz-request-id"] for _ in range(2))
    assert first != second


def test_files_that_cannot_be_read(folder, monkeypatch):
    """The mode is no hindrance to root, so the question is answered for it."""
    monkeypatch.setattr("cloudfront_signer.edge.origins.folder.os.access", lambda *_: False)
    with serving(folder) as edge:
        assert error(edge.get("/video.mp4"))[0] == 403


def test_a_name_has_one_spelling(folder, monkeypatch):
    """Also where the file system takes others: here one that folds case."""
    (folder / "private").mkdir()
    (folder / "private" / "x").write_text("for the few")
    found = StaticFiles.lookup_path
    monkeypatch.setattr(StaticFiles, "lookup_path", lambda files, path: found(files, path.lower()))
    behaviors = (Behavior("/private/*", str(folder), KEYS), Behavior("*", str(folder)))
    with running(Configuration(behaviors)) as edge:
        for path in ("/Private/x", "/PRIVATE/X", "/VIDEO.MP4"):
            assert edge.get(path).status_code == 403
        assert edge.get("/video.mp4").status_code == 200
        url = SIGNER.sign_url(f"{edge.address}/private/x", expires=time.time() + 600)
        assert edge.client.get(url).text == "for the few"


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.ts", "video/mp2t"),
        ("A.TS", "video/mp2t"),
        ("a.m3u8", "application/vnd.apple.mpegurl"),
        ("a.mpd", "application/dash+xml"),
        ("a.m4s", "video/iso.segment"),
        ("a.cmfv", "video/mp4"),
        ("a.cmfa", "audio/mp4"),
        ("a.mp4", "video/mp4"),
        ("a.m4a", "audio/mp4"),
        ("a.aac", "audio/aac"),
        ("a.mp3", "audio/mpeg"),
        ("a.webm", "video/webm"),
        ("a.vtt", "text/vtt"),
        ("a.key", "application/octet-stream"),
        ("a.html", "text/html"),
        ("a.json", "application/json"),
        ("a.js", "text/javascript"),
        ("a.png", "image/png"),
        ("a.webp", "image/webp"),
        ("a.unheard-of", "binary/octet-stream"),
        ("a.tar.gz", "binary/octet-stream"),
        ("noend", "binary/octet-stream"),
    ],
)
def test_content_types(folder, name, content_type):
    (folder / name).write_bytes(b"x")
    with serving(folder) as edge:
        assert edge.get(f"/{name}").headers["content-type"] == content_type
        part = edge.get(f"/{name}", headers={"Range": "bytes=0-0"})
        assert (part.status_code, part.headers["content-type"]) == (206, content_type)


def test_names_are_bytes(folder):
    (folder / "é + %41.txt").write_text("e")
    with serving(folder) as edge:
        assert edge.get("/%C3%A9%20+%20%2541.txt").text == "e"
        assert edge.get("/%C3%A9%20%2B%20%2541.txt").text == "e"
        assert edge.get("/%E9%20+%20%2541.txt").status_code == 403


DOWNLOAD = (
    "response-content-disposition=attachment%3B%20filename%3D%22a%20b.mp4%22&response-content-type=video%2Fx-mine"
)


def test_download_names(folder):
    with running(Configuration((Behavior("*", str(folder), KEYS),), pretend=SITE, allow_download_names=True)) as edge:
        url = SIGNER.sign_url(f"{SITE}/video.mp4?{DOWNLOAD}", expires=time.time() + 600)
        for headers, status in (({}, 200), ({"Range": "bytes=0-1"}, 206)):
            answer = edge.get(url, headers=headers)
            assert answer.status_code == status
            assert answer.headers["content-disposition"] == 'attachment; filename="a b.mp4"'
            assert answer.headers["content-type"] == "video/x-mine"
        assert edge.get(url.replace("a%20b", "other")).status_code == 403, "they are signed with the rest"
        assert (
            "content-disposition"
            not in edge.get(SIGNER.sign_url(f"{SITE}/none?{DOWNLOAD}", expires=time.time() + 600)).headers
        )


def test_download_names_are_off_unless_asked_for(folder):
    with serving(folder) as edge:
        answer = edge.get(f"/video.mp4?{DOWNLOAD}")
    assert answer.headers["content-type"] == "video/mp4"
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize("value", ["a%0d%0aX-Evil:%201", "%00", "%7f", "%E2%82%AC", "%ff%fe"])
def test_download_names_that_are_no_header(folder, value):
    with serving(folder, allow_download_names=True) as edge:
        answer = edge.get(f"/video.mp4?response-content-disposition={value}")
        assert "x-evil" not in answer.headers
        status, fields = error(answer)
    assert status == 400
    assert (fields["Code"], fields["ArgumentName"]) == ("InvalidArgument", "response-content-disposition")


def test_other_methods(folder):
    with running(Configuration((Behavior("*", str(folder), None, frozenset({"GET", "PUT"})),))) as edge:
        assert send(edge, "/video.mp4", method="PUT").startswith(b"HTTP/1.1 405 ")
