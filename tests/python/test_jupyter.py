"""`show` and `%signed_url`, in IPython and in a browser."""

import re
import subprocess
import sys
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from cloudfront_signer import CloudFrontSigner, InvalidUrlError, PrivateKey, inspect
from cloudfront_signer.demo.video import make_video
from cloudfront_signer.edge import Behavior, Configuration, running
from cloudfront_signer.jupyter import SignedUrl, show

from support.browser import running_chromium

SITE = "https://media.example.com"
END = 2_000_000_000
SCRIPT = "<script>alert('&quot;\"')</script>"


class Tags(HTMLParser):
    """The attributes by their tags, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = {}, ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags[tag] = dict(attributes)

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def shell(monkeypatch):
    """IPython, which shows what it displays in `shown`: the same in each form that a front end may choose."""
    shell = InteractiveShell.instance()
    shell.shown = []
    monkeypatch.setattr(shell.display_pub, "publish", lambda data, *_, **__: shell.shown.append(data))
    shell.run_line_magic("load_ext", "cloudfront_signer.jupyter")
    shell.user_ns["signer"] = CloudFrontSigner("K1", PrivateKey.generate("ecdsa-p256"), domain="media.example.com")
    # HTML is among the forms only where a kernel turns it on.
    shell.display_formatter.active_types = ["text/plain", "text/html"]
    yield shell
    InteractiveShell.clear_instance()


@pytest.fixture
def showing(shell):
    """What `show` displays: the HTML, and the text of a terminal."""

    def displayed(*arguments, **options):
        show(*arguments, **options)
        (data,) = shell.shown
        shell.shown.clear()
        return data["text/html"], data["text/plain"]

    return displayed


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("a.mp4", "video"),
        ("a.webm", "video"),
        ("a.mp3", "audio"),
        ("a.png", "image"),
        ("a.svg", "image"),
        ("a.pdf", "link"),
        ("a", "link"),
        ("folder.mp4/", "link"),
    ],
)
def test_the_element_is_that_of_the_name(signer, showing, name, tag):
    url = signer.sign_url(f"{SITE}/{name}", expires=END)
    html, text = showing(url)
    tags = Tags(html).tags
    element = {"image": "img", "link": "a"}.get(tag, tag)
    assert tags.keys() & {"video", "audio", "img"} == {element} - {"a"}
    assert tags[element]["href" if tag == "link" else "src"] == tags["a"]["href"] == url
    assert text == f"<{tag} {SITE}/{name}, expires 2033-05-18 03:33:20 UTC>"


def test_the_policy_and_the_time_left_are_next_to_it(signer, showing):
    url = signer.sign_url(f"{SITE}/a.mp4", expires=timedelta(days=2, seconds=9), ip_address="192.0.2.0/24")
    html, _ = showing(url)
    assert inspect(url)._repr_html_() in html
    assert re.search(r">expires</th><td[^>]*>[-0-9]+ [:0-9]+ UTC, in (2 days|1 day|47 hours)", html), html
    assert ">192.0.2.0/24</td>" in html
    # The signature is where the browser fetches the object, and nowhere else.
    assert inspect(url).policy.encoded not in Tags(html).text
    assert url.split("Signature=")[1][:20] not in Tags(html).text


def test_options(signer, showing):
    url = signer.sign_url(f"{SITE}/a", expires=END)
    assert Tags(showing(url, kind="video", width=99)[0]).tags["video"]["width"] == "99"
    local = Tags(showing(url, address="http://127.0.0.1:8080/")[0])
    assert local.tags["a"]["href"] == url.replace(SITE, "http://127.0.0.1:8080")
    assert f"{SITE}/a" in local.text
    for address in ("127.0.0.1:8080", "javascript:alert(1)", "http://a/b", ""):
        with pytest.raises(InvalidUrlError, match=r"^address: .*expected a scheme and a host"):
            show(url, address=address)
    with pytest.raises(ValueError, match=r"^kind: 'film': expected one of video, audio, image, link, or None"):
        show(url, kind="film")


def test_what_is_no_signed_url_is_refused(signer, shell):
    for url in (f"{SITE}/a.mp4", "a.mp4", "javascript://a/%0Aalert(1)?Signature=a&Key-Pair-Id=K1&Expires=1"):
        with pytest.raises(InvalidUrlError):
            show(url)
    with pytest.raises(InvalidUrlError, match="found cookies"):
        show(signer.sign_cookies(f"{SITE}/*", expires=END).header)
    assert shell.shown == []


def test_no_text_becomes_html(signer, showing):
    signed = signer.sign_url(f"{SITE}/a", expires=END, resource=f"{SITE}/*").partition("?")[2]
    path = SCRIPT.replace("&", "%26")
    for name in (f"{path}.mp4", f"{path}.png", f"{path}.mp3", path, "a.mp4%22%20onerror=%22alert(1)"):
        for query in (signed, f"x={path}&{signed}", re.sub("Key-Pair-Id=[^&]*", f"Key-Pair-Id={path}", signed)):
            html, _ = showing(f"{SITE}/{name}?{query}")
            assert "<script" not in html
            found = Tags(html)
            assert found.tags.keys() <= {"div", "br", "video", "audio", "img", "a", "table", "tr", "th", "td"}
            names = {"style", "controls", "preload", "width", "src", "alt", "href", "target", "rel"}
            assert {one for tag in found.tags.values() for one in tag} <= names


def test_it_plays(signer, rsa_key, showing, tmp_path):
    (tmp_path / "a.mp4").write_bytes(make_video())
    (tmp_path / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    behavior = Behavior("*", str(tmp_path), {signer.key_id: rsa_key.public_key()})
    with running(Configuration((behavior,), port=0)) as address, running_chromium() as chromium:
        page = chromium.new_page()
        for name, tag, ready in (("a.mp4", "video", "one.videoWidth > 0"), ("a.svg", "img", "one.naturalWidth > 0")):
            page.set_content(showing(signer.sign_url(f"{address}/{name}", expires=timedelta(hours=1)))[0])
            page.wait_for_function(f"[...document.querySelectorAll('{tag}')].some(one => {ready})")


def test_the_magic_signs(shell):
    signer = shell.user_ns["signer"]
    url = shell.run_line_magic("signed_url", "'summer holiday.mp4' --expires 2033-05-18T03:33:20Z --signer signer")
    assert url.startswith(f"{SITE}/summer%20holiday.mp4?Expires={END}&Signature=")
    assert isinstance(url, SignedUrl)
    with_policy = shell.run_line_magic(
        "signed_url",
        f"{SITE}/a.mp4 --expires {END} --not-before {END - 9} --ip-address 192.0.2.0/24 --resource {SITE}/* "
        "--signer signer",
    )
    expected = signer.sign_url(
        f"{SITE}/a.mp4", expires=END, not_before=END - 9, ip_address="192.0.2.0/24", resource=f"{SITE}/*"
    )
    assert inspect(with_policy).policy == inspect(expected).policy
    early, late = (
        inspect(shell.run_line_magic("signed_url", f"a --expires {one} --signer signer")).expires
        for one in ("5m", "7d")
    )
    assert abs(late - early - (7 * 86_400 - 300)) < 60


def test_the_magic_takes_the_signer_of_the_environment(shell, monkeypatch, ec_key):
    values = {"DOMAIN": "media.example.com", "KEY_PAIR_ID": "K9", "PRIVATE_KEY": ec_key.to_pem(), "EXPIRES": "2h"}
    for name, value in values.items():
        monkeypatch.setenv(f"CLOUDFRONT_SIGNER_{name}", value)
    assert inspect(shell.run_line_magic("signed_url", "/a.mp4")).key_id == "K9"


def test_its_result_is_displayed_without_the_signature(shell):
    url = shell.run_line_magic("signed_url", f"a.mp4 --expires {END} --signer signer")
    signature = url.split("Signature=")[1].split("&")[0]
    forms, _ = shell.display_formatter.format(url)
    assert signature not in forms["text/plain"] + Tags(forms["text/html"]).text
    assert Tags(forms["text/html"]).tags["a"]["href"] == url
    assert (str(url), f"{url}") == (url, url)
    assert type(str(url)) is str


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "required: url"),
        ("a.mp4 --signer nothing", "--signer: no variable 'nothing' holds a CloudFrontSigner"),
        ("'a.mp4", "No closing quotation"),
        ("a.mp4 --expires soon --signer signer", "'soon': expected a duration"),
        (f"https:///a --expires {END} --signer signer", "host"),
        (f"a.mp4 --expires {END} --signer bare", "a name needs the setting DOMAIN"),
        ("a.mp4", "CLOUDFRONT_SIGNER_KEY_PAIR_ID"),
    ],
)
def test_a_mistake_is_one_line(shell, signer, monkeypatch, line, said):
    for name in ("KEY_PAIR_ID", "PRIVATE_KEY", "DOMAIN"):
        monkeypatch.delenv(f"CLOUDFRONT_SIGNER_{name}", raising=False)
    shell.user_ns["bare"] = signer
    with pytest.raises(UsageError) as raised:
        shell.run_line_magic("signed_url", line)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_key_in_the_line_is_not_shown(shell, ec_key):
    pem = ec_key.to_pem().replace("\n", "\\n")
    for line in (
        f"a.mp4 '{pem}'",
        f"a.mp4 --signer '{pem}'",
        f"'{pem}' --signer bare",
        f"a --expires '{pem}' --signer signer",
    ):
        with pytest.raises(UsageError) as raised:
            shell.run_line_magic("signed_url", line)
        assert ec_key.to_pem().splitlines()[1] not in str(raised.value)


def test_help(shell):
    text = shell.find_line_magic("signed_url").__doc__
    assert "--expires" in text
    assert "%%" not in text


def test_without_ipython_the_extra_is_named():
    program = "import sys; sys.modules['IPython'] = None\nimport cloudfront_signer.jupyter"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: ")
    assert "pip install 'cloudfront-signer[jupyter]'" in last
