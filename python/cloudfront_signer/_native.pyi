from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from os import PathLike
from typing import Any, Literal, Protocol, Self, TypedDict, TypeVar, final, overload, type_check_only

from typing_extensions import disjoint_base

__all__ = [
    "CloudFrontSigner",
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
    "quote_path",
    "rsa_signer",
    "signed_url",
    "unescape_query",
    "wire_url",
]

__version__: str

# numpy's times and numbers, Decimal and Fraction are taken too; `SupportsFloat` would let in more than that.
_Time = datetime | timedelta | int | float | str
_Span = timedelta | int | float
_Address = str | IPv4Address | IPv4Network
_Viewer = str | IPv4Address | IPv6Address
_Hash = Literal["SHA1", "SHA256"]
_T = TypeVar("_T")
_Dict = dict[str, Any]

# Keys of `cryptography`, told by the methods that are used.
@type_check_only
class _PrivateKeyObject(Protocol):
    def private_bytes(self, encoding: Any, format: Any, encryption_algorithm: Any) -> bytes: ...

@type_check_only
class _PublicKeyObject(Protocol):
    def public_bytes(self, encoding: Any, format: Any) -> bytes: ...

# Responses of Django, Flask and Starlette; their types are too different to be named.
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
    @staticmethod
    def from_pem(data: str | bytes, passphrase: str | bytes | None = None) -> PrivateKey: ...
    @staticmethod
    def from_der(data: bytes, passphrase: str | bytes | None = None) -> PrivateKey: ...
    @staticmethod
    def from_file(path: str | PathLike[str], passphrase: str | bytes | None = None) -> PrivateKey: ...
    @staticmethod
    def generate(kind: Literal["rsa-2048", "ecdsa-p256"] = "rsa-2048") -> PrivateKey: ...
    @property
    def kind(self) -> str: ...
    def public_key(self) -> PublicKey: ...
    def sign(self, message: bytes, hash_algorithm: _Hash | None = None) -> bytes: ...
    def sign_many(self, messages: Iterable[bytes], hash_algorithm: _Hash | None = None) -> list[bytes]: ...
    def to_pem(self, passphrase: str | bytes | None = None) -> str: ...
    def __copy__(self) -> PrivateKey: ...
    def __deepcopy__(self, _memo: object) -> PrivateKey: ...

@final
class PublicKey:
    @staticmethod
    def from_pem(data: str | bytes) -> PublicKey: ...
    @staticmethod
    def from_der(data: bytes) -> PublicKey: ...
    @staticmethod
    def from_file(path: str | PathLike[str]) -> PublicKey: ...
    @property
    def kind(self) -> str: ...
    def to_pem(self) -> str: ...
    def verify(self, message: bytes, signature: bytes, hash_algorithm: _Hash | None = None) -> bool: ...

@final
class RsaSigner:
    def __call__(self, message: bytes) -> bytes: ...

@final
class Policy:
    def __new__(
        cls,
        resource: str,
        *,
        expires: _Time,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
    ) -> Policy: ...
    @staticmethod
    def from_json(text: str | bytes | _Dict) -> Policy: ...
    @staticmethod
    def from_encoded(text: str) -> Policy: ...
    def to_json(self) -> str: ...
    @property
    def encoded(self) -> str: ...
    @property
    def is_canned(self) -> bool: ...
    @property
    def resource(self) -> str | None: ...
    @property
    def expires(self) -> int: ...
    @property
    def not_before(self) -> int | None: ...
    @property
    def ip_address(self) -> str | None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class SignedCookies(Mapping[str, str]):
    def headers(
        self,
        domain: str | None = None,
        path: str = "/",
        *,
        max_age: _Span | None = None,
        secure: bool = True,
        http_only: bool = True,
        same_site: Literal["Strict", "Lax", "None"] | None = None,
    ) -> list[str]: ...
    @property
    def header(self) -> str: ...
    def set_on(
        self,
        response: _SetsCookies,
        domain: str | None = None,
        path: str = "/",
        *,
        max_age: _Span | None = None,
        secure: bool = True,
        http_only: bool = True,
        same_site: Literal["Strict", "Lax", "None"] | None = None,
    ) -> None: ...
    @staticmethod
    def clear_on(response: _DeletesCookies, domain: str | None = None, path: str = "/") -> None: ...
    @overload
    def get(self, key: str, default: None = None, /) -> str | None: ...
    @overload
    def get(self, key: str, default: str, /) -> str: ...
    @overload
    def get(self, key: str, default: _T, /) -> str | _T: ...
    def keys(self) -> KeysView[str]: ...
    def values(self) -> ValuesView[str]: ...
    def items(self) -> ItemsView[str, str]: ...
    def __getitem__(self, name: str, /) -> str: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    def __contains__(self, name: object, /) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...

@final
class Grant:
    def url(self, url: str) -> str: ...
    def urls(self, urls: Iterable[str]) -> list[str]: ...
    @property
    def query(self) -> str: ...
    @property
    def cookies(self) -> SignedCookies: ...
    @property
    def policy(self) -> Policy: ...

@final
class Verifier:
    def __new__(cls, keys: Mapping[str, PublicKey | _PublicKeyObject | str | bytes]) -> Verifier: ...
    def check(
        self,
        url: str,
        *,
        cookies: str | Mapping[str, str] | None = None,
        ip_address: _Viewer | None = None,
        now: _Time | None = None,
    ) -> Decision: ...
    @property
    def key_ids(self) -> list[str]: ...

@final
class Decision:
    @property
    def allowed(self) -> bool: ...
    @property
    def status(self) -> int: ...
    @property
    def code(self) -> str | None: ...
    @property
    def message(self) -> str | None: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def policy(self) -> Policy | None: ...
    @property
    def key_id(self) -> str | None: ...
    @property
    def via(self) -> Literal["url", "cookies"] | None: ...
    def __bool__(self) -> bool: ...

@final
class Inspection:
    @property
    def via(self) -> Literal["url", "cookies"]: ...
    @property
    def url(self) -> str | None: ...
    @property
    def policy(self) -> Policy | None: ...
    @property
    def key_id(self) -> str | None: ...
    @property
    def hash_algorithm(self) -> str: ...
    @property
    def expires(self) -> int | None: ...
    @property
    def signature_kind(self) -> str | None: ...
    def rows(self, now: _Time | None = None) -> list[tuple[str, str]]: ...
    def diagnose(
        self,
        verifier: Verifier,
        *,
        request: str | None = None,
        cookies: str | Mapping[str, str] | None = None,
        ip_address: _Viewer | None = None,
        now: _Time | None = None,
    ) -> Diagnosis: ...
    def _repr_html_(self) -> str: ...

@final
class Diagnosis:
    @property
    def decision(self) -> Decision: ...
    @property
    def mistakes(self) -> list[Mistake]: ...
    @property
    def warnings(self) -> list[Mistake]: ...
    def __bool__(self) -> bool: ...

@final
class Mistake:
    @property
    def name(self) -> str: ...
    @property
    def found(self) -> str: ...
    @property
    def advice(self) -> str: ...

class _EngineInfo(TypedDict):
    engine: str
    available: list[str]
    threads: int

def engine_info() -> _EngineInfo: ...
def inspect(url_or_cookies: str | Sequence[str] | Mapping[str, str]) -> Inspection: ...
def explain_answer(
    url: str,
    status: int | None = None,
    body: str | None = None,
    *,
    verifier: Verifier | None = None,
    ip_address: _Viewer | None = None,
    now: _Time | None = None,
) -> list[Mistake]: ...

@disjoint_base
class CloudFrontSigner:
    key_id: str
    rsa_signer: PrivateKey | _PrivateKeyObject | Callable[[bytes], bytes]
    def __init__(
        self,
        key_id: str,
        rsa_signer: PrivateKey | _PrivateKeyObject | Callable[[bytes], bytes],
        *,
        hash_algorithm: _Hash | None = None,
        expires: _Time | None = None,
        align: _Span | None = None,
        domain: str | None = None,
    ) -> None: ...
    @classmethod
    def from_env(cls, prefix: str = "CLOUDFRONT_SIGNER_") -> Self: ...
    @property
    def hash_algorithm(self) -> str: ...
    @property
    def expires(self) -> timedelta | int | None: ...
    @property
    def align(self) -> timedelta | None: ...
    @property
    def domain(self) -> str | None: ...
    def generate_presigned_url(
        self, url: str, date_less_than: _Time | None = None, policy: Policy | str | bytes | _Dict | None = None
    ) -> str: ...
    def build_policy(
        self,
        resource: str,
        date_less_than: _Time,
        date_greater_than: _Time | None = None,
        ip_address: _Address | None = None,
    ) -> str: ...
    def sign_url(
        self,
        url: str,
        *,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        resource: str | None = None,
        policy: Policy | str | bytes | _Dict | None = None,
        align: _Span | None = None,
    ) -> str: ...
    def sign_urls(
        self,
        urls: Iterable[str],
        *,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        resource: str | None = None,
        policy: Policy | str | bytes | _Dict | None = None,
        align: _Span | None = None,
    ) -> list[str]: ...
    def sign_cookies(
        self,
        resource: str | None = None,
        *,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        policy: Policy | str | bytes | _Dict | None = None,
        align: _Span | None = None,
    ) -> SignedCookies: ...
    def signed_parameters(
        self,
        resource: str | None = None,
        *,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        policy: Policy | str | bytes | _Dict | None = None,
        align: _Span | None = None,
    ) -> dict[str, str]: ...
    def sign_stream(
        self, name: str, *, expires: _Time | None = None, escape: bool = True, align: _Span | None = None
    ) -> str: ...
    def grant(
        self,
        resource: str,
        *,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        align: _Span | None = None,
    ) -> Grant: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, object]) -> Self: ...

@final
class PathPattern:
    def __new__(cls, pattern: str) -> PathPattern: ...
    def matches(self, path: bytes) -> bool: ...

def rsa_signer(
    key: PrivateKey | _PrivateKeyObject | str | bytes | PathLike[str], passphrase: str | bytes | None = None
) -> Callable[[bytes], bytes]: ...
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
) -> str: ...
def encode_base64(data: bytes) -> str: ...
def decode_base64(text: str) -> bytes: ...
def escape_query(text: str) -> str: ...
def unescape_query(text: str) -> str: ...
def quote_path(name: str) -> str: ...
def excerpt(text: object, whole: object = None) -> str: ...
def holds_key(text: object) -> bool: ...
def mask_secrets(message: object) -> str: ...
def wire_url(url: str) -> str: ...
