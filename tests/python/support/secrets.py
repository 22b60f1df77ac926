"""Private keys in the forms that people paste, and a look-out for them in everything that a call lets out."""

import asyncio
import base64
import contextlib
import inspect
import io
import json
import logging
import re
import traceback
import warnings
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from cloudfront_signer import PrivateKey

from support.keys import pem_of

_LENGTH = 20
_ESCAPE = re.compile(r"\\+(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]+)\}|([nrt]))|%(?:25)*([0-9a-fA-F]{2})")
_BETWEEN = re.compile(r"[\s\"',:;\\]+")


class Secret:
    """A key of `cryptography`, its forms, and whether a text shows a part of it."""

    def __init__(self, reference):
        self.pem = pem_of(reference).decode()
        self.key = PrivateKey.from_pem(self.pem)
        self.der = reference.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.base64 = base64.b64encode(self.pem.encode()).decode()
        body = base64.b64encode(self.der).decode()
        self._pieces = _pieces(body) | _pieces(self.base64)
        self._bytes = _pieces(self.der.decode("latin-1"), 12)

    def forms(self):
        """Everything that may be given in the place of an argument, by what it is."""
        one_line = self.pem.replace("\n", "\\n")
        texts = {
            "PEM": self.pem,
            "PEM in one line": one_line,
            "base64 of PEM": self.base64,
            "DER as latin-1": self.der.decode("latin-1"),
            "DER as the command line decodes it": self.der.decode("utf-8", "surrogateescape"),
            "a URL with PEM": f"https://d.example/a?key={self.pem}",
            "a URL with base64 of PEM": f"https://d.example/{self.base64}/a*?b=c",
            "JSON with PEM": json.dumps({"Statement": [{"Resource": self.pem, "Condition": one_line}]}),
            "a JSON Web Key": json.dumps({"kty": "EC", "crv": "P-256", "d": self.base64}),
            "PEM with an unpaired surrogate": f"\ud800{self.pem}",
        }
        others = {
            "PEM as bytes": self.pem.encode(),
            "PEM in a list": [self.pem],
            "PEM in a mapping": {"CloudFront-Policy": self.pem, self.base64: self.pem},
            "DER": self.der,
        }
        paths = {f"{name}, as a path": Path(text) for name, text in texts.items() if "unpaired" not in name}
        return {**texts, **others, **paths}

    def arguments(self):
        """What of that an argument of a process can be."""
        return {name: text.replace("\0", "") for name, text in self.forms().items() if _is_argument(text)}

    def is_shown_in(self, text):
        """Whether twenty characters of its base64 or twelve bytes of its DER are there, in any spelling."""
        plain = _ESCAPE.sub(_unescaped, text.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
        latin = _ESCAPE.sub(_unescaped, text)
        latin = "".join(chr(ord(one) & 0xFF) if 0xDC80 <= ord(one) <= 0xDCFF else one for one in latin)
        tight = _BETWEEN.sub("", plain)
        return any(tight[at : at + _LENGTH] in self._pieces for at in range(len(tight) - _LENGTH + 1)) or any(
            latin[at : at + 12] in self._bytes for at in range(len(latin) - 11)
        )


def _pieces(text, length=_LENGTH):
    return {text[at : at + length] for at in range(len(text) - length + 1)}


def _is_argument(value):
    return isinstance(value, str) and not any("\ud800" <= one < "\udc80" for one in value)


def _unescaped(found):
    one_byte, four, braces, blank, percent = found.groups()
    if blank:
        return "\n"
    return chr(int(one_byte or four or braces or percent, 16))


class Traces:
    """What a call let out, by where."""

    def __init__(self):
        self.found = {}

    def add(self, where, text):
        self.found[where] = self.found.get(where, "") + text + "\n"

    def leaks(self, secret):
        """Where a part of the key is."""
        return {where: text for where, text in self.found.items() if secret.is_shown_in(text)}


def traces_of(call, *, output=False, documents=False):
    """Call, and collect messages, their chains and tracebacks, reprs, warnings, logs and both streams.

    Where ``output`` is true, what is returned is the caller's own text in another form: it is not looked at. With
    ``documents`` that goes for text, bytes and what is made of them.
    """
    traces, out, err, log = Traces(), io.StringIO(), io.StringIO(), io.StringIO()
    # Alone: pytest's own handlers would keep the texts for its report, where not every one of them can stand.
    root, others = logging.getLogger(), logging.getLogger().handlers
    root.handlers = [logging.StreamHandler(log)]
    try:
        with (
            warnings.catch_warnings(record=True) as caught,
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            warnings.simplefilter("always")
            result = _outcome(call, traces)
            plain = isinstance(result, str | bytes | list | dict | tuple)
            if not output and not (documents and plain):
                traces.add("result", str(_outcome(lambda: (repr(result), str(result)), traces)))
    finally:
        root.handlers = others
    traces.add("stdout", out.getvalue())
    traces.add("stderr", err.getvalue())
    traces.add("log", log.getvalue())
    for warning in caught:
        traces.add("warning", f"{warning.message} {warning.message!r}")
    return traces


def _outcome(call, traces):
    try:
        result = call()
        if inspect.iscoroutine(result):
            result = asyncio.run(asyncio.wait_for(result, 20))
        return result
    except (Exception, SystemExit, KeyboardInterrupt, pytest.fail.Exception) as error:
        _add_exception(error, traces)
        return None


def _add_exception(error, traces):
    traces.add("traceback", "".join(traceback.format_exception(error)))
    # As tracebacks follow it: what was set aside with `from None` is not shown.
    while error is not None:
        traces.add("exception", f"{error} {error!r} {error.args!r} {getattr(error, '__notes__', '')}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
