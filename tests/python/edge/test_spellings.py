"""No spelling of a path gets signed content without a signature: every spelling, every origin, both orders."""

import time

import pytest

from cloudfront_signer.edge import Behavior, Configuration

from support import origins
from support.edges import KEYS, SIGNER, SITE, running, send

SECRET, PUBLIC = b"for the few", b"open to all"

SPELLINGS = [
    "/private/x",
    "/private/x?",
    "/private/x?a=/public/",
    "//private/x",
    "///private/x",
    "/private//x",
    "/public//../private/x",
    "/%70rivate/x",
    "/%70%72%69%76%61%74%65/%78",
    "/privat%65/x",
    "/private%2fx",
    "/private%2Fx",
    "/%2fprivate/x",
    "/%2Fprivate%2Fx",
    "private/x",
    "-private/x",
    "*",
    "?/private/x",
    "http://x/private/x",
    "HTTP://X/private/x",
    "http://x//private/x",
    "http://x/%70rivate/x",
    "http://x/public/../private/x",
    "ftp://x/private/x",
    "/./private/x",
    "/%2e/private/x",
    "/.//private/x",
    "/private/./x",
    "/private/y/../x",
    "/../private/x",
    "/public/../private/x",
    "/public/y/../../private/x",
    "/public/%2e%2e/private/x",
    "/public/.%2E/private/x",
    "/public/..%2fprivate/x",
    "/public%2f..%2fprivate/x",
    "/public/%2e%2e%2fprivate/x",
    "/public/..%5cprivate/x",
    "/public/..\\private/x",
    "/private%5cx",
    "/public/..;/private/x",
    "/public/..%252fprivate/x",
    "/%2570rivate/x",
    "/private/x#",
    "/private/x#/public/",
    "/public/../private/x#.txt",
    "/private/x/",
    "/private/x/.",
    "/private/x%2f",
    "/private/x%00",
    "/private/x%20",
]

ORDERS = {
    "signed first": lambda origin: (Behavior("/private/*", origin, KEYS), Behavior("*", origin)),
    "by its name": lambda origin: (Behavior("/private/x", origin, KEYS), Behavior("*", origin)),
    "open first": lambda origin: (Behavior("/public/*", origin), Behavior("*", origin, KEYS)),
}


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    folder = tmp_path_factory.mktemp("content")
    for name, text in (("private/x", SECRET), ("public/a", PUBLIC)):
        (folder / name).parent.mkdir()
        (folder / name).write_bytes(text)
    # Processes of other users read it, nginx's workers among them.
    for place in (folder.parent, folder):
        place.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def bucket(aws):
    client, _ = aws
    client("s3").create_bucket(Bucket="spelled")
    # A request target without a slash would lead here.
    client("s3").create_bucket(Bucket="spelled-private")
    for place, name, text in (
        ("spelled", "private/x", SECRET),
        ("spelled", "public/a", PUBLIC),
        ("spelled", "/private/y", b"another object"),
        ("spelled-private", "x", SECRET),
    ):
        client("s3").put_object(Bucket=place, Key=name, Body=text)
    return "s3://spelled"


@pytest.fixture(scope="module", params=["folder", "werkzeug", "http.server", "nginx", "s3"])
def origin(request, content, tmp_path_factory):
    """The name of an origin, and where it is."""
    if request.param == "folder":
        yield request.param, str(content)
    elif request.param == "s3":
        yield request.param, request.getfixturevalue("bucket")
    else:
        starting = {
            "werkzeug": lambda: origins.werkzeug(content),
            "http.server": lambda: origins.http_server(content),
            "nginx": lambda: origins.nginx(content, tmp_path_factory.mktemp("nginx")),
        }[request.param]()
        with starting as address:
            yield request.param, address


@pytest.fixture(scope="module", params=ORDERS)
def crossed(request, origin, aws):
    """The name of an origin, and an edge before it."""
    name, address = origin
    with running(Configuration(ORDERS[request.param](address), endpoint_url=aws[1])) as edge:
        yield name, edge


@pytest.mark.parametrize("target", SPELLINGS)
def test_signed_content_needs_a_signature(crossed, target):
    name, edge = crossed
    count = len(edge.log.getvalue().splitlines())
    answer = send(edge, target)
    (line,) = edge.lines(count + 1)[count:]
    if SECRET in answer:
        # What a lenient server merges itself it would merge behind CloudFront as well: there the log has to say so.
        assert name in {"werkzeug", "http.server", "nginx"}
        assert any(spelling in target.lower() for spelling in ("//", "%2f", "%5c", "x/"))
        assert "; warning: an origin that merges //" in line
    if name in {"folder", "s3"}:
        assert answer.startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 404 ", b"HTTP/1.1 400 "))


def test_what_is_open_or_signed_is_served(crossed):
    """Without this the test above would hold for an edge that serves nothing."""
    _, edge = crossed
    assert PUBLIC in send(edge, "/public/a")
    assert PUBLIC in send(edge, "/public/../public/%61")
    for path in ("/private/x", "/%70rivate/x", "/public/../private/x"):
        url = SIGNER.sign_url(edge.address + path, expires=time.time() + 600)
        answer = send(edge, url.removeprefix(edge.address), host=edge.address.removeprefix("http://"))
        assert SECRET in answer, path
        absolute = send(edge, url, host="elsewhere.example")
        assert SECRET in absolute, "the signature is over the target's host"
    assert b" warning: " not in edge.log.getvalue().encode().splitlines()[-1]


@pytest.mark.parametrize(
    "target", ["private/x", "-private/x", "*", "?x", "x:1", "ftp://x/a", "http:/x", "/a#b", "/?a#b"]
)
def test_a_target_that_is_no_path_is_refused(crossed, target):
    assert send(crossed[1], target).startswith(b"HTTP/1.1 400 ")


def test_a_policy_with_wildcards_covers_what_a_path_leads_to(content):
    """A viewer who may see one folder does not get out of it, while a URL that was signed as it is stays good."""
    with running(Configuration((Behavior("*", str(content), KEYS),), pretend=SITE)) as edge:
        public = SIGNER.sign_url(f"{SITE}/public/a", expires=time.time() + 600, resource=f"{SITE}/public/*")
        query = public.partition("?")[2]
        cookies = SIGNER.sign_cookies(f"{SITE}/public/*", expires=time.time() + 600)
        cookie = "Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items())
        for path in ("/public/a", "/public/./a", "/public/y/../a", "/public/%2e/%61"):
            assert PUBLIC in send(edge, f"{path}?{query}"), path
            assert PUBLIC in send(edge, path, cookie), path
        for path in ("/public/../private/x", "/public/%2e%2e/private/x", "/public/y/.%2E/../private/x"):
            for answer in (send(edge, f"{path}?{query}"), send(edge, path, cookie)):
                assert answer.startswith(b"HTTP/1.1 403 ")
                assert b"/public/*, but the request is for https://d1.example/private/x" in answer
            named = SIGNER.sign_url(SITE + path, expires=time.time() + 600, not_before=1_000_000_000)
            assert SECRET in send(edge, named.removeprefix(SITE)), path


def test_a_lenient_server_is_warned_of(tmp_path, content):
    """The warning is for what an open behaviour lets through, and for nothing else."""
    with (
        origins.nginx(content, tmp_path) as address,
        running(Configuration(ORDERS["signed first"](address))) as edge,
        running(Configuration(ORDERS["signed first"](address)), as_json=True) as machine,
    ):
        assert SECRET in send(edge, "//private/x"), "nginx merges slashes"
        assert SECRET in send(edge, "/private%2fx"), "nginx decodes"
        assert PUBLIC in send(edge, "//public/a")
        lines = edge.lines(3)
        assert ["; warning: " in line for line in lines] == [True, True, False]
        assert "signed content of /private/*" in lines[0]
        send(machine, "//private/x")
        assert '"warning": "an origin that merges //' in machine.lines(1)[0]


def test_two_slashes_are_another_object(aws, bucket):
    with running(Configuration(ORDERS["signed first"](bucket), endpoint_url=aws[1])) as edge:
        assert b"another object" in send(edge, "//private/y")
        assert b"another object" not in send(edge, "/private/y")
        url = SIGNER.sign_url(f"{SITE}/private/y", expires=time.time() + 600)
        assert b"another object" not in send(edge, url.removeprefix(SITE), host="d1.example")


def test_an_escape_of_a_reserved_character(tmp_path):
    """CloudFront does not decode `%40` before it matches, a bucket does: so the edge looks at both readings."""
    (tmp_path / "@me").mkdir()
    (tmp_path / "@me" / "x").write_bytes(SECRET)
    behaviors = (Behavior("/@me/*", str(tmp_path), KEYS), Behavior("*", str(tmp_path)))
    with running(Configuration(behaviors)) as edge:
        assert SECRET not in send(edge, "/%40me/x")
        assert "; warning: " in edge.lines(1)[0]


def test_an_escaped_slash_is_a_slash_of_an_object(content, aws, bucket):
    """As S3 reads it: a URL that quotes the whole key works where the behaviour is the same."""
    for origin in (str(content), bucket):
        configuration = Configuration((Behavior("*", origin, KEYS),), pretend=SITE, endpoint_url=aws[1])
        with running(configuration) as edge:
            url = SIGNER.sign_url(f"{SITE}/private%2Fx", expires=time.time() + 600)
            assert SECRET in send(edge, url.removeprefix(SITE))
