"""The socket through the real ASGI application: who gets in, what arrives, what garbage does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client

from acdconfig.asgi import application
from agents.models import Agent, AgentState
from organizations.models import ApiToken
from organizations.services import create_api_token
from organizations.sockets import GOING_TOO_FAST, TOO_BIG, UNAUTHENTICATED
from routing.services import presence
from tests.factories.agents import AgentFactory
from tests.factories.organizations import UserFactory
from tests.hubs import put_to_rest
from tests.workspace.communicator import WAIT, Socket
from tests.workspace.page import apply
from workspace.consumers import FRAMES_PER_SECOND, MAX_FRAME
from workspace.hub import Hub, hub

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


@sync_to_async
def make_agent() -> tuple[Agent, bytes, bytes]:
    """An agent, his token, and the cookie of his session."""
    agent = AgentFactory.create()
    browser = Client()
    browser.force_login(agent.user, backend="django.contrib.auth.backends.ModelBackend")
    cookie = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
    return agent, f"Bearer {create_api_token(user=agent.user)}".encode(), cookie.encode()


def socket(*headers: tuple[bytes, bytes], query: bytes = b"") -> Socket:
    return Socket(application, *headers, query=query)


async def frame_of(opened: Socket) -> dict:
    return json.loads(await opened.frame())


@pytest_asyncio.fixture(autouse=True)
async def _connections_are_returned() -> AsyncIterator[None]:
    yield
    await put_to_rest(hub())


async def test_token_gets_the_snapshot_and_then_the_news_in_order():
    agent, token, _cookie = await make_agent()
    opened = socket((b"authorization", token))
    assert await opened.connect()
    first = await frame_of(opened)
    assert first["type"] == "snapshot"
    workspace = first["data"]
    assert (workspace["agent"]["id"], workspace["seq"]) == (agent.pk, first["seq"])
    for status in ("available", "unavailable"):
        await sync_to_async(presence.set_status)(agent=agent, status=status, reason="", monitored=True)
    for _number in range(2):
        frame = await frame_of(opened)
        assert frame["seq"] == workspace["seq"] + 1
        apply(workspace, frame["type"], frame["data"])
        workspace["seq"] = frame["seq"]
    assert workspace["state"]["state"] == "unavailable"
    await opened.disconnect()


async def test_session_of_the_own_page_gets_in():
    agent, _token, cookie = await make_agent()
    opened = socket((b"cookie", b"odd(name)=1; " + cookie), (b"origin", b"http://localhost"))
    assert await opened.connect()
    assert (await frame_of(opened))["data"]["agent"]["id"] == agent.pk
    await opened.disconnect()


@pytest.mark.parametrize(
    "origin", [b"https://evil.example", b"null", b"http://localhost.evil.example", b"file://"]
)
async def test_foreign_page_does_not_get_in_even_with_the_cookie(origin):
    _agent, _token, cookie = await make_agent()
    opened = socket((b"cookie", cookie), (b"origin", origin))
    assert not await opened.connect()


async def test_cookie_without_an_origin_does_not_get_in():
    _agent, _token, cookie = await make_agent()
    opened = socket((b"cookie", cookie))
    assert not await opened.connect()


async def assert_unauthenticated(opened: Socket) -> None:
    assert await opened.connect()
    assert await opened.close_code() == UNAUTHENTICATED


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"Bearer nonsense")],
        [(b"authorization", b"Bearer ")],
        [(b"cookie", b"sessionid=nonsense"), (b"origin", b"http://localhost")],
        [(b"cookie", b'\xff;=;"'), (b"origin", b"http://localhost")],
    ],
)
async def test_unknown_caller_is_told_so(headers):
    await assert_unauthenticated(socket(*headers))


async def test_unreadable_query_is_an_unknown_caller():
    await assert_unauthenticated(socket(query=b"token=%ff%fe\xff"))


async def test_user_who_is_no_agent_is_turned_away():
    user = await sync_to_async(UserFactory.create)()
    token = await sync_to_async(create_api_token)(user=user)
    await assert_unauthenticated(socket((b"authorization", f"Bearer {token}".encode())))


async def test_revoked_token_and_inactive_agent_are_turned_away():
    agent, token, cookie = await make_agent()
    await sync_to_async(ApiToken.objects.update)(revoked_at="2026-01-01T00:00:00Z")
    await assert_unauthenticated(socket((b"authorization", token)))
    await sync_to_async(Agent.objects.filter(pk=agent.pk).update)(is_active=False)
    await assert_unauthenticated(socket((b"cookie", cookie), (b"origin", b"http://localhost")))


async def test_changed_password_ends_the_session():
    agent, _token, cookie = await make_agent()
    agent.user.set_password("another long password")
    await sync_to_async(agent.user.save)()
    await assert_unauthenticated(socket((b"cookie", cookie), (b"origin", b"http://localhost")))


async def test_garbage_is_survived():
    _agent, token, _cookie = await make_agent()
    opened = socket((b"authorization", token))
    await opened.connect()
    snapshot = await frame_of(opened)
    garbage = ["", "{", "[]", "null", '{"type": 3}', '{"type": ["ping"]}', '{"type": "nonsense"}', "[" * 3000]
    for text in garbage:
        await opened.send_frame(text=text)
    await opened.send_frame(text='{"type": "ping"}')
    assert await frame_of(opened) == {"type": "pong", "seq": snapshot["seq"]}
    await opened.send_frame(text='{"type": "resync"}')
    assert (await frame_of(opened))["type"] == "snapshot"
    await opened.disconnect()


@pytest.mark.parametrize("frame", [{"text": "x" * (MAX_FRAME + 1)}, {"data": b"\x00"}])
async def test_frames_that_no_page_sends_close_the_socket(frame):
    _agent, token, _cookie = await make_agent()
    opened = socket((b"authorization", token))
    await opened.connect()
    await frame_of(opened)
    await opened.send_frame(**frame)
    assert await opened.close_code() == TOO_BIG


async def test_flood_closes_the_socket():
    _agent, token, _cookie = await make_agent()
    opened = socket((b"authorization", token))
    await opened.connect()
    await frame_of(opened)
    # Three seconds' worth: a second may end in between.
    for _number in range(3 * FRAMES_PER_SECOND):
        await opened.send_frame(text="{}")
    assert await opened.close_code() == GOING_TOO_FAST


async def test_closed_socket_shortens_the_lease():
    agent, token, _cookie = await make_agent()
    opened = socket((b"authorization", token))
    await opened.connect()
    await frame_of(opened)
    state = await sync_to_async(AgentState.objects.get)(pk=agent.pk)
    before = state.lease_until
    await opened.disconnect()
    await sync_to_async(state.refresh_from_db)()
    assert state.lease_until < before


class Deaf:
    """A browser that has stopped reading: what is sent to it never arrives."""

    def __init__(self, agent_id: int) -> None:
        self.agent_id, self.last_seq = agent_id, 0
        self.reached = asyncio.Event()

    async def deliver(self, frames: list) -> None:
        self.reached.set()
        await asyncio.Event().wait()


class Hearing(Deaf):
    def __init__(self, agent_id: int) -> None:
        super().__init__(agent_id)
        self.frames: list = []

    async def deliver(self, frames: list) -> None:
        self.frames.extend(frames)
        self.last_seq = frames[-1].seq
        self.reached.set()


async def test_browser_that_stopped_reading_holds_up_nobody():
    deaf_agent, _token, _cookie = await make_agent()
    agent, _token, _cookie = await make_agent()
    used: Hub = hub()
    deaf, hearing = Deaf(deaf_agent.pk), Hearing(agent.pk)
    used.add(deaf)
    await sync_to_async(presence.set_status)(agent=deaf_agent, status="available", monitored=False)
    await asyncio.wait_for(deaf.reached.wait(), WAIT)
    used.add(hearing)
    await sync_to_async(presence.set_status)(agent=agent, status="available", monitored=False)
    await asyncio.wait_for(hearing.reached.wait(), WAIT)
    assert json.loads(hearing.frames[0].text)["type"] == "state.changed"
    for task in list(used.delivering.values()):
        task.cancel()
    used.remove(deaf)
    used.remove(hearing)
