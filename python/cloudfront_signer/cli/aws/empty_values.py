"""The ``aws`` commands reject empty values: in scripts, they are variables that are not set."""

from itertools import pairwise
from typing import Any

import typer
from typer.core import TyperGroup

# An empty value means that / returns no object.
_MAY_BE_EMPTY = {"--default-root-object"}


class GroupWithoutEmptyValues(TyperGroup):
    """Commands none of whose arguments may be empty.

    An empty path would be the current folder, an empty ID that of a resource that does not exist, and an empty name
    that of every resource without one.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Check the arguments as typed, before they become paths."""
        check_not_empty(args)
        return super().parse_args(ctx, args)


def check_not_empty(arguments: list[str]) -> None:
    """Raise BadParameter if a value is empty.

    >>> check_not_empty(["rotate", "--remove", "K2JCJMDEHXQW5F", "--default-root-object", ""])
    >>> check_not_empty(["rotate", "--remove="])
    Traceback (most recent call last):
    typer.BadParameter: --remove: the value is empty: give one, or omit the option
    """
    for before, argument in pairwise(["", *arguments]):
        option = before if before.startswith("--") else ""
        value = argument
        if argument.startswith("--") and "=" in argument:
            option, _, value = argument.partition("=")
        if value or option in _MAY_BE_EMPTY:
            continue
        if option:
            raise typer.BadParameter(f"{option}: the value is empty: give one, or omit the option")
        raise typer.BadParameter("an argument is empty: give a name or an ID")
