"""Options that several commands share, declared once: a command takes the group as one parameter."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

# A command, of which only typer knows the parameters.
Command = Callable[..., None]


def option_groups(**groups: Callable[..., Any]) -> Callable[[Command], Command]:
    """Replace each named parameter of a command by the options of its group.

    A group is a callable with typer's annotations: typer sees its parameters, and the command receives what it returns.
    """

    def expand(command: Command) -> Command:
        own = inspect.signature(command)
        options = {name: inspect.signature(group).parameters for name, group in groups.items()}
        flat = [
            option.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for name, parameter in own.parameters.items()
            for option in (options[name].values() if name in groups else (parameter,))
        ]

        @wraps(command)
        def expanded(**given: Any) -> None:
            for name, group in groups.items():
                given[name] = group(**{option: given.pop(option) for option in options[name]})
            command(**given)

        expanded.__signature__ = own.replace(parameters=flat)  # type: ignore[attr-defined]  # read by inspect
        expanded.__annotations__ = {one.name: one.annotation for one in flat}
        return expanded

    return expand
