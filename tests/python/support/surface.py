"""Everything public of this package, found by looking, and a way to call it."""

import importlib
import inspect
import pkgutil
import re
from enum import Enum
from functools import cache
from pathlib import Path
from typing import is_typeddict

from botocore.exceptions import ClientError

import cloudfront_signer
from cloudfront_signer import CloudFrontSigner, Policy, Verifier, rsa_signer
from cloudfront_signer import inspect as inspect_text
from cloudfront_signer.keys import AsyncSigner, KeyRing, KeySource, KmsSigner, Pkcs11Signer

END = 2_000_000_000
URL = "https://d.example/a"
# The command line is walked by its commands; the demonstration is one of them.
_ELSEWHERE = ("cloudfront_signer.cli", "cloudfront_signer.demo")


def modules():
    """All public modules."""
    found = [cloudfront_signer]
    for info in pkgutil.walk_packages(cloudfront_signer.__path__, "cloudfront_signer."):
        private = any(part.startswith("_") for part in info.name.split("."))
        if not private and not info.name.startswith(_ELSEWHERE):
            found.append(importlib.import_module(info.name))
    return found


def public_names(module):
    """A module's public classes and functions by their names; without ``__all__``, those that are defined in it."""
    named = getattr(module, "__all__", None)
    for name in named or [name for name in vars(module) if not name.startswith("_")]:
        value = getattr(module, name)
        at_home = named or getattr(value, "__module__", None) == module.__name__
        if at_home and (inspect.isclass(value) or callable(value)):
            yield f"{module.__name__}.{name}", value


def callables(secret, given_modules=None):
    """Name and callable of every function, constructor and method."""
    seen = set()
    for module in given_modules or modules():
        for name, value in public_names(module):
            if id(value) in seen:
                continue
            seen.add(id(value))
            if inspect.isclass(value) and issubclass(value, BaseException):
                yield name, value
            elif inspect.isclass(value):
                yield from _of_class(name, value, secret)
            else:
                yield name, value


def _of_class(name, cls, secret):
    # Python itself answers what asks an enumeration for a member.
    if getattr(cls, "_is_protocol", False) or is_typeddict(cls) or issubclass(cls, Enum):
        return
    instance = instance_of(cls, secret)
    if parameters(cls) and _is_own(cls, "__new__", "__init__"):
        yield name, cls
    for method, value in inspect.getmembers(cls, callable):
        if method.startswith("_") and method not in {"__call__", "__getitem__", "__contains__", "__eq__"}:
            continue
        bound = getattr(instance, method, None) if instance is not None else getattr(cls, method)
        if bound is not None and not inspect.isclass(value) and _is_own(cls, method):
            yield f"{name}.{method}", bound


def _is_own(cls, *names):
    """Whether the package defines what a class calls by one of these names, and not a framework or Python."""
    owner = next(one for one in cls.__mro__ if any(name in vars(one) for name in names))
    return owner.__module__.startswith("cloudfront_signer")


def instance_of(cls, secret):
    """An object of a class; of the package's own without a constructor, as one gets it."""
    for one in _objects(secret):
        if isinstance(one, cls):
            return one
    try:
        return cls(**good_arguments(cls, secret))
    except Exception:
        # Its class methods are called all the same.
        return None


@cache
def _objects(secret):
    key = secret.key
    signer = CloudFrontSigner("K1", key)
    signed = signer.sign_url(URL, expires=END)
    inspection = inspect_text(signed)
    verifier = Verifier({"K1": key.public_key()})
    diagnosis = inspection.diagnose(verifier, request="https://d.example/b", now=END - 60)
    return [
        *(key, key.public_key(), rsa_signer(key), signer, verifier, inspection, diagnosis, *diagnosis.mistakes),
        *(Policy("https://d.example/*", expires=END), signer.sign_cookies("https://d.example/*", expires=END)),
        *(signer.grant("https://d.example/*", expires=END), diagnosis.decision),
        *_key_stores(key),
    ]


def _key_stores(key):
    source, ring = KeySource(lambda: key, name="a"), KeyRing(("K1", key))
    in_token = Pkcs11Signer("nowhere", token="a", pin="1", label="a")
    return [source, ring, ring.signer(), AsyncSigner(ring.signer()), KmsSigner("a", client=Echo()), in_token]


def parameters(call):
    """The parameters that may be given; of what says nothing of itself, one."""
    try:
        found = inspect.signature(call).parameters.values()
    except (ValueError, TypeError):
        return [inspect.Parameter("value", inspect.Parameter.POSITIONAL_ONLY)]
    skipped = (inspect.Parameter.VAR_KEYWORD,)
    return [one for one in found if one.kind not in skipped]


def called(call, arguments):
    """A call of no arguments, with these by their parameters' names."""
    positional = [one for one in parameters(call) if one.kind in (one.POSITIONAL_ONLY, one.VAR_POSITIONAL)]
    first = [arguments[one.name] for one in positional if one.name in arguments]
    named = {name: value for name, value in arguments.items() if name not in {one.name for one in positional}}
    return lambda: call(*first, **named)


def good_arguments(call, secret):
    """Something sensible for every parameter that has no default."""
    needed = [one for one in parameters(call) if one.default is one.empty]
    return {one.name: _good(one.name, secret) for one in needed if one.kind is not one.VAR_POSITIONAL}


def _good(name, secret):
    return _good_values(secret).get(name, "a")


@cache
def _good_values(secret):
    key = secret.key
    return {
        **dict.fromkeys(("url", "resource", "urls_and_terms", "url_or_cookies", "base"), URL),
        **dict.fromkeys(("urls", "messages", "key_ids", "add", "remove", "distribution_arns", "arns"), ()),
        **dict.fromkeys(("expires", "date_less_than", "expire_time", "now"), END),
        **dict.fromkeys(("key_id", "keypair_id", "key_pair_id", "old_key_id"), "K1"),
        **dict.fromkeys(("s3", "cloudfront", "client", "secrets", "iam"), Echo()),
        **dict.fromkeys(("rsa_signer", "key", "private_key"), key),
        **dict.fromkeys(("path", "state_path", "folder", "origin"), Path("nowhere")),
        **dict.fromkeys(("message", "data", "signature", "query"), b"hello"),
        **dict.fromkeys(("status", "sent"), 403),
        "port": 0,
        **dict.fromkeys(("seconds", "timeout", "interval"), 0.1),
        "session": Session(),
        "keys": {"K1": key.public_key()},
        "verifier": Verifier({"K1": key.public_key()}),
        "error": ClientError({"Error": {"Code": "Odd", "Message": "odd"}}, "GetThing"),
        "config": {"CallerReference": "a", "Comment": "a"},
        "policy": {"Version": "2012-10-17", "Statement": []},
    }


class Nothing(dict):
    """An answer of AWS in which there is nothing."""

    def __missing__(self, key):
        return Nothing()


class Echo:
    """A client of AWS that finds nothing, lets nothing be made, and says back what it was given."""

    class meta:  # as botocore names it
        region_name = "us-east-1"
        endpoint_url = "http://127.0.0.1:9"

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)

        def operation(*arguments, **named):
            if re.match("list_|get_|head_|describe_", name) and len(repr((arguments, named))) < 200:
                return Nothing()
            message = f"Value {arguments!r} {named} is not valid: {arguments} {named!r}"
            raise ClientError({"Error": {"Code": "InvalidArgument", "Message": message}}, name)

        return operation


class Session:
    """A session of boto3 with such clients."""

    region_name = "us-east-1"

    def __init__(self, **_settings):
        pass

    def client(self, name, *_region, **_settings):
        """A client."""
        return Echo()

    # As botocore names it.
    create_client = client
