"""The agent's socket: a snapshot first, then numbered pushes without gaps."""

from __future__ import annotations

import json
import time
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import translation

from agents.models import Agent
from organizations.sockets import GOING_TOO_FAST, TOO_BIG, UNAUTHENTICATED, frame_of, user_of_scope
from routing.services import presence
from workspace import snapshot
from workspace.company import agent_sees, company, contact_of
from workspace.hub import Push, hub

MAX_FRAME = 4096
FRAMES_PER_SECOND = 20


def _agent_of_scope(scope: dict[str, Any]) -> Agent | None:
    user = user_of_scope(scope)
    if user is None:
        return None
    return Agent.objects.select_related("user", "business_unit").filter(user=user, is_active=True).first()


def _snapshot(agent: Agent, address: str) -> dict[str, Any]:
    with translation.override(agent.user.language):
        return snapshot.workspace_json(agent, socket_address=address)


def _arrive(agent_id: int) -> None:
    presence.renew_leases(agent_ids=[agent_id])


def _leave(agent_id: int) -> None:
    presence.shorten_lease(agent_id=agent_id)


class WorkspaceConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # the library has no types
    """One browser tab, or one program, of one agent."""

    agent: Agent | None = None
    agent_id = 0
    user_id = 0
    user_name = ""
    last_seq = -1
    second = 0.0
    frames = 0

    async def connect(self) -> None:
        self.agent = await hub().call(_agent_of_scope, self.scope)
        await self.accept()
        if self.agent is None:
            await self.close(code=UNAUTHENTICATED)
            return
        self.agent_id = self.agent.pk
        self.user_id, self.user_name = self.agent.user_id, str(self.agent)
        await hub().call(_arrive, self.agent_id)
        await self.send_snapshot()
        hub().add(self)

    async def send_snapshot(self) -> None:
        """The truth of this moment; pushes go on after its number."""
        assert self.agent is not None
        data = await hub().call(_snapshot, self.agent, self._address())
        self.last_seq = data["seq"]
        await self.send_json({"type": "snapshot", "seq": data["seq"], "data": data})

    def _address(self) -> str:
        headers = dict(self.scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        return f"{self.scope.get('scheme', 'ws')}://{host}{self.scope['path']}"

    async def send_json(self, frame: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(frame))

    async def deliver(self, frames: list[Push]) -> None:
        """Send what follows the last number; after a hole (old pushes go) the whole truth instead."""
        for frame in frames:
            if frame.seq <= self.last_seq:
                continue
            if frame.seq != self.last_seq + 1:
                await self.send_snapshot()
                return
            self.last_seq = frame.seq
            await self.send(text_data=frame.text)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.agent is None:
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
                await self.send_snapshot()
            case "look":
                await company().look(self, contact_of(frame))
            case "typing":
                company().type(self, is_typing=frame.get("is_typing") is not False)

    def may_see(self, contact_id: int) -> bool:
        """Whether the contact is on the agent's desk."""
        return agent_sees(self.agent_id, contact_id)

    def _is_too_fast(self) -> bool:
        now = time.monotonic()
        if now - self.second >= 1:
            self.second, self.frames = now, 0
        self.frames += 1
        return self.frames > FRAMES_PER_SECOND

    async def disconnect(self, code: int) -> None:
        company().leave(self)
        if self.agent is not None and self.last_seq >= 0 and hub().remove(self):
            await hub().call(_leave, self.agent_id)
