"""A private key in AWS KMS, which never leaves it."""

from hashlib import sha256
from typing import TYPE_CHECKING, Literal, NoReturn, Self, Unpack

from cloudfront_signer._native import CloudFrontSigner, PublicKey, excerpt
from cloudfront_signer.errors import CloudFrontSignerError, InvalidKeyError
from cloudfront_signer.keys.cache import Cache
from cloudfront_signer.keys.clients import Client, explained
from cloudfront_signer.keys.options import SignerOptions

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_kms.literals import SigningAlgorithmSpecType

_ALGORITHMS: "dict[str, SigningAlgorithmSpecType]" = {
    "rsa-2048": "RSASSA_PKCS1_V1_5_SHA_256",
    "ecdsa-p256": "ECDSA_SHA_256",
}


class KmsSigner:
    """Signs with an RSA-2048 or P-256 key in KMS: a callable from bytes to bytes, and a signer for CloudFront.

    Needs the extra `keys` and the permissions `kms:Sign` and `kms:GetPublicKey` for the key. A signature is a request
    to KMS, so it takes milliseconds; `grant` and `align` save most of them. Safe to share between threads and after a
    fork.

    KMS has no SHA-1. CloudFront must therefore find `Hash-Algorithm=SHA256` in each URL. `signer` sends it, and so does
    `CloudFrontSigner(key_pair_id, kms_signer)`, which reads `hash_algorithm` here. `botocore.signers.CloudFrontSigner`
    does not: its URLs are denied until `&Hash-Algorithm=SHA256` is appended to each of them.

    A request that KMS throttles is sent up to five times, with growing pauses. `AWS_MAX_ATTEMPTS` and `AWS_RETRY_MODE`
    change that. A client of the caller has its own settings.

    Args:
        key_id: The id, the ARN or the alias (`alias/…`) of the KMS key. The region of an ARN is used.
        client: A boto3 client of `kms`. None: one is opened when the key is first needed.
        message_type: `"DIGEST"` hashes here and sends 32 bytes. `"RAW"` sends the message, of 4,096 bytes at most, and
            KMS hashes.

    Raises:
        ModuleNotFoundError: No client is given, and boto3 is not installed.

    >>> import boto3
    >>> from moto import mock_aws
    >>> from cloudfront_signer import Verifier
    >>> from cloudfront_signer.keys import KmsSigner
    >>> with mock_aws():
    ...     kms = boto3.client("kms", "eu-west-1")
    ...     key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    ...     # moto does not know DIGEST.
    ...     in_kms = KmsSigner(key["KeyId"], client=kms, message_type="RAW")
    ...     url = in_kms.signer("K1").sign_url("https://example.com/a", expires=2000000000)
    ...     Verifier({"K1": in_kms.public_key()}).check(url, now=1900000000).allowed
    True
    """

    __slots__ = ("_client", "_key_id", "_message_type", "_name", "_public_key")

    #: What a call signs with.
    hash_algorithm: Literal["SHA256"] = "SHA256"

    def __init__(
        self,
        key_id: str,
        *,
        client: "KMSClient | None" = None,
        message_type: Literal["DIGEST", "RAW"] = "DIGEST",
    ) -> None:
        if message_type not in ("DIGEST", "RAW"):
            raise ValueError(f"message_type {excerpt(message_type)}: expected DIGEST or RAW")
        self._key_id = key_id
        self._name = f"KMS key {excerpt(key_id)}"
        self._client = Client("kms", key_id, client)
        self._message_type: Literal["DIGEST", "RAW"] = message_type
        self._public_key = Cache(self._fetch_public_key, self._name, None)

    def __call__(self, message: bytes) -> bytes:
        """Sign with SHA-256.

        Args:
            message: The bytes to sign, such as the JSON of a policy.

        Returns:
            The signature: PKCS #1 v1.5 for RSA, DER for ECDSA.

        Raises:
            InvalidKeyError: The key cannot sign for CloudFront.
            SigningError: KMS refused, or could not be reached.
        """
        algorithm = _ALGORITHMS[self.kind]
        sent = sha256(message).digest() if self._message_type == "DIGEST" else message
        with explained(self._name, "kms:Sign"):
            answer = self._client.get().sign(
                KeyId=self._key_id, Message=sent, MessageType=self._message_type, SigningAlgorithm=algorithm
            )
        return answer["Signature"]

    @property
    def kind(self) -> str:
        """`"rsa-2048"` or `"ecdsa-p256"`. Raises as `public_key` does."""
        return self.public_key().kind

    def public_key(self) -> PublicKey:
        """The public key. `public_key().to_pem()` is the text that CloudFront takes. It is fetched once.

        Raises:
            InvalidKeyError: CloudFront does not accept keys of this kind.
            SigningError: KMS refused, or could not be reached.
        """
        return self._public_key.get()

    def signer(self, key_pair_id: str, **options: Unpack[SignerOptions]) -> CloudFrontSigner:
        """A signer that uses this key, with SHA-256.

        Args:
            key_pair_id: The id of the public key at CloudFront.
            **options: `expires`, `align` and `domain`, as `CloudFrontSigner` takes them.

        Raises:
            CloudFrontSignerError: The key pair id or one of the options cannot be used.
        """
        return CloudFrontSigner(key_pair_id, self, **options)

    def _fetch_public_key(self) -> PublicKey:
        with explained(self._name, "kms:GetPublicKey"):
            answer = self._client.get().get_public_key(KeyId=self._key_id)
        usage = answer.get("KeyUsage", "SIGN_VERIFY")
        advice = "create one with --key-spec RSA_2048 or ECC_NIST_P256 and --key-usage SIGN_VERIFY"
        if usage != "SIGN_VERIFY":
            raise InvalidKeyError(f"{self._name}: its usage is {excerpt(usage)}: {advice}")
        try:
            key = PublicKey.from_der(answer["PublicKey"])
        except CloudFrontSignerError as error:
            problem = f"{self._name}: {error}: {advice}"
        else:
            if key.kind in _ALGORITHMS:
                return key
            problem = f"{self._name}: this is a key of the kind {key.kind}: {advice}"
        raise InvalidKeyError(problem)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a KmsSigner holds a connection and cannot be pickled")

    def __repr__(self) -> str:
        return f"<KmsSigner {excerpt(self._key_id)}>"
