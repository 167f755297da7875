"""What differs between two boards. Pure.

A board is lists of rows by name; each row is JSON with an `id`. What a browser has, changed as a difference
says, is the later board.
"""

from __future__ import annotations

from typing import Any

Rows = list[dict[str, Any]]
Board = dict[str, Rows]


def difference(before: Board, after: Board) -> dict[str, Any]:
    """By list: `set`, the rows that are new or changed, and `gone`, the ids of those that left.

    Lists in which nothing changed are left out: no difference is an empty dictionary.
    """
    found = {}
    for name, rows in after.items():
        earlier = {row["id"]: row for row in before[name]}
        changed = [row for row in rows if earlier.get(row["id"]) != row]
        present = {row["id"] for row in rows}
        gone = [one for one in earlier if one not in present]
        if changed or gone:
            found[name] = {"set": changed, "gone": gone}
    return found


def changed(board: Board, changes: dict[str, Any]) -> Board:
    """The board after the difference; the order of rows is the reader's business."""
    result = dict(board)
    for name, change in changes.items():
        fresh = {row["id"]: row for row in change["set"]}
        dropped = {*change["gone"], *fresh}
        result[name] = [row for row in board[name] if row["id"] not in dropped] + list(fresh.values())
    return result
