"""Speaks the WebSocket part of ASGI to an application in this process."""

from __future__ import annotations

from typing import Any

from asgiref.testing import ApplicationCommunicator

WAIT = 20
HOST = (b"host", b"localhost")


class Socket(ApplicationCommunicator):
    """One connection, from the server's point of view. The channels library's own needs the Daphne server."""

    def __init__(self, application: Any, *headers: tuple[bytes, bytes], query: bytes = b"") -> None:
        scope = {
            "type": "websocket",
            "scheme": "ws",
            "path": "/ws/workspace",
            "query_string": query,
            "headers": [HOST, *headers],
            "subprotocols": [],
        }
        super().__init__(application, scope)

    async def connect(self) -> bool:
        """Whether the application lets the connection in."""
        await self.send_input({"type": "websocket.connect"})
        answer = await self.receive_output(timeout=WAIT)
        return answer["type"] == "websocket.accept"

    async def send_frame(self, *, text: str | None = None, data: bytes | None = None) -> None:
        await self.send_input({"type": "websocket.receive", "text": text, "bytes": data})

    async def frame(self) -> str:
        sent = await self.receive_output(timeout=WAIT)
        assert sent["type"] == "websocket.send", sent
        text: str = sent["text"]
        return text

    async def close_code(self) -> int:
        sent = await self.receive_output(timeout=WAIT)
        assert sent["type"] == "websocket.close", sent
        code: int = sent["code"]
        return code

    async def disconnect(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(timeout=WAIT)
