"""What every ``--help`` has in common: names for the values of options, examples, ``-h``."""

from inspect import cleandoc
from typing import Any

from cloudfront_signer.cli.examples import ERRORS, EXAMPLES, SUMMARIES

# The metavar of an option that declares none: by its name, then by its type.
_VALUES = {
    "--at": "TIME",
    "--base-url": "URL",
    "--bucket": "NAME",
    "--certificate": "ARN",
    "--column": "NAME",
    "--cookies": "COOKIES",
    "--cors-origin": "ORIGIN",
    "--date-greater-than": "TIME",
    "--date-less-than": "TIME",
    "--decode": "POLICY",
    "--default-root-object": "OBJECT",
    "--domain": "NAME",
    "--endpoint-url": "URL",
    "--hash-algorithm": "SHA1|SHA256",
    "--host": "ADDRESS",
    "--ip": "ADDRESS",
    "--ip-address": "ADDRESS|RANGE",
    "--key": "OBJECT",
    "--key-pair-id": "ID",
    "--kind": "KIND",
    "--logging-bucket": "NAME",
    "--name": "NAME",
    "--path": "PATH",
    "--policy-resource": "RESOURCE",
    "--port": "PORT",
    "--price-class": "CLASS",
    "--private-key": "KEY",
    "--profile": "NAME",
    "--region": "REGION",
    "--request": "URL",
    "--resource": "RESOURCE",
    "--signed-column": "NAME",
    "--timeout": "SECONDS",
    "--trusted-signer": "ACCOUNT",
    "--upload": "PATH",
    "--url": "URL",
    "--urls-from": "FILE",
    "--viewer-ip": "ADDRESS",
}
_TYPES = {"path": "FILE", "int": "NUMBER", "float": "NUMBER"}


def complete(command: Any, path: str = "") -> Any:
    """Complete a command and all of its subcommands, and return it."""
    command.context_settings["help_option_names"] = ["-h", "--help"]
    if path in EXAMPLES and not getattr(command, "has_examples", False):
        command.has_examples = True
        # \b keeps the lines of a paragraph unwrapped.
        examples = "\n".join(f"  {line}" for line in cleandoc(EXAMPLES[path]).splitlines())
        has_json = any("--json" in parameter.opts for parameter in command.params)
        parts = [f"\b\nExamples:\n{examples}", ERRORS if has_json else None, command.epilog]
        command.epilog = "\n\n".join(filter(None, parts))
    command.short_help = SUMMARIES.get(path, command.short_help)
    for parameter in command.params:
        _name_value(parameter)
    for name, below in getattr(command, "commands", {}).items():
        complete(below, f"{path} {name}".strip())
    return command


def _name_value(parameter: Any) -> None:
    if parameter.param_type_name == "argument":
        # No "<str>" after its name.
        parameter.display_type_rich = lambda ctx: None
        name = parameter.metavar or parameter.name.upper()
        # typer writes {NAME}.
        parameter.get_usage_pieces = lambda ctx: [name if parameter.required else f"[{name}]"]
        parameter.metavar = name
    elif parameter.metavar is None and not parameter.is_flag and not parameter.type_descriptor.is_choice:
        parameter.metavar = _VALUES.get(parameter.opts[0]) or _TYPES.get(parameter.bare_type().lower(), "TEXT")


def is_bare(command: Any, arguments: list[str]) -> bool:
    """Whether the arguments name only groups: all there is to do is to list their commands."""
    for name in arguments:
        command = getattr(command, "commands", {}).get(name)
    return hasattr(command, "commands")
