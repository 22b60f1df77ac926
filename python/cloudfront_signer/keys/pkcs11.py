"""A private key in a hardware security module or a smart card, reached through PKCS #11."""

import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha1, sha256
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn, Self, Unpack

from cloudfront_signer._native import CloudFrontSigner, PublicKey, excerpt, mask_secrets
from cloudfront_signer.errors import CloudFrontSignerError, InvalidKeyError, SigningError
from cloudfront_signer.keys import _forks
from cloudfront_signer.keys.options import SignerOptions

if TYPE_CHECKING:
    import pkcs11

_Hash = Literal["SHA1", "SHA256"]


class _Opened(NamedTuple):
    """A session, and the two halves of the key in it."""

    session: Any
    private_key: Any
    public_key: PublicKey


class Pkcs11Signer:
    """Signs with an RSA-2048 or P-256 key in a token: a callable from bytes to bytes, and a signer for CloudFront.

    Needs the extra `pkcs11` and the PKCS #11 module of the token's vendor. The token has the public key next to the
    private key, with the same label or id. Safe to share between threads, which sign one after the other, and after a
    fork. A session that the token has closed is opened again.

    Args:
        module: The path of the vendor's library, such as `/usr/lib/softhsm/libsofthsm2.so`.
        token: The label of the token.
        pin: The user's PIN, or a function that returns it.
        label: The label of the key. One of `label` and `id` is needed.
        id: The id of the key.
        hash_algorithm: `"SHA1"` or `"SHA256"`. None: SHA-1 for RSA, SHA-256 for ECDSA, as with a PrivateKey.

    Raises:
        ModuleNotFoundError: python-pkcs11 is not installed.
        TypeError: Neither a label nor an id is given, or the PIN is no text.

    >>> from cloudfront_signer.keys import Pkcs11Signer
    >>> Pkcs11Signer("/usr/lib/softhsm/libsofthsm2.so", token="signing", pin="1234", label="cloudfront")
    <Pkcs11Signer cloudfront in token signing>
    """

    __slots__ = (
        *("__weakref__", "_hash", "_id", "_label", "_lock", "_module"),
        *("_name", "_opened", "_pin", "_refused", "_token"),
    )

    def __init__(
        self,
        module: str | os.PathLike[str],
        *,
        token: str,
        pin: str | Callable[[], str],
        label: str | None = None,
        id: bytes | None = None,
        hash_algorithm: _Hash | None = None,
    ) -> None:
        if label is None and id is None:
            raise TypeError("give the label or the id of the key")
        if not (isinstance(pin, str) or callable(pin)):
            raise TypeError(f"pin: expected text or a function that returns it, found {type(pin).__name__}")
        if hash_algorithm not in (None, "SHA1", "SHA256"):
            raise ValueError(f"hash_algorithm {excerpt(hash_algorithm)}: expected SHA1 or SHA256")
        if find_spec("pkcs11") is None:
            raise ModuleNotFoundError("python-pkcs11 is needed: pip install 'cloudfront-signer[pkcs11]'")
        self._module = os.fspath(module)
        self._token = token
        self._pin = pin
        self._label = label
        self._id = id
        self._hash: _Hash | None = hash_algorithm
        self._name = f"{excerpt(label if label is not None else (id or b'').hex())} in token {excerpt(token)}"
        self._opened: _Opened | None = None
        # Why the token does not accept the PIN, once it has said so.
        self._refused: str | None = None
        self._lock = Lock()
        _forks.watch(self)

    def __call__(self, message: bytes) -> bytes:
        """Sign with the hash algorithm of `hash_algorithm`.

        Args:
            message: The bytes to sign, such as the JSON of a policy.

        Returns:
            The signature: PKCS #1 v1.5 for RSA, DER for ECDSA.

        Raises:
            InvalidKeyError: The key is not there, or cannot sign for CloudFront.
            SigningError: The token refused, or could not be reached.
        """
        import pkcs11

        opened = self._open()
        try:
            return _sign(opened, message, self._hash_for(opened))
        except pkcs11.PKCS11Error:
            # The token was removed, or it ended the session.
            opened = self._open(instead_of=opened)
        try:
            return _sign(opened, message, self._hash_for(opened))
        except pkcs11.PKCS11Error as error:
            problem = _explained(error)
        raise SigningError(f"{self._name}: {problem}")

    @property
    def hash_algorithm(self) -> _Hash:
        """`"SHA1"` or `"SHA256"`: what a call signs with. Raises as `public_key` does."""
        return self._hash or self._hash_for(self._open())

    def public_key(self) -> PublicKey:
        """The public key. `public_key().to_pem()` is the text that CloudFront takes.

        Raises:
            InvalidKeyError: The key is not there, or CloudFront does not accept keys of this kind.
            SigningError: The token refused, or could not be reached.
        """
        return self._open().public_key

    def signer(self, key_pair_id: str, **options: Unpack[SignerOptions]) -> CloudFrontSigner:
        """A signer that uses this key, with the hash algorithm of this object.

        Args:
            key_pair_id: The id of the public key at CloudFront.
            **options: `expires`, `align` and `domain`, as `CloudFrontSigner` takes them.

        Raises:
            CloudFrontSignerError: The token could not be reached, or one of the arguments cannot be used.
        """
        return CloudFrontSigner(key_pair_id, self, **options)

    def after_fork(self) -> None:
        """A session belongs to one process."""
        self._lock, self._opened = Lock(), None

    def _hash_for(self, opened: _Opened) -> _Hash:
        return self._hash or ("SHA1" if opened.public_key.kind.startswith("rsa") else "SHA256")

    def _open(self, instead_of: _Opened | None = None) -> _Opened:
        """The session, opened if there is none, or if it is the one that does not work any more."""
        import pkcs11

        opened = self._opened
        if opened is not None and opened is not instead_of:
            return opened
        with self._lock:
            if self._opened is not None and self._opened is not instead_of:
                return self._opened
            if self._refused:
                raise SigningError(self._refused)
            try:
                self._opened = self._find(_session(self._module, self._token, self._pin))
                return self._opened
            except (pkcs11.PinIncorrect, pkcs11.PinLocked, pkcs11.PinInvalid, pkcs11.PinLenRange) as error:
                problem = f"{self._name}: {_explained(error)}"
                # A token locks itself after a few wrong PINs.
                self._refused = f"{problem}; it is not tried again"
            except pkcs11.PKCS11Error as error:
                problem = f"{self._name}: {_explained(error)}"
            except CloudFrontSignerError:
                raise
            except Exception as error:
                # Its text may hold the PIN: a UnicodeEncodeError holds what could not be encoded.
                problem = f"{self._name}: {type(error).__name__}: check the path, the labels and the PIN"
        raise SigningError(problem)

    def _find(self, session: Any) -> _Opened:
        from pkcs11 import MultipleObjectsReturned, NoSuchKey, ObjectClass

        halves = {}
        for object_class, what in ((ObjectClass.PRIVATE_KEY, "private"), (ObjectClass.PUBLIC_KEY, "public")):
            try:
                halves[what] = session.get_key(object_class=object_class, label=self._label, id=self._id)
                continue
            except NoSuchKey:
                problem = f"no {what} key is there: check the label and the id"
            except MultipleObjectsReturned:
                problem = f"more than one {what} key is there: give the id, too"
            raise InvalidKeyError(f"{self._name}: {problem}")
        return _Opened(session, halves["private"], self._read_public(halves["public"]))

    def _read_public(self, half: Any) -> PublicKey:
        from pkcs11 import KeyType
        from pkcs11.util.ec import encode_ec_public_key
        from pkcs11.util.rsa import encode_rsa_public_key

        encode = {KeyType.RSA: encode_rsa_public_key, KeyType.EC: encode_ec_public_key}.get(half.key_type)
        if encode is None:
            raise InvalidKeyError(f"{self._name}: this is neither an RSA nor an EC key: CloudFront does not accept it")
        try:
            key = PublicKey.from_der(encode(half))
        except CloudFrontSignerError as error:
            problem = str(error)
        else:
            if key.kind in ("rsa-2048", "ecdsa-p256"):
                return key
            problem = f"this is a key of the kind {key.kind}: CloudFront's key groups accept RSA-2048 and ECDSA P-256"
        raise InvalidKeyError(f"{self._name}: {problem}")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Pkcs11Signer holds a PIN and cannot be pickled")

    def __repr__(self) -> str:
        return f"<Pkcs11Signer {self._name}>"


def _sign(opened: _Opened, message: bytes, hash_algorithm: _Hash) -> bytes:
    from pkcs11 import Mechanism
    from pkcs11.util.ec import encode_ecdsa_signature

    if opened.public_key.kind.startswith("rsa"):
        mechanism = Mechanism.SHA1_RSA_PKCS if hash_algorithm == "SHA1" else Mechanism.SHA256_RSA_PKCS
        return bytes(opened.private_key.sign(message, mechanism=mechanism))
    digest = (sha1 if hash_algorithm == "SHA1" else sha256)(message).digest()
    # r and s one after the other; CloudFront takes DER.
    return encode_ecdsa_signature(opened.private_key.sign(digest, mechanism=Mechanism.ECDSA))


def _session(module: str, token: str, pin: str | Callable[[], str]) -> Any:
    import pkcs11

    slot = _libraries.get(module).get_token(token_label=token)
    try:
        return slot.open(user_pin=pin if isinstance(pin, str) else pin())
    except pkcs11.UserAlreadyLoggedIn:
        # Another session of this process did it: a login is for all of them.
        return slot.open()


class _Libraries:
    """The vendors' libraries, each set up once in a process."""

    __slots__ = ("__weakref__", "_lock", "_processes")

    def __init__(self) -> None:
        self._processes: dict[str, int] = {}
        self._lock = Lock()
        _forks.watch(self)

    def get(self, module: str) -> Any:
        import pkcs11

        with self._lock:
            library = pkcs11.lib(module)
            if self._processes.setdefault(module, os.getpid()) != os.getpid():
                # In a forked process it is to be set up anew. Some libraries refuse to be closed there.
                with suppress(pkcs11.PKCS11Error):
                    library.finalize()
                library.initialize()
                self._processes[module] = os.getpid()
            return library

    def after_fork(self) -> None:
        self._lock = Lock()


_libraries = _Libraries()


def _explained(error: "pkcs11.PKCS11Error") -> str:
    """What an error of the token means. Most of them have a name and no text."""
    name, text = type(error).__name__, mask_secrets(str(error))
    if name == "PKCS11Error":
        # The only one without a meaning of its own.
        return f"the library could not be loaded: {text}"
    advice = {
        "NoSuchToken": "no token with this label: check it with `pkcs11-tool --list-slots`",
        "PinIncorrect": "the PIN is wrong",
        "PinInvalid": "the PIN has characters that the token does not take",
        "PinLenRange": "the PIN is too short or too long",
        "PinLocked": "the PIN is locked: the token's administrator can unlock it",
        "MechanismInvalid": "the token does not sign in this way: try the other hash_algorithm",
    }.get(name)
    return advice or ": ".join(filter(None, (f"the token answered {name}", text)))
