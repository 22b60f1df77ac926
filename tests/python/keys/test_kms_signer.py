"""Keys in KMS: moto's, which signs for real (RAW); the Stubber and a server on the loopback address for DIGEST."""

import base64
import copy
import http.server
import json
import threading
import time
from datetime import UTC, datetime
from hashlib import sha256

import boto3
import botocore.config
import botocore.signers
import pytest
from botocore.stub import Stubber
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from cloudfront_signer import CloudFrontSigner, InvalidKeyError, PublicKey, SigningError, Verifier
from cloudfront_signer.keys import KeyRing, KmsSigner

from support.threads import in_thread

URL = "https://d111111abcdef8.cloudfront.net/a.mp4"
END = 2_000_000_000
NOW = END - 60
ARN = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SPECS = {"RSA_2048": "rsa-2048", "ECC_NIST_P256": "ecdsa-p256"}
ALGORITHMS = {"rsa-2048": "RSASSA_PKCS1_V1_5_SHA_256", "ecdsa-p256": "ECDSA_SHA_256"}


@pytest.fixture(scope="module", params=["rsa-2048", "ecdsa-p256"])
def reference(request):
    """A key of `cryptography`, which KMS has."""
    if request.param == "rsa-2048":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


def kind_of(reference):
    return "rsa-2048" if isinstance(reference, rsa.RSAPrivateKey) else "ecdsa-p256"


def public_der(reference):
    return reference.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def sign_digest(reference, digest):
    """What KMS does with a message of the type DIGEST."""
    hashed = utils.Prehashed(hashes.SHA256())
    if isinstance(reference, rsa.RSAPrivateKey):
        return reference.sign(digest, padding.PKCS1v15(), hashed)
    return reference.sign(digest, ec.ECDSA(hashed))


@pytest.mark.parametrize("spec", SPECS)
def test_moto_signs(aws, spec):
    client = aws("kms")
    key_id = client.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    client.create_alias(AliasName="alias/cdn", TargetKeyId=key_id)
    for name in (key_id, "alias/cdn"):
        in_kms = KmsSigner(name, client=client, message_type="RAW")
        assert in_kms.kind == SPECS[spec]
        verifier = Verifier({"K1": in_kms.public_key()})
        signer = in_kms.signer("K1")
        assert signer.hash_algorithm == in_kms.hash_algorithm == "SHA256"
        assert verifier.check(signer.sign_url(URL, expires=END), now=NOW)
        cookies = signer.sign_cookies("https://d111111abcdef8.cloudfront.net/*", expires=END)
        assert verifier.check(URL, cookies=cookies, now=NOW)
        # As `rsa_signer`.
        plain = CloudFrontSigner("K1", in_kms)
        assert verifier.check(plain.sign_url(URL, expires=END), now=NOW)


def test_the_public_key_is_the_pem_that_cloudfront_takes(aws):
    client = aws("kms")
    key_id = client.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    pem = KmsSigner(key_id, client=client).public_key().to_pem()
    assert pem.startswith("-----BEGIN PUBLIC KEY-----\n")
    uploaded = aws("cloudfront").create_public_key(
        PublicKeyConfig={"CallerReference": "a", "Name": "a", "EncodedKey": pem}
    )
    assert PublicKey.from_pem(uploaded["PublicKey"]["PublicKeyConfig"]["EncodedKey"]).kind == "rsa-2048"


def test_digest_with_the_stubber(credentials, reference):
    client = boto3.client("kms", "eu-west-1")
    kind = kind_of(reference)
    message = CloudFrontSigner("K1", bytes).build_policy(URL, END).encode()
    digest = sha256(message).digest()
    with Stubber(client) as stub:
        stub.add_response(
            "get_public_key",
            {"KeyId": ARN, "PublicKey": public_der(reference), "KeyUsage": "SIGN_VERIFY"},
            {"KeyId": ARN},
        )
        for _ in range(2):
            stub.add_response(
                "sign",
                {"KeyId": ARN, "Signature": sign_digest(reference, digest), "SigningAlgorithm": ALGORITHMS[kind]},
                {"KeyId": ARN, "Message": digest, "MessageType": "DIGEST", "SigningAlgorithm": ALGORITHMS[kind]},
            )
        in_kms = KmsSigner(ARN, client=client)
        # The public key is asked for once.
        urls = [in_kms.signer("K1").sign_url(URL, expires=END) for _ in range(2)]
        stub.assert_no_pending_responses()
    for url in urls:
        assert url.endswith("&Key-Pair-Id=K1&Hash-Algorithm=SHA256")
        assert Verifier({"K1": in_kms.public_key()}).check(url, now=NOW)


class Kms(http.server.BaseHTTPRequestHandler):
    """KMS with one key, which hashes nothing itself, and throttles the first requests of each kind."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        target = self.headers["X-Amz-Target"].removeprefix("TrentService.")
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((target, sent, self.headers["Authorization"]))
        if [one for one, _, _ in self.server.requests].count(target) <= self.server.throttled:
            self.answer(400, {"__type": "ThrottlingException", "message": "Rate exceeded"})
        elif target == "GetPublicKey":
            public = base64.b64encode(public_der(self.server.reference)).decode()
            self.answer(200, {"KeyId": sent["KeyId"], "PublicKey": public, "KeyUsage": "SIGN_VERIFY"})
        else:
            assert sent["MessageType"] == "DIGEST"
            signature = sign_digest(self.server.reference, base64.b64decode(sent["Message"]))
            self.answer(200, {"KeyId": sent["KeyId"], "Signature": base64.b64encode(signature).decode()})

    def answer(self, status, document):
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def kms(reference, credentials, monkeypatch):
    """A server that KmsSigner finds by itself."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Kms)
    server.daemon_threads = True
    server.reference, server.requests, server.throttled = reference, [], 0
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with in_thread(server):
        yield server


def test_digest_over_the_wire(kms):
    in_kms = KmsSigner(ARN)
    url = in_kms.signer("K1").sign_url(URL, expires=END)
    assert Verifier({"K1": in_kms.public_key()}).check(url, now=NOW)
    assert [target for target, _, _ in kms.requests] == ["GetPublicKey", "Sign"]
    # The region is that of the ARN.
    assert all("/eu-west-1/kms/" in authorization for _, _, authorization in kms.requests)


def test_throttling_is_tried_again(kms, monkeypatch):
    pauses = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    kms.throttled = 3
    in_kms = KmsSigner(ARN)
    url = in_kms.signer("K1").sign_url(URL, expires=END)
    assert Verifier({"K1": in_kms.public_key()}).check(url, now=NOW)
    assert [target for target, _, _ in kms.requests] == ["GetPublicKey"] * 4 + ["Sign"] * 4
    assert len(pauses) == 6


def test_throttling_without_end_is_one_error(kms, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    in_kms = KmsSigner(ARN)
    in_kms.public_key()
    kms.throttled = 1000
    with pytest.raises(SigningError) as caught:
        in_kms.signer("K1").sign_url(URL, expires=END)
    assert str(caught.value) == f"KMS key {ARN}: ThrottlingException: Rate exceeded"
    assert [target for target, _, _ in kms.requests].count("Sign") == 5


def test_the_retries_of_the_environment_hold(kms, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    kms.throttled = 1000
    with pytest.raises(SigningError, match="ThrottlingException"):
        KmsSigner(ARN).public_key()
    assert len(kms.requests) == 2


def test_concurrent_first_signatures_fetch_one_public_key(kms):
    in_kms = KmsSigner(ARN)
    signer, urls = in_kms.signer("K1"), []
    threads = [
        threading.Thread(target=lambda number=number: urls.append(signer.sign_url(f"{URL}?{number}", expires=END)))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verifier = Verifier({"K1": in_kms.public_key()})
    assert [bool(verifier.check(url, now=NOW)) for url in urls] == [True] * 8
    assert sorted(target for target, _, _ in kms.requests) == ["GetPublicKey"] + ["Sign"] * 8


def test_in_botocores_class_a_url_needs_its_hash_algorithm(kms):
    in_kms = KmsSigner(ARN)
    theirs = botocore.signers.CloudFrontSigner("K1", in_kms)
    url = theirs.generate_presigned_url(URL, datetime.fromtimestamp(END, UTC))
    verifier = Verifier({"K1": in_kms.public_key()})
    # CloudFront takes it for a signature over SHA-1.
    assert not verifier.check(url, now=NOW)
    assert verifier.check(f"{url}&Hash-Algorithm=SHA256", now=NOW)
    # So does our method of the same name, without more ado.
    ours = in_kms.signer("K1").generate_presigned_url(URL, datetime.fromtimestamp(END, UTC))
    assert verifier.check(ours, now=NOW)


def test_in_a_ring(kms):
    in_kms = KmsSigner(ARN)
    ring = KeyRing(("K1", in_kms), ("K2", in_kms), switch_at=1_000_000_000)
    url = ring.signer().sign_url(URL, expires=END)
    decision = ring.verifier().check(url, now=NOW)
    assert decision.allowed
    assert decision.key_id == "K2"


def test_sha1_is_refused(credentials):
    for sign_with in (
        KmsSigner("a").signer,
        lambda *args, **options: CloudFrontSigner("K1", KmsSigner("a"), **options),
    ):
        with pytest.raises(SigningError, match=r"^hash algorithm SHA1: the signer signs with SHA256: leave the hash"):
            sign_with("K1", hash_algorithm="SHA1")


@pytest.mark.parametrize(
    ("spec", "usage", "found"),
    [
        ("RSA_3072", "SIGN_VERIFY", "this is a key of the kind rsa-3072"),
        ("ECC_NIST_P384", "SIGN_VERIFY", "this is a P-384 key: CloudFront accepts RSA and ECDSA P-256 keys"),
        ("RSA_2048", "ENCRYPT_DECRYPT", "its usage is ENCRYPT_DECRYPT"),
    ],
)
def test_keys_that_cannot_sign_for_cloudfront(aws, spec, usage, found):
    client = aws("kms")
    key_id = client.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
    with pytest.raises(InvalidKeyError) as caught:
        KmsSigner(key_id, client=client).public_key()
    assert str(caught.value) == (
        f"KMS key {key_id}: {found}: create one with --key-spec RSA_2048 or ECC_NIST_P256 and --key-usage SIGN_VERIFY"
    )


def test_a_key_that_is_not_there(aws):
    with pytest.raises(SigningError, match=r"^KMS key alias/nothing: not found: check the name, the account and the"):
        KmsSigner("alias/nothing", client=aws("kms")).signer("K1").sign_url(URL, expires=END)


def test_a_missing_permission(credentials, reference):
    client = boto3.client("kms", "eu-west-1", config=botocore.config.Config(retries={"total_max_attempts": 1}))
    with Stubber(client) as stub:
        stub.add_response("get_public_key", {"KeyId": ARN, "PublicKey": public_der(reference)})
        stub.add_client_error("sign", "AccessDeniedException", "User is not authorized to perform: kms:Sign")
        with pytest.raises(SigningError, match=r": access denied: allow kms:Sign to these credentials \(User is not"):
            KmsSigner(ARN, client=client)(b"hello")


def test_an_unknown_message_type(credentials):
    with pytest.raises(ValueError, match="message_type MD5: expected DIGEST or RAW"):
        KmsSigner("a", message_type="MD5")


def test_copies_and_reprs(credentials):
    in_kms = KmsSigner("alias/cdn")
    assert copy.copy(in_kms) is copy.deepcopy(in_kms) is in_kms
    assert repr(in_kms) == "<KmsSigner alias/cdn>"
