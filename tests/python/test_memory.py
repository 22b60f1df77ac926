"""Nothing of a private key is left in memory when it is gone; and what nobody uses goes."""

import gc
import os
import subprocess
import sys
import threading
import weakref

import pytest
from cryptography.hazmat.primitives import serialization

from cloudfront_signer import CloudFrontSigner, InvalidKeyError, PrivateKey, engine_info

from support.memory import found_in_memory

URL = "https://d111111abcdef8.cloudfront.net/videos/a.mp4"
END = 1_900_000_000
PHRASE = b"a phrase of some length"
PLAIN = serialization.NoEncryption()

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads another process's memory in /proc")

# Loads keys, signs with them, lets them go; stops for each step, so that its memory can be read.
PROCESS = """
import gc, sys
from cloudfront_signer import CloudFrontSigner, InvalidKeyError, PrivateKey

def step(name):
    print(name, flush=True)
    sys.stdin.readline()

how, path, phrase = sys.argv[1:]
content = open(path, "rb").read() if how != "from_file" else None
load = {
    "from_file": lambda: PrivateKey.from_file(path, phrase or None),
    "from_pem": lambda: PrivateKey.from_pem(content, phrase or None),
    "from_der": lambda: PrivateKey.from_der(content, phrase or None),
}[how]
try:
    key = load()
except InvalidKeyError:
    gc.collect()
    step("refused")
    sys.exit()
signer = CloudFrontSigner("K1", key)
for hash_algorithm in ("SHA1", "SHA256"):
    key.public_key().verify(b"m", key.sign(b"m", hash_algorithm), hash_algorithm)
signer.sign_urls(["https://a.example/1", "https://a.example/2"] * 8, expires=2_000_000_000)
step("held")
del key, signer, load
gc.collect()
step("gone")
"""


def steps(engine, how, path, secrets, phrase=b""):
    """What of the secrets is found in each step of PROCESS."""
    command = [sys.executable, "-c", PROCESS, how, str(path), phrase.decode()]
    environment = os.environ | {"CLOUDFRONT_SIGNER_ENGINE": engine}
    found = {}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        for name in process.stdout:
            found[name.strip()] = found_in_memory(process.pid, secrets)
            process.stdin.write("\n")
            process.stdin.flush()
    assert process.returncode == 0
    return found


def numbers(reference):
    """The secret numbers of a key, in both byte orders."""
    private = reference.private_numbers()
    names = ["d", "p", "q", "dmp1", "dmq1", "iqmp"] if hasattr(private, "p") else ["private_value"]
    found = {}
    for name in names:
        number = getattr(private, name)
        for order in ("big", "little"):
            found[f"{name}, {order}"] = number.to_bytes((number.bit_length() + 7) // 8, order)
    return found


def text_of(pem):
    """The base64 of a PEM file behind its first line, whose beginning is the same in all keys."""
    return {"text": b"".join(pem.splitlines()[2:-1])}


@pytest.fixture(params=["rsa", "ec"])
def reference(request, rsa_reference, ec_reference):
    return {"rsa": rsa_reference, "ec": ec_reference}[request.param]


@pytest.fixture(params=engine_info()["available"])
def engine(request):
    return request.param


FORMS = {
    "pkcs8": (serialization.PrivateFormat.PKCS8, PLAIN),
    "traditional": (serialization.PrivateFormat.TraditionalOpenSSL, PLAIN),
    "encrypted": (serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(PHRASE)),
}


@only_linux
@pytest.mark.parametrize("form", FORMS)
def test_nothing_of_a_key_file_is_left(reference, engine, form, tmp_path):
    pem = reference.private_bytes(serialization.Encoding.PEM, *FORMS[form])
    (tmp_path / "key").write_bytes(pem)
    phrase = PHRASE if form == "encrypted" else b""
    found = steps(engine, "from_file", tmp_path / "key", numbers(reference) | text_of(pem), phrase)
    # The search finds what is there.
    assert found["held"] >= {"p, big", "q, big"} or found["held"] >= {"private_value, big"}
    assert "text" not in found["held"]
    assert found["gone"] == set()


@only_linux
def test_nothing_of_a_der_file_is_left(reference, engine, tmp_path):
    der = reference.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, PLAIN)
    (tmp_path / "key").write_bytes(der)
    found = steps(engine, "from_file", tmp_path / "key", numbers(reference))
    assert found["held"]
    assert found["gone"] == set()


@only_linux
def test_nothing_of_a_text_is_left_but_pythons_own_copy(reference, engine, tmp_path):
    pem = reference.private_bytes(serialization.Encoding.PEM, *FORMS["pkcs8"])
    (tmp_path / "key").write_bytes(pem)
    found = steps(engine, "from_pem", tmp_path / "key", numbers(reference) | text_of(pem))
    assert "text" in found["held"]
    assert found["gone"] <= {"text"}


def damaged_files(reference):
    """Files that are refused at different steps: the text, the structure, the numbers."""
    pem = reference.private_bytes(serialization.Encoding.PEM, *FORMS["traditional"])
    der = bytearray(reference.private_bytes(serialization.Encoding.DER, *FORMS["traditional"]))
    lines = pem.splitlines(keepends=True)
    yield "no base64 near the end", b"".join([*lines[:-2], b"!" + lines[-2], lines[-1]])
    yield "no last line", b"".join(lines[:-1])
    yield "cut off", bytes(der[:-3])
    der[-1] ^= 1
    yield "a number that does not fit", bytes(der)


@only_linux
def test_nothing_of_a_refused_key_is_left(reference, engine, tmp_path):
    for what, content in damaged_files(reference):
        (tmp_path / "key").write_bytes(content)
        with pytest.raises(InvalidKeyError):
            PrivateKey.from_file(tmp_path / "key")
        text = text_of(content) if content.startswith(b"-----BEGIN") else {}
        found = steps(engine, "from_file", tmp_path / "key", numbers(reference) | text)
        assert found == {"refused": set()}, what


def test_a_small_stack_is_enough(reference, tmp_path):
    """Threads of 256 KiB, as programs with many have them."""
    results = []

    def use(path, phrase):
        key = PrivateKey.from_file(path, phrase)
        again = PrivateKey.from_pem(key.to_pem("phrase"), "phrase")
        results.append(CloudFrontSigner("K1", again).sign_urls([URL, URL + "?x"], expires=END))

    before = threading.stack_size(256 << 10)
    try:
        for form, how in FORMS.items():
            path = tmp_path / form
            path.write_bytes(reference.private_bytes(serialization.Encoding.PEM, *how))
            thread = threading.Thread(target=use, args=(path, PHRASE if form == "encrypted" else None))
            thread.start()
            thread.join()
    finally:
        threading.stack_size(before)
    assert [len(signed) for signed in results] == [2] * len(FORMS)


class User:
    """Holds a signer that holds it."""

    def __init__(self):
        self.signer = CloudFrontSigner("K1", self.sign)

    def sign(self, message):
        return b"signature"


class UserWithSlots:
    __slots__ = ("__weakref__", "signer")

    def __init__(self):
        self.signer = CloudFrontSigner("K1", lambda message: self.sign(message))

    def sign(self, message):
        return b"signature"


class OwnSigner(CloudFrontSigner):
    """A signer whose callable knows it."""

    def __init__(self):
        super().__init__("K1", lambda message: self and b"signature")

    @property
    def signer(self):
        return self


@pytest.mark.parametrize("kind", [User, UserWithSlots, OwnSigner])
def test_a_signer_in_a_cycle_is_collected(kind):
    user = kind()
    assert "Signature=" in user.signer.sign_url(URL, expires=END)
    gc.collect()
    assert "Signature=" in user.signer.sign_url(URL, expires=END)
    gone = weakref.ref(user)
    del user
    gc.collect()
    assert gone() is None
