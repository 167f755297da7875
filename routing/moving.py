"""Which key puts a waiting contact beside another one of its skill. Pure."""

from __future__ import annotations

from math import floor

from routing.matching import MS_PER_MINUTE, Queued, Waiting, cap_reached_ms, fine_priority, place


def key_beside(mover: Queued, other: Queued, now_ms: int, *, is_before: bool) -> int | None:
    """The queue key with which `mover` is right before or after `other` at the moment `now_ms`.

    None: its maximum does not allow that. In one lane the order then holds for ever; between lanes whoever
    grows faster overtakes. Of equal priority and age there is nothing between: it goes before all of them.
    """
    grows_alike = (mover.acceleration_milli, mover.max_milli) == (other.acceleration_milli, other.max_milli)
    if grows_alike:
        key = _key_in_lane(mover, other, is_before=is_before)
        return key if _is_placed(mover, key, other, now_ms, is_before=is_before) else None
    wanted = fine_priority(other, now_ms) + (1 if is_before else -1)
    if is_before and mover.max_milli == other.max_milli and wanted > other.max_milli * MS_PER_MINUTE:
        key = _key_of_earlier(mover, other)
    else:
        key = wanted - mover.acceleration_milli * now_ms
    return key if _is_placed(mover, key, other, now_ms, is_before=is_before) else None


def _key_in_lane(mover: Queued, other: Queued, *, is_before: bool) -> int:
    step = 1 if is_before else -1
    if mover.acceleration_milli:
        return other.queue_key + step
    # Whose priority does not grow has its key for a priority: above the maximum it puts nobody before others.
    cap = mover.max_milli * MS_PER_MINUTE
    return min(min(other.queue_key, cap) + step, cap)


def _key_of_earlier(mover: Queued, other: Queued) -> int:
    """Both are at the same maximum: who reached it first is first."""
    cap, reached = mover.max_milli * MS_PER_MINUTE, cap_reached_ms(other)
    assert reached is not None
    return floor(cap - mover.acceleration_milli * reached) + 1


def _is_placed(mover: Queued, key: int, other: Queued, now_ms: int, *, is_before: bool) -> bool:
    moved = Waiting(mover.contact_id, key, mover.acceleration_milli, mover.max_milli, mover.queued_ms)
    return (place(moved, now_ms) < place(other, now_ms)) is is_before
