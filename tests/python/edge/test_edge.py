"""What viewers get: decisions, denials, files, ranges, conditions, CORS, logs."""

import contextlib
import json
import subprocess
import time
from pathlib import Path

import pytest

from cloudfront_signer import encode_base64
from cloudfront_signer.edge import Behavior, Configuration

from support.edges import KEY, KEYS, SIGNER, SITE, running

VIDEO = f"{SITE}/video.mp4"
BYTES = bytes(range(256)) * 4


def signed(url=VIDEO, **terms):
    return SIGNER.sign_url(url, **{"expires": time.time() + 600, **terms})


def test_unsigned_is_denied_in_the_edges_words(edge):
    answer = edge.get(VIDEO)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "text/xml"
    assert answer.text == (
        '<?xml version="1.0" encoding="UTF-8"?><Error><Code>MissingKey</Code>'
        "<Message>Missing Key-Pair-Id query parameter or cookie value</Message></Error>"
    )
    assert answer.headers["x-signer-reason"].startswith("not signed")


def test_signed_is_served(edge):
    answer = edge.get(signed())
    assert (answer.status_code, answer.content) == (200, BYTES)
    assert answer.headers["content-type"] == "video/mp4"


def test_what_is_wrong_is_said(edge):
    tampered = signed().replace("video.mp4", "other.mp4")
    assert "<Code>AccessDenied</Code>" in edge.get(tampered).text
    expired = edge.get(signed(expires=time.time() - 720))
    assert "expired 12 minutes ago" in expired.headers["x-signer-reason"]
    assert "IPv4" not in edge.get(signed(ip_address="127.0.0.1")).text
    assert edge.get(signed(ip_address="127.0.0.1")).status_code == 200
    assert "127.0.0.1" in edge.get(signed(ip_address="192.0.2.1")).headers["x-signer-reason"]
    strange = edge.get(signed().replace("Key-Pair-Id=K1", "Key-Pair-Id=K%C3%A9"))
    assert strange.headers["x-signer-reason"].isascii()


def test_cookies_are_as_good(edge):
    cookies = dict(SIGNER.sign_cookies(f"{SITE}/*", expires=time.time() + 600))
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    assert edge.get(VIDEO, headers={"Cookie": f"theme=dark; {header}"}).content == BYTES
    assert edge.get(f"{VIDEO}?Expires=1", headers={"Cookie": header}).status_code == 403, "the URL wins"


def test_open_patterns_need_no_signature(edge):
    assert edge.get("/public/a.txt").text == "open to all\n"
    assert edge.get("/public").status_code == 403


def test_each_request_is_checked_anew(edge):
    url = signed(expires=int(time.time()) + 5)
    assert edge.get(url).status_code == 200
    while time.time() < int(url.split("Expires=")[1].split("&")[0]):
        time.sleep(0.05)
    assert edge.get(url).status_code == 403


def test_methods(edge):
    head = edge.get(signed(), method="HEAD")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "1024")
    assert edge.get(signed(), method="DELETE").status_code == 403
    assert edge.get(VIDEO, method="HEAD").status_code == 403


@pytest.mark.parametrize(
    ("wanted", "status", "start", "end"),
    [
        ("0-9", 206, 0, 10),
        ("1000-", 206, 1000, 1024),
        ("-24", 206, 1000, 1024),
        ("5-5", 206, 5, 6),
        ("0-9999", 206, 0, 1024),
    ],
)
def test_ranges_as_curl_asks_for_them(edge, wanted, status, start, end):
    command = ["curl", "-s", "-D", "-", "-r", wanted, edge.address + signed().removeprefix(SITE)]
    headers, _, body = subprocess.run(command, capture_output=True, check=True).stdout.partition(b"\r\n\r\n")
    assert headers.startswith(f"HTTP/1.1 {status}".encode())
    assert f"content-range: bytes {start}-{end - 1}/1024".encode() in headers
    assert body == BYTES[start:end]


def test_a_range_beyond_the_end(edge):
    answer = edge.get(signed(), headers={"Range": "bytes=2000-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */1024"


@pytest.mark.parametrize(
    "wanted",
    ["items=0-5", "bytes=abc", "bytes=5-2", "bytes=", "bytes=0-1,x", "bytes", "bytes=-", f"bytes={'9' * 5000}-"],
)
def test_a_range_that_is_none_is_passed_over(edge, wanted):
    answer = edge.get(signed(), headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (200, BYTES)


def test_several_ranges(edge):
    answer = edge.get(signed(), headers={"Range": "bytes=0-1, 1022-"})
    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges")
    assert b"\xfe\xff" in answer.content


def test_conditional_requests(edge):
    url = signed()
    first = edge.get(url)
    tag, modified = first.headers["etag"], first.headers["last-modified"]
    assert edge.get(url, headers={"If-None-Match": tag}).status_code == 304
    assert edge.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
    assert edge.get(url, headers={"If-Modified-Since": modified}).status_code == 304
    assert edge.get(url, headers={"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}).status_code == 200
    assert edge.get(url, headers={"Range": "bytes=0-1", "If-Range": tag}).status_code == 206
    assert edge.get(url, headers={"Range": "bytes=0-1", "If-Range": '"other"'}).status_code == 200


def test_a_viewer_that_goes_away_closes_the_file(edge, folder):
    large = folder / "public" / "large.bin"
    with large.open("wb") as file:
        file.truncate(1 << 40)
    with edge.client.stream("GET", "/public/large.bin") as answer:
        # Kept, since an iterator that nobody has any more ends its download.
        chunks = answer.iter_raw(1 << 16)
        next(chunks)
        assert large in opened()
    (line,) = edge.lines(1)
    assert "/public/large.bin 200 " in line
    assert large not in opened()


def opened():
    """The files that this process, the edge among it, has open (Linux)."""
    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc")
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        # The one that lists the folder is gone by now.
        with contextlib.suppress(FileNotFoundError):
            found.add(descriptor.readlink())
    return found


def test_a_blank_in_a_name(edge):
    assert edge.get(signed(f"{SITE}/a b.txt")).text == "a blank\n"


@pytest.mark.parametrize(
    "path",
    [
        "/public/../../secret.txt",
        "/public/%2e%2e/%2e%2e/secret.txt",
        "/public/..%2f..%2fsecret.txt",
        "/public/..%5c..%5csecret.txt",
        "/public/..\\..\\secret.txt",
        "/public//etc/passwd",
        "/public/%00",
        "/public/a.txt%00.png",
        "/public/" + "a" * 3_000,
    ],
)
def test_nothing_outside_of_the_folder(edge, path):
    done = subprocess.run(
        ["curl", "-s", "--path-as-is", "-w", "%{http_code}", edge.address + path], capture_output=True
    )
    assert done.stdout[-3:] in {b"404", b"403", b"400"}
    assert b"outside" not in done.stdout
    assert b"root:" not in done.stdout


def test_symbolic_links_stay_inside(edge):
    assert edge.get(signed(f"{SITE}/link.txt")).status_code == 403
    assert edge.get(signed(f"{SITE}/inner.txt")).content == BYTES


def test_folders_are_not_listed(edge):
    assert edge.get(signed(f"{SITE}/public")).status_code == 403
    assert edge.get(signed(f"{SITE}/")).status_code == 403


def test_a_default_root_object(folder):
    with running(
        Configuration((Behavior("*", str(folder), KEYS),), pretend=SITE, default_root_object="index.html")
    ) as edge:
        assert edge.get("/").status_code == 403
        assert edge.get(signed(f"{SITE}/")).text == "<p>root</p>\n"


def test_a_reason_is_one_line(edge):
    policy = '{"Statement":[{"Resource":"https://d1.example/\\r\\nX-Evil: 1\\u001b[31m\u00e9","Condition":'
    policy += '{"DateLessThan":{"AWS:EpochTime":4102444800}}}]}'
    signature = encode_base64(KEY.sign(policy.encode()))
    query = f"Policy={encode_base64(policy.encode())}&Signature={signature}&Key-Pair-Id=K1&Hash-Algorithm=SHA256"
    answer = edge.get(f"{VIDEO}?{query}")
    assert (answer.status_code, answer.headers.get("x-evil")) == (403, None)
    assert r"https://d1.example/\r\nX-Evil: 1\u{1b}[31m\xe9" in answer.headers["x-signer-reason"]
    (line,) = edge.lines(1)
    assert r"\r\nX-Evil: 1\u{1b}[31m" in line
    assert signature not in line


def test_no_signature_is_logged_whole(edge):
    """Nor a cookie, whatever is wrong with the request."""
    signature = signed().split("Signature=")[1].split("&")[0]
    cookies = f"CloudFront-Signature={signature}; CloudFront-Expires=1; CloudFront-Key-Pair-Id=K1; mine=secret-cookie"
    edge.get(VIDEO, headers={"Cookie": cookies})
    edge.get(f"{VIDEO}?Signature={signature}")
    edge.get(f"{VIDEO}?Signature={signature}&Signature={signature}&Expires=1&Key-Pair-Id=K1")
    edge.get(f"{VIDEO}?Expires=1&Key-Pair-Id=K1&Signature={signature}%")
    edge.get(f"{VIDEO}?CloudFront-Signature={signature}")
    log = "\n".join(edge.lines(5))
    assert signature[:16] not in log
    assert "secret-cookie" not in log


def test_there_is_one_date(edge):
    assert len(edge.get(VIDEO).headers.get_list("date")) == 1


def test_strict_gives_no_reason(folder):
    with running(Configuration((Behavior("*", str(folder), KEYS),), strict=True)) as edge:
        assert "x-signer-reason" not in edge.get("/video.mp4").headers


def test_without_another_name_it_is_its_own(folder):
    with running(Configuration((Behavior("*", str(folder), KEYS),))) as edge:
        assert edge.client.get(signed(f"{edge.address}/video.mp4")).content == BYTES


def test_a_viewer_may_be_pretended(folder):
    configuration = Configuration((Behavior("*", str(folder), KEYS),), pretend=SITE, viewer_ip="2001:db8::1")
    with running(configuration) as edge:
        assert "IPv6" in edge.get(signed(ip_address="192.0.2.1")).headers["x-signer-reason"]


def test_patterns(folder):
    behaviors = (Behavior("public/?.txt", str(folder)), Behavior("*.mp4", str(folder), KEYS))
    with running(Configuration(behaviors, pretend=SITE)) as edge:
        assert edge.get("/public/a.txt").status_code == 200
        assert edge.get("/PUBLIC/a.txt").status_code == 404, "no behaviour matches"
        assert edge.get("/video.mp4").status_code == 403


def test_cors(folder):
    page = {"Origin": "https://app.example"}
    configuration = Configuration(
        (Behavior("*", str(folder), KEYS),), pretend=SITE, cors_origins=("https://app.example",)
    )
    with running(configuration) as edge:
        answer = edge.get(signed(), headers=page)
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert answer.headers["access-control-allow-credentials"] == "true"
        denied = edge.get(VIDEO, headers=page)
        assert denied.headers["access-control-allow-origin"] == "https://app.example", "so that a page can read why"
        other = {"Origin": "https://evil.example"}
        assert "access-control-allow-origin" not in edge.get(signed(), headers=other).headers


def test_preflights(folder):
    """As ``edge/cors.py`` says."""
    asked = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "range",
    }
    behaviors = (Behavior("/public/*", str(folder)), Behavior("*", str(folder), KEYS))
    with running(Configuration(behaviors, pretend=SITE, cors_origins=("https://app.example",))) as edge:
        for url in (signed(), "/public/a.txt"):
            answer = edge.get(url, method="OPTIONS", headers=asked)
            assert answer.status_code == 200
            assert answer.headers["access-control-allow-headers"] == "range"
        refused = edge.get(VIDEO, method="OPTIONS", headers=asked)
        assert refused.status_code == 403
        assert "<Code>MissingKey</Code>" in refused.text
        assert refused.headers["access-control-allow-origin"] == "https://app.example"
    with running(Configuration(behaviors, pretend=SITE)) as edge:
        refused = edge.get(VIDEO, method="OPTIONS", headers=asked)
        assert refused.status_code == 403
        assert "<Code>MissingKey</Code>" in refused.text


def test_log_lines_for_people(edge):
    url = signed()
    edge.get(url)
    edge.get(VIDEO)
    served, denied = sorted(edge.lines(2), key=lambda line: " 403 " in line)
    signature = url.split("Signature=")[1].split("&")[0]
    assert "GET https://d1.example/video.mp4?Expires=" in served
    assert " 200 1024 bytes" in served
    assert signature[:8] in served
    assert signature[:16] not in served
    assert denied.endswith("not signed: neither the URL nor a cookie carries a key pair id")


def test_log_lines_for_programs(folder):
    with running(Configuration((Behavior("*", str(folder), KEYS),), pretend=SITE), as_json=True) as edge:
        edge.get(VIDEO)
        (line,) = map(json.loads, edge.lines(1))
    assert (line["status"], line["method"], line["viewer"], line["sent"]) == (403, "GET", "127.0.0.1", 146)
    assert line["reason"].startswith("not signed")
