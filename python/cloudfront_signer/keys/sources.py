"""A private key that is kept somewhere else, and fetched when it is needed."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Literal, NoReturn, Self, Unpack

from cloudfront_signer._native import CloudFrontSigner, PrivateKey, PublicKey, excerpt, mask_secrets
from cloudfront_signer.errors import CloudFrontSignerError, InvalidKeyError, SigningError
from cloudfront_signer.keys.cache import Cache, Lifetime
from cloudfront_signer.keys.following import Choice, FollowingSigner
from cloudfront_signer.keys.material import KeyMaterial, read_material
from cloudfront_signer.keys.options import SignerOptions

FIVE_MINUTES = timedelta(minutes=5)


class KeySource:
    """A private key that is fetched when it is first needed, and kept for a lifetime.

    When the lifetime is over, the next signature starts a refresh in the background and still uses the key that is
    there. While a refresh fails, that key stays in use, and each failure is logged as a warning of the logger
    `cloudfront_signer.keys`. Concurrent callers share one fetch. No thread runs between refreshes, and a source works
    in forked processes.

    `signer` returns a CloudFrontSigner that follows the source. The source is also a callable from bytes to bytes for
    `botocore.signers.CloudFrontSigner`: like `rsa_signer`, it signs with SHA-1.

    Args:
        fetch: Returns the key: PEM in several lines or in one, base64 of PEM, DER, a PrivateKey, or a JSON object with
            `private_key` and, optionally, `key_pair_id`.
        name: What the key is called in messages, such as `"Vault secret/cdn"`.
        lifetime: How long a key is used before it is fetched again, as a `timedelta` or in seconds. None: for ever.
        passphrase: What an encrypted key was encrypted with.

    Raises:
        SigningError: The lifetime is not a positive duration.

    >>> from cloudfront_signer.keys import KeySource
    >>> pem = PrivateKey.generate("ecdsa-p256").to_pem()
    >>> source = KeySource(lambda: pem, name="a key in memory")
    >>> signer = source.signer("K2JCJMDEHXQW5F")
    >>> signer.sign_url("https://example.com/a", expires=2000000000).partition("&Key-Pair-Id=")[2]
    'K2JCJMDEHXQW5F&Hash-Algorithm=SHA256'
    """

    __slots__ = ("__weakref__", "_cache", "_fetch", "_last", "_name", "_passphrase")

    #: What a call of the source signs with.
    hash_algorithm: Literal["SHA1"] = "SHA1"

    def __init__(
        self,
        fetch: Callable[[], str | bytes | PrivateKey],
        *,
        name: str,
        lifetime: Lifetime = FIVE_MINUTES,
        passphrase: str | bytes | None = None,
    ) -> None:
        self._fetch = fetch
        self._name = excerpt(name)
        self._passphrase = passphrase
        self._last: KeyMaterial | None = None
        self._cache = Cache(self._fetched, self._name, lifetime)

    def private_key(self) -> PrivateKey:
        """The key to use now.

        Raises:
            InvalidKeyError: What was fetched first is no private key.
            SigningError: The first fetch failed.
        """
        return self._cache.get().private_key

    def public_key(self) -> PublicKey:
        """The public key of the key to use now. Raises as `private_key` does."""
        return self.private_key().public_key()

    def __call__(self, message: bytes) -> bytes:
        """Sign with SHA-1, as `botocore.signers.CloudFrontSigner` expects. Raises as `private_key` does."""
        return self.private_key().sign(message, "SHA1")

    def signer(self, key_pair_id: str | None = None, **options: Unpack[SignerOptions]) -> CloudFrontSigner:
        """A signer that always uses the current key.

        Nothing is fetched before the first signature.

        Args:
            key_pair_id: The id of the public key at CloudFront. None: it is stored with the key.
            **options: `hash_algorithm`, `expires`, `align` and `domain`, as `CloudFrontSigner` takes them.

        Raises:
            InvalidPolicyError: `expires` or `align` cannot be used.
            InvalidUrlError: `domain` is not a bare host name.
        """
        return FollowingSigner(self.follow(key_pair_id, options), repr(self))

    def follow(self, key_pair_id: str | None, options: SignerOptions) -> Callable[[], Choice]:
        """A function that returns the signer of the current key; the same one while the key is the same."""
        # What is wrong with the options shows here, not at the first signature.
        CloudFrontSigner(key_pair_id or "K1", _no_signature, **options)
        # The signer, and what it was made of. Replaced as a whole, since threads share it.
        made: tuple[KeyMaterial, CloudFrontSigner] | None = None

        def choose() -> Choice:
            nonlocal made
            held, last = self._cache.held(), made
            if last is not None and last[0] is held.value:
                return held.since, held.until, last[1]
            id_, key = self._key_pair_id(held.value, key_pair_id), held.value.private_key
            signer = CloudFrontSigner(id_, key, **options)
            made = held.value, signer
            return held.since, held.until, signer

        return choose

    def _key_pair_id(self, material: KeyMaterial, given: str | None) -> str:
        stored = material.key_pair_id
        if stored and given and stored != given:
            found = f"the key is stored with the key pair id {excerpt(stored)}, but {excerpt(given)} was given"
            raise InvalidKeyError(f"{self._name}: {found}: give the id of this key, or none")
        if not (stored or given):
            raise InvalidKeyError(
                f"{self._name}: no key pair id: give it to signer(), or store the key as JSON with "
                '"key_pair_id" and "private_key"'
            )
        return stored or given or ""

    def _fetched(self) -> KeyMaterial:
        try:
            value = self._fetch()
        except CloudFrontSignerError:
            raise
        except Exception as error:
            problem = f"{type(error).__name__}: {mask_secrets(str(error))}"
        else:
            return self._unless_equal(read_material(value, self._name, self._passphrase))
        # Outside of the handler: the other exception may hold what was fetched.
        raise SigningError(f"{self._name}: {problem}")

    def _unless_equal(self, material: KeyMaterial) -> KeyMaterial:
        """The last key if it was fetched again, so that signers keep the signatures that `align` lets them reuse."""
        last = self._last
        if last is None or _identity(last) != _identity(material):
            self._last = last = material
        return last

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a KeySource holds a private key and cannot be pickled")

    def __repr__(self) -> str:
        return f"<KeySource {self._name}>"


def from_file(
    path: str | os.PathLike[str],
    passphrase: str | bytes | None = None,
    *,
    lifetime: Lifetime = FIVE_MINUTES,
) -> KeySource:
    """A source that reads a file in PEM or DER, such as one that Kubernetes mounts and replaces.

    A key file that never changes needs no source: use `PrivateKey.from_file`.

    Args:
        path: The path of the key file.
        passphrase: What an encrypted key was encrypted with.
        lifetime: How long a key is used before the file is read again, as a `timedelta` or in seconds.

    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> from cloudfront_signer.keys import from_file
    >>> path = Path(mkdtemp(), "private_key.pem")
    >>> _ = path.write_text(PrivateKey.generate("ecdsa-p256").to_pem())
    >>> from_file(path).private_key()
    <PrivateKey ecdsa-p256>
    """
    return KeySource(lambda: PrivateKey.from_file(path, passphrase), name=os.fspath(path), lifetime=lifetime)


def _identity(material: KeyMaterial) -> tuple[str, str | None]:
    return material.private_key.public_key().to_pem(), material.key_pair_id


def _no_signature(message: bytes) -> bytes:
    raise NotImplementedError
