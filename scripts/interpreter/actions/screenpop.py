"""SCREENPOP: show the agent what he needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Final

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, ERROR, Action, BranchSpec, Context, Group, Outcome, Trouble
from scripts.interpreter.addresses import filled_address, is_written_out, unsafe_address
from scripts.interpreter.effects import ShowScreenPop
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
from scripts.interpreter.templates import TemplateError, check_text, fill
from scripts.interpreter.wording import FAILURES

PANEL: Final = "panel"
TAB: Final = "tab"
YES: Final = "yes"
NO: Final = "no"
MOST_ROWS: Final = 20
LONGEST_TITLE: Final = 200
LONGEST_LABEL: Final = 60
LONGEST_VALUE: Final = 500


@register
class ScreenPopAction(Action):
    """Show a screen pop on the agent's page.

    {"id": "pop", "type": "SCREENPOP", "properties": {"title": "Order {{ order }}",
     "fields": "Order: {{ order }}\\nWrote: {{ text }}",
     "links": "CRM: https://crm.example.com/customer?number={{ customer }}",
     "form": "reason: Reason of the call", "history": "yes"}}

    Effects: ShowScreenPop. Each line is filled in by itself, so that no value becomes a line; in addresses
    variables are encoded, and scheme and host must be written out.
    """

    type: ClassVar = "SCREENPOP"
    name: ClassVar = _("Screen pop")
    group: ClassVar = Group.DATA
    description: ClassVar = _(
        "Shows the agent a screen pop with what you choose, now or as soon as he has the contact. Only if "
        "the skill uses screen pops. Its form fills variables."
    )
    properties: ClassVar = (
        PropertySpec(
            name="title",
            kind=Kind.TEMPLATE,
            label=_("Title"),
            help=_("The heading of the screen pop."),
            default="{{ customer }}",
            max_length=LONGEST_TITLE,
        ),
        PropertySpec(
            name="fields",
            kind=Kind.TEMPLATE,
            label=_("Fields"),
            help=_("One on each line, a label and its value: Order: {{ order }}"),
            max_length=4_000,
            multiline=True,
        ),
        PropertySpec(
            name="links",
            kind=Kind.TEMPLATE,
            label=_("Links"),
            help=_(
                "One on each line, a label and its address: "
                "CRM: https://crm.example.com/?number={{ customer }}"
            ),
            max_length=4_000,
            multiline=True,
        ),
        PropertySpec(
            name="url",
            kind=Kind.TEMPLATE,
            label=_("Address"),
            help=_(
                "A page of another system, with variables. The host must be allowed in the business unit."
            ),
            max_length=1_000,
        ),
        PropertySpec(
            name="where",
            kind=Kind.CHOICE,
            label=_("Where the address opens"),
            help=_("By a link in the panel, or by itself in a tab of the browser."),
            default=PANEL,
            choices=(Choice(PANEL, _("By a link in the panel")), Choice(TAB, _("In a tab of the browser"))),
        ),
        PropertySpec(
            name="history",
            kind=Kind.CHOICE,
            label=_("Earlier contacts"),
            help=_("Whether the earlier contacts of the customer are listed."),
            default=YES,
            choices=(Choice(YES, _("Show them")), Choice(NO, _("Leave them out"))),
        ),
        PropertySpec(
            name="form",
            kind=Kind.LINES,
            label=_("Form"),
            help=_("Fields for the agent, one on each line, a variable and its label: reason: Reason"),
            max_length=2_000,
            multiline=True,
        ),
    )
    sets_from: ClassVar = "form"
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label=_("Default"), help=_("What to do next.")),
        BranchSpec(name=ERROR, label=_("Error"), help=_("A value cannot be put together.")),
    )
    failures: ClassVar = FAILURES

    def inspect(self, values: Mapping[str, PropertyValue]) -> Iterable[PropertyFault]:
        for name in ("fields", "links", "form"):
            lines = _lines(values, name)
            if len(lines) > MOST_ROWS:
                text = Message(_("Use at most %(maximum)s lines."), {"maximum": MOST_ROWS})
                yield PropertyFault(name, "lines_too_many", text)
            for line in lines:
                fault = _fault_of(name, line)
                if fault is not None:
                    yield fault
        url = values["url"]
        if isinstance(url, str) and not is_written_out(url):
            yield unsafe_address("url", url)

    def execute(self, context: Context) -> Outcome:
        try:
            effect = _pop(context)
        except TemplateError as error:
            return Outcome(trouble=Trouble(code=error.code))
        return Outcome(effects=(effect,), values={"fields": len(effect.fields), "links": len(effect.links)})


def _pop(context: Context) -> ShowScreenPop:
    values, variables = context.values, context.variables
    links = [(label, filled_address(text, variables)) for label, text in map(_pair, _lines(values, "links"))]
    return ShowScreenPop(
        action_id=context.action_id,
        title=fill(str(values["title"]), variables).strip()[:LONGEST_TITLE],
        fields=tuple(
            (label, fill(text, variables).strip()[:LONGEST_VALUE])
            for label, text in map(_pair, _lines(values, "fields"))
        ),
        links=tuple((label, address) for label, address in links if address),
        form=tuple(_pair(line) for line in _lines(values, "form")),
        url=filled_address(str(values["url"] or ""), variables),
        opens=values["where"] == TAB,
        history=values["history"] == YES,
    )


def _lines(values: Mapping[str, PropertyValue], name: str) -> list[str]:
    return lines_of(str(values[name] or ""))


def _pair(line: str) -> tuple[str, str]:
    """A label and what follows its colon."""
    label, _colon, rest = line.partition(":")
    return label.strip()[:LONGEST_LABEL], rest.strip()


def _fault_of(name: str, line: str) -> PropertyFault | None:
    label, rest = _pair(line)
    if not label or not rest:
        text = Message(
            _("“%(line)s” is no label and value: write a colon between them."), {"line": shown(line)}
        )
        return PropertyFault(name, "line_incomplete", text)
    if name == "form" and not VARIABLE_NAME.fullmatch(label):
        text = Message(_("“%(name)s” is no name of a variable."), {"name": shown(label)})
        return PropertyFault(name, "form_variable", text)
    if name == "links" and not is_written_out(rest):
        return unsafe_address(name, rest)
    try:
        check_text(rest)
    except TemplateError as error:
        text = Message(
            _("This text cannot be read: %(reason)s. Variables are written {{ name }}."),
            {"reason": error.message},
        )
        return PropertyFault(name, "property_template", text)
    return None
