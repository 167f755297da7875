"""Which origins may open a socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def allow_programs(for_browsers: Application, for_programs: Application) -> Application:
    """Check the Origin, except of programs that show a token and no cookie.

    A foreign page can make a browser send its cookies, but not an Authorization header, so a connection with
    one and without cookies cannot be forged that way.
    """

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        is_program = b"cookie" not in headers and b"origin" not in headers
        await (for_programs if is_program else for_browsers)(scope, receive, send)

    return application
