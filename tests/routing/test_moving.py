"""The key that puts a contact beside another: held against the order of the queue."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from routing.matching import MS_PER_MINUTE, Waiting, place, place_in_lane
from routing.moving import key_beside

NOW = 10**9
points = st.integers(0, 20)


@st.composite
def waiting(draw, pk: int, lane: tuple[int, int] | None = None) -> Waiting:
    acceleration, maximum = lane or (draw(points) * 500, draw(points) * 1000)
    queued = NOW - draw(st.integers(0, 40)) * 15_000
    start = draw(st.integers(0, maximum)) * MS_PER_MINUTE
    return Waiting(pk, start - acceleration * queued, acceleration, maximum, queued)


def moved(mover: Waiting, key: int) -> Waiting:
    return Waiting(mover.contact_id, key, mover.acceleration_milli, mover.max_milli, mover.queued_ms)


@given(waiting(1), waiting(2), st.booleans())
def test_it_stands_where_it_was_put_or_cannot(mover: Waiting, other: Waiting, before: bool):
    key = key_beside(mover, other, NOW, is_before=before)
    if key is None:
        # Only the maximum keeps a contact from standing before another one.
        assert before
        assert mover.max_milli <= other.max_milli
    else:
        assert (place(moved(mover, key), NOW) < place(other, NOW)) is before


@given(st.data(), st.integers(0, 20), st.booleans())
def test_without_growth_the_lane_says_what_the_queue_says(data, maximum, before):
    """Of two at the same maximum who waits longer is first, whatever their keys."""
    lane = (0, maximum * 1000)
    mover, other = (data.draw(waiting(pk, lane)) for pk in (1, 2))
    key = key_beside(mover, other, NOW, is_before=before)
    if key is None:
        assert before
        assert place(other, NOW) < place(mover, NOW)
        assert other.queue_key == maximum * 1000 * MS_PER_MINUTE
    else:
        assert (place(moved(mover, key), NOW) < place(other, NOW)) is before
        assert (place_in_lane(moved(mover, key)) < place_in_lane(other)) is before


def test_who_waits_for_less_long_at_the_maximum_cannot_be_put_before_another():
    cap = 10_000 * MS_PER_MINUTE
    older, younger = (Waiting(pk, cap, 0, 10_000, NOW - ago) for pk, ago in ((1, 2000), (2, 1000)))
    assert key_beside(younger, older, NOW, is_before=True) is None
    assert key_beside(older, younger, NOW, is_before=False) == cap - 1


@given(st.data(), st.integers(1, 20), st.integers(1, 20), st.booleans())
def test_in_one_lane_nobody_else_is_passed(data, acceleration, maximum, before):
    lane = (acceleration * 500, maximum * 1000)
    mover, *others = (data.draw(waiting(pk, lane)) for pk in range(1, 8))
    ordered = sorted(others, key=place_in_lane)
    other = data.draw(st.sampled_from(ordered))
    key = key_beside(mover, other, NOW, is_before=before)
    assert key is not None
    apart = all(abs(one.queue_key - other.queue_key) > 1 for one in others if one is not other)
    if apart:
        now = sorted([*others, moved(mover, key)], key=place_in_lane)
        at = ordered.index(other)
        assert now.index(other) == (at + 1 if before else at)
        assert [one.contact_id for one in now].index(1) == (at if before else at + 1)
