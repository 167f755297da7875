"""A business unit at work in several threads at once: customers, agents, supervisors, administrators, faults.

Each step is one act of one of them, drawn by chance, through the product's own services on a real PostgreSQL.
What must hold at every commit is asked after every step, in one statement, which sees one moment; what must
hold at rest is asked whenever all threads stand still. `watched` has the database look at each offer in the
transaction that makes it.
"""

from __future__ import annotations

import logging
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction

from agents.models import Agent, AgentState
from agents.services import set_agent_skills, update_agent
from contacts import snoozing
from contacts.facts import AgentRequested, PlaceChanged
from contacts.models import Contact, Customer
from core import sql
from core.clock import database_now
from core.errors import DomainError
from organizations.services import update_business_unit
from routing import selectors
from routing.matching import Profile, in_order, milli, milliseconds
from routing.models import Offer
from routing.services import assignments, dispatch, handovers, interventions, offers, presence, queueing
from tests.factories.dispositions import DispositionFactory
from tests.factories.organizations import UserFactory
from tests.factories.skills import SkillDispositionFactory
from tests.routing import oracle
from tests.routing.floor import Floor

THREADS = 4
AGENTS = 12
STEPS_BETWEEN_RESTS = 25
RESTS_REMEMBERED = 40
BACKLOG = 60
LOST_HINTS = 0.02
"""The share of commits whose process dies before it dispatches."""

COOL_DOWNS = (
    "cool_down_after_accept_seconds",
    "cool_down_after_refusal_seconds",
    "cool_down_after_miss_seconds",
    "cool_down_after_contact_seconds",
)
POINTS = (0, 0, 1, 2, 10, 250)

# What holds at every commit: whoever is asked sees all of it or nothing.
AT_EVERY_COMMIT = """
WITH counted AS (
    SELECT s.agent_id, s.load, s."limit", s.slots, s.status, s.idle_since, a.is_active, s.cooling_until,
           s.next_reason, s.is_active AS is_known_active,
           (SELECT count(*) FROM contacts_contact c
             WHERE c.agent_id = s.agent_id AND c.state IN ('active', 'after_contact_work')) AS held,
           (SELECT count(*) FROM routing_offer o
             WHERE o.agent_id = s.agent_id AND o.state = 'pending') AS offered
      FROM agents_agentstate s JOIN agents_agent a ON a.id = s.agent_id
), listed AS (
    SELECT c.agent_id, k.skill_id, k.proficiency, c.idle_since
      FROM counted c JOIN agents_agentskill k ON k.agent_id = c.agent_id
     WHERE c.is_active AND c.status = 'available' AND c.next_reason = '' AND c.load < c."limit"
       AND c.cooling_until IS NULL
)
SELECT 'a load that is not what the agent has', agent_id FROM counted WHERE load <> held + offered
UNION ALL
SELECT 'slots that are not the limit', agent_id FROM counted WHERE slots <> GREATEST("limit", load)
UNION ALL
SELECT 'an activity that is not the agent''s', agent_id FROM counted WHERE is_active <> is_known_active
UNION ALL
SELECT 'an offer of a contact that is not offered', o.contact_id
  FROM routing_offer o JOIN contacts_contact c ON c.id = o.contact_id
 WHERE o.state = 'pending' AND c.state <> 'offered'
UNION ALL
SELECT CASE WHEN is_active THEN 'an unavailable' ELSE 'an inactive' END || ' agent with an offer', agent_id
  FROM counted WHERE offered > 0 AND (NOT is_active OR status <> 'available')
UNION ALL
SELECT 'an agent who leaves after nothing', agent_id
  FROM counted WHERE next_reason <> '' AND load = 0
UNION ALL
SELECT 'a list of ready agents that is wrong', COALESCE(y.agent_id, listed.agent_id)
  FROM routing_readyagent y FULL JOIN listed ON listed.agent_id = y.agent_id AND listed.skill_id = y.skill_id
 WHERE y.agent_id IS NULL OR listed.agent_id IS NULL
    OR (y.proficiency, y.idle_since) <> (listed.proficiency, listed.idle_since)
"""

# These look at every contact, so only at rest.
AT_REST = """
SELECT 'an offered contact without its one offer', c.id FROM contacts_contact c
 WHERE c.state = 'offered'
   AND 1 <> (SELECT count(*) FROM routing_offer o WHERE o.contact_id = c.id AND o.state = 'pending')
UNION ALL
SELECT 'a contact that is put aside while it waits', c.id FROM contacts_contact c
 WHERE c.state IN ('queued', 'offered') AND c.snoozed_at IS NOT NULL
UNION ALL
SELECT 'a refusal of a contact that is over', r.contact_id
  FROM routing_refusal r JOIN contacts_contact c ON c.id = r.contact_id
 WHERE c.state IN ('active', 'after_contact_work', 'closed')
"""

GONE = """
SELECT customer_id FROM (SELECT customer_id FROM contacts_contact ORDER BY id DESC LIMIT 2000) latest
 GROUP BY customer_id
HAVING NOT EXISTS (SELECT FROM contacts_contact c
                    WHERE c.customer_id = latest.customer_id AND c.state <> 'closed')
 LIMIT 40
"""

FORGET = (
    "DELETE FROM routing_decision WHERE contact_id = ANY(%s)",
    "DELETE FROM routing_offer WHERE contact_id = ANY(%s)",
    "DELETE FROM contacts_contactevent WHERE contact_id = ANY(%s)",
    "DELETE FROM contacts_participant WHERE contact_id = ANY(%s)",
    "DELETE FROM contacts_note WHERE contact_id = ANY(%s)",
    "DELETE FROM contacts_contact WHERE id = ANY(%s)",
)

# Looks at every offer when the statement that makes it has done all its work, in its transaction.
WATCH = """
CREATE TABLE watched (what text, offer_id bigint);
CREATE FUNCTION watch_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO watched SELECT fault, NEW.id FROM (
        SELECT 'offered to an agent who was full' AS fault
          FROM agents_agentstate WHERE agent_id = NEW.agent_id AND load > "limit"
        UNION ALL
        SELECT 'offered to an agent who was not available'
          FROM agents_agentstate
         WHERE agent_id = NEW.agent_id
           AND (status <> 'available' OR next_reason <> '' OR cooling_until IS NOT NULL)
        UNION ALL
        SELECT 'offered to an agent who was inactive' FROM agents_agent
         WHERE id = NEW.agent_id AND NOT is_active
        UNION ALL
        SELECT 'offered for another skill' FROM contacts_contact
         WHERE id = NEW.contact_id AND skill_id <> NEW.skill_id
        UNION ALL
        SELECT 'offered to an agent who does not serve it'
          FROM contacts_contact c JOIN contacts_lane l ON l.id = c.lane_id
         WHERE c.id = NEW.contact_id AND CASE WHEN l.target_agent_id IS NULL THEN NOT EXISTS (
               SELECT FROM agents_agentskill k JOIN skills_skill s ON s.id = l.skill_id
                WHERE k.agent_id = NEW.agent_id
                  AND k.skill_id IN (l.skill_id, CASE WHEN l.overflows THEN s.overflow_skill_id END)
                  AND k.proficiency BETWEEN l.high_proficiency AND l.low_proficiency)
               ELSE l.target_agent_id <> NEW.agent_id END) found;
    RETURN NULL;
END $$;
CREATE TRIGGER watch_offer AFTER INSERT ON routing_offer FOR EACH ROW EXECUTE FUNCTION watch_offer();
"""
UNWATCH = "DROP TRIGGER watch_offer ON routing_offer; DROP FUNCTION watch_offer; DROP TABLE watched;"


@contextmanager
def watched() -> Iterator[None]:
    sql.execute(WATCH)
    try:
        yield
    finally:
        sql.execute(UNWATCH)


class _Errors(logging.Handler):
    """What the product caught and logged: nothing here is meant to fail."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(f"{record.getMessage()}: {getattr(record, 'failure', '')}")


def _close_connections(pool: ThreadPoolExecutor) -> None:
    # The barrier gives each thread its turn.
    barrier = threading.Barrier(THREADS)

    def close() -> None:
        barrier.wait(60)
        connection.close()

    for work in [pool.submit(close) for _thread in range(THREADS)]:
        work.result()


class Life:
    """`faults` stays empty if all is well."""

    def __init__(self, floor: Floor, seed: int) -> None:
        self.floor, self.seed = floor, seed
        self.faults: list[str] = []
        self.done: Counter[str] = Counter()
        self.compared: Counter[str] = Counter()
        self.is_muted = False
        self.comparisons = 0
        self._lock = threading.Lock()
        self._created: set[int] = set()
        self._addresses = iter(range(10**9))
        self._told: dict[int, _Told] = {}
        self._read_until = 0
        self._gone: list[int] = []
        """Customers who have no open contact, each to come back once."""
        self._local = threading.local()
        self._people()

    def _people(self) -> None:
        floor = self.floor
        floor.set_unit(reoffer_delay_seconds=0)
        demanding = floor.make_skill(require_disposition=True, after_contact_work_seconds=30)
        self.disposition = DispositionFactory.create(business_unit=floor.unit)
        self.skills = [
            floor.skill,
            floor.make_skill(initial_priority=5, overflow_skill=floor.skill),
            floor.make_skill(acceleration=10, max_priority=20, after_contact_work_seconds=30),
            demanding,
        ]
        self.outbound = floor.make_skill(outbound=True)
        for skill in (*self.skills, self.outbound):
            SkillDispositionFactory.create(skill=skill, disposition=self.disposition)
        self.supervisor = UserFactory.create(business_unit=floor.unit, administrator=True)
        chance = random.Random(self.seed)
        self.agents = [
            floor.agent(skills=self._some_skills(chance), max_concurrent_sms=chance.choice((1, 2, 3)))
            for _number in range(AGENTS)
        ]

    def _some_skills(self, chance: random.Random) -> list[tuple[Any, int]]:
        inbound = [
            (skill, chance.randint(1, 20)) for skill in chance.sample(self.skills, chance.randint(1, 3))
        ]
        return [*inbound, (self.outbound, 1)]

    # -- Running -----------------------------------------------------------------------------------

    def run(self, steps: int, *, tell: Callable[[str], None]) -> None:
        """At least so many steps, in THREADS threads, with a look at rest every so often.

        `tell` hears how far it is, RESTS_REMEMBERED rests apart.
        """
        errors = _Errors()
        logging.getLogger().addHandler(errors)
        rests = -(-steps // (THREADS * STEPS_BETWEEN_RESTS))
        try:
            with ThreadPoolExecutor(THREADS) as pool:
                try:
                    for number in range(rests):
                        list(pool.map(self._walk, [number] * THREADS, range(THREADS)))
                        self._rest(random.Random(f"{self.seed}/{number}"))
                        if number % RESTS_REMEMBERED == RESTS_REMEMBERED - 1:
                            self._forget()
                            tell(f"{self.done.total():,} steps of {steps:,}")
                        self.faults += errors.found
                        if self.faults:
                            break
                finally:
                    _close_connections(pool)
        finally:
            logging.getLogger().removeHandler(errors)

    def _walk(self, number: int, thread: int) -> None:
        chance = random.Random(f"{self.seed}/{number}/{thread}")
        self._local.chance = chance
        weights = dict(ACTS)
        if sql.rows("SELECT count(*) FROM contacts_contact WHERE state = 'queued'")[0][0] > BACKLOG:
            weights[Life.arrive] = 1
        for _step in range(STEPS_BETWEEN_RESTS):
            if self.faults:
                return
            act = chance.choices(list(weights), weights=list(weights.values()))[0]
            self._act(act, chance)
            self._complain(sql.rows(AT_EVERY_COMMIT), f"after {act.__name__}")

    def _act(self, act: Callable[[Life, random.Random], Any], chance: random.Random) -> None:
        name = act.__name__
        try:
            act(self, chance)
        except DomainError as refusal:
            name = f"{name}: {refusal.code}"
        except DatabaseError as error:
            self._complain([(type(error).__name__, str(error))], f"in {name}")
        with self._lock:
            self.done[name] += 1

    def _complain(self, found: list[tuple[Any, ...]], when: str) -> None:
        with self._lock:
            self.faults += [f"{what} {about} {when}" for what, about in found]

    def is_lost(self) -> bool:
        """Whether the hint that a commit gives now reaches nobody."""
        chance: random.Random | None = getattr(self._local, "chance", None)
        return self.is_muted or (chance is not None and chance.random() < LOST_HINTS)

    # -- Customers ---------------------------------------------------------------------------------

    def _customer(self) -> Customer:
        with self._lock:
            address = f"336{next(self._addresses):08}"
        return Customer.objects.create(business_unit=self.floor.unit, address=address)

    @transaction.atomic
    def come_back(self, chance: random.Random) -> None:
        """A customer whose contact is over writes again, and is kept for his last agent."""
        with self._lock:
            customer_id = self._gone.pop() if self._gone else None
        if customer_id is None:
            return
        skill = chance.choice(self.skills)
        contact = self._create(Customer.objects.get(pk=customer_id), skill)
        initial, acceleration, maximum = skill.priority_milli
        queueing.queue_as_requested(
            AgentRequested(
                contact_id=contact.pk,
                at=database_now(),
                skill_id=skill.pk,
                target_agent_id=None,
                initial_milli=initial,
                acceleration_milli=acceleration,
                max_milli=maximum,
                high_proficiency=1,
                low_proficiency=20,
                returning_agent_seconds=60,
            )
        )

    def _create(self, customer: Customer, skill: Any) -> Contact:
        contact = Contact.objects.create(
            business_unit=self.floor.unit,
            customer=customer,
            transport_code=self.floor.point_of_contact.transport_code,
            point_of_contact=self.floor.point_of_contact,
            skill=skill,
        )
        with self._lock:
            self._created.add(contact.pk)
        return contact

    @transaction.atomic
    def arrive(self, chance: random.Random) -> Contact:
        skill = chance.choice(self.skills)
        contact = self._create(self._customer(), skill)
        high = chance.choice((1, 1, 1, 5))
        queueing.queue_contact(
            contact_id=contact.pk,
            skill_id=skill.pk,
            profile=self._profile(chance, skill),
            # Whole minutes, so that ties happen.
            now=database_now() - timedelta(minutes=chance.randint(0, 8)),
            high=high,
            low=chance.choice((20, 20, 20, high + 8)),
            target_agent_id=chance.choice(self.agents).pk if chance.random() < 0.08 else None,
        )
        return contact

    def _profile(self, chance: random.Random, skill: Any) -> Profile:
        if chance.random() < 0.4:
            return queueing.profile_of_skill(skill)
        maximum = chance.choice((1, 5, 1000))
        initial = min(chance.choice(POINTS), maximum)
        return Profile(milli(initial), milli(chance.choice((0, 1, 10))), milli(maximum))

    @transaction.atomic
    def change_place(self, chance: random.Random) -> None:
        """UPDATECONTACT: the script has the contact locked and found it waiting."""
        contact_id = self._contact(chance, "queued")
        if Contact.objects.select_for_update().filter(pk=contact_id, state="queued").exists():
            at, initial = database_now(), milli(chance.choice(POINTS))
            queueing.change_place(
                PlaceChanged(
                    contact_id=contact_id,
                    at=at,
                    initial_milli=initial,
                    acceleration_milli=chance.choice((None, 2000)),
                    max_milli=None,
                    high_proficiency=chance.choice((None, 1)),
                    low_proficiency=chance.choice((None, 20)),
                )
            )

    # -- Agents ------------------------------------------------------------------------------------

    def _agent(self, chance: random.Random) -> Agent:
        return Agent.objects.select_related("user").get(pk=chance.choice(self.agents).pk)

    def _contact(self, chance: random.Random, *states: str) -> int:
        """Any contact in one of the states, whoever has it; 0: there is none."""
        found = sql.rows("SELECT id FROM contacts_contact WHERE state = ANY(%s) LIMIT 100", [list(states)])
        return chance.choice(found)[0] if found else 0

    def _held(self, chance: random.Random, *states: str) -> tuple[int, Agent]:
        """A contact that an agent has, as he saw it a moment ago."""
        contact_id = self._contact(chance, *states)
        agent_id = sql.rows("SELECT max(agent_id) FROM contacts_contact WHERE id = %s", [contact_id])[0][0]
        agent = Agent.objects.select_related("user").filter(pk=agent_id).first()
        return contact_id, agent or self._agent(chance)

    def _offer(self, chance: random.Random) -> tuple[int, Agent]:
        found = sql.rows("SELECT id, agent_id FROM routing_offer WHERE state = 'pending'")
        if not found:
            return 0, self._agent(chance)
        offer_id, agent_id = chance.choice(found)
        return offer_id, Agent.objects.select_related("user").get(pk=agent_id)

    def accept(self, chance: random.Random) -> None:
        offer_id, agent = self._offer(chance)
        offers.accept_offer(offer_id=offer_id, by=agent)

    def refuse(self, chance: random.Random) -> None:
        offer_id, agent = self._offer(chance)
        offers.refuse_offer(offer_id=offer_id, by=agent)

    def end(self, chance: random.Random) -> None:
        contact_id, agent = self._held(chance, "active")
        assignments.end_contact(contact_id=contact_id, by=agent)

    def give_disposition(self, chance: random.Random) -> None:
        contact_id, agent = self._held(chance, "active", "after_contact_work", "after_contact_work")
        assignments.set_disposition(contact_id=contact_id, by=agent, disposition=self.disposition)

    def transfer(self, chance: random.Random) -> None:
        contact_id, agent = self._held(chance, "active")
        if chance.random() < 0.7:
            assignments.transfer_contact(contact_id=contact_id, by=agent, skill=chance.choice(self.skills))
        else:
            assignments.transfer_contact(contact_id=contact_id, by=agent, agent=self._agent(chance))

    def start(self, chance: random.Random) -> None:
        contact = assignments.start_contact(
            by=self._agent(chance), skill=self.outbound, customer=self._customer()
        )
        with self._lock:
            self._created.add(contact.pk)

    def become(self, chance: random.Random) -> None:
        presence.set_status(
            agent=self._agent(chance),
            status=chance.choice(("available", "available", "available", "unavailable")),
            monitored=chance.random() < 0.5,
        )

    def leave(self, chance: random.Random) -> None:
        presence.leave_after_contacts(agent=self._agent(chance), reason="Break")

    def stay(self, chance: random.Random) -> None:
        leaving = list(AgentState.objects.exclude(next_reason="").values_list("pk", flat=True))
        pk = chance.choice(leaving) if leaving else chance.choice(self.agents).pk
        presence.stay_after_contacts(agent=Agent.objects.get(pk=pk))

    def put_aside(self, chance: random.Random) -> None:
        contact_id, agent = self._held(chance, "active")
        until = chance.choice((None, database_now() + timedelta(hours=1)))
        snoozing.snooze_contact(contact_id=contact_id, by=agent, until=until)

    def take_up(self, chance: random.Random) -> None:
        contact_id, agent = self._held(chance, "active")
        snoozing.wake_contact(contact_id=contact_id, by=agent)

    def hand_on(self, chance: random.Random) -> None:
        contact_id, agent = self._held(chance, "active")
        target: dict[str, Any] = {"skill": chance.choice(self.skills)}
        if chance.random() < 0.3:
            target = {"agent": self._agent(chance)}
        note = chance.choice(("", "They ask for the invoice."))
        handovers.hand_on(contact_id=contact_id, by=agent, note=note, **target)

    def take_back(self, chance: random.Random) -> None:
        found = sql.rows(
            "SELECT p.contact_id, p.agent_id FROM contacts_participant p "
            "JOIN contacts_contact c ON c.id = p.contact_id "
            "WHERE p.role = 'handing_on' AND p.left_at IS NULL AND c.state <> 'closed'"
        )
        contact_id, agent_id = chance.choice(found) if found else (0, chance.choice(self.agents).pk)
        agent = Agent.objects.select_related("user").get(pk=agent_id)
        handovers.take_back(contact_id=contact_id, by=agent)

    # -- Time passes -------------------------------------------------------------------------------

    def miss(self, chance: random.Random) -> None:
        past = database_now() - timedelta(seconds=1)
        found = Offer.objects.filter(state=Offer.State.PENDING)
        if chance.random() < 0.8:
            found = found.filter(pk=self._offer(chance)[0])
        for pk in found.values_list("pk", flat=True):
            found.filter(pk=pk).update(offered_at=past - timedelta(seconds=60), expires_at=past)
        offers.expire_offers(few=chance.choice((0, offers.FEW)))

    def wake(self, chance: random.Random) -> None:
        past = database_now() - timedelta(seconds=1)
        aside = Contact.objects.filter(snoozed_until__isnull=False)
        for pk in aside.values_list("pk", flat=True):
            aside.filter(pk=pk).update(snoozed_until=past)
        snoozing.wake_due()

    def vanish(self, chance: random.Random) -> None:
        past = database_now() - timedelta(seconds=1)
        AgentState.objects.filter(pk=chance.choice(self.agents).pk).update(lease_until=past)
        presence.expire_leases()

    def cool_down(self, chance: random.Random) -> None:
        past = database_now() - timedelta(seconds=1)
        cooling = AgentState.objects.filter(cooling_until__isnull=False)
        for pk in cooling.values_list("pk", flat=True):
            cooling.filter(pk=pk).update(cooling_until=past)
        presence.end_cool_downs()

    def abandon(self, chance: random.Random) -> None:
        past = database_now() - timedelta(hours=1)
        vanished = AgentState.objects.filter(vanished_at__isnull=False)
        for pk in vanished.values_list("pk", flat=True):
            vanished.filter(pk=pk).update(vanished_at=past)
        presence.requeue_abandoned()

    def lose_keeper(self, chance: random.Random) -> None:
        past = database_now() - timedelta(seconds=1)
        kept = Contact.objects.filter(state="queued", kept_until__isnull=False)
        for pk in kept.values_list("pk", flat=True):
            kept.filter(pk=pk).update(kept_until=past)
        queueing.open_kept_too_long()

    def overflow(self, chance: random.Random) -> None:
        past = database_now() - timedelta(seconds=1)
        waiting = Contact.objects.filter(state="queued", overflow_at__isnull=False)
        for pk in waiting.values_list("pk", flat=True)[:3]:
            waiting.filter(pk=pk).update(overflow_at=past)
        queueing.overflow_waiting()

    def finish(self, chance: random.Random) -> None:
        past = database_now() - timedelta(seconds=1)
        contact_id = self._contact(chance, "after_contact_work")
        Contact.objects.filter(pk=contact_id, acw_until__isnull=False).update(acw_until=past)
        assignments.finish_after_contact_work()

    def sweep(self, chance: random.Random) -> None:
        dispatch.match_idle()

    def dispatch_together(self, chance: random.Random) -> None:
        some = chance.sample(self.agents, chance.randint(2, AGENTS))
        dispatch.dispatch_agents(agent_ids=[agent.pk for agent in some])

    # -- Administrators and supervisors ------------------------------------------------------------

    def limit(self, chance: random.Random) -> None:
        update_agent(by=None, instance=self._agent(chance), max_concurrent_sms=chance.choice((0, 1, 2, 3, 5)))

    def deactivate(self, chance: random.Random) -> None:
        agent = self._agent(chance)
        update_agent(by=None, instance=agent, is_active=not agent.is_active or chance.random() < 0.5)

    def learn(self, chance: random.Random) -> None:
        set_agent_skills(by=None, agent=self._agent(chance), skills=self._some_skills(chance))

    def set_unit(self, chance: random.Random) -> None:
        update_business_unit(
            by=None,
            instance=self.floor.unit,
            refused_after_miss=chance.random() < 0.5,
            refused_after_refusal=chance.random() < 0.2,
            misses_before_refused=chance.choice((1, 2, 3)),
            default_sms_refusal_timeout_seconds=chance.randint(100, 300),
            **{name: chance.choice((0, 0, 60)) for name in COOL_DOWNS},
        )

    def move(self, chance: random.Random) -> None:
        interventions.move_in_queue(contact_id=self._contact(chance, "queued"), by=self.supervisor)

    def hand_over(self, chance: random.Random) -> None:
        contact_id = self._contact(chance, "queued", "offered", "active")
        target: dict[str, Any] = {"skill": chance.choice(self.skills)}
        if chance.random() < 0.3:
            target = {"agent": self._agent(chance)}
        interventions.hand_over(contact_id=contact_id, by=self.supervisor, **target)

    def take_over(self, chance: random.Random) -> None:
        contact_id = self._contact(chance, "queued", "offered", "active")
        interventions.take_over(contact_id=contact_id, by=self.supervisor, agent=self._agent(chance))

    def close(self, chance: random.Random) -> None:
        contact_id = self._contact(chance, "queued", "offered", "active", "after_contact_work")
        interventions.close_contact(contact_id=contact_id, by=self.supervisor)

    def set_status(self, chance: random.Random) -> None:
        status = chance.choice(("available", "unavailable"))
        interventions.set_agent_status(agent=self._agent(chance), by=self.supervisor, status=status)

    def requeue(self, chance: random.Random) -> None:
        interventions.requeue_agent(agent=self._agent(chance), by=self.supervisor)

    # -- At rest -----------------------------------------------------------------------------------

    def _rest(self, chance: random.Random) -> None:
        self._complain(sql.rows(AT_EVERY_COMMIT), "at rest")
        self._complain(sql.rows(AT_REST), "at rest")
        self._complain(sql.rows("SELECT what, offer_id FROM watched"), "in the watch of offers")
        self._check_count()
        self._check_logs()
        self._gone = [customer_id for (customer_id,) in sql.rows(GONE)]
        for agent in self.agents:
            AgentState.objects.filter(pk=agent.pk).update(vanished_at=None, lease_until=None)
        dispatch.match_idle()
        found = oracle.Floor().could_be_offered(database_now())
        self._complain([("a contact that waits beside an idle agent", found)] if found else [], "at rest")
        if not self.faults:
            self._compare(chance)

    def _check_logs(self) -> None:
        """Go on with the log of each contact where the last rest stopped."""
        touched: set[int] = set()
        for event_id, contact_id, kind, agent_id in sql.rows(
            "SELECT id, contact_id, kind, agent_id FROM contacts_contactevent WHERE id > %s ORDER BY id",
            [self._read_until],
        ):
            self._read_until = event_id
            touched.add(contact_id)
            fault = self._told.setdefault(contact_id, _Told()).act(kind, agent_id)
            self._complain([(fault, contact_id)] if fault else [], "in its log")
        states = sql.rows("SELECT id, state FROM contacts_contact WHERE id = ANY(%s)", [list(touched)])
        for contact_id, state in states:
            told = self._told[contact_id].state
            if told != state:
                self._complain([(f"a log that says {told} of one that is {state}", contact_id)], "at rest")

    def _forget(self) -> None:
        """Remove what was over long ago, so that the tables stay as small as those of a day."""
        over = [
            pk
            for (pk,) in sql.rows(
                "SELECT id FROM contacts_contact WHERE state = 'closed' "
                "AND id < (SELECT max(id) FROM contacts_contact) - 1000"
            )
        ]
        for statement in FORGET:
            sql.execute(statement, [over])
        self._created.difference_update(over)

    def _check_count(self) -> None:
        present = {pk for (pk,) in sql.rows("SELECT id FROM contacts_contact")}
        if present != self._created:
            self._complain([("contacts that were lost or doubled", present ^ self._created)], "at rest")

    def _compare(self, chance: random.Random) -> None:
        """With nobody told of anything, what is found and picked is what the rules say."""
        self.is_muted = True
        for act in chance.choices(STIRRED, k=16):
            self._act(act, chance)
        self._compare_lists(oracle.Floor(), chance)
        self.comparisons += 1
        if self.comparisons % 2:
            for agent in chance.sample(self.agents, 6):
                self._compare_pick(agent.pk)
        else:
            self._compare_turns([agent.pk for agent in chance.sample(self.agents, AGENTS)])
        self.is_muted = False
        dispatch.match_idle()

    def _compare_lists(self, floor: oracle.Floor, chance: random.Random) -> None:
        now = database_now()
        for agent_id in floor.workers:
            if floor.workers[agent_id].can_take_one_more:
                heads = selectors.lane_heads(agent_id=agent_id, window=1)
                if not heads:
                    heads = selectors.refused_heads(agent_id=agent_id, window=1, now=now)
                found = [one.contact_id for one in in_order((h.waiting for h in heads), milliseconds(now))]
                self._equal("heads", found[:1], floor.order_for(agent_id, now)[:1], agent_id)
        for customer in chance.sample(list(floor.customers.values()), min(10, len(floor.customers))):
            candidates = selectors.candidates(contact_id=customer.contact_id)
            unasked = [one.agent_id for one in candidates if not one.refused]
            expected = [one.agent_id for one in floor.asked(customer, now)]
            # With nobody left who was not asked, the refusers are woken, and ask for themselves.
            if unasked or not customer.refused:
                self._equal("agents", unasked, expected, customer.contact_id)

    def _compare_pick(self, agent_id: int) -> None:
        now = database_now()
        expected = oracle.Floor().order_for(agent_id, now)[:1]
        offer = dispatch.offer_next(agent_id=agent_id)
        self._equal("picks", [offer.contact_id] if offer else [], expected, agent_id)

    def _compare_turns(self, agent_ids: list[int]) -> None:
        now, floor = database_now(), oracle.Floor()
        expected = [(agent_id, floor.take_first(agent_id, now)) for agent_id in agent_ids]
        before = sql.rows("SELECT COALESCE(max(id), 0) FROM routing_offer")[0][0]
        _seats, left = dispatch.offer_to_each(agent_ids=agent_ids)
        made = dict(sql.rows("SELECT agent_id, contact_id FROM routing_offer WHERE id > %s", [before]))
        for agent_id, contact_id in expected:
            found = [made[agent_id]] if agent_id in made else []
            self._equal("turns", found, [contact_id] if contact_id else [], agent_id)
        self._complain([("agents who were left out", left)] if left else [], "at rest")

    def _equal(self, what: str, found: list[int], expected: list[int], about: int) -> None:
        self.compared[what] += 1
        self.compared[f"{what} with a result"] += bool(expected)
        if found != expected:
            self._complain([(f"{what} {found} instead of {expected} of", about)], "at rest")


ACTS: dict[Callable[[Life, random.Random], Any], int] = {
    Life.arrive: 28,
    Life.accept: 18,
    Life.refuse: 6,
    Life.miss: 4,
    Life.end: 14,
    Life.give_disposition: 8,
    Life.finish: 4,
    Life.transfer: 4,
    Life.start: 2,
    Life.become: 6,
    Life.leave: 3,
    Life.stay: 2,
    Life.put_aside: 3,
    Life.take_up: 1,
    Life.wake: 1,
    Life.hand_on: 3,
    Life.take_back: 3,
    Life.vanish: 1,
    Life.abandon: 1,
    Life.come_back: 4,
    Life.lose_keeper: 2,
    Life.overflow: 3,
    Life.cool_down: 4,
    Life.sweep: 2,
    Life.dispatch_together: 4,
    Life.change_place: 2,
    Life.limit: 2,
    Life.deactivate: 2,
    Life.learn: 2,
    Life.set_unit: 1,
    Life.move: 1,
    Life.hand_over: 2,
    Life.take_over: 2,
    Life.close: 2,
    Life.set_status: 1,
    Life.requeue: 1,
}


STIRRED = (
    Life.arrive,
    Life.arrive,
    Life.end,
    Life.end,
    Life.refuse,
    Life.become,
    Life.become,
    Life.leave,
    Life.limit,
    Life.finish,
    Life.cool_down,
)
"""What leaves contacts waiting beside agents who have room, when nobody is told."""


# -- The log of each contact tells a life that can have happened -------------------------------------


class _Told:
    """A contact as its log tells it. `act` returns what cannot have happened, or nothing."""

    def __init__(self) -> None:
        self.state = "pre_queue"
        self.agent: int | None = None

    def act(self, kind: str, agent: int | None) -> str | None:
        before = self.state, self.agent
        allowed = self._allowed(kind, agent)
        return None if allowed else f"{kind} by {agent} of a contact that was {before}"

    def _allowed(self, kind: str, agent: int | None) -> bool:
        if kind in ("offer_refused", "offer_expired", "offer_withdrawn"):
            return self._become("queued", None, self.state == "offered" and self.agent == agent)
        if kind == "accepted":
            return self._become("active", agent, self.state == "offered" and self.agent == agent)
        if kind == "offered":
            return self._become("offered", agent, self.state == "queued")
        if kind == "queued":
            return self._become("queued", None, self.state in ("pre_queue", "queued"))
        if kind in ("place_changed", "moved"):
            return self.state == "queued"
        if kind == "ended":
            return self._become("after_contact_work", agent, self._is_with(agent))
        if kind in ("transferred", "requeued"):
            waits = self.state == "queued" and agent is None
            return self._become("queued", None, waits or self._is_with(agent))
        if kind in ("taken_over", "started"):
            return self._become("active", agent, self.state in ("queued", "active", "pre_queue"))
        if kind == "closed_by_supervisor":
            return self._become("after_contact_work", agent, self.state not in ("offered", "closed"))
        if kind == "closed":
            return self._become("closed", None, self.state == "after_contact_work")
        return True

    def _is_with(self, agent: int | None) -> bool:
        return self.state == "active" and self.agent == agent

    def _become(self, state: str, agent: int | None, is_allowed: bool) -> bool:
        self.state, self.agent = state, agent
        return is_allowed
