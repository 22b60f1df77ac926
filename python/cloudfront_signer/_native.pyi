from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from os import PathLike
from typing import Literal, TypedDict, TypeVar, final, overload

from typing_extensions import disjoint_base

__all__ = [
    "CloudFrontSigner",
    "Decision",
    "Diagnosis",
    "Grant",
    "Inspection",
    "Mistake",
    "Policy",
    "PrivateKey",
    "PublicKey",
    "RsaSigner",
    "SignedCookies",
    "Verifier",
    "decode_base64",
    "encode_base64",
    "engine_info",
    "escape_query",
    "inspect",
    "rsa_signer",
    "signed_url",
    "unescape_query",
]

_Time = datetime | timedelta | int | float
_Span = timedelta | int | float
_Address = str | IPv4Address | IPv4Network
_Viewer = str | IPv4Address | IPv6Address
_Hash = Literal["SHA1", "SHA256"]
_T = TypeVar("_T")

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
    def from_json(text: str | bytes) -> Policy: ...
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
class SignedCookies:
    def headers(
        self,
        domain: str | None = None,
        path: str = "/",
        *,
        secure: bool = True,
        http_only: bool = True,
        same_site: Literal["Strict", "Lax", "None"] | None = None,
    ) -> list[str]: ...
    @overload
    def get(self, name: str, default: None = None) -> str | None: ...
    @overload
    def get(self, name: str, default: _T) -> str | _T: ...
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
    def cookies(self) -> SignedCookies: ...
    @property
    def policy(self) -> Policy: ...

@final
class Verifier:
    def __new__(cls, keys: Mapping[str, PublicKey | str | bytes]) -> Verifier: ...
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
def inspect(url_or_cookies: str | Mapping[str, str]) -> Inspection: ...

@disjoint_base
class CloudFrontSigner:
    def __new__(
        cls,
        key_id: str,
        rsa_signer: PrivateKey | Callable[[bytes], bytes],
        *,
        hash_algorithm: _Hash | None = None,
    ) -> CloudFrontSigner: ...
    @property
    def key_id(self) -> str: ...
    @property
    def rsa_signer(self) -> PrivateKey | Callable[[bytes], bytes]: ...
    @property
    def hash_algorithm(self) -> str: ...
    def generate_presigned_url(
        self, url: str, date_less_than: _Time | None = None, policy: Policy | str | bytes | None = None
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
        policy: Policy | str | bytes | None = None,
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
        policy: Policy | str | bytes | None = None,
        align: _Span | None = None,
    ) -> list[str]: ...
    def sign_cookies(
        self,
        resource: str,
        *,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        policy: Policy | str | bytes | None = None,
        align: _Span | None = None,
    ) -> SignedCookies: ...
    def sign_stream(self, name: str, *, expires: _Time, escape: bool = True) -> str: ...
    def grant(
        self,
        resource: str,
        *,
        expires: _Time,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        align: _Span | None = None,
    ) -> Grant: ...
    def __copy__(self) -> CloudFrontSigner: ...
    def __deepcopy__(self, _memo: object) -> CloudFrontSigner: ...

def rsa_signer(
    key: PrivateKey | str | bytes | PathLike[str], passphrase: str | bytes | None = None
) -> Callable[[bytes], bytes]: ...
def signed_url(
    url: str,
    *,
    key_id: str,
    private_key: PrivateKey | str | bytes | PathLike[str],
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
