"""Buckets as origins, served by moto over HTTP."""

import time
from dataclasses import replace

import pytest

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer.edge import Behavior, Configuration, Edge

from support.edges import KEY, SIGNER, SITE, running


def test_a_bucket(aws):
    _, endpoint = aws
    behaviors = (Behavior("*", "s3://content/v", {"K1": KEY.public_key()}),)
    with running(Configuration(behaviors, pretend=SITE, endpoint_url=endpoint)) as edge:
        url = SIGNER.sign_url(f"{SITE}/a%20b%2Bc.txt?acl", expires=time.time() + 60)
        answer = edge.get(url)
        assert (answer.status_code, answer.content) == (200, b"0123456789")
        part = edge.get(url, headers={"Range": "bytes=2-4"})
        assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
        assert edge.get(url, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
        assert edge.get(url, method="HEAD").headers["content-length"] == "10"
        assert edge.get(SIGNER.sign_url(f"{SITE}/none", expires=time.time() + 60)).status_code == 404
        assert edge.get("/a%20b%2Bc.txt").status_code == 403


def test_a_bucket_is_not_listed_nor_left(aws):
    client, endpoint = aws
    client("s3").create_bucket(Bucket="other")
    client("s3").put_object(Bucket="other", Key="a", Body=b"other")
    with running(Configuration((Behavior("*", "s3://content"),), endpoint_url=endpoint)) as edge:
        for path in ("/", "//", "/..%2fother/a", "/%2e%2e/other/a", "/v/..%5c..%5cother/a"):
            answer = edge.get(path)
            assert answer.status_code in {403, 404}, path
            assert "index.html" not in answer.text
            assert "<Code>" in answer.text
        assert edge.get("/index.html").text == "root"


def test_a_name_is_signed_in_the_one_spelling_of_s3(aws, origin):
    endpoint = f"http://127.0.0.1:{origin.server_address[1]}"
    behaviors = (Behavior("*", "s3://content/my folder"),)
    with running(Configuration(behaviors, endpoint_url=endpoint)) as edge:
        edge.get("/a(1)%20b%c3%a9'~.txt")
    _, path, headers, _ = origin.requests[-1]
    assert path == "/content/my%20folder/a%281%29%20b%C3%A9%27~.txt"
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 ")


DOWNLOAD = "response-content-disposition=attachment%3B+filename%3D%22a%20b.txt%22&response-content-type=text/x-mine"


def test_download_names_of_a_bucket(aws, origin):
    """S3 honours them for signed requests: the edge's own, to which they belong."""
    _, endpoint = aws
    configuration = Configuration(
        (Behavior("*", "s3://content", {"K1": KEY.public_key()}),), pretend=SITE, endpoint_url=endpoint
    )
    url = SIGNER.sign_url(f"{SITE}/index.html?{DOWNLOAD}&acl", expires=time.time() + 60)
    with running(replace(configuration, allow_download_names=True)) as edge:
        answer = edge.get(url)
        assert (answer.text, answer.headers["content-type"]) == ("root", "text/x-mine")
        assert answer.headers["content-disposition"] == 'attachment; filename="a b.txt"'
    with running(configuration) as edge:
        assert "content-disposition" not in edge.get(url).headers
    recorder = f"http://127.0.0.1:{origin.server_address[1]}"
    with running(replace(configuration, allow_download_names=True, endpoint_url=recorder)) as edge:
        edge.get(url)
    path, _, query = origin.requests[-1][1].partition("?")
    assert path == "/content/index.html"
    assert query == (
        "response-content-disposition=attachment%3B%20filename%3D%22a%20b.txt%22&response-content-type=text%2Fx-mine"
    )


def test_requests_to_a_bucket_are_signed(aws):
    from cloudfront_signer.edge.origins.s3 import _open_session

    for given, used in (("", b"/us-east-1/s3/"), ("eu-west-1", b"/eu-west-1/s3/")):
        signer, endpoint = _open_session(aws[1], given)
        headers = dict(signer.sign("GET", f"{endpoint}/content/a"))
        assert headers[b"authorization"].startswith(b"AWS4-HMAC-SHA256 Credential=test/")
        assert used in headers[b"authorization"]
        assert b"x-amz-date" in headers


def test_a_bucket_without_credentials(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(CloudFrontSignerError, match="AWS credentials"):
        Edge(Configuration((Behavior("*", "s3://content"),)))
