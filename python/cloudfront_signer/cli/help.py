"""What every ``--help`` has, whichever module the command is in: names for its values, examples, ``-h``."""

from inspect import cleandoc
from typing import Any

from cloudfront_signer.cli.examples import ERRORS, EXAMPLES, SUMMARIES

# What a value is, where its option does not say it: by option, then by type.
_VALUES = {
    "--at": "TIME",
    "--bucket": "NAME",
    "--certificate": "ARN",
    "--cookies": "COOKIES",
    "--cors-origin": "SITE",
    "--date-greater-than": "TIME",
    "--date-less-than": "TIME",
    "--decode": "POLICY",
    "--default-root-object": "OBJECT",
    "--domain": "NAME",
    "--endpoint-url": "URL",
    "--hash-algorithm": "SHA1|SHA256",
    "--host": "ADDRESS",
    "--ip": "ADDRESS",
    "--ip-address": "ADDRESS",
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
    "--timeout": "SECONDS",
    "--trusted-signer": "ACCOUNT",
    "--upload": "PATH",
    "--url": "URL",
    "--urls-from": "FILE",
    "--viewer-ip": "ADDRESS",
}
_TYPES = {"path": "FILE", "int": "NUMBER", "float": "NUMBER"}


def complete(command: Any, path: str = "") -> Any:
    """Complete a command and all below it, and return it."""
    command.context_settings["help_option_names"] = ["-h", "--help"]
    if path in EXAMPLES and not getattr(command, "has_examples", False):
        command.has_examples = True
        # \b keeps a paragraph's lines as they are.
        examples = "\n".join(f"  {line}" for line in cleandoc(EXAMPLES[path]).splitlines())
        has_json = not path or any("--json" in parameter.opts for parameter in command.params)
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
        # Its name says it: no "<str>" after that.
        parameter.display_type_rich = lambda ctx: None
    if parameter.metavar is not None:
        return
    if parameter.param_type_name == "argument":
        parameter.metavar = parameter.name.upper()
    elif not parameter.is_flag and not parameter.type_descriptor.is_choice:
        parameter.metavar = _VALUES.get(parameter.opts[0]) or _TYPES.get(parameter.bare_type().lower(), "TEXT")


def is_bare(command: Any, arguments: list[str]) -> bool:
    """Whether only groups are named: there is nothing to do but to show what they have."""
    for name in arguments:
        command = getattr(command, "commands", {}).get(name)
    return hasattr(command, "commands")
