"""CALLAPI: ask another system."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import (
    DEFAULT,
    ERROR,
    TIMEOUT,
    BranchSpec,
    Context,
    Group,
    Outcome,
    Trouble,
    Wait,
    WaitingAction,
)
from scripts.interpreter.addresses import filled_address, is_written_out, unsafe_address
from scripts.interpreter.effects import CallApi
from scripts.interpreter.events import ApiAnswered, Scalar, WakeUp
from scripts.interpreter.messages import Message, shown
from scripts.interpreter.properties import (
    VARIABLE_NAME,
    Choice,
    Kind,
    PropertyFault,
    PropertySpec,
    PropertyValue,
    lines_of,
)
from scripts.interpreter.registry import register
from scripts.interpreter.templates import TemplateError, fill
from scripts.interpreter.wording import FAILURES

FAILED: Final = "failed"
LONGEST_VALUE: Final = 1_000
MOST_RESULTS: Final = 20
GRACE: Final = timedelta(seconds=30)
"""After the time of the call itself: it waits its turn, and the process that makes it may die."""

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


@register
class CallApiAction(WaitingAction):
    """Call a REST interface and keep parts of its answer.

    {"id": "order", "type": "CALLAPI", "properties": {"method": "GET",
     "url": "https://erp.example.com/orders/{{ order }}", "secret": "ERP",
     "results": "status: order.status\\nfirst: items.0.name"}}

    Effects: CallApi. Variables are encoded in the address, and as JSON in the body. No process waits: the
    run is a row with a deadline, and the call is made outside of every transaction, at most once.
    """

    type: ClassVar = "CALLAPI"
    name: ClassVar = _("Call another system")
    group: ClassVar = Group.DATA
    description: ClassVar = _(
        "Calls a REST interface by https and keeps parts of its JSON answer in variables. The status is in "
        "{{ api_status }}."
    )
    properties: ClassVar = (
        PropertySpec(
            name="method",
            kind=Kind.CHOICE,
            label=_("Method"),
            help=_("What is done with the address."),
            default="GET",
            choices=tuple(Choice(method, method) for method in _METHODS),
        ),
        PropertySpec(
            name="url",
            kind=Kind.TEMPLATE,
            label=_("Address"),
            help=_("By https, with variables after the host: https://erp.example.com/orders/{{ order }}"),
            required=True,
            max_length=1_000,
        ),
        PropertySpec(
            name="body",
            kind=Kind.TEMPLATE,
            label=_("Body"),
            help=_('JSON, with variables between quotation marks: {"text": "{{ text }}"}. Not with GET.'),
            max_length=8_000,
            multiline=True,
        ),
        PropertySpec(
            name="secret",
            kind=Kind.SECRET,
            label=_("Secret"),
            help=_("A secret of the business unit that is sent along. Its value is never shown."),
            max_length=100,
        ),
        PropertySpec(
            name="secret_header",
            kind=Kind.TEXT,
            label=_("Header of the secret"),
            help=_("In which header the secret is sent."),
            default="Authorization",
            max_length=60,
        ),
        PropertySpec(
            name="secret_prefix",
            kind=Kind.TEXT,
            label=_("Before the secret"),
            help=_("What stands before the secret in the header, such as Bearer."),
            default="Bearer",
            max_length=30,
        ),
        PropertySpec(
            name="timeout_seconds",
            kind=Kind.INTEGER,
            label=_("Timeout (seconds)"),
            help=_("How long to wait for the answer, from 1 to 30 seconds."),
            default=5,
            minimum=1,
            maximum=30,
        ),
        PropertySpec(
            name="results",
            kind=Kind.LINES,
            label=_("Results"),
            help=_("One on each line, a variable and where its value is in the answer: status: order.status"),
            max_length=2_000,
            multiline=True,
        ),
    )
    sets: ClassVar = ("api_status",)
    sets_from: ClassVar = "results"
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label=_("Default"), help=_("It answered with a status from 200 to 299.")),
        BranchSpec(
            name=FAILED,
            label=_("Failed"),
            help=_("It answered with another status. Left open: as Default."),
            instead=DEFAULT,
        ),
        BranchSpec(name=TIMEOUT, label=_("Timeout"), help=_("No answer in time."), required=True),
        BranchSpec(name=ERROR, label=_("Error"), help=_("The call could not be made.")),
    )
    failures: ClassVar = {
        **FAILURES,
        "secret_unavailable": _("The secret %(secret)s does not exist or is not active."),
        "bad_address": _("The address of the action %(action)s cannot be called."),
        "https_only": _("The action %(action)s can only call by https, on the usual port."),
        "private_address": _("The action %(action)s would call an address that is not of the Internet."),
        "secret_not_for_host": _("The secret of the action %(action)s may not be sent to its address."),
        "secret_unreadable": _("The secret of the action %(action)s cannot be read: its key is missing."),
        "unreachable": _("The system that the action %(action)s calls cannot be reached."),
        "too_large": _("The answer to the action %(action)s was too large."),
        "body_not_json": _("The body of the action %(action)s is not JSON."),
    }

    def inspect(self, values: Mapping[str, PropertyValue]) -> Iterable[PropertyFault]:
        url = values["url"]
        if isinstance(url, str) and not is_written_out(url):
            yield unsafe_address("url", url)
        header = str(values["secret_header"])
        if not header.replace("-", "").isalnum() or not header.isascii():
            yield PropertyFault(
                "secret_header",
                "header_name",
                Message(_("“%(name)s” is no name of a header."), {"name": shown(header)}),
            )
        lines = _lines(values)
        if len(lines) > MOST_RESULTS:
            text = Message(_("Use at most %(maximum)s lines."), {"maximum": MOST_RESULTS})
            yield PropertyFault("results", "lines_too_many", text)
        for line in lines:
            name, path = _pair(line)
            if not VARIABLE_NAME.fullmatch(name) or not path:
                text = Message(
                    _("“%(line)s” is no variable and path: write them as status: order.status."),
                    {"line": shown(line)},
                )
                yield PropertyFault("results", "result_incomplete", text)

    def execute(self, context: Context) -> Outcome:
        values = context.values
        secret = values["secret"]
        if isinstance(secret, str) and (
            context.catalogue is None or not context.catalogue.secret_exists(secret)
        ):
            return Outcome(trouble=Trouble(code="secret_unavailable", params={"secret": secret}))
        try:
            url = filled_address(str(values["url"]), context.variables)
            body = _body(context) if values["method"] != "GET" else None
        except TemplateError as error:
            return Outcome(trouble=Trouble(code=error.code))
        except ValueError:
            return Outcome(trouble=Trouble(code="body_not_json"))
        seconds = values["timeout_seconds"]
        whole = seconds if isinstance(seconds, int) else 1
        effect = CallApi(
            action_id=context.action_id,
            number=context.step,
            method=str(values["method"]),
            url=url,
            body=body,
            timeout_seconds=whole,
            secret=secret if isinstance(secret, str) else None,
            secret_header=str(values["secret_header"]),
            secret_prefix=str(values["secret_prefix"] or ""),
        )
        wait = Wait(until=context.now + timedelta(seconds=whole) + GRACE, for_call=context.step)
        return Outcome(effects=(effect,), wait=wait, values={"method": effect.method})

    def resume(self, context: Context, event: WakeUp) -> Outcome:
        if not isinstance(event, ApiAnswered) or event.failure == TIMEOUT:
            return Outcome(branch=TIMEOUT)
        if event.status is None:
            return Outcome(trouble=Trouble(code=event.failure))
        found: dict[str, Scalar] = {"api_status": event.status}
        answer = _json(event.body)
        for name, path in map(_pair, _lines(context.values)):
            found[name] = _at(answer, path)
        branch = DEFAULT if 200 <= event.status < 300 else FAILED
        return Outcome(branch=branch, variables=found, values={"api_status": event.status})


def _lines(values: Mapping[str, PropertyValue]) -> list[str]:
    return lines_of(str(values["results"] or ""))


def _pair(line: str) -> tuple[str, str]:
    name, _colon, path = line.partition(":")
    return name.strip(), path.strip()


def _body(context: Context) -> str | None:
    """The body with its variables as JSON would write them. Raises TemplateError, ValueError."""
    source = context.values["body"]
    if not isinstance(source, str):
        return None
    encoded: dict[str, Scalar] = {
        name: json.dumps(value, ensure_ascii=False)[1:-1] if isinstance(value, str) else value
        for name, value in context.variables.items()
    }
    body = fill(source, encoded)
    json.loads(body)
    return body


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _at(answer: Any, path: str) -> Scalar:
    """The value at `order.items.0.name`, as much of it as a variable may hold; nothing where it is not."""
    for key in path.split("."):
        if isinstance(answer, dict):
            answer = answer.get(key)
        elif isinstance(answer, list) and key.isdecimal() and int(key) < len(answer):
            answer = answer[int(key)]
        else:
            return None
    if isinstance(answer, str):
        return _keepable(answer)
    if isinstance(answer, bool) or answer is None:
        return answer
    if isinstance(answer, (int, float)):
        return answer if abs(answer) < 2**53 else str(answer)[:LONGEST_VALUE]
    return _keepable(json.dumps(answer, ensure_ascii=False))


def _keepable(text: str) -> str:
    """Without what the database cannot hold: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()[:LONGEST_VALUE]
