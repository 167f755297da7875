"""Keeps Python's garbage collector from halting a process that has a text in its hands."""

from __future__ import annotations

import gc


def settle() -> None:
    """Take what is loaded so far out of the collector's sight; called once, when a process is ready to work.

    The code and the models are some 150,000 objects that live as long as the process. A full collection looks
    at every one of them, which halts the process for more than 0.1 s, in the middle of a rush.
    """
    gc.collect()
    gc.freeze()
