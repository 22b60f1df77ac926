"""The global options of ``aws``, so that a command line for ``aws cloudfront sign`` works unchanged."""

from typing import Any

import typer
from typer.core import TyperCommand

# https://docs.aws.amazon.com/cli/latest/reference/#options
_WITH_VALUE = {
    "--ca-bundle",
    "--cli-binary-format",
    "--cli-connect-timeout",
    "--cli-read-timeout",
    "--color",
    "--endpoint-url",
    "--output",
    "--profile",
    "--query",
    "--region",
}
_FLAGS = {
    "--cli-auto-prompt",
    "--debug",
    "--no-cli-auto-prompt",
    "--no-cli-pager",
    "--no-paginate",
    "--no-sign-request",
    "--no-verify-ssl",
}

EPILOG = "The global options of aws (--region, --profile, --output, …) are accepted and ignored."


class CommandWithAwsGlobals(TyperCommand):
    """A command that accepts the global options of ``aws`` and ignores them: signing needs no request to AWS."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the command's own options."""
        return super().parse_args(ctx, without_aws_globals(args))


def without_aws_globals(arguments: list[str]) -> list[str]:
    """The arguments without the global options of ``aws`` and their values.

    >>> without_aws_globals(["--url", "https://a/b", "--region", "eu-west-1", "--output=text", "--debug"])
    ['--url', 'https://a/b']
    """
    own, rest = [], iter(arguments)
    for argument in rest:
        option, equals, _ = argument.partition("=")
        if option in _WITH_VALUE:
            if not equals and next(rest, None) is None:
                raise typer.BadParameter(f"{option}: expected a value")
        elif argument not in _FLAGS:
            own.append(argument)
    return own
