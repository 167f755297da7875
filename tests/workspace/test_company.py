"""Who else looks or types: told between real sockets, across processes, and only among those who may see."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.db import connection

import workspace.company
from acdconfig.asgi import application
from agents.models import Agent
from contacts.models import Contact, Participant
from core import sql
from organizations.models import User
from organizations.roles import ensure_roles
from organizations.services import create_api_token
from supervisor.hub import hub as board_hub
from tests.factories.agents import AgentFactory
from tests.factories.contacts import ContactFactory
from tests.factories.organizations import UserFactory
from tests.hubs import put_to_rest
from tests.workspace.communicator import WAIT, Socket
from workspace.company import Company, company
from workspace.hub import hub

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


class Page(Socket):
    """A desk or a console, as far as company goes."""

    def __init__(self, user: User, path: str = "/ws/workspace") -> None:
        super().__init__(application, (b"authorization", b"Bearer " + create_api_token(user=user).encode()))
        self.scope["path"] = path

    async def say(self, **frame: Any) -> None:
        await self.send_frame(text=json.dumps(frame))

    async def sees(self, *people: tuple[str, bool]) -> None:
        """Wait until these are shown, each by name and whether he types."""
        while True:
            frame = json.loads(await self.frame())
            if frame["type"] == "company":
                shown = [(person["name"], person["is_typing"]) for person in frame["people"]]
                if shown == list(people):
                    return

    async def has_heard_nothing(self) -> bool:
        """No word of company before the answer to what is asked now."""
        await self.say(type="ping")
        while True:
            frame = json.loads(await self.frame())
            if frame["type"] in ("company", "pong"):
                return frame["type"] == "pong"


class Room:
    """A contact with its agent, a colleague who was asked, one who was not, and a supervisor."""

    def __init__(self) -> None:
        ensure_roles()
        self.agent, self.colleague, self.stranger = self._agent("Anna"), None, None
        unit = self.agent.business_unit
        self.colleague, self.stranger = self._agent("Ben", unit), self._agent("Cleo", unit)
        self.supervisor = UserFactory.create(
            supervisor=True, business_unit=unit, first_name="Dora", last_name=""
        )
        self.contact = ContactFactory.create(
            business_unit=unit, agent=self.agent, state=Contact.State.ACTIVE
        ).pk
        Participant.objects.create(
            contact_id=self.contact,
            agent=self.colleague,
            asked_by=self.agent,
            role=Participant.Role.CONSULTED,
        )

    def _agent(self, name: str, unit: Any = None) -> Agent:
        values = {"business_unit": unit} if unit else {}
        return AgentFactory.create(user__first_name=name, user__last_name="", **values)


@pytest_asyncio.fixture
async def room() -> Room:
    return await sync_to_async(Room)()


@pytest_asyncio.fixture
async def pages() -> AsyncIterator[Callable[..., Any]]:
    opened: list[Page] = []

    async def open_page(user: User, path: str = "/ws/workspace") -> Page:
        page = await sync_to_async(Page)(user, path)
        assert await page.connect()
        opened.append(page)
        return page

    yield open_page
    for page in opened:
        await page.disconnect()
    for one in (hub(), board_hub(), company()):
        if one.tasks:
            await put_to_rest(one)


async def test_each_sees_the_others_look_type_and_leave(room, pages):
    anna, ben = await pages(room.agent.user), await pages(room.colleague.user)
    await anna.say(type="look", contact=room.contact)
    assert await anna.has_heard_nothing()
    await ben.say(type="look", contact=room.contact)
    await ben.sees(("Anna", False))
    await anna.sees(("Ben", False))
    await ben.say(type="typing")
    await anna.sees(("Ben", True))
    await ben.say(type="typing", is_typing=False)
    await anna.sees(("Ben", False))
    await ben.say(type="look", contact=None)
    await anna.sees()


async def test_supervisor_who_reads_and_whispers_is_seen_and_sees(room, pages):
    anna, dora = await pages(room.agent.user), await pages(room.supervisor, "/ws/supervisor")
    await anna.say(type="look", contact=room.contact)
    await dora.say(type="look", contact=room.contact)
    await dora.sees(("Anna", False))
    await anna.sees(("Dora", False))
    await dora.say(type="typing")
    await anna.sees(("Dora", True))


async def test_who_may_not_see_the_contact_neither_hears_nor_is_heard_of(room, pages):
    anna, cleo = await pages(room.agent.user), await pages(room.stranger.user)
    ben = await pages(room.colleague.user)
    await cleo.say(type="look", contact=room.contact)
    await cleo.say(type="typing")
    for wanted in (True, "7", -1, 2**80, [room.contact]):
        await cleo.say(type="look", contact=wanted)
    await anna.say(type="look", contact=room.contact)
    await ben.say(type="look", contact=room.contact)
    await anna.sees(("Ben", False))
    assert await cleo.has_heard_nothing()


async def test_who_may_see_it_no_longer_is_shown_no_longer(room, pages, monkeypatch):
    monkeypatch.setattr(workspace.company, "REPEAT_SECONDS", 0.2)
    anna, ben = await pages(room.agent.user), await pages(room.colleague.user)
    await anna.say(type="look", contact=room.contact)
    await ben.say(type="look", contact=room.contact)
    await anna.sees(("Ben", False))
    await sync_to_async(Participant.objects.all().delete)()
    await anna.sees()
    assert [seat.onlooker.user_name for seat in company().seats.values()] == ["Anna"]


class Listener:
    """A socket in another process."""

    def __init__(self, user: User) -> None:
        self.user_id, self.user_name = user.pk, user.first_name
        self.heard: list[list[str]] = []

    def may_see(self, _contact_id: int) -> bool:
        return True

    async def send_json(self, frame: dict[str, Any]) -> None:
        self.heard.append([person["name"] for person in frame["people"]])

    async def hears(self, *names: str) -> None:
        async with asyncio.timeout(WAIT):
            while self.heard[-1:] != [list(names)]:
                await asyncio.sleep(0.02)


async def test_processes_tell_each_other_and_one_that_dies_is_forgotten(room, pages, monkeypatch):
    monkeypatch.setattr(workspace.company, "FORGET_SECONDS", 1.5)
    monkeypatch.setattr(workspace.company, "REPEAT_SECONDS", 0.3)
    anna, elsewhere, ben = await pages(room.agent.user), Company(), Listener(room.colleague.user)
    await anna.say(type="look", contact=room.contact)
    await elsewhere.look(ben, room.contact)
    await anna.sees(("Ben", False))
    await ben.hears("Anna")
    # Its process dies without a word.
    await put_to_rest(elsewhere)
    await anna.sees()
    assert room.contact not in elsewhere.present or elsewhere.tasks


async def test_a_second_tab_of_the_same_agent_is_no_company_and_its_end_no_leave(room, pages):
    anna, again = await pages(room.agent.user), await pages(room.agent.user)
    ben = await pages(room.colleague.user)
    for page in (anna, again, ben):
        await page.say(type="look", contact=room.contact)
    await ben.sees(("Anna", False))
    await again.sees(("Ben", False))
    await again.say(type="look", contact=None)
    await anna.sees(("Ben", False))
    assert await ben.has_heard_nothing()


async def test_nothing_is_written(room, pages):
    anna, ben = await pages(room.agent.user), await pages(room.colleague.user)
    before = await sync_to_async(_rows)()
    await anna.say(type="look", contact=room.contact)
    await ben.say(type="look", contact=room.contact)
    await ben.say(type="typing")
    await anna.sees(("Ben", True))
    assert await sync_to_async(_rows)() == before


def _rows() -> dict[str, int]:
    return {
        table: sql.rows(f'SELECT count(*) FROM "{table}"')[0][0]
        for table in connection.introspection.table_names()
    }
