"""Documents the classes and functions of the native module with the types of its stub, `_native.pyi`.

The built module has the docstrings and the names of the arguments, the stub has the types. Aliases such as `_Time`,
which cannot be imported, are shown as the types that the page "Types of arguments" describes.
"""

import ast
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.python._annotations import _parse_annotation
from sphinx.pycode import ModuleAnalyzer

import cloudfront_signer

STUB = Path(cloudfront_signer.__file__).with_name("_native.pyi")
PACKAGE = "cloudfront_signer"
# What the stub calls its aliases, and what the page of types calls them.
ALIASES = {
    "_Time": "Time",
    "_Duration": "Duration",
    "_Address": "Address",
    "_Viewer": "Viewer",
    "_Hash": "HashName",
    "_PrivateKeyObject": "PrivateKeyObject",
    "_PublicKeyObject": "PublicKeyObject",
    "_SetsCookies": "Response",
    "_DeletesCookies": "Response",
    "_Dict": "dict[str, Any]",
    "_EngineInfo": "dict[str, Any]",
    "_T": "T",
    "_Manifest": "T",
}
_CODE = re.compile(r"(`+[^`]*`+)")
_ALIAS = re.compile(r"\b(" + "|".join(ALIASES) + r")\b")


def signatures(stub: Path = STUB) -> dict[str, tuple[str, str]]:
    """Arguments and what is returned, by name; a property has no arguments. Of overloads the last."""
    found: dict[str, tuple[str, str]] = {}
    for node in ast.parse(stub.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found[f"{PACKAGE}.{node.name}"] = _signature(node)
        elif isinstance(node, ast.ClassDef):
            found |= _members(node)
    return found


def _members(cls: ast.ClassDef) -> dict[str, tuple[str, str]]:
    name, found = f"{PACKAGE}.{cls.name}", {}
    for node in cls.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[f"{name}.{node.target.id}"] = ("", _shown(node.annotation))
        elif isinstance(node, ast.FunctionDef) and node.name in ("__init__", "__new__"):
            found[name] = (_signature(node)[0], "")
        elif isinstance(node, ast.FunctionDef):
            found[f"{name}.{node.name}"] = _signature(node)
    return found


def _signature(node: ast.FunctionDef) -> tuple[str, str]:
    decorators = {one.id for one in node.decorator_list if isinstance(one, ast.Name)}
    arguments = node.args
    if "staticmethod" not in decorators:
        for listed in (arguments.posonlyargs, arguments.args):
            if listed and listed[0].arg in ("self", "cls"):
                del listed[0]
    shown = "" if "property" in decorators else f"({_shown(arguments)})"
    return shown, _shown(node.returns) if node.returns else ""


def _shown(node: ast.AST) -> str:
    return _ALIAS.sub(lambda alias: ALIASES[alias[1]], ast.unparse(node))


_SIGNATURES = signatures()


def _with_types(_app: Sphinx, what: str, name: str, obj: Any, *_: Any) -> tuple[str, str] | None:
    """For `autodoc-process-signature`."""
    if what == "function" and getattr(obj, "__module__", None) == f"{PACKAGE}._native":
        # A module may export it instead of the package.
        name = f"{PACKAGE}.{obj.__name__}"
    return _SIGNATURES.get(name) if what != "attribute" else None


def _with_type(app: Sphinx, _domain: str, objtype: str, content: nodes.Element) -> None:
    """For `object-description-transform`: the type of an attribute, which autodoc cannot know."""
    described = content.parent
    if objtype not in ("attribute", "property") or not isinstance(described, addnodes.desc):
        return
    for signature in described.findall(addnodes.desc_signature):
        _, annotation = _SIGNATURES.get(f"{signature.get('module')}.{signature.get('fullname')}", ("", ""))
        if annotation and not any(signature.findall(lambda node: isinstance(node, addnodes.desc_sig_punctuation))):
            types = _parse_annotation(annotation, app.env)
            signature += addnodes.desc_annotation(annotation, "", nodes.Text(": "), *types)


def _as_plain_text(_app: Sphinx, what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    """For `autodoc-process-docstring`, before napoleon: docstrings are plain text with code in backticks."""
    in_example = False
    for number, line in enumerate(lines):
        in_example = line.lstrip().startswith(">>>") or (in_example and bool(line.strip()))
        if not in_example:
            parts = _CODE.split(line)
            parts[::2] = [part.replace("*", r"\*") for part in parts[::2]]
            parts[1::2] = [f"``{part.strip('`')}``" for part in parts[1::2]]
            lines[number] = "".join(parts)
        # Napoleon takes what is before a colon for a type. The types are those of the annotations.
        described = what in ("attribute", "property") and number == 0
        if described or (number and lines[number - 1].strip() in ("Returns:", "Yields:")):
            lines[number] = re.sub(r"^(\s*)(?=\S)", r"\1: ", lines[number])


def _public_bases(_app: Sphinx, _name: str, _obj: Any, _options: Any, bases: list[type]) -> None:
    """For `autodoc-process-bases`: private classes are replaced by their own bases."""
    while private := next((base for base in bases if base.__name__.startswith("_") or "._" in base.__module__), None):
        at = bases.index(private)
        bases[at : at + 1] = [base for base in private.__bases__ if base is not object]


def _in_order(_app: Sphinx) -> None:
    """For `builder-inited`: members come in the order of the stub; the source that is looked at knows none of them."""
    analyzer = ModuleAnalyzer.for_module(PACKAGE)
    analyzer.analyze()
    analyzer.tagorder |= {name.removeprefix(f"{PACKAGE}."): order for order, name in enumerate(_SIGNATURES)}


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", _in_order)
    app.connect("autodoc-process-signature", _with_types)
    app.connect("autodoc-process-docstring", _as_plain_text, priority=100)
    app.connect("autodoc-process-bases", _public_bases)
    app.connect("object-description-transform", _with_type)
    return {"parallel_read_safe": True}
