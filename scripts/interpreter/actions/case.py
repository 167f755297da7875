"""CASE: one of several ways, by a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar, Final

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, ERROR, Action, BranchSpec, Context, Group, Outcome
from scripts.interpreter.messages import Message, shown
from scripts.interpreter.properties import (
    Choice,
    Kind,
    PropertyFault,
    PropertySpec,
    PropertyValue,
    lines_of,
)
from scripts.interpreter.registry import register
from scripts.interpreter.wording import FAILURES, filled

EQUALS: Final = "equals"
STARTS: Final = "starts"
CONTAINS: Final = "contains"
MOST_CASES: Final = 50
LONGEST_CASE: Final = 64

_FITS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    EQUALS: lambda value, case: value == case,
    STARTS: lambda value, case: value.startswith(case),
    CONTAINS: lambda value, case: case in value,
}


@register
class Case(Action):
    """Compare a value with several and go on at the branch of the first that fits.

    {"id": "menu", "type": "CASE", "properties": {"value": "{{ text }}", "cases": "1\\n2\\nagent"}}

    Effects: none. Without regard to capitals and to blanks around, as customers type.
    """

    type: ClassVar = "CASE"
    name: ClassVar = _("Case")
    group: ClassVar = Group.FLOW
    description: ClassVar = _(
        "Compares a value with several others and goes on at the first that fits, else at Default. "
        "Capital letters and blanks around do not matter."
    )
    properties: ClassVar = (
        PropertySpec(
            name="value",
            kind=Kind.TEMPLATE,
            label=_("Value"),
            help=_("What is compared: what the customer wrote, unless you enter something else."),
            default="{{ text }}",
            max_length=1_000,
        ),
        PropertySpec(
            name="match",
            kind=Kind.CHOICE,
            label=_("Comparison"),
            help=_("When a case fits."),
            default=EQUALS,
            choices=(
                Choice(EQUALS, _("The value is the same")),
                Choice(STARTS, _("The value starts with it")),
                Choice(CONTAINS, _("The value contains it")),
            ),
        ),
        PropertySpec(
            name="cases",
            kind=Kind.LINES,
            label=_("Cases"),
            help=_("One on each line; each becomes a branch."),
            required=True,
            max_length=4_000,
            multiline=True,
        ),
    )
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label=_("Default"), help=_("No case fits.")),
        BranchSpec(name=ERROR, label=_("Error"), help=_("The value cannot be worked out.")),
    )
    failures: ClassVar = FAILURES
    exits_from: ClassVar = "cases"

    def exits(self, values: Mapping[str, PropertyValue]) -> tuple[BranchSpec, ...]:
        named = [BranchSpec(name=case, label=case, help="") for case in _cases(values)]
        taken = {spec.name for spec in self.branches}
        return (*(spec for spec in named if spec.name not in taken), *self.branches)

    def inspect(self, values: Mapping[str, PropertyValue]) -> Iterable[PropertyFault]:
        cases = _cases(values)
        if len(cases) > MOST_CASES:
            text = Message(_("Use at most %(maximum)s cases."), {"maximum": MOST_CASES})
            yield PropertyFault("cases", "cases_too_many", text)
        seen: set[str] = {DEFAULT, ERROR}
        for case in cases:
            if len(case) > LONGEST_CASE:
                text = Message(
                    _("The case “%(case)s” is too long: use at most %(maximum)s characters."),
                    {"case": shown(case), "maximum": LONGEST_CASE},
                )
                yield PropertyFault("cases", "case_too_long", text)
            elif case.casefold() in seen:
                text = Message(
                    _("The case “%(case)s” is there twice, or is the name of another branch."),
                    {"case": shown(case)},
                )
                yield PropertyFault("cases", "case_twice", text)
            seen.add(case.casefold())

    def execute(self, context: Context) -> Outcome:
        given = filled(context, "value")
        if given.trouble is not None:
            return Outcome(trouble=given.trouble)
        value = given.text.strip().casefold()
        fits = _FITS[str(context.values["match"])]
        for case in _cases(context.values):
            if fits(value, case.casefold()):
                return Outcome(branch=case, values={"case": case})
        return Outcome()


def _cases(values: Mapping[str, PropertyValue]) -> list[str]:
    return lines_of(str(values["cases"] or ""))
