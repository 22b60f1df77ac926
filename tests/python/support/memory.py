"""What another process has in its memory."""


def found_in_memory(pid, secrets):
    """Which of the named byte strings the process has written somewhere, 31 bytes of it in a row at least."""
    pieces = {
        secret[start : start + 16]: name for name, secret in secrets.items() for start in range(0, len(secret) - 15, 16)
    }
    found = set()
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, permissions = line.split()[:2]
            if "w" not in permissions:
                continue
            start, end = (int(number, 16) for number in span.split("-"))
            memory.seek(start)
            content = memory.read(end - start)
            found.update(name for piece, name in pieces.items() if piece in content)
    return found
