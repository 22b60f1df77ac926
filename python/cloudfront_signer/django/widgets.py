"""A widget for file fields that shows the private file, through a signed URL."""

import mimetypes
from typing import Any

from django.contrib.admin.widgets import AdminFileWidget
from django.db import models

from cloudfront_signer.django.conf import DEFAULT
from cloudfront_signer.django.signing import signed_url


class SignedFileWidget(AdminFileWidget):
    """Shows a picture, a video or a sound, and links any other file.

    Args:
        signer: The name of a signer of the settings, for a field whose storage does not sign.
        expires: When access ends, as in ``signed_url``; enough for the form to be filled in.
        **options: Those of Django's widget.
    """

    template_name = "cloudfront_signer/signed_file.html"

    def __init__(self, *args: Any, signer: str = DEFAULT, expires: Any = "1h", **options: Any) -> None:
        super().__init__(*args, **options)
        self.signer: str = signer
        self.expires: Any = expires

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the signed URL, and which element shows it."""
        context = super().get_context(name, value, attrs)
        if self.is_initial(value):
            kind = (mimetypes.guess_type(str(value))[0] or "").partition("/")[0]
            context["widget"]["kind"] = kind if kind in ("image", "video", "audio") else "link"
            context["widget"]["signed_url"] = signed_url(value, expires=self.expires, signer=self._signer(value))
        return context

    def _signer(self, value: Any) -> str:
        name: str = getattr(value.storage, "signer", self.signer) if hasattr(value, "storage") else self.signer
        return name


class SignedFilesMixin:
    """For a ``ModelAdmin``: shows all its file and image fields with ``SignedFileWidget``."""

    formfield_overrides: "dict[type[models.Field[Any, Any]], dict[str, Any]]" = {  # noqa: RUF012  # the name and the type are Django's
        models.FileField: {"widget": SignedFileWidget},
        models.ImageField: {"widget": SignedFileWidget},
    }
