"""ASKCALLER: ask the customer, and wait for the answer."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Final

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import (
    ERROR,
    TIMEOUT,
    BranchSpec,
    Context,
    Group,
    Outcome,
    Wait,
    WaitingAction,
)
from scripts.interpreter.effects import SendText
from scripts.interpreter.events import MessageReceived, WakeUp
from scripts.interpreter.properties import Kind, PropertySpec
from scripts.interpreter.registry import register
from scripts.interpreter.wording import FAILURES, MOST_CHARACTERS, filled, text_for_customer

RESPONDED: Final = "responded"
LONGEST_ANSWER: Final = 2_000
"""Characters of an answer that are kept."""


@register
class AskCaller(WaitingAction):
    """Send a question and wait for the next text of the customer.

    {"id": "ask", "type": "ASKCALLER", "properties": {"message": "1 for sales, 2 for support",
     "result_var": "choice", "timeout_seconds": 300}}

    Effects: SendText. The answer is in the variable that is named, and in `text`. The original product waits
    for a minute at most; here it may be a week, as no process waits.
    """

    type: ClassVar = "ASKCALLER"
    name: ClassVar = _("Ask the customer")
    group: ClassVar = Group.TEXT
    description: ClassVar = _(
        "Sends a question and waits for the customer's next text. The answer is kept in a variable, "
        "and in {{ text }}."
    )
    properties: ClassVar = (
        PropertySpec(
            name="message",
            kind=Kind.TEMPLATE,
            label=_("Message"),
            help=_("The question that the customer gets."),
            required=True,
            max_length=MOST_CHARACTERS,
            multiline=True,
        ),
        PropertySpec(
            name="result_var",
            kind=Kind.VARIABLE,
            label=_("Variable"),
            help=_("Keeps the answer under this name."),
            default="answer",
            max_length=40,
        ),
        PropertySpec(
            name="timeout_seconds",
            kind=Kind.INTEGER,
            label=_("Timeout (seconds)"),
            help=_("How long to wait for the answer, from 1 second to 7 days (604800)."),
            default=300,
            minimum=1,
            maximum=7 * 24 * 3600,
        ),
    )
    sets: ClassVar = ("text",)
    branches: ClassVar = (
        BranchSpec(name=RESPONDED, label=_("Responded"), help=_("The customer answered."), required=True),
        BranchSpec(
            name=TIMEOUT, label=_("Timeout"), help=_("The customer did not answer in time."), required=True
        ),
        BranchSpec(name=ERROR, label=_("Error"), help=_("What to do if the text cannot be put together.")),
    )
    failures: ClassVar = FAILURES

    def execute(self, context: Context) -> Outcome:
        text, trouble = text_for_customer(filled(context, "message"))
        if trouble is not None:
            return Outcome(trouble=trouble)
        seconds = context.values["timeout_seconds"]
        until = context.now + timedelta(seconds=seconds if isinstance(seconds, int) else 1)
        return Outcome(
            effects=(SendText(action_id=context.action_id, text=text),),
            values={"characters": len(text)},
            wait=Wait(until=until, for_message=True),
        )

    def resume(self, context: Context, event: WakeUp) -> Outcome:
        if not isinstance(event, MessageReceived):
            return Outcome(branch=TIMEOUT)
        answer = event.text.strip()[:LONGEST_ANSWER]
        name = str(context.values["result_var"])
        return Outcome(
            branch=RESPONDED,
            variables={name: answer, "text": answer},
            values={"variable": name, "characters": len(answer)},
        )
