"""The pytest plugin as test suites use it: with pytester, under xdist, and from a wheel in a bare environment."""

import re

import pytest

pytest_plugins = ("pytester",)

SUITE = """
import pytest

@pytest.fixture
def media(cloudfront_edge, tmp_path):
    (tmp_path / "a b.mp4").write_bytes(b"video")
    (tmp_path / "free.txt").write_text("open")
    return cloudfront_edge(tmp_path, open=["/free.txt"])

"""


@pytest.fixture
def run(pytester):
    """Runs tests in another process. A warning fails them."""

    def run(tests, *arguments, before=SUITE):
        pytester.makepyfile(before + tests)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", *arguments)

    return run


def failure(outcome):
    """The text of the only failure, from its first line."""
    outcome.assert_outcomes(failed=1)
    lines = [line.removeprefix("E").strip() for line in outcome.outlines if re.match("E  ", line)]
    assert lines, "no failure in " + outcome.stdout.str()
    return "\n".join(lines)


def test_nothing_heavy_is_imported_at_the_start(run):
    run(
        "import sys\n"
        "def test_it():\n"
        "    heavy = {'starlette', 'uvicorn', 'httpx', 'anyio', 'boto3', 'flask', 'asyncio'}\n"
        "    assert heavy & sys.modules.keys() == set()\n",
        "-p",
        "no:anyio",
        before="",
    ).assert_outcomes(passed=1)


def test_the_fixtures_are_listed(pytester):
    listed = pytester.runpytest_subprocess("--fixtures").stdout
    for name in ("cloudfront_edge", "cloudfront_signer_key", "assert_allowed", "assert_denied"):
        listed.re_match_lines(
            [rf"{name}( \[session scope\])? -- .*cloudfront_signer/pytest_plugin\.py:\d+", "    [A-Z]"]
        )


def test_allowed_and_denied(run):
    run("""
def test_allowed(media, assert_allowed):
    assert_allowed(media.sign_url("a b.mp4", expires="5m"))
    assert_allowed(media.url("a b.mp4"), cookies=media.sign_cookies("*", expires="5m"))
    assert_allowed(media.url("a b.mp4"), cookies=media.sign_cookies("*", expires="5m").header)
    assert_allowed(media.url("free.txt"))

def test_denied(media, assert_denied):
    assert_denied(media.url("a b.mp4"))
    assert_denied(media.url("a b.mp4"), "MissingKey")
    assert_denied(media.sign_url("a b.mp4", expires="5m", ip_address="192.0.2.1"), "AccessDenied")
    assert_denied(media.url("a b.mp4"), "AccessDenied", cookies=media.sign_cookies("/other/*", expires="5m"))
""").assert_outcomes(passed=2)


# A call that fails, and parts of its message.
FAILURES = [
    ("assert_allowed(media.url('a b.mp4'))", ["expected to be allowed", "403 MissingKey", "wrong", "no key pair id"]),
    (
        "assert_allowed(media.sign_url('a b.mp4', expires='5m', ip_address='192.0.2.1'))",
        ["expected to be allowed", "403 AccessDenied", "wrong", "192.0.2.1", "127.0.0.1"],
    ),
    (
        "assert_allowed(media.url('a b.mp4'), cookies=media.sign_cookies('/other/*', expires='5m'))",
        ["expected to be allowed", "403 AccessDenied", "/other/*"],
    ),
    ("assert_allowed(media.sign_url('none.mp4', expires='5m'))", ["expected to be allowed", "403", "right"]),
    (
        "assert_denied(media.sign_url('a b.mp4', expires='5m'))",
        ["expected to be denied", "answered with 200", "canned policy"],
    ),
    (
        "assert_denied(media.url('a b.mp4'), cookies=media.sign_cookies('*', expires='5m'))",
        ["expected to be denied", "answered with 200", "cookies"],
    ),
    ("assert_denied(media.url('free.txt'))", ["expected to be denied", "needs no signature"]),
    ("assert_denied(media.url('a b.mp4'), 'AccessDenied')", ["expected to be denied with AccessDenied", "MissingKey"]),
    ("assert_denied(media.sign_url('none.mp4', expires='5m'))", ["expected to be denied", "403"]),
    ("assert_allowed('https://other.example/a')", ["https://other.example/a is of no distribution", "127.0.0.1"]),
]


def test_a_failure_has_the_diagnosis(run):
    tests = (
        f"def test_{number}(media, assert_allowed, assert_denied):\n    {call}\n"
        for number, (call, _) in enumerate(FAILURES)
    )
    outcome = run("\n".join(tests))
    outcome.assert_outcomes(failed=len(FAILURES))
    sections = re.split(
        r"^_+ test_\d+ _+$", outcome.stdout.str().partition("short test summary")[0], flags=re.MULTILINE
    )
    for (call, expected), section in zip(FAILURES, sections[1:], strict=True):
        shown = "\n".join(line for line in section.splitlines() if line.startswith("E "))
        print(shown)
        for part in expected:
            assert part in shown
        # The test's own line, and none of the plugin's.
        assert f">       {call}\n" in section or f">   {call}\n" in section
        assert "pytest_plugin.py:" not in section.partition("Captured")[0].replace("test_pytest_plugin", "")
        assert not re.search("Signature=[A-Za-z0-9~_-]{20}", shown), "a whole signature"


def test_a_site_of_the_application(run):
    run("""
from cloudfront_signer.flask import CloudFront
from flask import Flask

def test_it(cloudfront_edge, cloudfront_signer_key, assert_allowed, tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"picture")
    distribution = cloudfront_edge(tmp_path, site="https://media.example.com/")
    app = Flask("shop")
    app.config.update(distribution.settings, CLOUDFRONT_SIGNER_EXPIRES="5m")
    with app.app_context():
        url = CloudFront(app).signed_url("a.jpg")
    assert url.startswith("https://media.example.com/a.jpg?")
    assert_allowed(url)
    assert distribution.settings["CLOUDFRONT_SIGNER_PRIVATE_KEY"].public_key() == cloudfront_signer_key.public_key()
    assert repr(distribution).startswith("<SignedDistribution https://media.example.com at http://127.0.0.1:")
""").assert_outcomes(passed=1)


def test_applications_as_origins(run):
    run("""
from flask import Flask
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

async def bare(scope, receive, send):
    if scope["type"] == "http":
        await PlainTextResponse("bare")(scope, receive, send)

async def page(request):
    return PlainTextResponse("starlette")

def test_it(cloudfront_edge, assert_allowed, assert_denied):
    flask = Flask("shop")
    flask.add_url_rule("/files/a", view_func=lambda: "flask")
    for application in (flask, flask.wsgi_app, Starlette(routes=[Route("/files/a", page)]), bare):
        distribution = cloudfront_edge(application)
        assert_allowed(distribution.sign_url("files/a", expires="5m"))
        assert_denied(distribution.url("files/a"), "MissingKey")
""").assert_outcomes(passed=1)


def test_an_application_that_does_not_start(run):
    outcome = run("""
async def broken(scope, receive, send):
    raise RuntimeError("no database")
    yield

class Broken:
    async def __call__(self, scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

def test_it(cloudfront_edge):
    cloudfront_edge(Broken())
""")
    assert "the application did not start" in failure(outcome)


def test_several_distributions_that_end_with_the_test(run):
    run("""
import socket

ports = []

def test_two(cloudfront_edge, tmp_path, assert_denied):
    one, other = cloudfront_edge(tmp_path), cloudfront_edge(str(tmp_path), strict=False)
    assert one.address != other.address
    assert_denied(one.url("a"))
    assert_denied(other.url("a"))
    ports.extend(int(each.address.rpartition(":")[2]) for each in (one, other))

def test_later():
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    assert len(ports) == 2
""").assert_outcomes(passed=2)


def test_a_wrong_origin_is_named(run):
    assert "none" in failure(run("def test_it(cloudfront_edge):\n    cloudfront_edge('none')\n"))


def test_under_xdist(run):
    tests = """
@pytest.mark.parametrize("number", range(8))
def test_it(media, assert_allowed, assert_denied, number):
    assert_allowed(media.sign_url("a b.mp4", expires="5m"))
    assert_denied(media.url("a b.mp4"), "MissingKey")
"""
    run(tests, "-n", "2").assert_outcomes(passed=8)


def test_a_key_is_never_shown(run):
    outcome = run(
        "def test_it(cloudfront_signer_key, media):\n    assert (cloudfront_signer_key, media) is None\n", "-l"
    )
    outcome.assert_outcomes(failed=1)
    shown = outcome.stdout.str() + outcome.stderr.str()
    assert "<PrivateKey ecdsa-p256>" in shown
    assert "BEGIN" not in shown
