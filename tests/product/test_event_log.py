"""The checker of the event log finds every violation that is planted."""

from __future__ import annotations

import pytest

from tests.product.event_log import Event, Final, limbo, lost_or_disordered, replay

ONE, TWO = 1, 2
LIMITS = {ONE: 2, TWO: 2}


def log(*steps: tuple[int, str, int | None]) -> list[Event]:
    """(contact, kind, agent) in order."""
    return [Event(number, *step) for number, step in enumerate(steps, 1)]


def waiting(contact: int) -> list[tuple[int, str, int | None]]:
    return [(contact, "opened", None), (contact, "message_received", None), (contact, "queued", None)]


def taken(contact: int, agent: int) -> list[tuple[int, str, int | None]]:
    return [*waiting(contact), (contact, "offered", agent), (contact, "accepted", agent)]


def violations(*steps: tuple[int, str, int | None]) -> list[str]:
    return replay(log(*steps), limits=LIMITS).violations


def test_a_good_life_breaks_nothing():
    replayed = replay(
        log(
            *waiting(7),
            (7, "offered", ONE),
            (7, "offer_expired", ONE),
            (7, "offered", TWO),
            (7, "offer_refused", TWO),
            (7, "offered", ONE),
            (7, "accepted", ONE),
            (7, "message_written", None),
            (7, "transferred", ONE),
            (7, "queued", None),
            (7, "offered", TWO),
            (7, "accepted", TWO),
            (7, "requeued", TWO),
            (7, "offered", ONE),
            (7, "accepted", ONE),
            (7, "ended", ONE),
            (7, "disposition_set", ONE),
            (7, "closed", ONE),
            (7, "message_status", None),
        ),
        limits=LIMITS,
    )
    assert replayed.violations == []
    assert replayed.load == {ONE: 0, TWO: 0}
    assert replayed.peak == {ONE: 1, TWO: 1}
    assert limbo(replayed, {7: Final("closed", ONE)}, loads={ONE: 0, TWO: 0}, free={ONE: 2}) == []


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([*taken(7, ONE), (7, "offered", TWO)], "while active (agent 1)"),
        ([*taken(7, ONE), (7, "accepted", TWO)], "by agent 2, but agent 1 has it"),
        ([*waiting(7), (7, "offered", ONE), (7, "offered", TWO)], "while offered (agent 1)"),
        ([*waiting(7), (7, "offered", ONE), (7, "accepted", TWO)], "by agent 2"),
        ([*waiting(7), (7, "accepted", ONE)], "while queued"),
        (
            [*waiting(7), (7, "offered", ONE), (7, "offer_expired", ONE), (7, "accepted", ONE)],
            "while queued",
        ),
        (
            [*waiting(7), (7, "offered", ONE), (7, "offer_expired", ONE), (7, "offer_expired", ONE)],
            "below nothing",
        ),
        ([*taken(7, ONE), (7, "ended", ONE), (7, "closed", ONE), (7, "closed", ONE)], "while closed"),
        ([*taken(7, ONE), (7, "ended", TWO)], "by agent 2"),
        (
            [*taken(7, ONE), (7, "ended", ONE), (7, "closed", ONE), (7, "message_received", None)],
            "after the close",
        ),
        ([*waiting(7), *waiting(7)], "while queued"),
        ([*waiting(7), (7, "vanished", None)], "unknown kind"),
    ],
)
def test_what_must_not_happen_to_a_contact_is_found(steps: list[tuple[int, str, int | None]], words: str):
    assert any(words in violation for violation in violations(*steps)), violations(*steps)


def test_an_agent_above_his_limit_for_one_moment_is_found():
    steps = [*taken(7, ONE), *taken(8, ONE), *waiting(9), (9, "offered", ONE), (9, "offer_refused", ONE)]
    assert violations(*steps) == ["event 14: contact 9 offered raises agent 1 to 3, over his limit"]


def test_what_was_offered_in_between_is_within_the_limit():
    between = [*waiting(9), (9, "offered", ONE), (9, "offer_refused", ONE)]
    steps = [*taken(7, ONE), *between, *taken(8, ONE)]
    assert violations(*steps) == []


@pytest.mark.parametrize(
    ("final", "loads", "free", "words"),
    [
        (Final("closed", ONE), {ONE: 1}, {}, "its log says active"),
        (Final("active", TWO), {ONE: 1}, {}, "is with agent 2"),
        (Final("active", ONE), {ONE: 2}, {}, "counts 2 sessions, the log 1"),
    ],
)
def test_an_end_that_is_not_what_the_log_says_is_found(
    final: Final, loads: dict[int, int], free: dict[int, int], words: str
):
    replayed = replay(log(*taken(7, ONE)), limits=LIMITS)
    assert limbo(replayed, {7: Final("active", ONE)}, loads={ONE: 1}, free={TWO: 2}) == []
    [broken] = limbo(replayed, {7: final}, loads=loads, free=free)
    assert words in broken


def test_waiting_is_no_limbo_unless_an_agent_is_free():
    replayed = replay(log(*waiting(7)), limits=LIMITS)
    assert limbo(replayed, {7: Final("queued", None)}, loads={ONE: 0}, free={}) == []
    [broken] = limbo(replayed, {7: Final("queued", None)}, loads={ONE: 0}, free={ONE: 1})
    assert "agents are free" in broken


def test_a_contact_that_never_reached_a_queue_is_in_limbo():
    replayed = replay(log((7, "opened", None)), limits=LIMITS)
    assert limbo(replayed, {7: Final("pre_queue", None)}, loads={}, free={}) == [
        "contact 7 never reached a queue"
    ]


@pytest.mark.parametrize(
    "stored",
    [
        [("A", 1, 1, "one")],
        [("A", 1, 1, "one"), ("A", 1, 2, "two"), ("A", 2, 1, "two")],
        [("A", 1, 1, "two"), ("A", 1, 2, "one")],
        [("A", 1, 1, "one"), ("A", 1, 2, "two"), ("B", 3, 1, "one")],
    ],
    ids=["lost", "doubled", "disordered", "strange"],
)
def test_texts_that_are_not_as_sent_are_found(stored: list[tuple[str, int, int, str]]):
    assert len(lost_or_disordered({"A": ["one", "two"]}, stored)) == 1


def test_texts_in_order_over_two_contacts_are_as_sent():
    assert lost_or_disordered({"A": ["one", "two"]}, [("A", 2, 1, "two"), ("A", 1, 1, "one")]) == []
