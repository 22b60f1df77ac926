"""What another process has in its memory."""

import re


def found_in_memory(pid, secrets):
    """Which of the named byte strings lie, in part, in what the process has written: at least 31 bytes in a row."""
    pieces = {}
    for name, secret in secrets.items():
        for start in range(0, len(secret) - 15, 16):
            pieces.setdefault(secret[start : start + 16], name)
    # One pass for all: a key's bytes are random, so a piece is told by its first two.
    pattern = re.compile(b"|".join(map(re.escape, pieces)), re.DOTALL)
    found = set()
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, permissions = line.split()[:2]
            if "w" not in permissions or line.rstrip().endswith(("[vvar]", "[vsyscall]")):
                continue
            start, end = (int(number, 16) for number in span.split("-"))
            memory.seek(start)
            content = memory.read(end - start)
            found.update(name for piece, name in pieces.items() if piece in content)
    return found
