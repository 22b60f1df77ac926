"""Keys in files, in the environment, in Secrets Manager and the Parameter Store, and anywhere else."""

import base64
import copy
import json
import os
import time
from datetime import timedelta

import boto3
import botocore.signers
import pytest
from botocore.stub import Stubber

from cloudfront_signer import CloudFrontSigner, InvalidKeyError, PrivateKey, SigningError, Verifier
from cloudfront_signer.keys import (
    KeySource,
    clients,
    from_environment,
    from_file,
    from_parameter_store,
    from_secrets_manager,
)

URL = "https://d111111abcdef8.cloudfront.net/a.mp4"
END = 2_000_000_000
NOW = END - 60


@pytest.fixture(scope="module", params=["rsa-2048", "ecdsa-p256"])
def key(request):
    return PrivateKey.generate(request.param)


def same(one, other):
    """Whether two private keys are one."""
    return one.public_key().to_pem() == other.public_key().to_pem()


def forms(pem):
    """A private key in the ways that people store it."""
    return {
        "PEM": pem,
        "PEM in one line": pem.replace("\n", "\\n"),
        "PEM with spaces": pem.replace("\n", " "),
        "base64 of PEM": base64.b64encode(pem.encode()).decode(),
        "JSON": json.dumps({"private_key": pem}),
        "JSON with an id": json.dumps({"key_pair_id": "K2JCJMDEHXQW5F", "private_key": pem}),
        "JSON with PEM in one line": json.dumps({"private_key": pem.replace("\n", "\\n")}),
        "bytes": pem.encode(),
    }


@pytest.mark.parametrize("form", forms(""))
def test_every_form(key, form):
    assert same(KeySource(lambda: forms(key.to_pem())[form], name="here").private_key(), key)


def test_a_key_object_and_der(key, rsa_reference):
    from cryptography.hazmat.primitives import serialization

    assert same(KeySource(lambda: key, name="here").private_key(), key)
    der = rsa_reference.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert KeySource(lambda: der, name="here").private_key().kind == "rsa-2048"


def test_an_encrypted_key(key):
    encrypted = key.to_pem("correct horse")
    assert same(KeySource(lambda: encrypted, name="here", passphrase="correct horse").private_key(), key)
    with pytest.raises(InvalidKeyError, match=r"^here: .*passphrase"):
        KeySource(lambda: encrypted, name="here").private_key()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"^here: no key found"),
        ("{}", r'^here: the JSON has no text "private_key"'),
        ('{"private_key": 1}', r'^here: the JSON has no text "private_key"'),
        ('{"private_key": "a", "key_pair_id": 1}', r'^here: "key_pair_id" in the JSON is not text'),
        ("{not JSON", "^here: no key found"),
        (7, "^here: expected PEM text, bytes or a PrivateKey, found int"),
        (PrivateKey.generate("ecdsa-p256").public_key().to_pem(), "^here: this is a public key"),
    ],
)
def test_what_is_no_key(content, message):
    with pytest.raises(InvalidKeyError, match=message) as caught:
        KeySource(lambda: content, name="here").private_key()
    assert "\n" not in str(caught.value)


def test_a_fetch_that_fails_is_one_clear_error():
    def fetch():
        raise ConnectionError("vault.example: connection refused")

    with pytest.raises(SigningError) as caught:
        KeySource(fetch, name="Vault secret/cdn").private_key()
    assert str(caught.value) == "Vault secret/cdn: ConnectionError: vault.example: connection refused"
    assert caught.value.__context__ is None


def test_signer(key):
    source = KeySource(lambda: key, name="here")
    signer = source.signer("K1", domain="a.example", expires=timedelta(hours=1), align=60)
    assert isinstance(signer, CloudFrontSigner)
    verifier = Verifier({"K1": source.public_key()})
    assert verifier.check(signer.sign_url(URL))
    assert (signer.key_id, signer.domain, signer.align) == ("K1", "a.example", timedelta(seconds=60))
    assert signer.expires == timedelta(hours=1)
    assert signer.hash_algorithm == ("SHA1" if key.kind == "rsa-2048" else "SHA256")
    sha256 = source.signer("K1", hash_algorithm="SHA256").sign_url(URL, expires=END)
    assert verifier.check(sha256, now=NOW)


def test_a_signer_fetches_nothing_before_its_first_signature(key):
    calls = []

    def fetch():
        calls.append(1)
        return key

    signer = KeySource(fetch, name="here").signer("K1")
    repr(signer)
    assert calls == []
    signer.sign_url(URL, expires=END)
    assert calls == [1]


def test_a_signer_follows_its_source(clock):
    keys = [PrivateKey.generate("ecdsa-p256") for _ in range(2)]
    fetched = []

    def fetch():
        fetched.append(len(fetched))
        return json.dumps({"key_pair_id": f"K{fetched[-1]}", "private_key": keys[fetched[-1]].to_pem()})

    signer = KeySource(fetch, name="here").signer()
    verifier = Verifier({f"K{number}": key.public_key() for number, key in enumerate(keys)})
    assert verifier.check(signer.sign_url(URL, expires=END), now=NOW).key_id == "K0"
    clock.now += 300
    while signer.key_id == "K0":
        pass
    assert verifier.check(signer.sign_url(URL, expires=END), now=NOW).key_id == "K1"
    assert fetched == [0, 1]


def test_a_refresh_that_finds_the_same_key_keeps_remembered_signatures(clock):
    pem, fetched = PrivateKey.generate("ecdsa-p256").to_pem(), []

    def fetch():
        fetched.append(1)
        return pem

    source = KeySource(fetch, name="here")
    signer, key = source.signer("K1", align=60), source.private_key()
    first = signer.sign_url(URL, expires=END)
    clock.now += 300
    signer.sign_url(URL, expires=END)
    while len(fetched) < 2 or source._cache._flight:
        time.sleep(0.001)
    # ECDSA signatures differ: this one was remembered.
    assert signer.sign_url(URL, expires=END) == first
    assert source.private_key() is key


def test_the_key_pair_id():
    pem = PrivateKey.generate("ecdsa-p256").to_pem()
    stored = KeySource(lambda: json.dumps({"key_pair_id": "K1", "private_key": pem}), name="here")
    assert stored.signer().key_id == stored.signer("K1").key_id == "K1"
    with pytest.raises(InvalidKeyError, match=r"^here: the key is stored with the key pair id K1, but K2 was given"):
        stored.signer("K2").sign_url(URL, expires=END)
    with pytest.raises(InvalidKeyError, match=r"^here: no key pair id: give it to signer\(\)"):
        KeySource(lambda: pem, name="here").signer().sign_url(URL, expires=END)


def test_wrong_options_show_when_a_signer_is_made():
    source = KeySource(lambda: "", name="here")
    with pytest.raises(ValueError, match="domain"):
        source.signer("K1", domain="https://a.example/")
    with pytest.raises(ValueError, match=r"hash_algorithm|SHA"):
        source.signer("K1", hash_algorithm="MD5")
    with pytest.raises(ValueError, match="key"):
        source.signer("K 1")


@pytest.mark.parametrize("base", [CloudFrontSigner, botocore.signers.CloudFrontSigner])
def test_a_source_is_an_rsa_signer(rsa_key, base):
    from datetime import UTC, datetime

    source = KeySource(lambda: rsa_key, name="here")
    url = base("K1", source).generate_presigned_url(URL, datetime.fromtimestamp(END, UTC))
    assert Verifier({"K1": rsa_key.public_key()}).check(url, now=NOW)


def test_a_file_is_read_again(tmp_path, clock):
    old, new = PrivateKey.generate("ecdsa-p256"), PrivateKey.generate("ecdsa-p256")
    path = tmp_path / "key.pem"
    path.write_text(old.to_pem())
    source = from_file(path)
    assert same(source.private_key(), old)
    path.write_text(new.to_pem())
    assert same(source.private_key(), old)
    clock.now += 300
    while not same(source.private_key(), new):
        pass
    path.unlink()
    clock.now += 300
    assert same(source.private_key(), new)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InvalidKeyError, match=r"nowhere\.pem: no such file$"):
        from_file(tmp_path / "nowhere.pem").private_key()


@pytest.mark.parametrize("form", ["PEM", "PEM in one line", "PEM with spaces", "base64 of PEM"])
def test_the_environment(key, form, monkeypatch):
    monkeypatch.setenv("CLOUDFRONT_SIGNER_PRIVATE_KEY", forms(key.to_pem())[form])
    source = from_environment()
    assert same(source.private_key(), key)
    monkeypatch.delenv("CLOUDFRONT_SIGNER_PRIVATE_KEY")
    assert same(source.private_key(), key)


@pytest.mark.parametrize("value", [None, "", " \n"])
def test_a_variable_that_is_not_set(monkeypatch, value):
    monkeypatch.delenv("SIGNING_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("SIGNING_KEY", value)
    with pytest.raises(InvalidKeyError, match=r"^environment variable SIGNING_KEY is not set: set it to"):
        from_environment("SIGNING_KEY").private_key()


def test_secrets_manager(aws, key):
    client = aws("secretsmanager")
    client.create_secret(Name="text", SecretString=key.to_pem())
    client.create_secret(Name="binary", SecretBinary=key.to_pem().encode())
    client.create_secret(Name="both", SecretString=forms(key.to_pem())["JSON with an id"])
    for name in ("text", "binary", "both"):
        assert same(from_secrets_manager(name, client=client).private_key(), key)
    assert from_secrets_manager("both", client=client).signer().key_id == "K2JCJMDEHXQW5F"


def test_a_version_of_a_secret(aws):
    old, new = PrivateKey.generate("ecdsa-p256"), PrivateKey.generate("ecdsa-p256")
    client = aws("secretsmanager")
    client.create_secret(Name="a", SecretString=old.to_pem())
    client.put_secret_value(SecretId="a", SecretString=new.to_pem(), VersionStages=["AWSPENDING"])
    assert same(from_secrets_manager("a", client=client).private_key(), old)
    assert same(from_secrets_manager("a", client=client, version_stage="AWSPENDING").private_key(), new)


def test_what_aws_key_stores(aws, key):
    from cloudfront_signer.aws.keys import store_private_key

    arn = store_private_key(aws("secretsmanager"), "cloudfront", key.to_pem())
    # The region is in the ARN: none is set here.
    assert same(from_secrets_manager(arn).private_key(), key)


def test_parameter_store(aws, key):
    client = aws("ssm")
    client.put_parameter(Name="/cdn/key", Value=key.to_pem(), Type="SecureString")
    assert len(key.to_pem()) < 4096
    assert same(from_parameter_store("/cdn/key", client=client).private_key(), key)


@pytest.mark.parametrize(("make", "name"), [(from_secrets_manager, "secret"), (from_parameter_store, "parameter")])
def test_errors_of_aws(aws, credentials, monkeypatch, make, name):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with pytest.raises(
        SigningError, match=rf"^{name} a: not found: check the name, the account and the region \("
    ) as one:
        make("a").private_key()
    assert "\n" not in str(one.value)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(SigningError, match=rf"^{name} a: no region: set AWS_DEFAULT_REGION, or give the ARN$"):
        make("a").private_key()


def test_without_credentials(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(SigningError, match=r"^secret a: no AWS credentials found: run `aws configure`, or give"):
        from_secrets_manager("a").private_key()


def test_where_aws_cannot_be_reached(credentials, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(
        SigningError, match=r'^parameter a: Could not connect to the endpoint URL: "http://127.0.0.1:9/"$'
    ):
        from_parameter_store("a").private_key()


def test_access_denied(credentials):
    client = boto3.client("secretsmanager", "eu-west-1")
    with Stubber(client) as stub:
        stub.add_client_error("get_secret_value", "AccessDeniedException", "User: arn is not authorized")
        with pytest.raises(SigningError) as caught:
            from_secrets_manager("a", client=client).private_key()
    assert str(caught.value) == (
        "secret a: access denied: allow secretsmanager:GetSecretValue, and kms:Decrypt for its key, "
        "to these credentials (User: arn is not authorized)"
    )


@pytest.mark.parametrize("make", [from_secrets_manager, from_parameter_store])
def test_without_boto3_one_line_names_the_extra(make, monkeypatch):
    monkeypatch.setattr(clients, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"^boto3 is needed: pip install 'cloudfront-signer\[keys\]'$"):
        make("a")


def test_a_forked_process_opens_its_own_client(aws, key):
    client = clients.Client("secretsmanager", "arn:aws:secretsmanager:eu-west-1:1:secret:a", None)
    opened = client.get()
    assert client.get() is opened
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, b"other" if client.get() is not opened else b"same")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 10) == b"other"
    os.close(reading)
    os.close(writing)
    assert client.get() is opened


def test_copies_are_the_source_itself(key):
    source = KeySource(lambda: key, name="here")
    assert copy.copy(source) is copy.deepcopy(source) is source
    signer = source.signer("K1")
    assert copy.copy(signer) is copy.deepcopy(signer) is signer
    assert repr(source) == "<KeySource here>"
    assert repr(signer) == "<CloudFrontSigner of <KeySource here>>"
