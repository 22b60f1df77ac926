"""A private key in the Parameter Store of AWS Systems Manager."""

from typing import TYPE_CHECKING

from cloudfront_signer._native import excerpt
from cloudfront_signer.keys.cache import Lifetime
from cloudfront_signer.keys.clients import Client, explained
from cloudfront_signer.keys.sources import FIVE_MINUTES, KeySource

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


def from_parameter_store(
    name: str,
    *,
    client: "SSMClient | None" = None,
    lifetime: Lifetime = FIVE_MINUTES,
    passphrase: str | bytes | None = None,
) -> KeySource:
    """A source that reads a parameter of the type `SecureString`; needs the extra `keys` and `ssm:GetParameter`.

    The parameter is the private key in PEM, or a JSON object with `private_key` and, optionally, `key_pair_id`. An
    RSA-2048 key fits into a standard parameter, which holds 4,096 characters.

    Args:
        name: The name or the ARN of the parameter, with `:VERSION` or `:LABEL` at the end for a certain one. The region
            of an ARN is used.
        client: A boto3 client of `ssm`. None: one is opened when the key is first needed.
        lifetime: How long a key is used before it is fetched again, as a `timedelta` or in seconds.
        passphrase: What an encrypted key was encrypted with.

    >>> import boto3
    >>> from moto import mock_aws
    >>> from cloudfront_signer import PrivateKey
    >>> from cloudfront_signer.keys import from_parameter_store
    >>> with mock_aws():
    ...     client = boto3.client("ssm", "eu-west-1")
    ...     pem = PrivateKey.generate("ecdsa-p256").to_pem()
    ...     _ = client.put_parameter(Name="/cloudfront/key", Value=pem, Type="SecureString")
    ...     from_parameter_store("/cloudfront/key", client=client).private_key()
    <PrivateKey ecdsa-p256>
    """
    shown = f"parameter {excerpt(name)}"
    opened = Client("ssm", name, client)

    def fetch() -> str:
        with explained(shown, "ssm:GetParameter, and kms:Decrypt for its key,"):
            answer = opened.get().get_parameter(Name=name, WithDecryption=True)
        return answer["Parameter"].get("Value", "")

    return KeySource(fetch, name=shown, lifetime=lifetime, passphrase=passphrase)
