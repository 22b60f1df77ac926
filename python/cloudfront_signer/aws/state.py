"""What a stack consists of, in a small file without secrets, written after each step."""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from cloudfront_signer._files import write_atomically
from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws.errors import SetupError

_VERSION = 1


@dataclass(slots=True, repr=False)
class State(MaskedRepr):
    """Only what is named here is ours, and only that is deleted by ``down``."""

    name: str
    account: str
    region: str
    bucket: str = ""
    bucket_is_ours: bool = False
    origin_access_control: str = ""
    public_key: str = ""
    key_group: str = ""
    private_key: str = ""
    # By what they are: "open" and "signed".
    distributions: dict[str, str] = field(default_factory=dict)
    domain_names: dict[str, str] = field(default_factory=dict)
    uploaded: list[str] = field(default_factory=list)

    def save(self, path: Path) -> None:
        """Write the file; it is whole or as it was."""
        text = json.dumps({"version": _VERSION, **asdict(self)}, indent=2) + "\n"
        try:
            write_atomically(path, text, 0o644)
        except OSError as error:
            raise SetupError(f"{path}: {error.strerror}") from None


def load(path: Path) -> State | None:
    """Read a state file; None if there is none. Raises SetupError if it is not one."""
    try:
        values = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else f"it is damaged ({error})"
        raise SetupError(f"{path}: {problem}; give another --state, or restore this one") from None
    return _parse(path, values)


def _parse(path: Path, values: Any) -> State:
    if not isinstance(values, dict) or values.pop("version", None) != _VERSION:
        raise SetupError(f"{path}: this is no state file of this version; give another --state")
    known = {one.name: one for one in fields(State)}
    kinds = {"distributions": dict, "domain_names": dict, "uploaded": list, "bucket_is_ours": bool}
    for name, value in values.items():
        if name not in known or not isinstance(value, kinds.get(name, str)):
            raise SetupError(f"{path}: {name} is not what was written there; give another --state, or restore this one")
    try:
        return State(**values)
    except TypeError:
        raise SetupError(f"{path}: it is not whole; give another --state, or restore this one") from None
