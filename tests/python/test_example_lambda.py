"""The function of examples/lambda: its answers, its key, its template, and its deployment package."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode
from zipfile import ZipFile

import boto3
import pytest
from moto import mock_aws

from cloudfront_signer import InvalidKeyError, PrivateKey, SigningError, Verifier

from support.programs import find
from support.wheels import wheel

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "lambda"
KEY = PrivateKey.generate("ecdsa-p256")
VERIFIER = Verifier({"K1": KEY.public_key()})
# What is agreed for the package; Lambda itself takes 50 MB.
LARGEST = 5_000_000


def event(query="", method="GET"):
    """A function URL's, in the payload format 2.0."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": query,
        "headers": {"host": "abc.lambda-url.eu-west-1.on.aws", "x-forwarded-proto": "https"},
        "requestContext": {
            "domainName": "abc.lambda-url.eu-west-1.on.aws",
            "http": {"method": method, "path": "/", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7"},
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }


def cold_start():
    """The module, run as a new function runs it."""
    spec = importlib.util.spec_from_file_location("handler", FOLDER / "handler.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


@pytest.fixture
def settings(monkeypatch):
    monkeypatch.delenv("CLOUDFRONT_SIGNER_PRIVATE_KEY", raising=False)
    monkeypatch.delenv("PRIVATE_KEY_SECRET", raising=False)
    monkeypatch.setenv("CLOUDFRONT_SIGNER_DOMAIN", "media.example.com")
    monkeypatch.setenv("CLOUDFRONT_SIGNER_KEY_PAIR_ID", "K1")
    return monkeypatch


def check(answer, name="summer%20holiday%2C%20day%201.mp4"):
    assert (answer["statusCode"], answer["headers"]["cache-control"]) == (302, "no-store")
    assert answer["headers"]["location"].startswith(f"https://media.example.com/{name}?Expires=")
    assert VERIFIER.check(answer["headers"]["location"])


def test_it_redirects(settings):
    settings.setenv("CLOUDFRONT_SIGNER_PRIVATE_KEY", KEY.to_pem())
    handler = cold_start()
    query = urlencode({"name": "summer holiday, day 1.mp4"})
    for method in ("GET", "HEAD"):
        check(handler(event(query, method), None))


@pytest.mark.parametrize(
    ("query", "method", "status", "said"),
    [
        ("", "GET", 400, "expected one parameter 'name', found 0"),
        ("name=", "GET", 400, "found 0"),
        ("name=a&name=b", "GET", 400, "found 2"),
        pytest.param(f"name={'a' * 9_000}", "GET", 400, "CloudFront accepts at most 8192", id="long"),
        ("name=a", "POST", 405, "the method is not GET or HEAD"),
    ],
)
def test_it_refuses(settings, query, method, status, said):
    settings.setenv("CLOUDFRONT_SIGNER_PRIVATE_KEY", KEY.to_pem())
    answer = cold_start()(event(query, method), None)
    assert answer["statusCode"] == status
    assert said in json.loads(answer["body"])["error"]


def test_the_key_may_be_a_secret(settings):
    with mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            settings.setenv(name, "test")
        settings.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        secrets = boto3.client("secretsmanager")
        arn = secrets.create_secret(Name="cloudfront", SecretString=KEY.to_pem())["ARN"]
        settings.setenv("PRIVATE_KEY_SECRET", arn)
        check(cold_start()(event("name=a.mp4"), None), "a.mp4")
        secrets.put_secret_value(SecretId=arn, SecretString="not a key")
        # At the cold start, whose error is in the function's log.
        with pytest.raises(InvalidKeyError, match="cloudfront"):
            cold_start()


def test_a_missing_setting_is_named_at_the_cold_start(settings):
    with pytest.raises(SigningError, match="CLOUDFRONT_SIGNER_PRIVATE_KEY: not set"):
        cold_start()


def test_the_template_is_valid():
    command = [Path(sys.executable).parent / "cfn-lint", FOLDER / "template.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The zip, from the wheel as a release has it: without the symbols of a debug build."""
    folder = tmp_path_factory.mktemp("lambda")
    stripped = folder / wheel().name
    with ZipFile(wheel()) as source, ZipFile(stripped, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith(".so"):
                native = folder / "native.so"
                native.write_bytes(content)
                subprocess.run([find("binutils", "strip"), native], check=True)
                content = native.read_bytes()
            target.writestr(name, content)
    made = []
    for name in ("lambda.zip", "again.zip"):
        command = [sys.executable, ROOT / "scripts" / "lambda_zip.py", stripped, folder / name]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        made.append((folder / name).read_bytes())
        assert printed == f"{folder / name}: {len(made[-1]):,} bytes\n"
    assert made[0] == made[1], "the same input makes the same bytes"
    return folder / "lambda.zip"


def test_the_package_is_small(package):
    assert package.stat().st_size <= LARGEST


def test_the_package_is_complete(package, tmp_path):
    """It runs with the standard library alone, and from a folder that cannot be written to."""
    with ZipFile(package) as archive:
        modes = {one.filename: one.external_attr >> 16 for one in archive.infolist()}
        archive.extractall(tmp_path)
    assert all(mode & 0o044 == 0o044 for mode in modes.values())
    program = "import json, sys; sys.path.insert(0, sys.argv[1])\nfrom handler import handler\n"
    program += "print(json.dumps(handler(json.load(sys.stdin), None)))"
    variables = {
        "CLOUDFRONT_SIGNER_DOMAIN": "media.example.com",
        "CLOUDFRONT_SIGNER_KEY_PAIR_ID": "K1",
        "CLOUDFRONT_SIGNER_PRIVATE_KEY": KEY.to_pem(),
    }
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", program, tmp_path],
        input=json.dumps(event("name=a.mp4")),
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    check(json.loads(done.stdout), "a.mp4")
