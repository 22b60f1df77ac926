"""Two key pairs, and the time at which signers change from one to the other."""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import inf
from time import time
from typing import Any, NoReturn, Self, Unpack

from cloudfront_signer._native import CloudFrontSigner, Policy, PrivateKey, Verifier, excerpt
from cloudfront_signer.errors import InvalidKeyError, InvalidPolicyError
from cloudfront_signer.keys.following import Choice, FollowingSigner
from cloudfront_signer.keys.options import SignerOptions
from cloudfront_signer.keys.sources import KeySource

Key = PrivateKey | KeySource | Callable[[bytes], bytes]
# The last second that a policy takes.
_END_OF_TIME = 95_617_583_999


class KeyRing:
    """The current key pair and the next one, with the time of the switch.

    All processes that have the same ring switch at the same time, by their clocks, without a deployment. CloudFront
    must trust both keys before that time, and the old one until the last URL that it signed has expired.

    Args:
        current: The key pair id and the key that sign until `switch_at`. The key is a PrivateKey, a KeySource, or a
            callable from bytes to bytes, such as a KmsSigner.
        next: The key pair id and the key that sign from `switch_at` on. None: no rotation is planned.
        switch_at: A `datetime` with its time zone, a number of seconds since 1970, or ISO 8601 text with an offset.

    Raises:
        InvalidPolicyError: `switch_at` is not a time.
        TypeError: Only one of `next` and `switch_at` is given, or a key pair is no pair.

    >>> from cloudfront_signer import PrivateKey
    >>> from cloudfront_signer.keys import KeyRing
    >>> old, new = PrivateKey.generate("ecdsa-p256"), PrivateKey.generate("ecdsa-p256")
    >>> ring = KeyRing(("K1", old), ("K2", new), switch_at="2026-01-31T03:00:00Z")
    >>> signer = ring.signer(domain="d111111abcdef8.cloudfront.net")
    >>> url = signer.sign_url("https://d111111abcdef8.cloudfront.net/a.mp4", expires=2000000000)
    >>> ring.verifier().check(url, now=1900000000).key_id
    'K2'
    """

    __slots__ = ("_pairs", "_switch_at")

    def __init__(
        self,
        current: tuple[str, Key],
        next: tuple[str, Key] | None = None,
        *,
        switch_at: datetime | float | str | None = None,
    ) -> None:
        if (next is None) != (switch_at is None):
            raise TypeError("give next and switch_at together, or neither")
        self._pairs = [_pair("current", current)] if next is None else [_pair("current", current), _pair("next", next)]
        self._switch_at = inf if switch_at is None else _seconds(switch_at)

    @property
    def key_pair_id(self) -> str:
        """The key pair id that signs now."""
        return self._pairs[time() >= self._switch_at][0]

    @property
    def key_pair_ids(self) -> list[str]:
        """The current key pair id, and the next one if there is one."""
        return [key_pair_id for key_pair_id, _ in self._pairs]

    def signer(self, **options: Unpack[SignerOptions]) -> CloudFrontSigner:
        """A signer for the life of the process: each call signs with the key pair that is current when it begins.

        Args:
            **options: `hash_algorithm`, `expires`, `align` and `domain`, as `CloudFrontSigner` takes them. The hash
                algorithm is SHA-1 for RSA keys and SHA-256 for ECDSA keys and keys in KMS unless it is given.

        Raises:
            CloudFrontSignerError: A key pair id or one of the options cannot be used.
        """
        choices = [_choice(key_pair_id, key, options) for key_pair_id, key in self._pairs]
        first, last, switch_at = choices[0], choices[-1], self._switch_at

        def choose() -> Choice:
            if time() < switch_at:
                since, until, signer = first()
                return since, min(until, switch_at), signer
            since, until, signer = last()
            return max(since, switch_at), until, signer

        return FollowingSigner(choose, repr(self))

    def verifier(self) -> Verifier:
        """A verifier that accepts both key pairs, before the switch and after it.

        The public keys are the present ones: a KeySource whose key changes needs a new verifier.

        Raises:
            InvalidKeyError: A key is a plain callable, which has no public key.
            SigningError: The key of a source could not be fetched.
        """
        return Verifier({key_pair_id: _public_key(key_pair_id, key) for key_pair_id, key in self._pairs})

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a KeyRing holds private keys and cannot be pickled")

    def __repr__(self) -> str:
        return f"<KeyRing {', '.join(excerpt(one) for one in self.key_pair_ids)}>"


def _pair(name: str, pair: tuple[str, Key]) -> tuple[str, Key]:
    if not (isinstance(pair, tuple | list) and len(pair) == 2):
        raise TypeError(f"{name}: expected a key pair id and a key, found {type(pair).__name__}")
    key_pair_id, key = pair
    # What is wrong with them shows when the ring is made.
    CloudFrontSigner(key_pair_id, key)
    return key_pair_id, key


def _choice(key_pair_id: str, key: Key, options: SignerOptions) -> Callable[[], Choice]:
    """A function that returns the signer of one key pair."""
    if isinstance(key, KeySource):
        return key.follow(key_pair_id, options)
    signer = CloudFrontSigner(key_pair_id, key, **options)
    return lambda: (-inf, inf, signer)


def _public_key(key_pair_id: str, key: Any) -> Any:
    try:
        public_key = key.public_key
    except AttributeError:
        public_key = None
    if public_key is None:
        found = f"{excerpt(key_pair_id)}: a {type(key).__name__} has no public key"
        raise InvalidKeyError(f"{found}: make a Verifier of the public keys yourself")
    return public_key()


def _seconds(switch_at: datetime | float | str) -> float:
    if isinstance(switch_at, timedelta):
        raise InvalidPolicyError(
            "switch_at: a timedelta would begin anew in each process: give a datetime with its time zone"
        )
    try:
        seconds = Policy("https://a/*", expires=_END_OF_TIME, not_before=switch_at).not_before
    except InvalidPolicyError as error:
        problem = str(error).replace("not_before", "switch_at")
    except TypeError as error:
        raise TypeError(str(error).replace("not_before", "switch_at")) from None
    else:
        return float(seconds or 0)
    raise InvalidPolicyError(problem)
