"""Drop-in replacement for boto 2's ``create_signed_url``: same arguments, same result."""

import json
import os
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import IO

from cloudfront_signer._native import CloudFrontSigner, Policy, PrivateKey, excerpt, wire_url
from cloudfront_signer.errors import InvalidKeyError, InvalidPolicyError

_DAY = 86_400

# boto 2 also accepted text: Expires=1900000000 was a working canned policy.
_Time = float | Decimal | str | datetime
_File = str | bytes | os.PathLike[str] | IO[str] | IO[bytes]


def create_signed_url(
    url: str,
    keypair_id: str,
    expire_time: _Time | None = None,
    valid_after_time: _Time | None = None,
    ip_address: str | None = None,
    policy_url: str | None = None,
    private_key_file: _File | None = None,
    private_key_string: str | bytes | None = None,
) -> str:
    """Sign a URL as ``boto.cloudfront.distribution.Distribution.create_signed_url`` did.

    As in boto 2, an argument that is empty or 0 counts as absent.

    Args:
        url: The URL to sign.
        keypair_id: The ID of the public key in CloudFront, or of a legacy key pair.
        expire_time: When access ends, in seconds since 1970. Default: a day from now.
        valid_after_time: When access starts, in seconds since 1970.
        ip_address: One IPv4 address or range.
        policy_url: The resource, which may contain wildcards. Default: the URL, taken literally.
        private_key_file: The path of the private key, or a file that is open for reading.
        private_key_string: The private key in PEM. Give either this or ``private_key_file``.

    Returns:
        The signed URL, with a canned policy if only ``expire_time`` is given, else with a custom one.

    Raises:
        CloudFrontSignerError: If CloudFront would not accept an argument.

    >>> from cloudfront_signer import PrivateKey
    >>> pem = PrivateKey.generate().to_pem()
    >>> create_signed_url("http://d.example/a", "APKA1", expire_time=2000000000, private_key_string=pem)[:40]
    'http://d.example/a?Expires=2000000000&Si'
    """
    signer = CloudFrontSigner(keypair_id, _private_key(private_key_file, private_key_string), hash_algorithm="SHA1")
    end, not_before, address = _time(expire_time), _time(valid_after_time), ip_address or None
    expires = int(time.time()) + _DAY if end is None else end
    if end is not None and not (not_before or address or policy_url):
        return signer.sign_url(url, expires=expires)
    url, mark, fragment = url.partition("#")
    # The policy takes the URL literally, without wildcards.
    url = url if policy_url else wire_url(url)
    policy = Policy(policy_url or url, expires=expires, not_before=not_before, ip_address=address)
    return signer.sign_url(url, policy=_in_order(policy)) + mark + fragment


def _time(given: _Time | None) -> float | datetime | None:
    """A naive datetime is UTC, as everywhere in boto 2; an empty time counts as absent."""
    if isinstance(given, datetime) and given.tzinfo is None:
        return given.replace(tzinfo=UTC)
    if given and isinstance(given, str | Decimal):
        try:
            return float(given)
        except ValueError:
            raise InvalidPolicyError(f"time '{excerpt(str(given))}': expected seconds since 1970") from None
    return given or None  # type: ignore[return-value]  # neither text nor Decimal, unless empty: handled above


def _in_order(policy: Policy) -> Policy:
    """Put the conditions into boto 2's order, which differs from botocore's."""
    document = json.loads(policy.to_json())
    condition = document["Statement"][0]["Condition"]
    if "IpAddress" in condition:
        condition["IpAddress"] = condition.pop("IpAddress")
    return Policy.from_json(json.dumps(document, separators=(",", ":")))


def _private_key(file: _File | None, pem: str | bytes | None) -> PrivateKey:
    if bool(file) == bool(pem):
        raise InvalidKeyError("give either private_key_file or private_key_string")
    if pem:
        return PrivateKey.from_pem(pem)
    if isinstance(file, str | bytes | os.PathLike):
        return PrivateKey.from_file(os.fsdecode(file))
    if not hasattr(file, "read"):
        raise TypeError(f"private_key_file: expected a path or a file open for reading, found {type(file).__name__}")
    return PrivateKey.from_pem(file.read())  # type: ignore[union-attr]  # not None: checked above
