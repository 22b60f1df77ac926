"""What a key source holds: a private key, and the key pair id if it is stored with the key."""

import json
from dataclasses import dataclass

from cloudfront_signer._native import PrivateKey
from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.errors import CloudFrontSignerError, InvalidKeyError

# What DER begins with.
_SEQUENCE = b"\x30"


@dataclass(frozen=True, slots=True, repr=False)
class KeyMaterial(MaskedRepr):
    """A private key, and its key pair id if that is known."""

    private_key: PrivateKey
    key_pair_id: str | None = None


def read_material(value: str | bytes | PrivateKey, name: str, passphrase: str | bytes | None = None) -> KeyMaterial:
    r"""Read what was fetched.

    Args:
        value: PEM in several lines or in one, base64 of PEM, DER, a PrivateKey, or a JSON object with `private_key`
            and, if the id is stored with the key, `key_pair_id`.
        name: Where it comes from, for messages.
        passphrase: What an encrypted key was encrypted with.

    Raises:
        InvalidKeyError: There is no private key in it.

    >>> pem = PrivateKey.generate("ecdsa-p256").to_pem()
    >>> read_material(pem.replace("\n", "\\n"), "here")
    KeyMaterial(private_key=<PrivateKey ecdsa-p256>, key_pair_id=None)
    >>> read_material(json.dumps({"key_pair_id": "K2JCJMDEHXQW5F", "private_key": pem}), "here").key_pair_id
    'K2JCJMDEHXQW5F'
    """
    if isinstance(value, PrivateKey):
        return KeyMaterial(value)
    if not isinstance(value, str | bytes):
        raise InvalidKeyError(f"{name}: expected PEM text, bytes or a PrivateKey, found {type(value).__name__}")
    fields = _fields(value)
    if fields is None:
        return KeyMaterial(_key(value, name, passphrase))
    pem, key_pair_id = fields.get("private_key"), fields.get("key_pair_id")
    if not isinstance(pem, str):
        raise InvalidKeyError(f'{name}: the JSON has no text "private_key": expected {{"private_key": "-----BEGIN …"}}')
    if key_pair_id is not None and not isinstance(key_pair_id, str):
        raise InvalidKeyError(f'{name}: "key_pair_id" in the JSON is not text')
    return KeyMaterial(_key(pem, name, passphrase), key_pair_id)


def _fields(value: str | bytes) -> dict[str, object] | None:
    """The fields of a JSON object, or None if it is no JSON object."""
    if value.lstrip()[:1] not in ("{", b"{"):
        return None
    try:
        fields = json.loads(value)
    except ValueError:
        # Its exception holds the whole text.
        return None
    return fields if isinstance(fields, dict) else None


def _key(pem: str | bytes, name: str, passphrase: str | bytes | None) -> PrivateKey:
    try:
        if isinstance(pem, bytes) and pem.startswith(_SEQUENCE):
            return PrivateKey.from_der(pem, passphrase)
        return PrivateKey.from_pem(pem, passphrase)
    except CloudFrontSignerError as error:
        problem = f"{name}: {error}"
    raise InvalidKeyError(problem)
