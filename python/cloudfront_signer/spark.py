"""A column of URLs on a Spark cluster (extra ``[arrow]``, and PySpark 4.1 or later).

Each executor reads the key from the reference that the plan holds::

    from cloudfront_signer.spark import sign_column

    signed = sign_column("url", key_id="K2JCJMDEHXQW5F", private_key="env:SIGNING_KEY", expires=timedelta(hours=1))
    videos.withColumn("signed_url", signed).write.parquet("signed")
"""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from cloudfront_signer._native import CloudFrontSigner, ColumnSigner, Policy, PrivateKey, holds_key
from cloudfront_signer.arrow import sign_part
from cloudfront_signer.errors import InvalidKeyError
from cloudfront_signer.keys import from_environment, from_secrets_manager

try:
    import pyarrow as pa
    import pyspark
    from pyspark.sql import Column, functions
except ModuleNotFoundError as _missing:
    raise ModuleNotFoundError(
        f"columns of Spark need {_missing.name}: pip install 'cloudfront-signer[arrow]' 'pyspark>=4.1'",
        name=_missing.name,
    ) from None

if TYPE_CHECKING:
    from cloudfront_signer._native import _Address, _Dict, _Duration, _Hash, _Time

__all__ = ["sign_column"]

# Its stub knows it under another module's name only.
_arrow_udf: Any = getattr(functions, "arrow_udf", None)
if _arrow_udf is None:
    raise ImportError(f"columns of Spark need PySpark 4.1 or later, found {pyspark.__version__}: update it")

_ENVIRONMENT = "env:"
# Of any partition, such as aws-cn.
_SECRET = re.compile(r"arn:aws[a-z-]*:secretsmanager:")


def sign_column(
    column: Column | str,
    *,
    key_id: str,
    private_key: str | os.PathLike[str],
    hash_algorithm: "_Hash | None" = None,
    errors: Literal["raise", "null"] = "raise",
    expires: "_Time | Column | None" = None,
    not_before: "_Time | None" = None,
    ip_address: "_Address | None" = None,
    resource: str | None = None,
    policy: "Policy | str | bytes | _Dict | None" = None,
    align: "_Duration | None" = None,
) -> Column:
    """Sign a column of URLs in the executors.

    The plan holds a reference to the private key, never the key: Spark shows plans, and writes them to its event log.
    Each Python process of an executor reads the key once. Nulls stay null.

    Args:
        column: The column of URLs, or its name.
        key_id: The key pair id.
        private_key: Where each executor reads the key: a path, `env:NAME` for an environment variable with PEM or a
            path, or the ARN of a secret in Secrets Manager, which needs the extra ``[keys]`` and the permission
            `secretsmanager:GetSecretValue`.
        hash_algorithm: "SHA1" or "SHA256". The default is SHA1 for RSA, SHA256 for ECDSA.
        errors: "raise" ends the query with the first URL that cannot be signed; "null" makes it null.
        expires: When access ends, as in ``CloudFrontSigner.sign_urls``, or a column with an expiry for each row:
            seconds since 1970, or timestamps. A `timedelta` counts from the start of the query, or of the micro-batch
            of a stream: all rows have the same expiry, and tasks that run again have it, too.
        not_before, ip_address, resource, policy, align: As in ``CloudFrontSigner.sign_urls``.

    Returns:
        The column of signed URLs.

    Raises:
        InvalidKeyError: `private_key` is a key, not a reference.
        InvalidPolicyError: The terms contradict each other, or a time or an address is not valid.
        SigningError: The key pair id or the hash algorithm is not valid.
        TypeError: An argument has the wrong type.

    See https://spark.apache.org/docs/latest/api/python/reference/pyspark.sql/api/pyspark.sql.functions.arrow_udf.html
    """
    reference = _reference(private_key)
    if isinstance(policy, Policy):
        policy = policy.to_json()
    others = {"not_before": not_before, "ip_address": ip_address, "resource": resource, "policy": policy}
    terms: dict[str, Any] = {**others, "align": align}
    # What is wrong with them is raised here, not in an executor.
    unsigned = CloudFrontSigner(key_id, _no_signature, hash_algorithm=hash_algorithm)
    own = isinstance(expires, Column)
    ColumnSigner(unsigned, own_expiries=own, expires=None if isinstance(expires, Column) else expires, **terms)
    if isinstance(expires, timedelta):
        expires = functions.unix_timestamp(functions.current_timestamp()) + int(expires.total_seconds())
    if isinstance(expires, Column):
        udf = _arrow_udf(_udf(key_id, reference, hash_algorithm, errors, None, terms), "string")
        signed: Column = udf(column, expires)
    else:
        signed = _arrow_udf(_udf(key_id, reference, hash_algorithm, errors, expires, terms), "string")(column)
    return signed


def _reference(private_key: Any) -> str:
    if not isinstance(private_key, str | os.PathLike):
        found = type(private_key).__name__
        cure = ": a key would be in the plan, which Spark shows and logs" if isinstance(private_key, PrivateKey) else ""
        raise TypeError(f"private_key: expected a path, env:NAME or the ARN of a secret, found {found}{cure}")
    reference = os.fspath(private_key)
    if not isinstance(reference, str):
        raise TypeError("private_key: expected a path of str, found one of bytes")
    if holds_key(reference):
        raise InvalidKeyError(
            "private_key: this is a key, which would be in the plan, and Spark shows and logs plans: "
            "give a path, env:NAME or the ARN of a secret"
        )
    return reference


def _udf(
    key_id: str, reference: str, hash_algorithm: Any, errors: Any, expires: Any, terms: dict[str, Any]
) -> Callable[..., Any]:
    """The function that executors run. It is pickled with all that it names."""

    def sign(*columns: pa.Array) -> pa.Array:
        urls, own = (*columns, expires)[:2]
        # Spark passes the rows in parts, and says in which task one is.
        return sign_part(_signer(key_id, reference, hash_algorithm), urls, errors=errors, expires=own, **terms)

    return sign


@lru_cache
def _signer(key_id: str, reference: str, hash_algorithm: Any) -> CloudFrontSigner:
    """One for each process."""
    return CloudFrontSigner(key_id, _read_key(reference), hash_algorithm=hash_algorithm)


def _read_key(reference: str) -> PrivateKey:
    if _SECRET.match(reference):
        return from_secrets_manager(reference, lifetime=None).private_key()
    if not reference.startswith(_ENVIRONMENT):
        return PrivateKey.from_file(reference)
    name = reference.removeprefix(_ENVIRONMENT)
    value = os.environ.get(name, "")
    if value and not holds_key(value):
        return PrivateKey.from_file(value)
    return from_environment(name).private_key()


def _no_signature(message: bytes) -> bytes:
    raise NotImplementedError
