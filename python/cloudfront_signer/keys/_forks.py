"""What must be set up anew in a process that was forked: locks, connections and fetches that a thread was running."""

import os
from typing import Protocol
from weakref import WeakSet


class Forks(Protocol):
    """An object that can be used in a forked process."""

    def after_fork(self) -> None:
        """Replace what belongs to the parent process. Only the forking thread exists when this runs."""


_objects: WeakSet[Forks] = WeakSet()


def watch(forks: Forks) -> None:
    """Call `after_fork` in each process that is forked from now on."""
    _objects.add(forks)


def _after_fork() -> None:
    for forks in tuple(_objects):
        forks.after_fork()


# Not on Windows, which cannot fork.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
