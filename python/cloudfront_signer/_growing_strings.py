"""An array of strings that grows without being copied."""

from typing import Any

import pyarrow as pa

# What the estimate of the size is too low by, at most, where all rows are alike.
_MARGIN = 1.02


class GrowingStrings:
    """The buffers of an array of strings. One allocation, of an estimated size, holds the strings.

    Memory that is allocated and not written yet costs nothing, and a buffer that doubles would be held twice.
    """

    def __init__(self, expected_rows: int, expected_size: int) -> None:
        """At most so many rows, and not many more bytes."""
        self._expected, self._largest, self._rows, self.size = expected_rows, expected_size, 0, 0
        self._validity, self._offsets = pa.BufferOutputStream(), pa.BufferOutputStream()
        self._data = pa.allocate_buffer(0, resizable=True)
        self._offsets.write(bytes(8))

    def add(self, rows: int, ends: bytes, data: bytes, validity: bytes) -> None:
        """Append rows: a number of them that is a multiple of 8, unless they are the last ones."""
        self._rows += rows
        end = self.size + len(data)
        if end > self._data.size:
            # The rest is like the rows so far.
            estimate = end * max(1, self._expected / self._rows)
            self._data.resize(int(max(end, min(estimate, self._largest)) * _MARGIN))
        if data:
            with memoryview(self._data).cast("B") as free:
                free[self.size : end] = data
        self.size = end
        self._offsets.write(ends)
        self._validity.write(validity)

    def finish(self, kind: Any) -> Any:
        """The array, of a type of strings."""
        self._data.resize(self.size, shrink_to_fit=True)
        buffers = [self._validity.getvalue(), self._offsets.getvalue(), self._data]
        # Shares the data.
        return pa.Array.from_buffers(pa.large_string(), self._rows, buffers).cast(kind)
