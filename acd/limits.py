"""Limits on the pages: which value holds and where it comes from, what blank inherits, several at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from acd.choices import SHOWN, SearchedSelect
from agents.models import Agent, Team
from agents.selectors import (
    Effective,
    EffectiveLimits,
    Source,
    agents_over_limit,
    effective_limits,
    inherited_limits,
)
from core.sentences import sentences_of
from organizations.models import COOL_DOWNS, BusinessUnit

SESSIONS = ("max_concurrent_sms", "max_concurrent_chats")
LIMITS = (*SESSIONS, "sms_refusal_timeout_seconds", *COOL_DOWNS)
HANDED_DOWN = (*SESSIONS, *COOL_DOWNS)
"""Those that a team sets too."""

COOL_DOWNS_TITLE = _("Cool-downs: how long nothing is offered to an agent")

SENTENCES = {
    Source.AGENT: _("%(value)s, the agent's own"),
    Source.TEAM: _("%(value)s, from the team %(name)s"),
    Source.BUSINESS_UNIT: _("%(value)s, from the business unit %(name)s"),
}
SHORT = {
    Source.AGENT: "%(value)s",
    Source.TEAM: _("%(value)s (team)"),
    Source.BUSINESS_UNIT: _("%(value)s (business unit)"),
}


def said(effective: Effective, *, team: Team | None, unit: BusinessUnit) -> str:
    """A value and its source, as "3, from the team Front desk"."""
    name = {Source.AGENT: "", Source.TEAM: team, Source.BUSINESS_UNIT: unit}[effective.source]
    return str(SENTENCES[effective.source]) % {"value": effective.value, "name": name}


def said_shortly(effective: Effective, *, unit: str = "", in_team: bool = False) -> str:
    """The same in a list of agents, or of teams."""
    value = f"{effective.value}\u00a0{unit}" if unit else str(effective.value)
    if in_team and effective.source is Source.TEAM:
        return value
    return str(SHORT[effective.source]) % {"value": value}


def held(agent: Agent) -> SafeString:
    """What holds for an agent, a line for each limit."""
    holds = effective_limits(agent)
    return format_html_join(
        "",
        "<div>{}: {}</div>",
        (
            (
                capfirst(_column(name).verbose_name),
                said(getattr(holds, name), team=agent.team, unit=agent.business_unit),
            )
            for name in LIMITS
        ),
    )


def _column(name: str) -> Any:
    return Agent._meta.get_field(name)


def limit_field(name: str) -> forms.Field:
    """The field of a form for one of an agent's limits, with its sentences."""
    column = _column(name)
    field: forms.Field = column.formfield(required=False, error_messages=sentences_of(column))
    return field


class TeamWidget(SearchedSelect):
    """Each team with what its members inherit, so that the page can show it when another one is chosen."""

    unit: BusinessUnit | None = None
    teams: Mapping[int, Team] = {}
    """Those among the options."""

    def create_option(self, name: str, value: Any, *arguments: Any, **options: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *arguments, **options)
        team = self.teams.get(int(value)) if str(value).isdigit() else None
        unit = team.business_unit if team is not None else None if value else self.unit
        if unit is not None:
            holds = inherited_limits(unit, team)
            for field in HANDED_DOWN:
                effective: Effective = getattr(holds, field)
                option["attrs"] |= {
                    f"data-{field}": effective.value,
                    f"data-{field}-said": _blank_inherits(effective, team, unit),
                }
        return option


def watch_team(form: forms.BaseForm, *, team: Team | None, unit: BusinessUnit | None) -> None:
    """Let the page show what the chosen team would hand down."""
    field = form.fields.get("team")
    if not isinstance(field, forms.ModelChoiceField) or field.queryset is None:
        return
    rows = [*field.queryset.select_related("business_unit")[:SHOWN], *([team] if team is not None else [])]
    widget = TeamWidget(Agent._meta.get_field("team"), attrs={"data-team": ""})
    widget.unit, widget.teams = unit, {row.pk: row for row in rows}
    field.widget = widget
    choices: Any = field.choices
    widget.choices = choices


def show_inherited(form: forms.BaseForm, *, team: Team | None, unit: BusinessUnit | None) -> None:
    """What a blank field inherits: as the placeholder of the field, and in words below it."""
    holds: EffectiveLimits | None = None if unit is None else inherited_limits(unit, team)
    for name in LIMITS:
        field = form.fields.get(name)
        if field is None:
            continue
        text = str(_("Blank inherits."))
        if holds is not None and unit is not None:
            effective: Effective = getattr(holds, name)
            field.widget.attrs["placeholder"] = effective.value
            text = _blank_inherits(effective, team, unit)
        before = field.help_text if name not in HANDED_DOWN else ""
        field.help_text = format_html(
            '{} <span data-inherits="{}" data-unknown="{}">{}</span>',
            before,
            name,
            _("Blank inherits."),
            text,
        )


def _blank_inherits(effective: Effective, team: Team | None, unit: BusinessUnit) -> str:
    return str(_("Blank inherits: %(what)s.")) % {"what": said(effective, team=team, unit=unit)}


class LimitsForm(forms.Form):
    """New limits for several agents: blank leaves a limit as it is, "inherit" takes the agent's own away."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in LIMITS:
            field = limit_field(name)
            if name in HANDED_DOWN:
                field.help_text = ""
            field.widget.attrs["placeholder"] = _("unchanged")
            self.fields[name] = field
            self.fields[f"{name}_inherit"] = forms.BooleanField(label=_("Inherit"), required=False)

    def pairs(self) -> Iterator[tuple[Any, Any]]:
        """Each value with the box beside it."""
        for name in LIMITS:
            yield self[name], self[f"{name}_inherit"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in LIMITS:
            if cleaned.get(name) is not None and cleaned.get(f"{name}_inherit"):
                self.add_error(name, _("Give a value or tick “inherit”, not both."))
        if not self.errors and not self.limits():
            self.add_error(None, _("Give at least one value, or tick “inherit”."))
        return cleaned

    def limits(self) -> dict[str, int | None]:
        """What to set; None inherits."""
        return {
            name: self.cleaned_data[name]
            for name in LIMITS
            if self.cleaned_data.get(name) is not None or self.cleaned_data.get(f"{name}_inherit")
        }


class WatchesLoad:
    """Says after a change who has more sessions than his new limit, and that they go on."""

    load_path: ClassVar[str] = "pk"
    """From an agent to the object that was changed."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]  # of the admin it is mixed into
        if change:
            warn_of_load(request, **{self.load_path: form.instance.pk})


def warn_of_load(request: HttpRequest, **about: int | list[int]) -> None:
    """A message when agents have more sessions than they may; nothing is taken from them."""
    found = agents_over_limit(Agent.objects.filter(**about))
    if found:
        names = ", ".join(f"{agent} ({agent.state.load})" for agent in found)
        sentence = ngettext(
            "%(names)s has more sessions than the limit. They go on; new ones come once there are fewer.",
            "%(names)s have more sessions than the limit. They go on; new ones come once there are fewer.",
            len(found),
        )
        messages.warning(request, sentence % {"names": names})
