from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from os import PathLike
from typing import Any, Literal, Protocol, Self, TypedDict, TypeVar, final, overload, type_check_only

from typing_extensions import disjoint_base

__all__ = [
    "CloudFrontSigner",
    "ColumnSigner",
    "Decision",
    "Diagnosis",
    "Grant",
    "Inspection",
    "Mistake",
    "PathPattern",
    "Policy",
    "PrivateKey",
    "PublicKey",
    "RsaSigner",
    "SignedCookies",
    "Verifier",
    "__version__",
    "decode_base64",
    "encode_base64",
    "engine_info",
    "escape_query",
    "excerpt",
    "explain_answer",
    "holds_key",
    "inspect",
    "mask_secrets",
    "mistake_names",
    "quote_path",
    "rsa_signer",
    "sign_dash",
    "sign_hls",
    "signed_url",
    "unescape_query",
    "wire_url",
]

__version__: str

# numpy's times and numbers, Decimal and Fraction work too; `SupportsFloat` would accept more than that.
_Time = datetime | timedelta | int | float | str
_Duration = timedelta | int | float
_Address = str | IPv4Address | IPv4Network
_Viewer = str | IPv4Address | IPv6Address
_Hash = Literal["SHA1", "SHA256"]
_T = TypeVar("_T")
_Dict = dict[str, Any]
_Manifest = TypeVar("_Manifest", str, bytes)

# Keys of `cryptography`, recognized by the methods that are used.
@type_check_only
class _PrivateKeyObject(Protocol):
    def private_bytes(self, encoding: Any, format: Any, encryption_algorithm: Any) -> bytes: ...

@type_check_only
class _PublicKeyObject(Protocol):
    def public_bytes(self, encoding: Any, format: Any) -> bytes: ...

# Responses of Django, Flask and Starlette, whose types have nothing else in common.
@type_check_only
class _SetsCookies(Protocol):
    @property
    def set_cookie(self) -> Callable[..., Any]: ...

@type_check_only
class _DeletesCookies(Protocol):
    @property
    def delete_cookie(self) -> Callable[..., Any]: ...

@final
class PrivateKey:
    """A private key: RSA of 1024 to 4096 bits, or ECDSA on the curve P-256.

    It is read and checked once, can be shared between threads and after a fork, cannot be pickled, and is wiped from
    memory when it is no longer used. CloudFront's key groups accept RSA of 2048 bits and ECDSA P-256.

    Examples:
        >>> from cloudfront_signer import PrivateKey
        >>> key = PrivateKey.generate("ecdsa-p256")
        >>> key
        <PrivateKey ecdsa-p256>
        >>> key.public_key().verify(b"hello", key.sign(b"hello"), "SHA256")
        True

    See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html
    """
    @staticmethod
    def from_pem(data: str | bytes, passphrase: str | bytes | None = None) -> PrivateKey:
        r"""Read PEM: PKCS#8, PKCS#1 or SEC1.

        The forms of environment variables work too: one line with `\n` spelled out, or the base64 of the whole file.
        Certificates before or after the key are skipped.

        Args:
            data: The PEM text.
            passphrase: What an encrypted key was encrypted with.

        Raises:
            InvalidKeyError: There is no private key, CloudFront does not accept its kind, or the passphrase does not
                open it.
            TypeError: An argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import PrivateKey
            >>> pem = PrivateKey.generate("ecdsa-p256").to_pem("correct horse")
            >>> PrivateKey.from_pem(pem, "correct horse")
            <PrivateKey ecdsa-p256>
        """
    @staticmethod
    def from_der(data: bytes, passphrase: str | bytes | None = None) -> PrivateKey:
        """Read DER: PKCS#8, PKCS#1 or SEC1.

        Args:
            data: The bytes of the structure.
            passphrase: What an encrypted key was encrypted with.

        Raises:
            InvalidKeyError: There is no private key, CloudFront does not accept its kind, or the passphrase does not
                open it.
            TypeError: An argument has the wrong type.

        Examples:
            >>> import base64
            >>> from cloudfront_signer import PrivateKey
            >>> body = "".join(PrivateKey.generate("ecdsa-p256").to_pem().splitlines()[1:-1])
            >>> PrivateKey.from_der(base64.b64decode(body))
            <PrivateKey ecdsa-p256>
        """
    @staticmethod
    def from_file(path: str | PathLike[str], passphrase: str | bytes | None = None) -> PrivateKey:
        """Read a file that holds PEM or DER.

        Args:
            path: The path of the file.
            passphrase: What an encrypted key was encrypted with.

        Raises:
            InvalidKeyError: The file cannot be read, or does not hold a private key that CloudFront accepts.
            TypeError: An argument has the wrong type.

        Examples:
            >>> import pathlib, tempfile
            >>> from cloudfront_signer import PrivateKey
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     path = pathlib.Path(folder, "private_key.pem")
            ...     size = path.write_text(PrivateKey.generate("ecdsa-p256").to_pem())
            ...     PrivateKey.from_file(path)
            <PrivateKey ecdsa-p256>
        """
    @staticmethod
    def generate(kind: Literal["rsa-2048", "ecdsa-p256"] = "rsa-2048") -> PrivateKey:
        """Make a new key.

        Args:
            kind: "rsa-2048", or "ecdsa-p256", which signs faster and has shorter signatures.

        Raises:
            InvalidKeyError: The kind is unknown, or the operating system has no random numbers.
            TypeError: The argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import PrivateKey
            >>> PrivateKey.generate()
            <PrivateKey rsa-2048>
        """
    @property
    def kind(self) -> str:
        """The algorithm and the size, such as "rsa-2048" or "ecdsa-p256"."""
    def public_key(self) -> PublicKey:
        """The public key that belongs to this key.

        Examples:
            >>> from cloudfront_signer import PrivateKey
            >>> PrivateKey.generate("ecdsa-p256").public_key()
            <PublicKey ecdsa-p256>
        """
    def sign(self, message: bytes, hash_algorithm: _Hash | None = None) -> bytes:
        """Sign bytes with RSA PKCS#1 v1.5, or with ECDSA.

        Args:
            message: The bytes to sign, not their hash.
            hash_algorithm: "SHA1" or "SHA256". The default is SHA1 for RSA, SHA256 for ECDSA.

        Returns:
            The signature. It is as long as the key for RSA, and DER for ECDSA.

        Raises:
            SigningError: The hash algorithm is unknown, or the key failed its own check.
            TypeError: An argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import PrivateKey
            >>> len(PrivateKey.generate().sign(b"hello"))
            256
        """
    def sign_many(self, messages: Iterable[bytes], hash_algorithm: _Hash | None = None) -> list[bytes]:
        """Sign many byte strings on all cores.

        The interpreter is released meanwhile; Ctrl-C ends the batch.

        Args:
            messages: The byte strings to sign, any iterable of `bytes`.
            hash_algorithm: "SHA1" or "SHA256". The default is SHA1 for RSA, SHA256 for ECDSA.

        Returns:
            The signatures, in the order of `messages`.

        Raises:
            SigningError: The hash algorithm is unknown, or the key failed its own check.
            TypeError: An argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import PrivateKey
            >>> [len(signature) for signature in PrivateKey.generate().sign_many([b"a", b"b"])]
            [256, 256]
        """
    def to_pem(self, passphrase: str | bytes | None = None) -> str:
        """Write PKCS#8 in PEM.

        Args:
            passphrase: What to encrypt the key with; None writes it unencrypted.

        Raises:
            InvalidKeyError: The passphrase is empty.
            TypeError: The argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import PrivateKey
            >>> PrivateKey.generate("ecdsa-p256").to_pem("correct horse").splitlines()[0]
            '-----BEGIN ENCRYPTED PRIVATE KEY-----'
        """
    def __copy__(self) -> PrivateKey: ...
    def __deepcopy__(self, _memo: object) -> PrivateKey: ...

@final
class PublicKey:
    """A public key: RSA of 1024 to 4096 bits, or ECDSA on the curve P-256.

    Two objects of the same key are equal.

    Examples:
        >>> from cloudfront_signer import PrivateKey, PublicKey
        >>> public = PrivateKey.generate("ecdsa-p256").public_key()
        >>> PublicKey.from_pem(public.to_pem()) == public
        True

    See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html
    """
    @staticmethod
    def from_pem(data: str | bytes) -> PublicKey:
        """Read PEM: SubjectPublicKeyInfo or PKCS#1.

        Args:
            data: The PEM text.

        Raises:
            InvalidKeyError: There is no public key, or CloudFront does not accept its kind.
            TypeError: The argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import PrivateKey, PublicKey
            >>> pem = PrivateKey.generate("ecdsa-p256").public_key().to_pem()
            >>> PublicKey.from_pem(pem)
            <PublicKey ecdsa-p256>
        """
    @staticmethod
    def from_der(data: bytes) -> PublicKey:
        """Read DER: SubjectPublicKeyInfo or PKCS#1.

        Args:
            data: The bytes of the structure.

        Raises:
            InvalidKeyError: There is no public key, or CloudFront does not accept its kind.
            TypeError: The argument has the wrong type.

        Examples:
            >>> import base64
            >>> from cloudfront_signer import PrivateKey, PublicKey
            >>> pem = PrivateKey.generate("ecdsa-p256").public_key().to_pem()
            >>> PublicKey.from_der(base64.b64decode("".join(pem.splitlines()[1:-1])))
            <PublicKey ecdsa-p256>
        """
    @staticmethod
    def from_file(path: str | PathLike[str]) -> PublicKey:
        """Read a file that holds PEM or DER.

        Args:
            path: The path of the file.

        Raises:
            InvalidKeyError: The file cannot be read, or does not hold a public key that CloudFront accepts.
            TypeError: The argument has the wrong type.

        Examples:
            >>> import pathlib, tempfile
            >>> from cloudfront_signer import PrivateKey, PublicKey
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     path = pathlib.Path(folder, "public_key.pem")
            ...     size = path.write_text(PrivateKey.generate("ecdsa-p256").public_key().to_pem())
            ...     PublicKey.from_file(path)
            <PublicKey ecdsa-p256>
        """
    @property
    def kind(self) -> str:
        """The algorithm and the size, such as "rsa-2048" or "ecdsa-p256"."""
    def to_pem(self) -> str:
        """Write SubjectPublicKeyInfo in PEM, which CloudFront's CreatePublicKey takes as EncodedKey.

        Examples:
            >>> from cloudfront_signer import PrivateKey
            >>> PrivateKey.generate("ecdsa-p256").public_key().to_pem().splitlines()[0]
            '-----BEGIN PUBLIC KEY-----'
        """
    def verify(self, message: bytes, signature: bytes, hash_algorithm: _Hash | None = None) -> bool:
        """Check a signature. A malformed one is not valid, and raises nothing.

        Args:
            message: The bytes that were signed.
            signature: The signature: as long as the key for RSA, DER for ECDSA.
            hash_algorithm: "SHA1", which is the default for keys of both kinds as in CloudFront, or "SHA256".

        Returns:
            Whether the signature is valid.

        Raises:
            SigningError: The hash algorithm is unknown.
            TypeError: An argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import PrivateKey
            >>> key = PrivateKey.generate()
            >>> key.public_key().verify(b"hello", key.sign(b"hello"))
            True
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> PublicKey: ...
    def __deepcopy__(self, _memo: object) -> PublicKey: ...

@final
class RsaSigner:
    """A callable that signs bytes over SHA-1, made by `rsa_signer`.

    It cannot be pickled, since it holds a private key.

    Examples:
        >>> from cloudfront_signer import PrivateKey, rsa_signer
        >>> len(rsa_signer(PrivateKey.generate())(b"hello"))
        256
    """
    def __call__(self, message: bytes) -> bytes: ...
    def __copy__(self) -> RsaSigner: ...
    def __deepcopy__(self, _memo: object) -> RsaSigner: ...

@final
class Policy:
    """A policy, with the exact bytes that are signed.

    A policy may be built for the past without a warning: ExpiredWarning comes when it is signed.

    Args:
        resource: The URL, with or without wildcards, that access is granted to.
        expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int` or
            `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z".
        not_before: When access starts, in the same forms; None for at once.
        ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.

    Raises:
        InvalidPolicyError: A time, the address or the resource is not valid, or the start is not before the end.
        TypeError: An argument has the wrong type.

    Examples:
        >>> from cloudfront_signer import Policy
        >>> Policy("https://d/*", expires=1767290400).to_json()
        '{"Statement":[{"Resource":"https://d/*","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400}}}]}'

    See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
    """
    def __new__(
        cls,
        resource: str,
        *,
        expires: _Time,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
    ) -> Policy: ...
    @staticmethod
    def from_json(text: str | bytes | _Dict) -> Policy:
        """Read a policy and keep its bytes unchanged. A `dict` is written without blanks, in its own order.

        Args:
            text: The JSON as `str` or `bytes`, a `dict`, or a Policy.

        Raises:
            InvalidPolicyError: It is not a policy that CloudFront accepts.
            TypeError: The argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import Policy
            >>> policy = Policy("https://d/*", expires=1767290400)
            >>> Policy.from_json(policy.to_json()) == policy
            True
        """
    @staticmethod
    def from_encoded(text: str) -> Policy:
        """Read a policy in CloudFront's base64, as a URL or a cookie carries it.

        Args:
            text: The value of `Policy` or `CloudFront-Policy`.

        Raises:
            InvalidPolicyError: It is not CloudFront's base64, or not a policy that CloudFront accepts.
            TypeError: The argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import Policy
            >>> policy = Policy("https://d/*", expires=1767290400)
            >>> Policy.from_encoded(policy.encoded) == policy
            True
        """
    def to_json(self) -> str:
        """The signed bytes, as text.

        Examples:
            >>> from cloudfront_signer import Policy
            >>> Policy("https://d/*", expires=1767290400).to_json()[:14]
            '{"Statement":['
        """
    @property
    def encoded(self) -> str:
        """The policy in CloudFront's base64."""
    @property
    def is_canned(self) -> bool:
        """Whether the edge could rebuild these bytes from a URL and an expiry."""
    @property
    def resource(self) -> str | None:
        """The URL that is covered; None for everything that the key is trusted for."""
    @property
    def expires(self) -> int:
        """When access ends, in seconds since 1970."""
    @property
    def not_before(self) -> int | None:
        """When access starts, in seconds since 1970, or None."""
    @property
    def ip_address(self) -> str | None:
        """The address range that access is granted from, or None."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    def __copy__(self) -> Policy: ...
    def __deepcopy__(self, _memo: object) -> Policy: ...

@final
class SignedCookies(Mapping[str, str]):
    """The three or four cookies that grant access: a read-only mapping of names to values.

    Examples:
        >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
        >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
        >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
        >>> print(*cookies)
        CloudFront-Policy CloudFront-Signature CloudFront-Key-Pair-Id

    See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-cookies.html
    """
    def headers(
        self,
        domain: str | None = None,
        path: str = "/",
        *,
        max_age: _Duration | None = None,
        secure: bool = True,
        http_only: bool = True,
        same_site: Literal["Strict", "Lax", "None"] | None = None,
    ) -> list[str]:
        """Write the values of the Set-Cookie headers, one for each cookie.

        Args:
            domain: The Domain attribute, a bare domain name; None for the host that sets the cookies.
            path: The Path attribute, a folder without wildcards, which browsers would take literally.
            max_age: The Max-Age attribute, a `timedelta` or whole seconds; None keeps the cookies until the browser
                closes.
            secure: Whether the cookies are sent over HTTPS only.
            http_only: Whether scripts cannot read the cookies.
            same_site: "Strict", "Lax" or "None"; None leaves the attribute out.

        Returns:
            The header values, in the order of the cookies.

        Raises:
            InvalidCookieError: A browser would refuse an attribute.
            TypeError: An argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
            >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
            >>> cookies.headers("example.com", "/videos/", max_age=3600)[2][:62]
            'CloudFront-Key-Pair-Id=K2JCJMDEHXQW5F; Domain=example.com; Pat'
        """
    @property
    def header(self) -> str:
        """The value of the Cookie header that sends all cookies, as `curl -H "Cookie: …"` takes it."""
    def set_on(
        self,
        response: _SetsCookies,
        domain: str | None = None,
        path: str = "/",
        *,
        max_age: _Duration | None = None,
        secure: bool = True,
        http_only: bool = True,
        same_site: Literal["Strict", "Lax", "None"] | None = None,
    ) -> None:
        """Set the cookies on a response of Django, Flask, Starlette, or another with the same `set_cookie`.

        If an argument is refused, no cookie is set.

        Args:
            response: The response.
            domain: The Domain attribute, a bare domain name; None for the host that sets the cookies.
            path: The Path attribute, a folder without wildcards, which browsers would take literally.
            max_age: The Max-Age attribute, a `timedelta` or whole seconds; None keeps the cookies until the browser
                closes.
            secure: Whether the cookies are sent over HTTPS only.
            http_only: Whether scripts cannot read the cookies.
            same_site: "Strict", "Lax" or "None"; None leaves the attribute out.

        Raises:
            InvalidCookieError: A browser would refuse an attribute.
            TypeError: An argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
            >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
            >>> from flask import Response
            >>> response = Response()
            >>> cookies.set_on(response, path="/videos/")
            >>> len(response.headers.getlist("Set-Cookie"))
            3
        """
    @staticmethod
    def clear_on(
        response: _DeletesCookies,
        domain: str | None = None,
        path: str = "/",
        *,
        secure: bool = True,
        http_only: bool = True,
        same_site: Literal["Strict", "Lax", "None"] | None = None,
    ) -> None:
        """Delete the cookies on a response, at logout for example, whatever policy they were made with.

        Browsers delete a cookie only if `domain` and `path` are those that it was set with. The other attributes are
        passed on if the `delete_cookie` of the response takes them. Call it on the class: no cookies are needed.

        Args:
            response: The response.
            domain: The Domain attribute, a bare domain name; None for the host that sets the cookies.
            path: The Path attribute, a folder without wildcards, which browsers would take literally.
            secure: Whether the cookies are sent over HTTPS only.
            http_only: Whether scripts cannot read the cookies.
            same_site: "Strict", "Lax" or "None"; None leaves the attribute out.

        Raises:
            InvalidCookieError: A browser would refuse an attribute.
            TypeError: An argument has the wrong type.

        Examples:
            >>> from flask import Response
            >>> from cloudfront_signer import SignedCookies
            >>> response = Response()
            >>> SignedCookies.clear_on(response, path="/videos/")
            >>> len(response.headers.getlist("Set-Cookie"))
            5
        """
    @overload
    def get(self, key: str, default: None = None, /) -> str | None:
        """The value of a cookie, or a default.

        Args:
            key: The name of the cookie.
            default: What to return if there is no such cookie.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
            >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
            >>> cookies.get("CloudFront-Hash-Algorithm", "SHA1")
            'SHA1'
        """
    @overload
    def get(self, key: str, default: str, /) -> str: ...
    @overload
    def get(self, key: str, default: _T, /) -> str | _T: ...
    def keys(self) -> KeysView[str]:
        """A view of the names of the cookies.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
            >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
            >>> len(cookies.keys())
            3
        """
    def values(self) -> ValuesView[str]:
        """A view of the values of the cookies.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
            >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
            >>> len(cookies.values())
            3
        """
    def items(self) -> ItemsView[str, str]:
        """A view of the names and values of the cookies.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
            >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
            >>> len(cookies.items())
            3
        """
    def __getitem__(self, name: str, /) -> str: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    def __contains__(self, name: object, /) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    def _repr_html_(self) -> str: ...
    def __copy__(self) -> SignedCookies: ...
    def __deepcopy__(self, _memo: object) -> SignedCookies: ...

@final
class Grant:
    """One signature for all URLs that a resource covers, made by `CloudFrontSigner.grant`.

    Examples:
        >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
        >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
        >>> signer.grant("https://media.example.com/videos/*", expires=2000000000)
        <Grant https://media.example.com/videos/*>

    See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
    """
    @staticmethod
    def from_url(url: str) -> Grant:
        """Return the grant that a signed URL with a custom policy carries, for servers that pass a viewer's access on.

        The signature is not verified: the edge does that with each URL.

        Args:
            url: A signed URL.

        Returns:
            The grant, with the same parameters.

        Raises:
            InvalidUrlError: The URL is not signed, or its policy is canned and so covers this URL alone.
            InvalidPolicyError: The policy in the URL is not valid.
            InvalidSignatureError: The signature in the URL is not base64.
            TypeError: The argument is not `str`.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, Grant, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
            >>> grant = signer.grant("https://media.example.com/videos/*", expires=2000000000)
            >>> Grant.from_url(grant.url("https://media.example.com/videos/1.ts"))
            <Grant https://media.example.com/videos/*>
        """
    def url(self, url: str) -> str:
        """Sign a URL that the grant covers.

        Args:
            url: The URL, with its scheme, host, path and query.

        Returns:
            The signed URL.

        Raises:
            InvalidPolicyError: The grant does not cover the URL.
            InvalidUrlError: The URL is relative, has no valid host, is signed already, or is longer than 8,192 bytes.
            TypeError: The argument is not `str`.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
            >>> grant = signer.grant("https://media.example.com/videos/*", expires=2000000000)
            >>> grant.url("https://media.example.com/videos/1.ts").split("?")[0]
            'https://media.example.com/videos/1.ts'
        """
    def urls(self, urls: Iterable[str]) -> list[str]:
        """Sign many URLs that the grant covers.

        Args:
            urls: The URLs, any iterable of `str`.

        Returns:
            The signed URLs, in the order of `urls`.

        Raises:
            InvalidPolicyError: The grant does not cover a URL; the attribute `index` of the exception counts it from 0.
            InvalidUrlError: A URL is not valid, as in `url`; with `index` too.
            TypeError: The argument is not an iterable of `str`.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
            >>> grant = signer.grant("https://media.example.com/videos/*", expires=2000000000)
            >>> len(grant.urls(f"https://media.example.com/videos/{number}.ts" for number in range(3)))
            3
        """
    @property
    def query(self) -> str:
        """The signing parameters as a query string without `?`, for players that add it to each URL."""
    @property
    def cookies(self) -> SignedCookies:
        """The cookies that grant the same access."""
    @property
    def policy(self) -> Policy:
        """The policy that was signed."""
    def _repr_html_(self) -> str: ...
    def __copy__(self) -> Grant: ...
    def __deepcopy__(self, _memo: object) -> Grant: ...

@final
class Verifier:
    """Decides requests as the edge does, for a set of trusted keys.

    Args:
        keys: A mapping of key pair ids to PublicKey objects, public keys of `cryptography`, or PEM text.

    Raises:
        InvalidKeyError: A value is not a public key.
        TypeError: The argument is not such a mapping.

    Examples:
        >>> from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier
        >>> key = PrivateKey.generate("ecdsa-p256")
        >>> verifier = Verifier({"K2JCJMDEHXQW5F": key.public_key()})
        >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", key)
        >>> url = signer.sign_url("https://d111111abcdef8.cloudfront.net/a.mp4", expires=1767290400)
        >>> verifier.check(url, now=1767290000)
        <Decision 200>
        >>> verifier.check(url, now=1767291120).reason
        'expired 12 minutes ago (2026-01-01 18:00:00 UTC)'

    See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
    """
    def __new__(cls, keys: Mapping[str, PublicKey | _PublicKeyObject | str | bytes]) -> Verifier: ...
    def check(
        self,
        url: str,
        *,
        cookies: str | Mapping[str, str] | None = None,
        ip_address: _Viewer | None = None,
        now: _Time | None = None,
    ) -> Decision:
        """Decide one request. Nothing that a viewer can send raises an exception.

        Args:
            url: The whole URL as it was requested.
            cookies: The Cookie header, or a mapping of names to values.
            ip_address: The viewer's address, as text or an object of the module `ipaddress`. None, and text that is not
                an address, is outside every range.
            now: The time of the request: a `datetime` with a time zone, a `timedelta` from the present, seconds since
                1970, or ISO 8601 text with an offset. The default is the present.

        Returns:
            The decision, which is true if the request is allowed.

        Raises:
            InvalidPolicyError: `now` is not a valid time.
            TypeError: An argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import PrivateKey, Verifier
            >>> verifier = Verifier({"K2JCJMDEHXQW5F": PrivateKey.generate("ecdsa-p256").public_key()})
            >>> verifier.check("https://d111111abcdef8.cloudfront.net/a.mp4")
            <Decision 403 MissingKey: not signed: neither the URL nor a cookie carries a key pair id>
        """
    @property
    def key_ids(self) -> list[str]:
        """The trusted key pair ids, sorted."""
    def __copy__(self) -> Verifier: ...
    def __deepcopy__(self, _memo: object) -> Verifier: ...

@final
class ColumnSigner:
    """Signs columns of URLs, batch by batch, for `cloudfront_signer.arrow`.

    The terms are read once, so that a duration ends at the same time in all batches.

    Args:
        signer: A CloudFrontSigner, or a Grant, which has its own terms.
        own_expiries: Whether each row has its own expiry, instead of `expires`.
        expires, not_before, ip_address, resource, policy, align: As in `CloudFrontSigner.sign_urls`.

    Raises:
        InvalidPolicyError: The terms contradict each other, or a time or an address is not valid.
        TypeError: An argument has the wrong type, or a Grant was given terms.

    Examples:
        >>> import struct
        >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
        >>> from cloudfront_signer._native import ColumnSigner
        >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
        >>> url = b"https://media.example.com/1.ts"
        >>> column = ColumnSigner(signer, expires=2000000000)
        >>> column.sign(struct.pack("2q", 0, len(url)), url, None)[1].split(b"&")[0]
        b'https://media.example.com/1.ts?Expires=2000000000'
    """
    def __new__(
        cls,
        signer: CloudFrontSigner | Grant,
        *,
        own_expiries: bool = False,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        resource: str | None = None,
        policy: Policy | str | bytes | _Dict | None = None,
        align: _Duration | None = None,
    ) -> Self: ...
    def sign(
        self,
        offsets: bytes,
        data: bytes,
        validity: bytes | None,
        expires: bytes | None = None,
        expires_validity: bytes | None = None,
        *,
        start: int = 0,
        refused_are_null: bool = False,
    ) -> tuple[bytes, bytes, bytes]:
        r"""Sign some rows of a column.

        The interpreter is released while a PrivateKey signs; Ctrl-C ends the batch.

        Args:
            offsets: Where each URL starts, and where the last one ends: native `int64`.
            data: The URLs in UTF-8, from the first offset on.
            validity: A byte for each row, 0 for a null; None if no row is null.
            expires: The expiry of each row in seconds since 1970, native `int64`, if each row has its own.
            expires_validity: The same as `validity` for `expires`.
            start: Where the first signed URL starts.
            refused_are_null: Whether a row that cannot be signed is null, instead of an error.

        Returns:
            The ends of the signed URLs as native `int64`, the signed URLs, and Arrow's validity bitmap: one bit for
            each row, from the lowest bit on.

        Raises:
            InvalidUrlError, InvalidPolicyError: A row cannot be signed; the attribute `index` counts it from 0.
            SigningError: The signer returned no signature.
            ValueError: The buffers do not fit together.
            TypeError: An argument has the wrong type.

        Examples:
            >>> import struct
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> from cloudfront_signer._native import ColumnSigner
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
            >>> column = ColumnSigner(signer, expires=2000000000)
            >>> column.sign(struct.pack("3q", 0, 0, 0), b"", b"\0\0")[2]
            b'\x00'
        """

@final
class Decision:
    """The edge's answer to one request, made by `Verifier.check`; true if the request is allowed.

    Examples:
        >>> from cloudfront_signer import PrivateKey, Verifier
        >>> verifier = Verifier({"K2JCJMDEHXQW5F": PrivateKey.generate("ecdsa-p256").public_key()})
        >>> decision = verifier.check("https://d111111abcdef8.cloudfront.net/a.mp4?Key-Pair-Id=K1")
        >>> decision.allowed, decision.status, decision.code, decision.message
        (False, 403, 'InvalidKey', 'Unknown Key')
    """
    @property
    def allowed(self) -> bool:
        """Whether the request is passed on to the origin."""
    @property
    def status(self) -> int:
        """The status code: 200 or 403."""
    @property
    def code(self) -> str | None:
        """The error code of the edge, such as "AccessDenied"; None if allowed."""
    @property
    def message(self) -> str | None:
        """The error message of the edge, such as "Access denied"; None if allowed."""
    @property
    def reason(self) -> str | None:
        """Why the request was denied, in plain words; None if allowed."""
    @property
    def policy(self) -> Policy | None:
        """The policy, if its signature is valid."""
    @property
    def key_id(self) -> str | None:
        """The key pair id that was sent, or None."""
    @property
    def via(self) -> Literal["url", "cookies"] | None:
        """Where the credentials were: "url" or "cookies"; None if there were none."""
    def __bool__(self) -> bool: ...
    def _repr_html_(self) -> str: ...
    def __copy__(self) -> Decision: ...
    def __deepcopy__(self, _memo: object) -> Decision: ...

@final
class Inspection:
    """The contents of a signed URL or of cookies, made by `inspect`. Nothing is verified.

    Examples:
        >>> from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier, inspect
        >>> key = PrivateKey.generate("ecdsa-p256")
        >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", key)
        >>> inspection = inspect(signer.sign_url("https://media.example.com/a.mp4", expires=1767290400))
        >>> inspection.via, inspection.url, inspection.expires
        ('url', 'https://media.example.com/a.mp4', 1767290400)
    """
    @property
    def via(self) -> Literal["url", "cookies"]:
        """Where the credentials were: "url" or "cookies"."""
    @property
    def url(self) -> str | None:
        """The URL without its signing parameters; None for cookies."""
    @property
    def policy(self) -> Policy | None:
        """The policy. None if it cannot be read, or is a canned one in cookies, which depends on the URL that is
        requested.
        """
    @property
    def key_id(self) -> str | None:
        """The key pair id, or None."""
    @property
    def hash_algorithm(self) -> str:
        """The hash algorithm as it was sent; "SHA1" if there was none."""
    @property
    def expires(self) -> int | None:
        """When access ends, in seconds since 1970, even if the policy itself is unknown; None if it cannot be read."""
    @property
    def signature_kind(self) -> str | None:
        """The kind of key that the length of the signature indicates, such as "RSA-2048"; None without a readable
        signature.
        """
    def rows(self, now: _Time | None = None) -> list[tuple[str, str]]:
        """Describe the contents in plain words.

        Args:
            now: The time that times are compared with: a `datetime` with a time zone, a `timedelta` from the present,
                seconds since 1970, or ISO 8601 text with an offset. The default is the present.

        Returns:
            Pairs of a label and a text.

        Raises:
            InvalidPolicyError: `now` is not a valid time.
            TypeError: The argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier, inspect
            >>> key = PrivateKey.generate("ecdsa-p256")
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", key)
            >>> inspection = inspect(signer.sign_url("https://media.example.com/a.mp4", expires=1767290400))
            >>> inspection.rows(now=1767290000)[0]
            ('signed', 'URL, canned policy')
        """
    def diagnose(
        self,
        verifier: Verifier,
        *,
        request: str | None = None,
        cookies: str | Mapping[str, str] | None = None,
        ip_address: _Viewer | None = None,
        now: _Time | None = None,
    ) -> Diagnosis:
        """Decide a request with these credentials as the edge does, and explain a denial.

        Args:
            verifier: The trusted keys.
            request: The URL that is requested. Cookies require it; for a signed URL the default is that URL.
            cookies: The Cookie header, or a mapping of names to values.
            ip_address: The viewer's address, as text or an object of the module `ipaddress`. None, and text that is not
                an address, is outside every range.
            now: The time of the request: a `datetime` with a time zone, a `timedelta` from the present, seconds since
                1970, or ISO 8601 text with an offset. The default is the present.

        Returns:
            The diagnosis, which is true if the request is allowed.

        Raises:
            InvalidUrlError: There are cookies, but no `request`.
            InvalidPolicyError: `now` is not a valid time.
            TypeError: An argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier, inspect
            >>> key = PrivateKey.generate("ecdsa-p256")
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", key)
            >>> inspection = inspect(signer.sign_url("https://media.example.com/a.mp4", expires=1767290400))
            >>> inspection.diagnose(Verifier({"K2JCJMDEHXQW5F": key.public_key()}), now=1767300000)
            <Diagnosis expired>
        """
    def _repr_html_(self) -> str: ...

@final
class Diagnosis:
    """The edge's answer to a request, and what is wrong if it is denied; true if it is allowed. Made by
    `Inspection.diagnose`.

    Examples:
        >>> from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier, inspect
        >>> key = PrivateKey.generate("ecdsa-p256")
        >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", key)
        >>> inspection = inspect(signer.sign_url("https://media.example.com/a.mp4", expires=1767290400))
        >>> diagnosis = inspection.diagnose(Verifier({"K2JCJMDEHXQW5F": key.public_key()}), now=1767300000)
        >>> diagnosis.decision.reason
        'expired 2 hours ago (2026-01-01 18:00:00 UTC)'
    """
    @property
    def decision(self) -> Decision:
        """The edge's answer."""
    @property
    def mistakes(self) -> list[Mistake]:
        """What is wrong; empty if the request is allowed."""
    @property
    def warnings(self) -> list[Mistake]:
        """What will fail later or with other clients, whether the request is allowed or not."""
    def __bool__(self) -> bool: ...
    def _repr_html_(self) -> str: ...

@final
class Mistake:
    """One mistake: its name, what was found, and what to do. Made by `Inspection.diagnose` and `explain_answer`.

    Examples:
        >>> from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier, inspect
        >>> key = PrivateKey.generate("ecdsa-p256")
        >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", key)
        >>> inspection = inspect(signer.sign_url("https://media.example.com/a.mp4", expires=1767290400))
        >>> diagnosis = inspection.diagnose(Verifier({"K2JCJMDEHXQW5F": key.public_key()}), now=1767300000)
        >>> [mistake.name for mistake in diagnosis.mistakes]
        ['expired']
    """
    @property
    def name(self) -> str:
        """A name for programs, such as "expired" or "other-hash"."""
    @property
    def found(self) -> str:
        """What was found."""
    @property
    def advice(self) -> str:
        """What to do."""
    def _repr_html_(self) -> str: ...

class _EngineInfo(TypedDict):
    engine: str
    batch: str
    available: list[str]
    threads: int

def engine_info() -> _EngineInfo:
    """Describe the signing engine: `engine` signs, `batch` signs many messages with an RSA-2048 key, `available` lists
    the engines of this build, and `threads` is the size of a batch's pool.

    The environment variable CLOUDFRONT_SIGNER_ENGINE selects another engine ("aws-lc", "portable"), which then also
    signs batches, or a batch engine ("lanes" is the fastest one of this CPU).

    Raises:
        InvalidKeyError: The variable names an engine that is unknown or that this CPU cannot run.

    Examples:
        >>> from cloudfront_signer import engine_info
        >>> engine_info()["threads"] >= 1
        True
    """

def inspect(url_or_cookies: str | Sequence[str] | Mapping[str, str]) -> Inspection:
    """Show what a signed URL or cookies contain. No key is needed, and nothing is verified.

    Args:
        url_or_cookies: A signed URL, a Cookie header, Set-Cookie lines (one text, or a list as from
            SignedCookies.headers), or a mapping of cookie names to values.

    Raises:
        InvalidUrlError: The text is neither a signed URL nor CloudFront's cookies.
        TypeError: The argument has the wrong type.

    Examples:
        >>> from cloudfront_signer import CloudFrontSigner, PrivateKey, inspect
        >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
        >>> inspection = inspect(signer.sign_url("https://d111111abcdef8.cloudfront.net/a.mp4", expires=1767290400))
        >>> inspection.policy.resource, inspection.key_id, inspection.signature_kind
        ('https://d111111abcdef8.cloudfront.net/a.mp4', 'K2JCJMDEHXQW5F', 'RSA-2048')
    """

def mistake_names() -> list[str]:
    """The names of all mistakes: every value that `Mistake.name` can have. The names are stable.

    Examples:
        >>> from cloudfront_signer._native import mistake_names
        >>> "expired" in mistake_names()
        True
    """

def explain_answer(
    url: str,
    status: int | None = None,
    body: str | None = None,
    *,
    verifier: Verifier | None = None,
    ip_address: _Viewer | None = None,
    now: _Time | None = None,
) -> list[Mistake]:
    """Explain the answer of CloudFront, or of S3 behind it, to a request for a signed URL.

    Args:
        url: The URL that was requested.
        status: The status code; None if `body` contains the status line.
        body: The text of the answer, with or without its status line and headers.
        verifier: The trusted keys. With them the URL is diagnosed too, and its own mistakes come first.
        ip_address: The viewer's address, as text or an object of the module `ipaddress`.
        now: The time that times are compared with: a `datetime` with a time zone, a `timedelta` from the present,
            seconds since 1970, or ISO 8601 text with an offset. The default is the present.

    Returns:
        The mistakes; empty if the file was served.

    Raises:
        InvalidUrlError: The URL cannot be read.
        InvalidPolicyError: `now` is not a valid time.
        TypeError: An argument has the wrong type.

    Examples:
        >>> from cloudfront_signer import explain_answer
        >>> body = "<Error><Code>AccessDenied</Code><RequestId>R</RequestId><HostId>H</HostId></Error>"
        >>> explain_answer("https://d111111abcdef8.cloudfront.net/a.mp4", 403, body)[0].name
        's3-denied'
    """

@disjoint_base
class CloudFrontSigner:
    """Signs URLs, cookies and stream names for one key pair id.

    It takes the place of botocore's class: `key_id` and `rsa_signer` can be replaced, and a subclass may have another
    `__init__`. It is safe to share between threads: each call signs with the pair that was set when it began.

    Times: `expires` is a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int` or `float`), or
    ISO 8601 text with an offset. numpy's times, `Decimal` and `Fraction` work too. Refused with InvalidPolicyError are
    a `datetime` without a time zone (botocore's methods take it as UTC), a number past the year 5000, which is in
    milliseconds, a number before 2001, which is a duration, and a negative duration. Signing what has expired warns
    with ExpiredWarning.

    Args:
        key_id: The key pair id: the id that CloudFront shows for the public key, such as "K2JCJMDEHXQW5F".
        rsa_signer: A PrivateKey, a private key of `cryptography`, or a callable from bytes to bytes, as in botocore.
        hash_algorithm: "SHA1" or "SHA256". The default is SHA1 for RSA and SHA256 for ECDSA. A callable's is its
            attribute `hash_algorithm`, or else SHA1.
        expires: When access ends if a call does not say it: a duration is counted from each call.
        align: The grid, a `timedelta` or a number of seconds, that an expiry is rounded up to if a call does not say
            it.
        domain: The host name of the distribution, kept for the caller's URLs.

    Raises:
        SigningError: The key pair id or the hash algorithm is not valid.
        InvalidKeyError: The key cannot sign, such as a public key or a certificate.
        InvalidPolicyError: `expires` or `align` is not valid.
        TypeError: An argument has the wrong type.

    Examples:
        >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
        >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
        >>> url = signer.sign_url("https://d111111abcdef8.cloudfront.net/video.mp4", expires=2000000000)
        >>> url.split("&Signature=")[0]
        'https://d111111abcdef8.cloudfront.net/video.mp4?Expires=2000000000'

    See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PrivateContent.html
    """

    key_id: str
    rsa_signer: PrivateKey | _PrivateKeyObject | Callable[[bytes], bytes]
    def __init__(
        self,
        key_id: str,
        rsa_signer: PrivateKey | _PrivateKeyObject | Callable[[bytes], bytes],
        *,
        hash_algorithm: _Hash | None = None,
        expires: _Time | None = None,
        align: _Duration | None = None,
        domain: str | None = None,
    ) -> None: ...
    @classmethod
    def from_env(cls, prefix: str = "CLOUDFRONT_SIGNER_") -> Self:
        """Make a signer from environment variables.

        Required are KEY_PAIR_ID and PRIVATE_KEY (a path, PEM, PEM in one line, or base64 of PEM). Optional are
        PASSPHRASE, HASH_ALGORITHM, DOMAIN, EXPIRES (a duration such as 3600, 30m, 2h or 7d, or ISO 8601 text with an
        offset) and ALIGN (a duration). Each name begins with `prefix`. An empty variable counts as not set.

        Args:
            prefix: What the names begin with.

        Returns:
            A signer of the class that the method is called on.

        Raises:
            SigningError: A required variable is not set.
            CloudFrontSignerError: A value is not valid. The class is that of the argument, and the message names the
                variable.

        Examples:
            >>> import os
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> os.environ["DOCS_KEY_PAIR_ID"] = "K2JCJMDEHXQW5F"
            >>> os.environ["DOCS_PRIVATE_KEY"] = PrivateKey.generate("ecdsa-p256").to_pem()
            >>> CloudFrontSigner.from_env("DOCS_")
            CloudFrontSigner(key_id='K2JCJMDEHXQW5F', hash_algorithm='SHA256')
            >>> del os.environ["DOCS_KEY_PAIR_ID"], os.environ["DOCS_PRIVATE_KEY"]
        """
    @property
    def hash_algorithm(self) -> str:
        """The hash that is signed: "SHA1" or "SHA256"."""
    @property
    def expires(self) -> timedelta | int | None:
        """When access ends if a call does not say it: a `timedelta` from each call, seconds since 1970, or None."""
    @property
    def align(self) -> timedelta | None:
        """The grid that an expiry is rounded up to if a call does not say it, or None."""
    @property
    def domain(self) -> str | None:
        """The host name of the distribution, or None."""
    def generate_presigned_url(
        self, url: str, date_less_than: _Time | None = None, policy: Policy | str | bytes | _Dict | None = None
    ) -> str:
        """Sign one URL with the arguments and the bytes of botocore's method.

        Args:
            url: The URL to sign.
            date_less_than: When access ends: a `datetime` (without a time zone it is UTC, as in botocore), a
                `timedelta` from now, seconds since 1970, or ISO 8601 text with an offset. The policy is canned.
            policy: A finished Policy, its JSON as `str` or `bytes`, or a `dict`, instead of the expiry.

        Returns:
            The signed URL.

        Raises:
            InvalidUrlError: The URL is relative, has no valid host, is signed already, or is longer than 8,192 bytes.
            InvalidPolicyError: The terms contradict each other, a time or an address is not valid, or the resource does
                not cover the URL.
            SigningError: The signer returned no signature.
            TypeError: An argument has the wrong type.

        Examples:
            >>> from datetime import datetime
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
            >>> url = signer.generate_presigned_url("https://media.example.com/a.mp4", datetime(2036, 1, 1))
            >>> url.split("&")[0]
            'https://media.example.com/a.mp4?Expires=2082758400'

        See https://docs.aws.amazon.com/boto3/latest/reference/services/cloudfront.html
        """
    def build_policy(
        self,
        resource: str,
        date_less_than: _Time,
        date_greater_than: _Time | None = None,
        ip_address: _Address | None = None,
    ) -> str:
        """Write a custom policy as JSON, with the arguments and the bytes of botocore's method.

        Args:
            resource: The URL, with or without wildcards. Text that is not a URL, such as a stream name, is kept
                unchanged.
            date_less_than: When access ends: a `datetime` (without a time zone it is UTC, as in botocore), a
                `timedelta` from now, seconds since 1970, or ISO 8601 text with an offset.
            date_greater_than: When access starts, in the same forms.
            ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.

        Returns:
            The JSON, without blanks.

        Raises:
            InvalidPolicyError: A time or an address is not valid, or the start is not before the end.
            TypeError: An argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
            >>> signer.build_policy("https://d/*", 2000000000)
            '{"Statement":[{"Resource":"https://d/*","Condition":{"DateLessThan":{"AWS:EpochTime":2000000000}}}]}'
        """
    def sign_url(
        self,
        url: str,
        *,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        resource: str | None = None,
        policy: Policy | str | bytes | _Dict | None = None,
        align: _Duration | None = None,
    ) -> str:
        """Sign one URL.

        The policy is canned, unless a start, an address or a resource requires a custom one. A `*` in the URL is
        literal and is sent as `%2A`: wildcards come from `resource` or `policy` only.

        Args:
            url: The URL to sign, with its scheme, host, path and query. It is percent-encoded as clients send it.
            expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int`
                or `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z". The default is the
                signer's `expires`.
            not_before: When access starts, in the same forms; None for at once.
            ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
            resource: A URL with wildcards (`*`, `?`) that access is granted to, instead of the URL itself.
            policy: A finished Policy, its JSON as `str` or `bytes`, or a `dict`, instead of all other terms.
            align: A `timedelta`, or a number of seconds: the expiry is rounded up to a multiple of it, so that the same
                page has the same URLs for that long and caches hold. The default is the signer's `align`.

        Returns:
            The signed URL.

        Raises:
            InvalidUrlError: The URL is relative, has no valid host, is signed already, or is longer than 8,192 bytes.
            InvalidPolicyError: The terms contradict each other, a time or an address is not valid, or the resource does
                not cover the URL.
            SigningError: The signer returned no signature.
            TypeError: An argument has the wrong type.

        Warns:
            ExpiredWarning: The expiry is in the past.

        Examples:
            >>> from datetime import timedelta
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
            >>> url = signer.sign_url("https://d111111abcdef8.cloudfront.net/a.mp4", expires=timedelta(hours=1))
            >>> signer.sign_url("https://d111111abcdef8.cloudfront.net/a.mp4", expires=2000000000).split("&")[0]
            'https://d111111abcdef8.cloudfront.net/a.mp4?Expires=2000000000'

        See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
        """
    def sign_urls(
        self,
        urls: Iterable[str],
        *,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        resource: str | None = None,
        policy: Policy | str | bytes | _Dict | None = None,
        align: _Duration | None = None,
    ) -> list[str]:
        """Sign many URLs on all cores.

        Equal policies are signed once. The interpreter is released while a PrivateKey signs; Ctrl-C ends the batch.

        Args:
            urls: The URLs to sign, any iterable of `str`.
            expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int`
                or `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z". The default is the
                signer's `expires`.
            not_before: When access starts, in the same forms; None for at once.
            ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
            resource: A URL with wildcards that access is granted to, instead of each URL itself.
            policy: A finished Policy, its JSON as `str` or `bytes`, or a `dict`, instead of all other terms.
            align: A `timedelta`, or a number of seconds, that the expiry is rounded up to a multiple of.

        Returns:
            The signed URLs, in the order of `urls`.

        Raises:
            InvalidUrlError: As in sign_url; the attribute `index` of the exception counts the URL from 0.
            InvalidPolicyError: The terms contradict each other, a time or an address is not valid, or the resource does
                not cover the URL.
            SigningError: The signer returned no signature.
            TypeError: An argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
            >>> len(signer.sign_urls((f"https://media.example.com/{n}.ts" for n in range(9)), expires=2000000000))
            9
        """
    def sign_cookies(
        self,
        resource: str | None = None,
        *,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        policy: Policy | str | bytes | _Dict | None = None,
        align: _Duration | None = None,
    ) -> SignedCookies:
        """Sign cookies for a resource.

        A `policy` needs no `resource`. If both are given, the policy must certainly cover the resource: each `*` of the
        resource is matched by a `*` of the policy's, each `?` by a `?` or `*`.

        Args:
            resource: The URL, with or without wildcards, that access is granted to. It starts with http:// or https://.
            expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int`
                or `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z". The default is the
                signer's `expires`.
            not_before: When access starts, in the same forms; None for at once.
            ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
            policy: A finished Policy, its JSON as `str` or `bytes`, or a `dict`, instead of all other terms.
            align: A `timedelta`, or a number of seconds, that the expiry is rounded up to a multiple of.

        Returns:
            The cookies, a mapping of names to values.

        Raises:
            InvalidPolicyError: The terms contradict each other, a time or an address is not valid, or the resource does
                not cover the URL.
            SigningError: The signer returned no signature.
            TypeError: An argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
            >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
            >>> cookies["CloudFront-Key-Pair-Id"]
            'K2JCJMDEHXQW5F'

        See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-cookies.html
        """
    def signed_parameters(
        self,
        resource: str | None = None,
        *,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        policy: Policy | str | bytes | _Dict | None = None,
        align: _Duration | None = None,
    ) -> dict[str, str]:
        """Sign the query parameters alone.

        They are `Expires` or `Policy`, `Signature`, `Key-Pair-Id` and, for SHA-256, `Hash-Algorithm`.

        The policy is the one that sign_cookies signs: canned if only an expiry is given and the resource has no
        wildcard.

        Args:
            resource: The URL, with or without wildcards, that access is granted to; not needed with a `policy`.
            expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int`
                or `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z". The default is the
                signer's `expires`.
            not_before: When access starts, in the same forms; None for at once.
            ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
            policy: A finished Policy, its JSON as `str` or `bytes`, or a `dict`, instead of all other terms.
            align: A `timedelta`, or a number of seconds, that the expiry is rounded up to a multiple of.

        Returns:
            The parameters by name. Their values need no escaping in a query.

        Raises:
            InvalidPolicyError: The terms contradict each other, a time or an address is not valid, or the resource does
                not cover the URL.
            SigningError: The signer returned no signature.
            TypeError: An argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
            >>> list(signer.signed_parameters("https://media.example.com/videos/*", expires=2000000000))
            ['Policy', 'Signature', 'Key-Pair-Id']
        """
    def sign_stream(
        self, name: str, *, expires: _Time | None = None, escape: bool = True, align: _Duration | None = None
    ) -> str:
        """Sign the name of an RTMP stream: the resource is the name alone. AWS ended RTMP distributions in 2020.

        Args:
            name: The name of the stream, such as "videos/name", without the `mp4:` prefix.
            expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int`
                or `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z". The default is the
                signer's `expires`.
            escape: Whether `?`, `=` and `&` are escaped, on which the Flash player split a name.
            align: A `timedelta`, or a number of seconds, that the expiry is rounded up to a multiple of.

        Returns:
            The name with the signing parameters.

        Raises:
            InvalidUrlError: The name has a blank, `?`, `*` or the prefix of a player.
            InvalidPolicyError: The terms contradict each other, a time or an address is not valid, or the resource does
                not cover the URL.
            SigningError: The signer returned no signature.
            TypeError: An argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
            >>> signer.sign_stream("videos/name", expires=2000000000).split("%26")[0]
            'videos/name%3FExpires%3D2000000000'
        """
    def grant(
        self,
        resource: str,
        *,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        align: _Duration | None = None,
    ) -> Grant:
        """Sign once for all URLs that a resource covers.

        Args:
            resource: A URL with wildcards, such as `https://media.example.com/videos/*`.
            expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int`
                or `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z". The default is the
                signer's `expires`.
            not_before: When access starts, in the same forms; None for at once.
            ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
            align: A `timedelta`, or a number of seconds, that the expiry is rounded up to a multiple of.

        Returns:
            A Grant, which signs URLs and cookies without a further signature.

        Raises:
            InvalidPolicyError: The terms contradict each other, a time or an address is not valid, or the resource does
                not cover the URL.
            SigningError: The signer returned no signature.
            TypeError: An argument has the wrong type.

        Examples:
            >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
            >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
            >>> grant = signer.grant("https://media.example.com/videos/*", expires=2000000000)
            >>> grant.url("https://media.example.com/videos/1.ts").split("=")[0]
            'https://media.example.com/videos/1.ts?Policy'

        See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
        """
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, object]) -> Self: ...

@final
class PathPattern:
    """The path pattern of a cache behavior: case-sensitive, `*` for any number of characters, `/` included, `?` for
    exactly one.

    Matching takes time in proportion to the length of the path, whatever the pattern.

    Args:
        pattern: The pattern; its leading slash is optional.

    Raises:
        TypeError: The argument is not `str`.

    Examples:
        >>> from cloudfront_signer._native import PathPattern
        >>> PathPattern("images/*.jpg").matches(b"/images/2026/a.jpg")
        True

    See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
    """
    def __new__(cls, pattern: str) -> PathPattern: ...
    def matches(self, path: bytes) -> bool:
        """Whether the pattern matches the whole path.

        Args:
            path: The path as it was sent, without its query.

        Raises:
            TypeError: The argument is not `bytes`.

        Examples:
            >>> from cloudfront_signer._native import PathPattern
            >>> PathPattern("*.ts").matches(b"/a.mp4")
            False
        """

def rsa_signer(
    key: PrivateKey | _PrivateKeyObject | str | bytes | PathLike[str], passphrase: str | bytes | None = None
) -> Callable[[bytes], bytes]:
    """Make a callable for `botocore.signers.CloudFrontSigner`: the key is read once, not on each URL.

    botocore sends no Hash-Algorithm parameter, so the signature is over SHA-1.

    Args:
        key: A PrivateKey, a private key of `cryptography`, PEM text, or the `pathlib.Path` of a key file.
        passphrase: What an encrypted key was encrypted with.

    Returns:
        A callable that signs bytes.

    Raises:
        InvalidKeyError: The key cannot be read, or the passphrase does not open it.
        TypeError: An argument has the wrong type.

    Examples:
        >>> from cloudfront_signer import PrivateKey, rsa_signer
        >>> rsa_signer(PrivateKey.generate())
        <RsaSigner rsa-2048>
    """

def signed_url(
    url: str,
    *,
    key_id: str,
    private_key: PrivateKey | _PrivateKeyObject | str | bytes | PathLike[str],
    expires: _Time,
    not_before: _Time | None = None,
    ip_address: _Address | None = None,
    resource: str | None = None,
    hash_algorithm: _Hash | None = None,
) -> str:
    """Sign one URL with one call.

    The key is read on each call: for more than a few URLs, make a CloudFrontSigner once.

    Args:
        url: The URL to sign, with its scheme, host, path and query.
        key_id: The key pair id.
        private_key: A PrivateKey, a private key of `cryptography`, PEM text, or the `pathlib.Path` of a key file.
        expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int` or
            `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z".
        not_before: When access starts, in the same forms; None for at once.
        ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
        resource: A URL with wildcards (`*`, `?`) that access is granted to, instead of the URL itself.
        hash_algorithm: "SHA1" or "SHA256". The default is SHA1 for RSA, SHA256 for ECDSA.

    Returns:
        The signed URL.

    Raises:
        InvalidKeyError: The key cannot be read.
        InvalidUrlError: The URL is relative, has no valid host, is signed already, or is longer than 8,192 bytes.
        InvalidPolicyError: The terms contradict each other, a time or an address is not valid, or the resource does not
            cover the URL.
        SigningError: The signer returned no signature.
        TypeError: An argument has the wrong type.

    Examples:
        >>> from cloudfront_signer import PrivateKey, signed_url
        >>> url = signed_url("https://d111111abcdef8.cloudfront.net/a.mp4", key_id="K2JCJMDEHXQW5F",
        ...                  private_key=PrivateKey.generate("ecdsa-p256"), expires=2000000000)
        >>> url.endswith("&Key-Pair-Id=K2JCJMDEHXQW5F&Hash-Algorithm=SHA256")
        True

    See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
    """

def encode_base64(data: bytes) -> str:
    """Encode bytes in CloudFront's base64: `-` for `+`, `~` for `/`, `_` for `=`.

    Args:
        data: The bytes to encode.

    Raises:
        TypeError: The argument is not `bytes`.

    Examples:
        >>> from cloudfront_signer import encode_base64
        >>> encode_base64(bytes([0xFB, 0xFF, 0xFE, 0x3F]))
        '-~~-Pw__'

    See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-linux-openssl.html
    """

def decode_base64(text: str) -> bytes:
    """Decode CloudFront's base64.

    Args:
        text: The encoded text.

    Raises:
        InvalidSignatureError: The text is not CloudFront's base64.
        TypeError: The argument is not `str`.

    Examples:
        >>> from cloudfront_signer import decode_base64
        >>> decode_base64("aGk_")
        b'hi'
    """

def escape_query(text: str) -> str:
    """Escape `?`, `=` and `&`, on which the Flash player split the name of a stream.

    Args:
        text: The name with its parameters.

    Raises:
        TypeError: The argument is not `str`.

    Examples:
        >>> from cloudfront_signer import escape_query
        >>> escape_query("video.mp4?Expires=1")
        'video.mp4%3FExpires%3D1'
    """

def unescape_query(text: str) -> str:
    """Undo `escape_query`.

    Args:
        text: The escaped name.

    Raises:
        TypeError: The argument is not `str`.

    Examples:
        >>> from cloudfront_signer import unescape_query
        >>> unescape_query("video.mp4%3FExpires%3D1")
        'video.mp4?Expires=1'
    """

def sign_hls(
    text: _Manifest,
    *,
    base_url: str,
    grant: Grant | None = None,
    signer: CloudFrontSigner | None = None,
    mode: Literal["inline", "query"] = "inline",
    hosts: Iterable[str] = (),
    scope: Literal["presentation", "uri"] = "presentation",
    absolute: bool = False,
    playlists: Literal["cloudfront", "app"] = "cloudfront",
    variables: Mapping[str, str] | None = None,
    hash_algorithm: _Hash | None = None,
    key_id: str | None = None,
    expires: _Time | None = None,
    not_before: _Time | None = None,
    ip_address: _Address | None = None,
    resource: str | None = None,
    policy: Policy | str | bytes | _Dict | None = None,
    align: _Duration | None = None,
) -> _Manifest:
    r"""Sign the URIs of an HLS playlist.

    Every URI of the playlist's own host is signed: segments, playlists, keys, initialization sections, parts,
    renditions, interstitials. Everything else is returned byte for byte. Other schemes (`skd:`, `data:`), other hosts
    and empty URIs are left alone.

    Args:
        text: The playlist, as `str` or as `bytes` in UTF-8: a multivariant playlist, or a media playlist, live or not.
        base_url: The absolute URL of the playlist, which its URIs are relative to. It may be a signed URL.
        grant: A Grant whose resource ends in `*` and covers all URIs, such as the folder of the presentation.
        signer: A CloudFrontSigner, instead of a grant, with `expires` or `policy`. It makes one grant for `resource`,
            which by default is everything in the folder of `base_url`.
        mode: "inline" writes the signature into each URI. "query" makes a playlist that is the same for all viewers:
            each URI takes the parameters from the URL of the playlist, which is signed for each viewer with a custom
            policy. It needs no key, and a player that knows `EXT-X-DEFINE` with `QUERYPARAM`.
        hosts: Other hosts whose URIs are signed, such as "cdn.example.com". The policy has to cover them.
        scope: "presentation" for one signature, or "uri" for a custom policy and a signature for each URI. Its resource
            ends in `*`, so that players can add parameters, and so covers names that begin like the URI.
        absolute: Whether signed URIs become absolute URLs, for a playlist that is sent from another place than
            `base_url`.
        playlists: "cloudfront" if players fetch the playlists that this one leads to from CloudFront, or "app" if an
            application sends them: their URIs are left unchanged, and all others become absolute URLs, as do those of
            interstitials that are absolute already.
        variables: The values of variables that `EXT-X-DEFINE` imports, by name.
        hash_algorithm: For mode "query" only: "SHA256" if the signed URLs have a Hash-Algorithm. The default is that of
            the grant or signer, or else "SHA1".
        key_id: For mode "query" only: the key pair id that all viewers' URLs are signed with. It and the hash are then
            written out, instead of references with hyphens, which Shaka Player 5 does not read.
        expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int` or
            `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z". The default is the signer's
            `expires`.
        not_before: When access starts, in the same forms; None for at once.
        ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
        resource: The URL that access is granted to. It ends in `*`.
        policy: A finished Policy, its JSON as `str` or `bytes`, or a `dict`, instead of all other terms.
        align: A `timedelta`, or a number of seconds, that the expiry is rounded up to a multiple of.

    Returns:
        The signed playlist, of the same type as `text`.

    Raises:
        InvalidManifestError: The text is not an HLS playlist, or it is damaged. The attribute `line` counts from 1.
        InvalidPolicyError: The policy does not cover a URI, or a term is not valid.
        InvalidUrlError: A URI is signed already or has no valid host, or a signed URL is longer than 8,192 bytes.
        SigningError: The signer returned no signature.
        ValueError: A word is not among the choices.
        TypeError: An argument has the wrong type, or arguments do not go together.

    Examples:
        >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
        >>> from cloudfront_signer.manifest import sign_hls
        >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
        >>> grant = signer.grant("https://media.example.com/show/*", expires=2000000000)
        >>> playlist = "#EXTM3U\n#EXTINF:4,\n1.ts\n"
        >>> signed = sign_hls(playlist, base_url="https://media.example.com/show/index.m3u8", grant=grant)
        >>> signed == playlist.replace("1.ts", f"1.ts?{grant.query}")
        True

    See https://datatracker.ietf.org/doc/html/draft-pantos-hls-rfc8216bis
    """

def sign_dash(
    text: _Manifest,
    *,
    base_url: str,
    grant: Grant | None = None,
    signer: CloudFrontSigner | None = None,
    mode: Literal["inline", "query"] = "inline",
    hosts: Iterable[str] = (),
    scope: Literal["presentation", "uri"] = "presentation",
    absolute: bool = False,
    hash_algorithm: _Hash | None = None,
    expires: _Time | None = None,
    not_before: _Time | None = None,
    ip_address: _Address | None = None,
    resource: str | None = None,
    policy: Policy | str | bytes | _Dict | None = None,
    align: _Duration | None = None,
) -> _Manifest:
    """Sign the URIs of a DASH MPD.

    Every URI of the MPD's own host that players request is signed: templates, lists and files of segments,
    initialization segments and indexes, and other documents (`Location`, `PatchLocation`, `ImportedMPD`,
    `ContentSteering`, `xlink:href`, events with another MPD). A `BaseURL` is signed if it is the media itself, and left
    unchanged if it is a folder, because players drop its query. Everything else is returned byte for byte. Other hosts
    and schemes are left alone. The MPD is read as XML, without expanding or loading anything.

    Args:
        text: The MPD, as `str` or as `bytes` in UTF-8: on demand or live.
        base_url: The absolute URL of the MPD, which its URIs are relative to. It may be a signed URL.
        grant: A Grant whose resource ends in `*` and covers all URIs, such as the folder of the presentation.
        signer: A CloudFrontSigner, instead of a grant, with `expires` or `policy`. It makes one grant for `resource`,
            which by default is everything in the folder of `base_url`.
        mode: "inline" writes the signature into each URI. "query" makes an MPD that is the same for all viewers: it has
            players add the parameters of the MPD's URL, which is signed for each viewer with a custom policy, to the
            URLs of segments. It needs no key, and a player that knows `urn:mpeg:dash:urlparam:2014`.
        hosts: Other hosts whose URIs are signed, such as "cdn.example.com". The policy has to cover them.
        scope: "presentation" for one signature, or "uri" for a custom policy and a signature for each URI. Templates
            need "presentation", since each leads to many URLs.
        absolute: Whether the MPD gets an absolute `BaseURL`, and URIs of other documents become absolute URLs, for an
            MPD that is sent from another place than `base_url`.
        hash_algorithm: For mode "query" only. It makes no difference: players add all parameters of the URL.
        expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int` or
            `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z". The default is the signer's
            `expires`.
        not_before: When access starts, in the same forms; None for at once.
        ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
        resource: The URL that access is granted to. It ends in `*`.
        policy: A finished Policy, its JSON as `str` or `bytes`, or a `dict`, instead of all other terms.
        align: A `timedelta`, or a number of seconds, that the expiry is rounded up to a multiple of.

    Returns:
        The signed MPD, of the same type as `text`.

    Raises:
        InvalidManifestError: The text is not an MPD, it is damaged, or a URI would send the signature to another host.
            The attribute `line` counts from 1.
        InvalidPolicyError: The policy does not cover a URI, or a term is not valid.
        InvalidUrlError: A URI is signed already or has no valid host, or a signed URL is longer than 8,192 bytes.
        SigningError: The signer returned no signature.
        ValueError: A word is not among the choices.
        TypeError: An argument has the wrong type, or arguments do not go together.

    Examples:
        >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
        >>> from cloudfront_signer.manifest import sign_dash
        >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
        >>> grant = signer.grant("https://media.example.com/show/*", expires=2000000000)
        >>> mpd = '<MPD><Period><AdaptationSet><SegmentTemplate media="$Number$.m4s"/></AdaptationSet></Period></MPD>'
        >>> signed = sign_dash(mpd, base_url="https://media.example.com/show/index.mpd", grant=grant)
        >>> signed == mpd.replace(".m4s", ".m4s?" + grant.query.replace("&", "&amp;"))
        True

    See https://www.iso.org/standard/83314.html (ISO/IEC 23009-1)
    """

def quote_path(name: str) -> str:
    """Quote a file name, or the key of an object, for the path of a URL.

    Letters, digits, `-`, `.`, `_`, `~` and the `/` between folders are kept; everything else is percent-encoded, since
    a `?` or `#` in a name would end the path. A `.` or `..` between slashes cannot be quoted: clients resolve it.

    Args:
        name: The name, with `/` between folders.

    Raises:
        InvalidUrlError: The name holds a lone surrogate.
        TypeError: The argument is not `str`.

    Examples:
        >>> from cloudfront_signer import quote_path
        >>> "https://d111111abcdef8.cloudfront.net/" + quote_path("a+b c/what?#1.txt")
        'https://d111111abcdef8.cloudfront.net/a%2Bb%20c/what%3F%231.txt'
    """

def excerpt(text: object, whole: object = None) -> str:
    """Show a caller's text in a message: one line of at most 120 characters, signatures shortened, keys withheld.

    Args:
        text: The text, or any object that has one.
        whole: The text that `text` was cut from. A part of a key may be too short to be recognized by itself.

    Examples:
        >>> from cloudfront_signer._native import excerpt
        >>> excerpt("-----BEGIN PRIVATE KEY-----")
        '<a private key in PEM, 27 characters>'
    """

def holds_key(text: object) -> bool:
    """Whether a text is or contains a key: in PEM, in base64 of PEM, in DER, or as a JSON Web Key.

    Args:
        text: The text, or any object that has one.

    Examples:
        >>> from cloudfront_signer._native import holds_key
        >>> holds_key("private_key.pem")
        False
    """

def mask_secrets(message: object) -> str:
    """Remove keys and signatures from the message of another program, and keep the rest.

    Args:
        message: The message, or any object that has one.

    Examples:
        >>> from cloudfront_signer._native import mask_secrets
        >>> mask_secrets("no such file: '-----BEGIN PRIVATE KEY-----'")
        "no such file: '<a private key in PEM, 28 characters>"
    """

def wire_url(url: str) -> str:
    """Spell a URL as it is signed and sent.

    What clients would percent-encode is encoded. `*`, and each `?` after the first, become literal.

    Args:
        url: The URL, with its scheme and host.

    Raises:
        InvalidUrlError: The URL is relative, or has no valid host.
        TypeError: The argument is not `str`.

    Examples:
        >>> from cloudfront_signer._native import wire_url
        >>> wire_url("https://D111.example:443/a b*?c?d")
        'https://d111.example/a%20b%2A?c%3Fd'
    """
