"""Keys in a token, which is SoftHSM's."""

import copy
import os
import pickle
import signal
import subprocess
import threading
import warnings
from datetime import UTC, datetime
from pathlib import Path

import botocore.signers
import pkcs11
import pytest
from pkcs11.util.ec import encode_named_curve_parameters

from cloudfront_signer import CloudFrontSigner, InvalidKeyError, SigningError, Verifier
from cloudfront_signer.keys import KeyRing, Pkcs11Signer
from cloudfront_signer.keys import pkcs11 as module

from support import programs
from support.secrets import traces_of

URL = "https://d111111abcdef8.cloudfront.net/a.mp4"
END = 2_000_000_000
NOW = END - 60
PIN = "48151623"
SOFTHSM = tuple(f"/usr/{folder}/softhsm/libsofthsm2.so" for folder in ("lib", "local/lib", "lib64"))


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory):
    """SoftHSM's library with an empty token of the label `signing`."""
    program = programs.find("softhsm2", "softhsm2-util")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    # The library reads it when it is set up, once in a process.
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    subprocess.run(
        [program, "--init-token", "--free", "--label", "signing", "--so-pin", "9876543210", "--pin", PIN],
        check=True,
        capture_output=True,
    )
    yield next(one for one in SOFTHSM if Path(one).exists())
    del os.environ["SOFTHSM2_CONF"]


def make_ec(session, curve, **names):
    parameters = session.create_domain_parameters(
        pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters(curve)}, local=True
    )
    return parameters.generate_keypair(mechanism=pkcs11.Mechanism.EC_KEY_PAIR_GEN, store=True, **names)


@pytest.fixture(scope="session")
def token(softhsm):
    """A token with keys of several kinds."""
    with pkcs11.lib(softhsm).get_token(token_label="signing").open(rw=True, user_pin=PIN) as session:
        for label, bits in (("rsa", 2048), ("rsa-3072", 3072)):
            session.generate_keypair(pkcs11.KeyType.RSA, bits, store=True, label=label, id=label.encode())
        for label in ("ec", "twice", "twice"):
            make_ec(session, "secp256r1", label=label, id=os.urandom(4))
        make_ec(session, "secp384r1", label="p384", id=b"p384")
        public, _ = make_ec(session, "secp256r1", label="private half", id=b"p")
        public.destroy()
    return softhsm


@pytest.fixture
def open_signer(token):
    """A signer of the token."""
    return lambda label="rsa", **given: Pkcs11Signer(token, **{"token": "signing", "pin": PIN, "label": label, **given})


@pytest.mark.parametrize(("label", "kind"), [("rsa", "rsa-2048"), ("ec", "ecdsa-p256")])
@pytest.mark.parametrize("hash_algorithm", [None, "SHA1", "SHA256"])
def test_signatures_hold(open_signer, label, kind, hash_algorithm):
    in_token = open_signer(label, hash_algorithm=hash_algorithm)
    assert in_token.public_key().kind == kind
    assert in_token.public_key().to_pem().startswith("-----BEGIN PUBLIC KEY-----")
    assert in_token.hash_algorithm == (hash_algorithm or ("SHA1" if label == "rsa" else "SHA256"))
    verifier = Verifier({"K1": in_token.public_key()})
    signer = in_token.signer("K1", domain="a.example")
    assert (signer.hash_algorithm, signer.domain) == (in_token.hash_algorithm, "a.example")
    # r and s have leading zeros once in 128 signatures each.
    for number in range(300 if label == "ec" else 3):
        assert verifier.check(signer.sign_url(f"{URL}?{number}", expires=END), now=NOW)


def test_the_hash_of_a_private_key(open_signer):
    assert open_signer("rsa").hash_algorithm == "SHA1"
    assert open_signer("ec").hash_algorithm == "SHA256"


@pytest.mark.parametrize("base", [CloudFrontSigner, botocore.signers.CloudFrontSigner])
def test_an_rsa_key_is_an_rsa_signer(open_signer, base):
    in_token = open_signer("rsa")
    url = base("K1", in_token).generate_presigned_url(URL, datetime.fromtimestamp(END, UTC))
    assert Verifier({"K1": in_token.public_key()}).check(url, now=NOW)


def test_in_a_ring(open_signer):
    ring = KeyRing(("K1", open_signer("rsa")), ("K2", open_signer("ec")), switch_at=1_000_000_000)
    url = ring.signer().sign_url(URL, expires=END)
    assert url.endswith("&Key-Pair-Id=K2&Hash-Algorithm=SHA256")
    assert ring.verifier().check(url, now=NOW)


def test_a_key_by_its_id_and_a_pin_by_a_function(open_signer):
    asked = []

    def pin():
        asked.append(1)
        return PIN

    in_token = open_signer(None, id=b"rsa", pin=pin)
    assert asked == []
    assert in_token.public_key().kind == "rsa-2048"
    assert repr(in_token) == "<Pkcs11Signer 727361 in token signing>"


def test_threads_share_a_session(open_signer):
    in_token, urls = open_signer("ec"), []
    signer = in_token.signer("K1")

    def work():
        urls.extend(signer.sign_url(f"{URL}?{number}", expires=END) for number in range(20))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verifier = Verifier({"K1": in_token.public_key()})
    assert [bool(verifier.check(url, now=NOW)) for url in urls] == [True] * 160


def test_a_session_that_the_token_closed_is_opened_again(open_signer):
    in_token = open_signer("rsa")
    first = in_token._open()
    first.session.close()
    assert in_token.public_key().verify(b"hello", in_token(b"hello"), "SHA1")
    assert in_token._open() is not first


def test_a_logout_of_another_session(open_signer):
    """A login, and its end, is for all sessions of a process."""
    one, other = open_signer("rsa"), open_signer("ec")
    one(b"hello")
    other(b"hello")
    for signer in (one, other):
        if signer._open().session.user_type == pkcs11.UserType.USER:
            signer._open().session.close()
    assert one.public_key().verify(b"hello", one(b"hello"), "SHA1")
    assert other.public_key().verify(b"hello", other(b"hello"), "SHA256")


def test_a_token_that_stays_broken_is_one_error(open_signer, monkeypatch):
    in_token = open_signer("rsa")
    in_token(b"hello")

    def sign(*arguments):
        raise pkcs11.DeviceRemoved

    monkeypatch.setattr(module, "_sign", sign)
    with pytest.raises(SigningError, match=r"^rsa in token signing: the token answered DeviceRemoved$"):
        in_token(b"hello")


def test_a_fork(open_signer):
    in_token, other = open_signer("ec"), open_signer("rsa")
    verifier = Verifier({"K1": in_token.public_key(), "K2": other.public_key()})
    signers = in_token.signer("K1"), other.signer("K2")
    urls = [signer.sign_url(URL, expires=END) for signer in signers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        # A child that is stuck ends.
        signal.alarm(60)
        try:
            urls = [signer.sign_url(URL, expires=END) for signer in signers for _ in range(3)]
            os._exit(0 if all(verifier.check(url, now=NOW) for url in urls) else 1)
        except BaseException:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    urls += [signer.sign_url(URL, expires=END) for signer in signers]
    assert all(verifier.check(url, now=NOW) for url in urls)


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ({"label": "nothing"}, InvalidKeyError, "nothing in token signing: no private key is there: check the label"),
        ({"label": "twice"}, InvalidKeyError, "twice in token signing: more than one private key is there: give the"),
        ({"label": "private half"}, InvalidKeyError, "private half in token signing: no public key is there: check"),
        ({"label": "p384"}, InvalidKeyError, "p384 in token signing: this is a P-384 key: CloudFront accepts RSA and"),
        ({"label": "rsa-3072"}, InvalidKeyError, "rsa-3072 in token signing: this is a key of the kind rsa-3072: Cl"),
        ({"token": "nothing"}, SigningError, "rsa in token nothing: no token with this label: check it with `pkcs11-"),
    ],
)
def test_what_is_not_there(open_signer, given, kind, message):
    with pytest.raises(kind) as caught:
        open_signer(**given).public_key()
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_library_that_is_not_there(tmp_path):
    in_token = Pkcs11Signer(tmp_path / "nothing.so", token="a", pin=PIN, label="a")
    with pytest.raises(SigningError, match=r"^a in token a: the library could not be loaded: .*nothing\.so"):
        in_token.public_key()


def test_arguments(open_signer, monkeypatch):
    with pytest.raises(TypeError, match=r"^give the label or the id of the key$"):
        open_signer(None)
    for pin in (None, 31415926, b"31415926"):
        with pytest.raises(TypeError, match=r"^pin: expected text or a function that returns it, found \w+$"):
            open_signer(pin=pin)
    with pytest.raises(ValueError, match="hash_algorithm MD5: expected SHA1 or SHA256"):
        open_signer(hash_algorithm="MD5")
    with pytest.raises(SigningError, match=r"^hash algorithm SHA256: the signer signs with SHA1: leave the hash"):
        open_signer().signer("K1", hash_algorithm="SHA256")
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(
        ModuleNotFoundError, match=r"^python-pkcs11 is needed: pip install 'cloudfront-signer\[pkcs11\]'$"
    ):
        open_signer()


@pytest.fixture
def logged_out(token):
    """No session of this process is logged in, so that a PIN is looked at."""
    module._libraries.get(token).reinitialize()


@pytest.mark.usefixtures("logged_out")
def test_a_wrong_pin_is_tried_once(open_signer, monkeypatch):
    opened, session = [], module._session

    def count(*arguments):
        opened.append(1)
        return session(*arguments)

    monkeypatch.setattr(module, "_session", count)
    in_token = open_signer(pin="31415926")
    for message in (r"the PIN is wrong$", r"the PIN is wrong; it is not tried again$"):
        with pytest.raises(SigningError, match=rf"^rsa in token signing: {message}"):
            in_token(b"hello")
    # A token locks itself after a few wrong PINs.
    assert len(opened) == 1


@pytest.mark.usefixtures("logged_out")
@pytest.mark.parametrize("pin", ["31415926", "~@", "3" * 500, "31415926\ud800", lambda: "31415926"])
def test_the_pin_shows_nowhere(open_signer, pin):
    in_token = open_signer(pin=pin)
    shown = "31415926" if callable(pin) else pin.removesuffix("\ud800")
    for call in (
        lambda: in_token(b"hello"),
        lambda: in_token(b"hello"),
        in_token.public_key,
        lambda: in_token.signer("K1"),
        lambda: pickle.dumps(in_token),
        lambda: copy.deepcopy(in_token),
    ):
        text = "".join(traces_of(call).found.values())
        assert text
        assert shown not in text
    assert shown not in f"{in_token} {in_token!r}"
    with pytest.raises(TypeError, match="holds a PIN and cannot be pickled"):
        pickle.dumps(in_token)
    assert not hasattr(in_token, "__dict__")
