"""Configurations from TOML files."""

import pytest

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer.edge.configuration_file import read_toml

from support.edges import KEY, SITE, running


@pytest.fixture
def written(tmp_path, folder):
    (tmp_path / "k1.pem").write_text(KEY.public_key().to_pem())

    def write(text):
        path = tmp_path / "edge.toml"
        path.write_text(text)
        return path

    return write


def test_a_file_says_everything(written, folder):
    configuration = read_toml(
        written(
            """
            origin = "content"
            open = ["/public/*"]
            as = "https://d1.example/"
            viewer_ip = "192.0.2.1"
            default_root_object = "index.html"
            strict = true
            list_bucket = true
            allow_download_names = true
            sign_manifests = true
            timeout = 5
            cors_origins = ["https://app.example"]
            host = "127.0.0.1"
            port = 0
            [public_keys]
            K1 = "k1.pem"
            [[behaviors]]
            path = "/live/*"
            origin = "http://127.0.0.1:1"
            keys = ["K1"]
            methods = ["GET"]
            """
        )
    )
    live, public, rest = configuration.behaviors
    assert (live.path_pattern, live.methods, list(live.public_keys)) == ("/live/*", {"GET"}, ["K1"])
    assert (public.path_pattern, public.public_keys, public.origin) == ("/public/*", None, str(folder))
    assert (rest.path_pattern, list(rest.public_keys)) == ("*", ["K1"])
    assert (configuration.pretend, configuration.timeout, configuration.strict) == (SITE, 5.0, True)
    assert (configuration.list_bucket, configuration.allow_download_names) == (True, True)
    assert configuration.sign_manifests
    with running(configuration) as edge:
        assert edge.get("/public/a.txt").text == "open to all\n"
        assert edge.get("/video.mp4").status_code == 403


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("orgin = 'x'", "orgin is not known|origin = "),
        (
            "origin = 'content'\nstrickt = true",
            "strickt is not known; expected one of allow_download_names, as, ",
        ),
        ("origin = 5", "origin is 5, expected str"),
        ("origin = 'content'\nport = true", "port is True, expected int"),
        ("origin = 'content'\nport = 65536", "port 65536: expected 0 to 65535"),
        ("origin = 'content'\ntimeout = 'long'", "timeout is 'long', expected int"),
        ("origin = 'content'\ntimeout = nan", "expected a number of seconds above 0"),
        ("origin = 'content'\nviewer_ip = 'here'", "viewer_ip 'here': expected an IPv4"),
        ("origin = 'content'\nas = 'https://d1.example?'", "expected https:// and a host"),
        ("origin = 'content'\nopen = [1]", "open holds 1, expected a list of strings"),
        ("origin = 'content'\nas = 'd1.example'", "expected https:// and a host"),
        ("origin = 'content'\n[public_keys]\nK1 = 5", "public_keys.K1 is 5, expected a string"),
        ("origin = 'content'\n[public_keys]\nK1 = 'none.pem'", "none.pem: no such file"),
        ("[[behaviors]]\npath = '*'", r"behaviors\[1\] has no origin"),
        ("[[behaviors]]\norigin = 'content'\nkeys = ['K2']", "'K2' is not one of public_keys"),
        ("[[behaviors]]\norigin = 'content'\npth = '*'", r"behaviors\[1\].pth is not known"),
        ("behaviors = [1]", r"behaviors\[1\] is 1, expected a table"),
        ("port = 1", "origin = '…' or"),
        ("origin = 'content'\nstrict = 1", "strict is 1, expected bool"),
        (f"origin = 'content'\ntimeout = 1{'0' * 400}", "timeout is too large"),
        (f"port = 1{'0' * 5000}", "edge.toml: "),
        (f"a = {'[' * 20000}", "edge.toml: "),
        ("= broken", "edge.toml: "),
        ("origin = 'content'\ncors_origins = ['https://app.example/']", "CORS origin 'https://app.example/': expected"),
        ("origin = 'content'\ncors_origins = ['app.example']", "CORS origin 'app.example': expected"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(written, text, message):
    with pytest.raises(CloudFrontSignerError, match=message) as caught:
        read_toml(written(text))
    assert "\n" not in str(caught.value)


def test_a_timeout_may_have_a_point(written):
    assert read_toml(written("origin = 'content'\ntimeout = 2.5")).timeout == 2.5
    assert read_toml(written("origin = 'content'")).timeout == 30


def test_a_file_that_is_not_text(written):
    path = written("")
    path.write_bytes(b"\xff")
    with pytest.raises(CloudFrontSignerError, match=r"edge\.toml: not UTF-8 text$"):
        read_toml(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CloudFrontSignerError, match="No such file"):
        read_toml(tmp_path / "none.toml")
