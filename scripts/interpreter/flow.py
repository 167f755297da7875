"""Walks over directed graphs. Without recursion: a drawn script may be a chain of thousands of actions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

Neighbours = Callable[[str], Iterable[str]]


def reachable(roots: Iterable[str], neighbours: Neighbours) -> set[str]:
    """Everything that can be reached from the roots, the roots included."""
    found = set(roots)
    waiting = list(found)
    while waiting:
        for neighbour in neighbours(waiting.pop()):
            if neighbour not in found:
                found.add(neighbour)
                waiting.append(neighbour)
    return found


def circles(nodes: Iterable[str], neighbours: Neighbours) -> list[list[str]]:
    """Groups of nodes from each of which all others of the group, and itself, can be reached.

    Every circle lies in exactly one group. In alphabetical order, so that the same graph gives the same
    answer. Strongly connected components after Tarjan (SIAM J. Comput. 1, 1972), with a stack of our own;
    linear time.
    """
    return sorted(_Tarjan(neighbours).run(sorted(nodes)))


class _Tarjan:
    def __init__(self, neighbours: Neighbours) -> None:
        self.neighbours = neighbours
        self.order: dict[str, int] = {}
        self.lowest: dict[str, int] = {}
        self.open: list[str] = []
        self.is_open: set[str] = set()
        self.groups: list[list[str]] = []

    def run(self, nodes: list[str]) -> list[list[str]]:
        for node in nodes:
            if node not in self.order:
                self._visit_from(node)
        return self.groups

    def _visit_from(self, root: str) -> None:
        path: list[tuple[str, Iterator[str]]] = [self._enter(root)]
        while path:
            node, ahead = path[-1]
            for neighbour in ahead:
                if neighbour not in self.order:
                    path.append(self._enter(neighbour))
                    break
                if neighbour in self.is_open:
                    self.lowest[node] = min(self.lowest[node], self.order[neighbour])
            else:
                path.pop()
                if path:
                    parent = path[-1][0]
                    self.lowest[parent] = min(self.lowest[parent], self.lowest[node])
                if self.lowest[node] == self.order[node]:
                    self._close(node)

    def _enter(self, node: str) -> tuple[str, Iterator[str]]:
        self.order[node] = self.lowest[node] = len(self.order)
        self.open.append(node)
        self.is_open.add(node)
        return node, iter(self.neighbours(node))

    def _close(self, root: str) -> None:
        group: list[str] = []
        while not group or group[-1] != root:
            node = self.open.pop()
            self.is_open.discard(node)
            group.append(node)
        if len(group) > 1 or root in set(self.neighbours(root)):
            self.groups.append(sorted(group))
