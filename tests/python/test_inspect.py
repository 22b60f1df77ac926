"""What signed URLs and cookies say, and what is wrong with them."""

import json
import re
import subprocess
import sys

import pytest

from cloudfront_signer import CloudFrontSigner, InvalidUrlError, PrivateKey, Verifier, inspect

NOW = 1_767_290_400
URL = "https://a.example/v/1.mp4"


@pytest.fixture(scope="module")
def key():
    return PrivateKey.generate()


@pytest.fixture(scope="module")
def verifier(key):
    return Verifier({"K1": key.public_key()})


@pytest.fixture(scope="module")
def signed(key):
    return CloudFrontSigner("K1", key).sign_url(URL, expires=NOW + 240)


@pytest.fixture
def run_inspect():
    def run(*arguments):
        command = [sys.executable, "-m", "cloudfront_signer.cli", "inspect", *arguments]
        return subprocess.run(command, check=False, capture_output=True, text=True)

    return run


def test_a_url(signed):
    inspection = inspect(signed)
    assert (inspection.via, inspection.url, inspection.key_id) == ("url", URL, "K1")
    assert (inspection.hash_algorithm, inspection.signature_kind) == ("SHA1", "RSA-2048")
    assert inspection.policy.expires == NOW + 240
    assert ("expires", "2026-01-01 18:04:00 UTC, in 4 minutes") in inspection.rows(now=NOW)
    assert "2026-01-01 18:04:00 UTC" in str(inspection)
    assert repr(inspection) == f"<Inspection of {URL}>"


def test_cookies(key):
    cookies = CloudFrontSigner("K1", key).sign_cookies("https://a.example/*", expires=NOW + 240)
    for form in (cookies, dict(cookies), "\n".join(f"Set-Cookie: {header}" for header in cookies.headers())):
        inspection = inspect(form)
        assert (inspection.via, inspection.url) == ("cookies", None)
        assert inspection.policy.resource == "https://a.example/*"


def test_a_notebook_gets_a_table_in_which_nothing_is_spliced(key):
    signed = CloudFrontSigner("K1", key).sign_url("https://a.example/<b>&amp;", expires=NOW)
    html = inspect(signed.replace("%3Cb%3E", "<b>"))._repr_html_()
    assert re.match("<table><tr><th[^>]*>signed</th><td[^>]*>URL, canned policy</td></tr>", html)
    assert "&lt;b&gt;&amp;amp;" in html
    assert "<b>" not in html


def test_what_says_nothing_is_refused():
    with pytest.raises(InvalidUrlError, match="neither a signed URL nor"):
        inspect("https://a.example/")


def test_a_diagnosis(signed, verifier):
    assert inspect(signed).diagnose(verifier, now=NOW)
    late = inspect(signed).diagnose(verifier, now=NOW + 960)
    assert not late
    assert late.decision.code == "AccessDenied"
    (mistake,) = late.mistakes
    assert mistake.name == "expired"
    assert mistake.found == "expired 12 minutes ago (2026-01-01 18:04:00 UTC)"
    assert "later expiry" in mistake.advice
    assert "expired" in repr(late) + repr(mistake)


def test_several_mistakes_at_once(signed, verifier):
    http = inspect(signed).diagnose(verifier, request="http://a.example/v/1.mp4", now=NOW + 240)
    assert [mistake.name for mistake in http.mistakes] == ["other-scheme", "expired"]


def test_cookies_need_a_request(key, verifier):
    inspection = inspect(CloudFrontSigner("K1", key).sign_cookies("https://a.example/*", expires=NOW + 1))
    with pytest.raises(InvalidUrlError, match="give its URL"):
        inspection.diagnose(verifier)
    assert inspection.diagnose(verifier, request=URL, now=NOW)


def test_no_text_holds_the_signature(signed, verifier):
    signature = signed.split("Signature=")[1].split("&")[0]
    broken = signed.replace("v/1", "v/2")
    diagnosis = inspect(broken).diagnose(verifier, now=NOW)
    texts = [str(inspect(broken)), repr(diagnosis)] + [m.found + m.advice + repr(m) for m in diagnosis.mistakes]
    assert not any(signature[20:60] in text for text in texts)


def test_the_command_reads_an_answer(signed, tmp_path, run_inspect):
    answer = tmp_path / "answer.txt"
    answer.write_text(
        "HTTP/2 403\r\nserver: AmazonS3\r\n\r\n"
        "<Error><Code>AccessDenied</Code><RequestId>R</RequestId><HostId>H</HostId></Error>"
    )
    said = run_inspect(signed, "--answer", str(answer)).stdout
    assert "  means      CloudFront allowed the request, but S3 denied it" in said
    assert "bucket policy" in said
    assert "the answer is a redirect" in run_inspect(signed, "--answer", "302").stdout
    assert "the file was served" in run_inspect(signed, "--answer", "200").stdout
    told = json.loads(run_inspect(signed, "--answer", str(answer), "--json").stdout)
    assert [cause["name"] for cause in told["answer"]] == ["s3-denied"]
    assert "inspect URL --public-key FILE" in run_inspect(signed, "--answer", "403").stdout
    missing = run_inspect(signed, "--answer", "nowhere.txt")
    assert missing.returncode != 0
    assert "--answer nowhere.txt: No such file or directory; expected a file or a status" in missing.stderr


def test_the_command_shows_warnings(key, tmp_path, run_inspect):
    public = tmp_path / "public.pem"
    public.write_text(key.public_key().to_pem())
    bucket = CloudFrontSigner("undefined", key).sign_url("https://b.s3.amazonaws.com/a", expires=NOW + 240)
    flags = ["--public-key", str(public), "--at", "2026-01-01T18:00:00Z"]
    said = run_inspect(bucket, *flags)
    assert said.returncode == 0
    assert said.stdout.count("\n  warning    ") == 2
    told = json.loads(run_inspect(bucket, *flags, "--json").stdout)
    assert [warning["name"] for warning in told["warnings"]] == ["bad-key-id", "bucket-host"]
