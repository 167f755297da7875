"""The supervisor's socket: the board of a business unit, and the conversation that he looks at."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer

from core.errors import DomainError
from core.failures import describe
from organizations.models import BusinessUnit, User
from organizations.sockets import GOING_TOO_FAST, TOO_BIG, UNAUTHENTICATED, frame_of, user_of_scope
from supervisor import inputs
from supervisor.hub import BoardSubject, ConversationSubject, Frame, hub
from workspace.company import company, contact_of

logger = logging.getLogger(__name__)

MAX_FRAME = 4096
FRAMES_PER_SECOND = 20
FORBIDDEN = 4403
TRUSTED_SECONDS = 30.0
"""How often it is asked whether he may still see the board: he may for that long after he may not."""


def _admit(scope: dict[str, Any]) -> tuple[User | None, BusinessUnit | None]:
    user = user_of_scope(scope)
    if user is None:
        return None, None
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    wanted = next(iter(query.get("unit", [])), "")
    try:
        return user, inputs.unit_of(user, int(wanted) if wanted.isascii() and wanted.isdecimal() else None)
    except DomainError:
        return user, None


def _may_go_on(user_id: int, unit_id: int) -> bool:
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return False
    try:
        return inputs.unit_of(user, unit_id).pk == unit_id
    except DomainError:
        return False


def _may_read(user_id: int, contact_id: int) -> bool:
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return False
    try:
        inputs.contact_of(user, contact_id)
    except DomainError:
        return False
    return True


class BoardConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # the library has no types
    """One browser tab of one supervisor."""

    user: User | None = None
    user_id = 0
    user_name = ""
    board_key: tuple[Any, ...] | None = None
    contact_key: tuple[Any, ...] | None = None
    last_seq = -1
    second = 0.0
    frames = 0
    checked_at = 0.0
    check: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        self.user, unit = await hub().call(_admit, self.scope)
        await self.accept()
        if self.user is None or unit is None:
            await self.close(code=UNAUTHENTICATED if self.user is None else FORBIDDEN)
            return
        self.user_id, self.user_name = self.user.pk, self.user.get_full_name() or self.user.username
        self.board_key, self.checked_at = ("board", unit.pk), time.monotonic()
        await hub().join(self.board_key, lambda: BoardSubject(unit), self)

    async def deliver(self, frame: Frame) -> None:
        """Send a frame that the hub made for all; now and then see whether he may still have it."""
        if time.monotonic() - self.checked_at > TRUSTED_SECONDS and self.check is None:
            self.check = asyncio.create_task(self._check())
        if frame.seq is not None:
            self.last_seq = frame.seq
        await self.send(text_data=frame.text)

    async def _check(self) -> None:
        """Beside the frames: a hundred boards that were opened together ask together."""
        assert self.board_key is not None
        try:
            async with hub().checking:
                may_go_on = await hub().call(_may_go_on, self.user_id, self.board_key[1])
        except Exception as error:  # noqa: BLE001 - the edge of the task: asked again with the next frame
            logger.warning("board_permission_unknown", extra={"failure": describe(error)})
        else:
            self.checked_at = time.monotonic()
            if not may_go_on:
                await self.close(code=FORBIDDEN)
        finally:
            self.check = None

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.board_key is None:
            return
        if bytes_data is not None or text_data is None or len(text_data) > MAX_FRAME:
            await self.close(code=TOO_BIG)
            return
        if self._is_too_fast():
            await self.close(code=GOING_TOO_FAST)
            return
        frame = frame_of(text_data)
        match frame.get("type"):
            case "ping":
                await self.send_json({"type": "pong", "seq": self.last_seq})
            case "resync":
                hub().resend(self.board_key, self)
            case "watch":
                await self._watch(contact_of(frame))
            case "unwatch":
                self._unwatch()
            case "look":
                await company().look(self, contact_of(frame))
            case "typing":
                company().type(self, is_typing=frame.get("is_typing") is not False)

    async def send_json(self, frame: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(frame))

    def may_see(self, contact_id: int) -> bool:
        """Whether he supervises the contact."""
        return _may_read(self.user_id, contact_id)

    async def _watch(self, contact_id: int | None) -> None:
        self._unwatch()
        assert self.user is not None
        if contact_id is None:
            return
        if not await hub().call(_may_read, self.user.pk, contact_id):
            await self.send_json({"type": "contact", "id": contact_id, "data": None})
            return
        language = self.user.language
        self.contact_key = ("contact", contact_id, language)
        await hub().join(self.contact_key, lambda: ConversationSubject(contact_id, language), self)

    def _unwatch(self) -> None:
        if self.contact_key is not None:
            hub().leave(self.contact_key, self)
            self.contact_key = None

    def _is_too_fast(self) -> bool:
        now = time.monotonic()
        if now - self.second >= 1:
            self.second, self.frames = now, 0
        self.frames += 1
        return self.frames > FRAMES_PER_SECOND

    async def disconnect(self, code: int) -> None:
        if self.check is not None:
            self.check.cancel()
        company().leave(self)
        self._unwatch()
        if self.board_key is not None:
            hub().leave(self.board_key, self)
