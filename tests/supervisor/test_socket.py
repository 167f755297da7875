"""The board's socket through the real ASGI application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async

import supervisor.hub
from acdconfig.asgi import application
from organizations.models import User
from organizations.roles import ensure_roles
from organizations.services import create_api_token
from organizations.sockets import GOING_TOO_FAST, TOO_BIG, UNAUTHENTICATED
from routing.services import presence
from supervisor import consumers
from supervisor.changes import changed
from supervisor.consumers import FORBIDDEN, FRAMES_PER_SECOND, MAX_FRAME
from supervisor.hub import BoardSubject, Frame, Outbox, hub
from tests.factories.agents import AgentFactory
from tests.factories.contacts import ContactFactory, MessageFactory
from tests.factories.organizations import BusinessUnitFactory, UserFactory
from tests.hubs import put_to_rest
from tests.workspace.communicator import WAIT, Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]

LISTS = ("skills", "agents", "contacts", "alerts")


class BoardSocket(Socket):
    def __init__(self, token: bytes, query: bytes = b"") -> None:
        super().__init__(application, (b"authorization", b"Bearer " + token), query=query)
        self.scope["path"] = "/ws/supervisor"

    async def frame_of(self) -> dict[str, Any]:
        return json.loads(await self.frame())


@sync_to_async
def make_supervisor(**values: Any) -> tuple[User, bytes]:
    ensure_roles()
    user = UserFactory.create(supervisor=True, **values)
    return user, create_api_token(user=user).encode()


make_agent = sync_to_async(AgentFactory.create)


@pytest_asyncio.fixture(autouse=True)
async def _connections_are_returned() -> AsyncIterator[None]:
    yield
    await put_to_rest(hub())


async def opened(token: bytes, query: bytes = b"") -> tuple[BoardSocket, dict[str, Any]]:
    socket = BoardSocket(token, query)
    assert await socket.connect()
    return socket, await socket.frame_of()


async def test_snapshot_and_then_numbered_differences():
    user, token = await make_supervisor()
    agent = await make_agent(business_unit=user.business_unit)
    socket, first = await opened(token)
    assert first["type"] == "snapshot"
    board = {name: first["data"][name] for name in LISTS}
    assert [row["status"] for row in board["agents"]] == ["unavailable"]
    seq = first["seq"]
    for status in ("available", "unavailable"):
        await sync_to_async(presence.set_status)(agent=agent, status=status, reason="", monitored=False)
        frame = await socket.frame_of()
        assert (frame["type"], frame["seq"]) == ("board.changed", seq + 1)
        seq, board = frame["seq"], changed(board, frame["data"])
        assert [row["status"] for row in board["agents"]] == [status]
    await socket.send_frame(text='{"type": "ping"}')
    assert await socket.frame_of() == {"type": "pong", "seq": seq}
    await socket.send_frame(text='{"type": "resync"}')
    again = await socket.frame_of()
    assert (again["type"], again["seq"], again["data"]["agents"]) == ("snapshot", seq, board["agents"])
    await socket.disconnect()


async def test_several_boards_are_read_once_and_told_the_same():
    user, token = await make_supervisor()
    agent = await make_agent(business_unit=user.business_unit)
    sockets = [(await opened(token))[0] for _number in range(3)]
    assert len(hub().subjects) == 1
    await sync_to_async(presence.set_status)(agent=agent, status="available", reason="", monitored=False)
    frames = [await socket.frame() for socket in sockets]
    assert len(set(frames)) == 1
    for socket in sockets:
        await socket.disconnect()
    assert hub().subjects == {}


async def test_conversation_that_is_watched_is_pushed():
    user, token = await make_supervisor()
    contact = await sync_to_async(ContactFactory.create)(business_unit=user.business_unit)
    socket, _first = await opened(token)
    await socket.send_frame(text=json.dumps({"type": "watch", "contact": contact.pk}))
    frame = await socket.frame_of()
    assert (frame["type"], frame["id"], frame["data"]["messages"]) == ("contact", contact.pk, [])
    await sync_to_async(MessageFactory.create)(contact=contact, text="Is anybody there?")
    frame = await socket.frame_of()
    while frame["type"] != "contact":
        frame = await socket.frame_of()
    assert [one["text"] for one in frame["data"]["messages"]] == ["Is anybody there?"]
    await socket.send_frame(text='{"type": "unwatch"}')
    await socket.send_frame(text='{"type": "ping"}')
    assert (await socket.frame_of())["type"] == "pong"
    assert len(hub().subjects) == 1
    await socket.disconnect()


async def test_conversation_of_another_business_unit_is_nothing():
    _user, token = await make_supervisor()
    contact = await sync_to_async(ContactFactory.create)()
    socket, _first = await opened(token)
    for wanted in (contact.pk, 2**62, True, "7", None, [1], -1, 2**80):
        await socket.send_frame(text=json.dumps({"type": "watch", "contact": wanted}))
    await socket.send_frame(text='{"type": "ping"}')
    frames = [await socket.frame_of() for _number in range(3)]
    assert [frame["type"] for frame in frames] == ["contact", "contact", "pong"]
    assert [frame["data"] for frame in frames[:2]] == [None, None]
    await socket.disconnect()


async def test_nobody_without_the_permission_watches():
    for token, code in ((b"nonsense", UNAUTHENTICATED), (await token_of_agent(), FORBIDDEN)):
        socket = BoardSocket(token)
        assert await socket.connect()
        assert await socket.close_code() == code


@sync_to_async
def token_of_agent() -> bytes:
    return create_api_token(user=AgentFactory.create().user).encode()


async def test_business_unit_beyond_reach_is_forbidden():
    unit = await sync_to_async(BusinessUnitFactory.create)()
    _user, token = await make_supervisor()
    socket = BoardSocket(token, b"unit=%d" % unit.pk)
    assert await socket.connect()
    assert await socket.close_code() == FORBIDDEN


async def test_permission_that_is_taken_away_ends_the_board(monkeypatch):
    monkeypatch.setattr(consumers, "TRUSTED_SECONDS", 0.0)
    user, token = await make_supervisor()
    agent = await make_agent(business_unit=user.business_unit)
    socket, _first = await opened(token)
    await sync_to_async(user.groups.clear)()
    await sync_to_async(presence.set_status)(agent=agent, status="available", reason="", monitored=False)
    # Asked beside the frames: what had been read by then may still come.
    sent = await socket.receive_output(timeout=WAIT)
    while sent["type"] == "websocket.send":
        sent = await socket.receive_output(timeout=WAIT)
    assert sent["code"] == FORBIDDEN


@pytest.mark.parametrize("frame", [{"text": "x" * (MAX_FRAME + 1)}, {"data": b"\x00"}])
async def test_frames_that_no_page_sends_close_the_socket(frame):
    _user, token = await make_supervisor()
    socket, _first = await opened(token)
    await socket.send_frame(**frame)
    assert await socket.close_code() == TOO_BIG


async def test_garbage_is_survived_and_a_flood_is_not():
    _user, token = await make_supervisor()
    socket, _first = await opened(token)
    for text in ("", "{", "[]", "null", '{"type": 3}', "[" * 3000):
        await socket.send_frame(text=text)
    await socket.send_frame(text='{"type": "ping"}')
    assert (await socket.frame_of())["type"] == "pong"
    for _number in range(3 * FRAMES_PER_SECOND):
        await socket.send_frame(text="{}")
    assert await socket.close_code() == GOING_TOO_FAST


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT):
        while not holds():
            await asyncio.sleep(0.02)


class Deaf:
    """A browser that has stopped reading."""

    async def deliver(self, frame: Frame) -> None:
        await asyncio.Event().wait()


class Slow:
    """A browser that reads when it is let."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.may_read = asyncio.Event()

    async def deliver(self, frame: Frame) -> None:
        await self.may_read.wait()
        self.frames.append(frame)


async def test_browser_that_stopped_reading_holds_up_nobody_and_later_gets_the_whole():
    user, _token = await make_supervisor()
    unit = user.business_unit
    agent = await make_agent(business_unit=unit)
    subject = BoardSubject(unit)
    used, slow = hub(), Slow()
    await used.join(("board", unit.pk), lambda: subject, Deaf())
    await used.join(("board", unit.pk), lambda: subject, slow)
    for status in ("available", "unavailable"):
        before = subject.seq
        await sync_to_async(presence.set_status)(agent=agent, status=status, reason="", monitored=False)
        while subject.seq == before:
            await asyncio.sleep(0.02)
    slow.may_read.set()
    # Nothing else has to happen for that.
    await until(lambda: len(slow.frames) >= 2)
    whole = json.loads(slow.frames[1].text)
    assert (whole["type"], whole["seq"]) == ("snapshot", subject.seq)
    assert whole["data"]["agents"][0]["status"] == "unavailable"
    for listener in list(subject.outboxes):
        used.leave(("board", unit.pk), listener)


async def test_frame_that_follows_at_once_is_not_lost():
    listener = Slow()
    listener.may_read.set()
    outbox = Outbox(listener, lambda: Frame("whole", 3))
    outbox.send(Frame("first", 1))
    outbox.send(Frame("second", 2))
    await until(lambda: len(listener.frames) >= 2)
    assert [frame.text for frame in listener.frames] == ["first", "whole"]


class Stumbling:
    """A browser whose connection fails at its first frame."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.has_failed = False

    async def deliver(self, frame: Frame) -> None:
        if not self.has_failed:
            self.has_failed = True
            raise OSError("not now")
        self.frames.append(frame)


async def test_what_could_not_be_delivered_is_delivered_again(monkeypatch):
    monkeypatch.setattr(supervisor.hub, "REDELIVERY_SECONDS", 0.01)
    user, _token = await make_supervisor()
    unit = user.business_unit
    key, listener = ("board", unit.pk), Stumbling()
    await hub().join(key, lambda: BoardSubject(unit), listener)
    await until(lambda: listener.frames)
    assert json.loads(listener.frames[0].text)["type"] == "snapshot"
    hub().leave(key, listener)


async def test_who_joins_while_the_last_other_leaves_is_told_what_happens():
    user, _token = await make_supervisor()
    unit = user.business_unit
    agent = await make_agent(business_unit=unit)
    used, key, first, second = hub(), ("board", unit.pk), Slow(), Slow()
    second.may_read.set()
    await used.join(key, lambda: BoardSubject(unit), first)
    async with used.reading:
        joining = asyncio.create_task(used.join(key, lambda: BoardSubject(unit), second))
        await asyncio.sleep(0)
        used.leave(key, first)
    await joining
    await until(lambda: second.frames)
    await sync_to_async(presence.set_status)(agent=agent, status="available", reason="", monitored=False)
    await until(lambda: len(second.frames) >= 2)
    assert json.loads(second.frames[1].text)["type"] == "board.changed"
    used.leave(key, second)
    assert used.subjects == {}


class Unreadable(BoardSubject):
    def refresh(self) -> Frame | None:
        raise LookupError("no such board")


async def test_board_that_cannot_be_read_is_not_kept():
    user, token = await make_supervisor()
    unit = user.business_unit
    with pytest.raises(LookupError):
        await hub().join(("board", unit.pk), lambda: Unreadable(unit), Deaf())
    assert hub().subjects == {}
    socket, first = await opened(token)
    assert first["type"] == "snapshot"
    await socket.disconnect()


async def test_supervisor_who_is_deleted_watches_nothing():
    user, token = await make_supervisor()
    contact = await sync_to_async(ContactFactory.create)(business_unit=user.business_unit)
    socket, _first = await opened(token)
    await sync_to_async(user.delete)()
    await socket.send_frame(text=json.dumps({"type": "watch", "contact": contact.pk}))
    assert await socket.frame_of() == {"type": "contact", "id": contact.pk, "data": None}
    await socket.disconnect()
