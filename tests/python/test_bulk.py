"""`sign --urls-from`: bad lines are named, nothing is signed to find them, and what was written is said."""

import json
import subprocess
import sys

import pytest

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError, PrivateKey, Verifier
from cloudfront_signer.cli.bulk import Refusals, sign_batches

END = 2_000_000_000


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "key.pem"
    path.write_text(PrivateKey.generate("ecdsa-p256").to_pem())
    return path


@pytest.fixture
def sign(key):
    def run(urls, *flags, status=0):
        command = [sys.executable, "-m", "cloudfront_signer.cli", "sign", "--key-pair-id", "K1", "--private-key", key]
        command += ["--date-less-than", str(END), "--urls-from", "-", *flags]
        done = subprocess.run(command, input=urls, capture_output=True, check=False)
        assert done.returncode == status, done.stderr
        return done.stdout.decode().splitlines(), done.stderr.decode().splitlines()

    return run


def lines(total, bad=()):
    return b"".join(b"bad\n" if n in bad else b"https://a/%d\n" % n for n in range(1, total + 1))


def test_a_bad_line_ends_it_and_what_was_written_is_said(sign):
    written, (error,) = sign(lines(2_500, {2_100}), status=1)
    assert len(written) == 2_048
    assert error.startswith("cloudfront-signer: line 2100: ")
    assert error.endswith("; lines written: 2048")
    assert sign(lines(3, {1}), status=1)[1][0].endswith("; lines written: 0")


def test_the_rest_is_signed_where_that_is_asked_for(sign, key):
    bad = {1, 2, 1_024, 1_025, 2_999}
    written, errors = sign(lines(3_000, bad), "--keep-going", status=1)
    assert [line.split("?")[0] for line in written] == [f"https://a/{n}" for n in range(1, 3_001) if n not in bad]
    assert [error.split(":")[1] for error in errors[:-1]] == [f" line {n}" for n in sorted(bad)]
    assert errors[-1] == "cloudfront-signer: URLs refused: 5, signed: 2995"
    verifier = Verifier({"K1": PrivateKey.from_file(key).public_key()})
    assert all(map(verifier.check, written))
    assert sign(lines(3), "--keep-going")[1] == []


def test_bad_lines_as_json(sign):
    written, errors = sign(lines(3, {2}), "--keep-going", "--json", status=1)
    assert [json.loads(line)["url"] for line in written] == ["https://a/1", "https://a/3"]
    line, end = map(json.loads, errors)
    assert (line["error"], line["line"]) == ("InvalidUrlError", 2)
    assert end == {"error": "CloudFrontSignerError", "message": "URLs refused: 1, signed: 2", "status": 1}


def test_a_byte_order_mark_and_other_line_ends(sign):
    written, _ = sign(b"\xef\xbb\xbfhttps://a/1\r\nhttps://a/2\r\n")
    assert [line.split("?")[0] for line in written] == ["https://a/1", "https://a/2"]


def test_lines_that_are_no_text(sign):
    latin = b"https://a/1\nhttps://a/\xe9\nhttps://a/3\n"
    assert "line 2: not UTF-8 text; lines written: 0" in sign(latin, status=1)[1][0]
    written, errors = sign(latin, "--keep-going", status=1)
    assert len(written) == 2
    assert errors[0] == "cloudfront-signer: line 2: not UTF-8 text"
    assert sign("https://a/é\n".encode())[1] == []


def test_what_is_wrong_with_all_lines_is_said_once(sign):
    written, errors = sign(lines(3), "--keep-going", "--policy-resource", "a/*", status=1)
    assert written == []
    assert len(errors) == 1
    assert "line" not in errors[0]


@pytest.mark.parametrize("keep_going", [False, True])
def test_nothing_is_signed_to_find_a_bad_one(keep_going):
    signed = []

    def signs(message):
        signed.append(message)
        return b"signature"

    numbered = [(n, "bad" if n % 5 == 0 else f"https://a/{n}") for n in range(1, 21)]
    refuse = Refusals(keep_going)
    batches = sign_batches(CloudFrontSigner("K1", signs), iter(numbered), {"expires": END}, refuse)
    if keep_going:
        ((size, pairs),) = batches
        assert (size, len(pairs), refuse.count) == (20, 16, 4)
        assert len(signed) == len(set(signed)) == 16
    else:
        with pytest.raises(CloudFrontSignerError, match="line 5: "):
            list(batches)
        assert signed == []


def test_urls_that_their_signature_makes_too_long_are_left_out():
    numbered = [(n, f"https://a/{n}{'x' * 8_100 * (n % 3 == 0)}") for n in range(1, 10)]
    refuse = Refusals(keep_going=True)
    signer = CloudFrontSigner("K1", PrivateKey.generate("ecdsa-p256"))
    ((_, pairs),) = sign_batches(signer, iter(numbered), {"expires": END}, refuse)
    assert [url for url, _ in pairs] == [f"https://a/{n}" for n in (1, 2, 4, 5, 7, 8)]
    assert refuse.count == 3


def test_a_callables_own_error_comes_through():
    def raises(_message):
        raise LookupError("HSM")

    with pytest.raises(LookupError):
        list(sign_batches(CloudFrontSigner("K1", raises), iter([(1, "https://a/1")]), {"expires": END}, Refusals(True)))
