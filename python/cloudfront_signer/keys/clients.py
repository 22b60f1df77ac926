"""Clients of AWS: opened when they are needed, anew in a forked process, and their errors in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from threading import Lock
from typing import Any, Generic, TypeVar

from cloudfront_signer._native import excerpt, mask_secrets
from cloudfront_signer.errors import SigningError
from cloudfront_signer.keys import _forks

_C = TypeVar("_C")
# How often a request is sent if the service throttles it, unless AWS_MAX_ATTEMPTS or the configuration says otherwise.
_ATTEMPTS = 5
_NOT_FOUND = {"ResourceNotFoundException", "ParameterNotFound", "NotFoundException"}
_DENIED = {"AccessDeniedException", "AccessDenied"}


class Client(Generic[_C]):
    """One client of boto3, which threads share and forked processes do not.

    Args:
        service: The name of the service, as boto3 spells it.
        resource: A name or an ARN. The region of an ARN is used.
        given: The caller's client, if there is one. It is used in forked processes, too.

    Raises:
        ModuleNotFoundError: No client is given, and boto3 is not installed.
    """

    __slots__ = ("__weakref__", "_given", "_lock", "_opened", "_resource", "_service")

    def __init__(self, service: str, resource: str, given: _C | None) -> None:
        self._service = service
        self._resource = resource
        self._given = given
        self._opened: Any = None
        self._lock = Lock()
        if given is None and find_spec("botocore") is None:
            raise ModuleNotFoundError("boto3 is needed: pip install 'cloudfront-signer[keys]'")
        _forks.watch(self)

    def get(self) -> _C:
        """The client."""
        if self._given is not None:
            return self._given
        with self._lock:
            if self._opened is None:
                self._opened = _open(self._service, _region(self._resource))
            client: _C = self._opened
            return client

    def after_fork(self) -> None:
        """Two processes cannot share one connection."""
        self._lock, self._opened = Lock(), None


def _open(service: str, region: str | None) -> Any:
    import botocore.session
    from botocore.config import Config

    # A session of its own: the default one cannot be used by two threads at the same time.
    session = botocore.session.Session()
    # A viewer waits for the signature.
    config = Config(connect_timeout=3, read_timeout=5)
    if session.get_config_variable("max_attempts") is None:
        config = config.merge(Config(retries={"total_max_attempts": _ATTEMPTS}))
    return session.create_client(service, region_name=region, config=config)


def _region(resource: str) -> str | None:
    """The region in an ARN."""
    parts = resource.split(":")
    return parts[3] or None if len(parts) > 5 and parts[0] == "arn" else None


@contextmanager
def explained(what: str, permission: str) -> Iterator[None]:
    """Turn an error of AWS into a SigningError that says what to do."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

    try:
        yield
    except ClientError as error:
        problem = _explanation(error.response.get("Error", {}), permission)
    except NoRegionError:
        problem = "no region: set AWS_DEFAULT_REGION, or give the ARN"
    except NoCredentialsError:
        problem = "no AWS credentials found: run `aws configure`, or give the process a role"
    except BotoCoreError as error:
        problem = mask_secrets(str(error))
    else:
        return
    raise SigningError(f"{what}: {problem}")


def _explanation(error: Any, permission: str) -> str:
    code, message = str(error.get("Code", "")), mask_secrets(str(error.get("Message", "")))
    if code in _DENIED:
        return f"access denied: allow {permission} to these credentials ({message})"
    if code in _NOT_FOUND:
        return f"not found: check the name, the account and the region ({message})"
    return f"{excerpt(code)}: {message}"
