"""The repr of objects that hold a caller's text."""

from dataclasses import fields
from typing import Any

from cloudfront_signer._native import mask_secrets


class MaskedRepr:
    """Adds to a dataclass, declared with ``repr=False``, a repr without key material."""

    __slots__ = ()

    def __repr__(self) -> str:
        this: Any = self
        shown = (f"{field.name}={mask_secrets(repr(getattr(this, field.name)))}" for field in fields(this))
        return f"{type(self).__name__}({', '.join(shown)})"
