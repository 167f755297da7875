from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scripts.interpreter.flow import circles, reachable

NAMES = st.sampled_from("abcdef")
EDGES = st.dictionaries(NAMES, st.lists(NAMES, max_size=4), max_size=6)


def closure(edges, root):
    """Everything that can be reached from the root in one step or more, by repeated substitution."""
    found = set(edges.get(root, ()))
    for _ in range(len("abcdef")):
        found |= {target for node in found for target in edges.get(node, ())}
    return found


@given(EDGES, st.sets(NAMES))
def test_what_is_reachable_is_the_closure(edges, roots):
    expected = roots.union(*(closure(edges, root) for root in roots)) if roots else set()

    assert reachable(roots, lambda node: edges.get(node, ())) == expected


@given(EDGES)
def test_circles_are_what_reaches_itself(edges):
    found = circles("abcdef", lambda node: edges.get(node, ()))

    expected = {
        tuple(
            sorted(
                other for other in "abcdef" if other in closure(edges, node) and node in closure(edges, other)
            )
        )
        for node in "abcdef"
        if node in closure(edges, node)
    }
    assert found == sorted(list(group) for group in expected)


def test_a_long_way_round_is_no_trouble():
    def onward(node: str) -> list[str]:
        return [str((int(node) + 1) % 10_000)]

    assert len(reachable(["0"], onward)) == 10_000
    assert [len(group) for group in circles(map(str, range(10_000)), onward)] == [10_000]
