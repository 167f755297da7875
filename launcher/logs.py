"""What the children print: in DATA_DIR/log, and on the terminal with their name in front."""

from __future__ import annotations

import sys
from pathlib import Path

LARGEST_LOG = 20_000_000  # bytes; one older file of the same size is kept


class ChildLog:
    """The output of one process, line by line."""

    def __init__(self, name: str, folder: Path, width: int, *, quiet: bool = False) -> None:
        self.path = folder / f"{name}.log"
        self._prefix = f"{name:<{width}} | ".encode()
        self._quiet = quiet
        self._rest = b""
        self._file = self.path.open("ab", buffering=0)

    def write(self, received: bytes) -> None:
        """Take what the process printed; whole lines go out at once, the rest waits for its end."""
        *lines, self._rest = (self._rest + received).split(b"\n")
        if not lines:
            return
        self._file.write(b"".join(line + b"\n" for line in lines))
        if not self._quiet:
            show(b"".join(self._prefix + line + b"\n" for line in lines))
        if self._file.tell() > LARGEST_LOG:
            self._rotate()

    def finish(self) -> None:
        """The process ended: a last line without its end goes out too."""
        if self._rest:
            self.write(b"\n")

    def close(self) -> None:
        self._file.close()

    def _rotate(self) -> None:
        self._file.close()
        self.path.replace(self.path.with_suffix(".log.1"))
        self._file = self.path.open("ab", buffering=0)


def show(text: bytes) -> None:
    """Print on the terminal. A reader that went away (`make run | head`) does not stop the product."""
    try:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        return


def say(text: str) -> None:
    """One line of the launcher's own."""
    show(f"{text}\n".encode())
