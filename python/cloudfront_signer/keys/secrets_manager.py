"""A private key in AWS Secrets Manager."""

from typing import TYPE_CHECKING

from cloudfront_signer._native import excerpt
from cloudfront_signer.keys.cache import Lifetime
from cloudfront_signer.keys.clients import Client, explained
from cloudfront_signer.keys.sources import FIVE_MINUTES, KeySource

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def from_secrets_manager(
    secret_id: str,
    *,
    version_stage: str = "AWSCURRENT",
    client: "SecretsManagerClient | None" = None,
    lifetime: Lifetime = FIVE_MINUTES,
    passphrase: str | bytes | None = None,
) -> KeySource:
    """A source that reads a secret; needs the extra `keys` and the permission `secretsmanager:GetSecretValue`.

    The secret is the private key in PEM, as `cloudfront-signer aws key --secret NAME` stores it, or a JSON object such
    as `{"key_pair_id": "K2JCJMDEHXQW5F", "private_key": "-----BEGIN …"}`. With such an object, a rotation of the
    secret replaces the key and its id together. `SecretBinary` with PEM or DER is read, too.

    Args:
        secret_id: The name or the ARN of the secret. The region of an ARN is used.
        version_stage: The staging label of the version: `"AWSCURRENT"`, `"AWSPENDING"`, or one of your own.
        client: A boto3 client of `secretsmanager`. None: one is opened when the key is first needed.
        lifetime: How long a key is used before it is fetched again, as a `timedelta` or in seconds.
        passphrase: What an encrypted key was encrypted with.

    >>> import boto3
    >>> from moto import mock_aws
    >>> from cloudfront_signer import PrivateKey
    >>> from cloudfront_signer.keys import from_secrets_manager
    >>> with mock_aws():
    ...     client = boto3.client("secretsmanager", "eu-west-1")
    ...     pem = PrivateKey.generate("ecdsa-p256").to_pem()
    ...     _ = client.create_secret(Name="cloudfront", SecretString=pem)
    ...     from_secrets_manager("cloudfront", client=client).private_key()
    <PrivateKey ecdsa-p256>
    """
    name = f"secret {excerpt(secret_id)}"
    opened = Client("secretsmanager", secret_id, client)

    def fetch() -> str | bytes:
        with explained(name, "secretsmanager:GetSecretValue, and kms:Decrypt for its key,"):
            answer = opened.get().get_secret_value(SecretId=secret_id, VersionStage=version_stage)
        return answer.get("SecretString") or answer.get("SecretBinary", b"")

    return KeySource(fetch, name=name, lifetime=lifetime, passphrase=passphrase)
