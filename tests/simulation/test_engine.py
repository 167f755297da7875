"""Single rules of the simulated floor, on traffic and agents written down by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from routing.matching import Profile
from simulation.engine import AgentPolicy, AgentRule, Answer, Arrival, Simulation, SkillPolicy
from simulation.measures import Measures

SECOND = 1_000
PLAIN = Profile(0, 1000, 1_000_000)
HOUR = 3600 * SECOND


class Said:
    """Answers written down beforehand: True is an unanswered offer. Afterwards everything is accepted."""

    def __init__(self, *answers: bool) -> None:
        self._answers = iter(answers)

    def __call__(self) -> bool:
        return next(self._answers, False)


class Tells:
    """What an agent does with each offer in turn; afterwards everything is accepted at once."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = iter(answers)

    def __call__(self) -> Answer:
        return next(self._answers, Answer(accepts=True, after_ms=0))


def misses(after: float) -> Answer:
    return Answer(accepts=False, after_ms=round(after * SECOND), is_missed=True)


def declines(after: float) -> Answer:
    return Answer(accepts=False, after_ms=round(after * SECOND))


def accepts(after: float) -> Answer:
    return Answer(accepts=True, after_ms=round(after * SECOND))


class Story:
    """Runs a floor and keeps what happened as (second, what, contact, agent)."""

    def __init__(
        self, agents: Sequence[AgentRule], *traffic, pause: int = 5, skills=None, policies=None
    ) -> None:
        self.lines: list[tuple[float, str, int, int | None]] = []
        self.measures = Measures(skills=len(traffic), agents=len(agents), start_ms=0, end_ms=HOUR)
        self.simulation = Simulation(
            skills=skills or [PLAIN] * len(traffic),
            agents=agents,
            traffic=traffic,
            recorder=self.measures,
            reoffer_delay_ms=pause * SECOND,
            journal=self._keep,
            policies=policies or {},
        )
        self.simulation.run(HOUR)

    def _keep(self, what: str, now_ms: int, contact: int, agent: int | None) -> None:
        self.lines.append((now_ms / SECOND, what, contact, agent))

    def of(self, *kinds: str) -> list[tuple[float, str, int, int | None]]:
        return [line for line in self.lines if line[1] in kinds]

    def offers(self) -> list[tuple[float, int, int | None]]:
        return [(at, contact, agent) for at, _what, contact, agent in self.of("offered")]


def came(*seconds: float, handle: float = 60, patience: float | None = None) -> list[Arrival]:
    return [
        Arrival(
            round(at * SECOND),
            round(handle * SECOND),
            None if patience is None else round(patience * SECOND),
        )
        for at in seconds
    ]


def agent(proficiency: int = 1, places: int = 1, **more) -> AgentRule:
    return AgentRule({0: proficiency}, places, **more)


def test_an_agent_takes_as_many_at_once_as_he_has_places():
    story = Story([agent(places=2)], came(0, 1, 2, 3))
    assert story.offers() == [(0, 1, 0), (1, 2, 0), (60, 3, 0), (61, 4, 0)]
    assert sum(story.measures.busy_ms[0]) == 4 * 60 * SECOND


def test_the_best_proficiency_is_taken_first_even_if_he_was_idle_for_less():
    story = Story([agent(2), agent(1)], came(0, 70, handle=60))
    assert story.offers() == [(0, 1, 1), (70, 2, 1)]


def test_of_equals_the_longest_idle():
    story = Story([agent(), agent()], came(0, 70, 140))
    assert story.offers() == [(0, 1, 0), (70, 2, 1), (140, 3, 0)]


def test_an_agent_without_places_is_offered_nothing():
    story = Story([agent(places=0)], came(0))
    assert story.offers() == []
    assert story.measures.outstanding == 1


def test_the_answer_takes_its_time_and_the_place():
    story = Story([agent(answer_delay_ms=4 * SECOND)], came(0, 1, handle=10))
    assert story.of("accepted") == [(4, "accepted", 1, 0), (18, "accepted", 2, 0)]
    assert list(story.measures.waits[0].sorted()) == [4 * SECOND, 17 * SECOND]
    assert sum(story.measures.busy_ms[0]) == 2 * 14 * SECOND


def test_a_refused_contact_goes_to_the_next_at_its_old_place():
    refuser = agent(1, refusal_timeout_ms=30 * SECOND, refuses=Said(True))
    other = agent(2)
    story = Story([refuser, other], came(0, 1, 2, handle=60))
    # The second agent takes the second contact at once, and at his next chance the first, refused one.
    assert story.offers()[:3] == [(0, 1, 0), (1, 2, 1), (30, 3, 0)]
    assert story.offers()[3] == (61, 1, 1)
    assert story.measures.waits[0].refusals == 1


def test_who_refused_is_asked_again_after_the_pause_when_nobody_else_is_left():
    alone = agent(refusal_timeout_ms=30 * SECOND, refuses=Said(True))
    assert Story([alone], came(0)).offers() == [(0, 1, 0), (35, 1, 0)]
    assert Story([agent(refuses=Said(True))], came(0), pause=0).offers() == [(0, 1, 0), (45, 1, 0)]


def test_who_refused_takes_what_is_new_before_what_he_refused():
    alone = agent(refusal_timeout_ms=30 * SECOND, refuses=Said(True))
    story = Story([alone], came(0, 10, 40, handle=20))
    assert story.offers() == [(0, 1, 0), (30, 2, 0), (50, 3, 0), (70, 1, 0)]


def test_a_new_round_begins_when_a_refuser_is_asked_again():
    first = agent(1, refusal_timeout_ms=20 * SECOND, refuses=Said(True, True))
    second = agent(2, refusal_timeout_ms=20 * SECOND, refuses=Said(True))
    story = Story([first, second], came(0))
    # Both refuse; the pause of the first is over long ago; then the second may be asked again as well.
    assert story.offers() == [(0, 1, 0), (20, 1, 1), (40, 1, 0), (60, 1, 1)]


def test_patience_ends_in_the_queue():
    story = Story([agent()], came(0, 1, 2, handle=60, patience=30))
    assert story.of("abandoned") == [(31, "abandoned", 2, None), (32, "abandoned", 3, None)]
    assert [sum(map(len, story.measures.waits[0].abandoned))] == [2]


def test_nobody_abandons_while_he_is_before_an_agent_but_right_after():
    refuser = agent(refusal_timeout_ms=45 * SECOND, refuses=Said(True))
    story = Story([refuser, agent(2)], came(0, patience=30))
    assert story.of("abandoned") == [(45, "abandoned", 1, None)]


def test_priorities_and_the_maximum_decide_between_skills():
    rule = AgentRule({0: 1, 1: 1}, 1)
    slow, fast = Profile(0, 1000, 3000), Profile(0, 2000, 3000)
    # At 400 s both are at their maximum of 3; the second skill reached it 10 s earlier.
    story = Story([rule], came(0, 20, handle=400), came(100, handle=1), skills=[slow, fast])
    assert [contact for _at, contact, _agent in story.offers()] == [1, 3, 2]


def test_a_contact_can_bring_its_own_priority():
    urgent = Arrival(2 * SECOND, SECOND, profile=Profile(500_000, 0, 1_000_000))
    story = Story([agent()], [*came(0, 1), urgent])
    assert [contact for _at, contact, _agent in story.offers()] == [1, 3, 2]


def test_arrivals_of_a_record_must_be_in_order():
    with pytest.raises(ValueError, match="order of time"):
        Story([agent()], came(5, 4))


def test_the_floor_is_over_when_nothing_is_left():
    story = Story([agent()], came(0, 1))
    assert story.simulation.is_over
    assert [what for _at, what, _contact, _agent in story.lines][-1] == "ended"


def test_the_list_of_ready_agents_does_not_grow_with_the_traffic():
    """An agent of a busy skill is entered again and again in the list of his quiet one."""

    def busy() -> Iterator[Arrival]:
        for number in range(5_000):
            yield Arrival(number * 500, 100)

    story = Story([AgentRule({0: 1, 1: 1}, 1)] * 3, busy(), came(2_600))
    (_busy, quiet) = story.simulation._queues
    assert len(quiet.ready) <= 3
    assert story.offers()[-1][1] == 5_001


# -- Policies: beside the comparison with the product in test_product.py ---------------


def test_a_cool_down_after_a_contact_keeps_the_next_waiting():
    story = Story([agent(policy=AgentPolicy(after_contact_ms=7 * SECOND))], came(0, 1))
    assert story.offers() == [(0, 1, 0), (67, 2, 0)]


def test_of_two_cool_downs_the_later_end_counts():
    policy = AgentPolicy(after_accept_ms=100 * SECOND, after_contact_ms=10 * SECOND)
    story = Story([agent(places=3, policy=policy)], came(0, 1))
    assert story.offers() == [(0, 1, 0), (100, 2, 0)]


def test_each_answer_has_a_cool_down_of_its_own():
    policy = AgentPolicy(after_refusal_ms=20 * SECOND, after_miss_ms=30 * SECOND)
    rule = agent(answers=Tells(declines(2), misses(45)), policy=policy)
    story = Story([rule], came(0))
    # Refused at 2, asked again at 22; missed at 67, asked again at 97.
    assert story.offers() == [(0, 1, 0), (22, 1, 0), (97, 1, 0)]


def test_who_misses_twice_in_a_row_is_refused_and_comes_back():
    policy = AgentPolicy(misses_before_refused=2, away_ms=300 * SECOND)
    rule = agent(answers=Tells(misses(10), declines(3), misses(10), misses(10)), policy=policy)
    story = Story([rule], came(0), pause=0)
    # The refusal between begins the count anew: Refused at 33.
    assert story.offers() == [(0, 1, 0), (10, 1, 0), (13, 1, 0), (23, 1, 0), (333, 1, 0)]


def test_what_else_is_before_who_is_refused_goes_to_others_at_once_and_counts_as_no_refusal():
    policy = AgentPolicy(misses_before_refused=1, away_ms=60 * SECOND)
    away = agent(1, places=2, answers=Tells(misses(10), accepts(30)), policy=policy)
    story = Story([away, agent(2)], came(0, 5), pause=1)
    assert story.of("offered", "withdrawn", "refused") == [
        (0, "offered", 1, 0),
        (5, "offered", 2, 0),
        (10, "refused", 1, 0),
        (10, "withdrawn", 2, 0),
        (10, "offered", 1, 1),
        (70, "offered", 2, 0),
    ]
    assert story.measures.waits[0].refusals == 1


def test_a_new_shift_ends_the_absence_of_who_was_refused():
    policy = AgentPolicy(misses_before_refused=1, away_ms=3_000 * SECOND)
    rule = agent(answers=Tells(misses(10)), policy=policy, shifts=[(0, 100 * SECOND), (200 * SECOND, HOUR)])
    assert Story([rule], came(0)).offers() == [(0, 1, 0), (200, 1, 0)]


def test_a_contact_overflows_keeps_its_place_and_goes_to_its_own_agents_first():
    policies = {0: SkillPolicy(overflow_to=1, overflow_after_ms=20 * SECOND)}
    own, other = AgentRule({0: 9}, 1), AgentRule({1: 1}, 1)
    story = Story([own, other], came(0, 1, 2), came(50), policies=policies)
    # The second waits for 20 s and goes to the other; the third finds him busy until 81, and at 60 its own.
    assert story.offers() == [(0, 1, 0), (21, 2, 1), (60, 3, 0), (81, 4, 1)]


def test_a_contact_that_was_before_an_agent_when_its_time_came_overflows_when_it_is_back():
    policies = {0: SkillPolicy(overflow_to=1, overflow_after_ms=20 * SECOND)}
    own = AgentRule({0: 1}, 1, answers=Tells(misses(45)))
    story = Story([own, AgentRule({1: 1}, 1)], came(0), [], policies=policies)
    assert story.offers() == [(0, 1, 0), (45, 1, 1)]


def test_the_last_agent_is_asked_first_only_if_he_is_free():
    policies = {0: SkillPolicy(asks_last_agent=True)}

    def again(*seconds: float) -> list[Arrival]:
        return [Arrival(round(at * SECOND), 60 * SECOND, customer=7) for at in seconds]

    story = Story([agent(1), agent(2)], again(0, 30, 100, 200), policies=policies)
    # The best has him first; at 30 he is busy; from then on the other is the last, and asked before the best.
    assert story.offers() == [(0, 1, 0), (30, 2, 1), (100, 3, 1), (200, 4, 1)]
