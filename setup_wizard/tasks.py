"""How each task is done: which form, filled with what, and which service writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from acd.admin.sms_registrations import ConnectionTestForm
from acd.base import ConfiguredForm
from acd.limits import said_shortly
from agents.models import Agent, AgentSkill
from agents.selectors import effective_limits
from campaigns.models import Campaign
from core.permissions import Verb, missing, sentence_about
from organizations.models import BusinessUnit
from points_of_contact.models import PointOfContact
from scripts.models import Script
from scripts.selectors import published_version
from scripts.starters import plain_queue
from setup_wizard import steps
from setup_wizard.following import first_text_at
from setup_wizard.forms import Section, Shape, add_new_names, add_proficiency, make_form, page_of
from setup_wizard.selectors import Channel, existing, staff_of
from setup_wizard.services import set_outcomes
from setup_wizard.steps import Step
from skills.models import Skill
from sms_registrations.models import SmsRegistration
from sms_registrations.providers.registry import get_provider, provider_choices

Text = str | Promise
Fact = tuple[Text, object]


ACTIONS_SHOWN = 6


class Task:
    """A step of the wizard whose object is made or changed by the form of its ACD page."""

    step: ClassVar[Step]
    shape: ClassVar[Shape]
    attribute: ClassVar[str]
    """What of the channel the task makes."""
    create_label: ClassVar[Text] = _("Create")
    needs: ClassVar[tuple[Step, ...]] = ()
    """What must be done before."""
    template = "setup/step.html"

    # -- What is there ---------------

    def instance(self, channel: Channel | None) -> Any:
        """The object that is changed; None: one is to be made."""
        return getattr(channel, self.attribute) if channel else None

    def made(self, channel: Channel | None) -> Any:
        """The object, if making it is the task."""
        return self.instance(channel)

    def missing(self, channel: Channel | None) -> Step | None:
        """What has to be done first."""
        states = channel.states if channel else {}
        return next((step for step in self.needs if states.get(step) is steps.State.TO_DO), None)

    def is_allowed(self, request: HttpRequest, channel: Channel | None) -> bool:
        """Whether the person may do it: create what is not there, change what is."""
        page, instance = page_of(self.shape.model), self.instance(channel)
        if instance is not None:
            return page.has_change_permission(request, instance)
        permitted = request.user.has_perms(self.step.permissions)
        return permitted and page.has_add_permission(request)

    def needed(self, request: HttpRequest, channel: Channel | None) -> str:
        """The sentence that names the permissions the person lacks."""
        verb = Verb.CREATE if self.instance(channel) is None else Verb.EDIT
        codes = missing(request.user, self.shape.model, verb)
        return sentence_about(codes) if codes else ""

    def facts(self, _channel: Channel | None) -> list[Fact]:
        """What is settled already and shown above the form."""
        return []

    def reusable(self, _channel: Channel) -> list[Any]:
        """Objects that are there and may be chosen instead of making one."""
        return []

    def context(self, _request: HttpRequest, _channel: Channel | None) -> dict[str, Any]:
        """What else the page shows."""
        return {}

    # -- The form ---------------

    def initial(self, _channel: Channel | None, _request: HttpRequest) -> dict[str, Any]:
        """What a new object's form is filled with."""
        return {}

    def given(self, _channel: Channel | None) -> dict[str, Any]:
        """What the channel settles of a new object."""
        return {}

    def form(
        self, request: HttpRequest, channel: Channel | None, data: QueryDict | None = None
    ) -> ConfiguredForm:
        instance = self.instance(channel)
        return make_form(
            request,
            self.shape,
            instance=instance,
            business_unit=channel.registration.business_unit if channel else None,
            data=data,
            initial={} if instance else self.initial(channel, request),
        )

    def write(self, request: HttpRequest, form: ConfiguredForm, channel: Channel | None) -> Any:
        """One call of the service. Raises DomainError."""
        page = page_of(self.shape.model)
        if self.instance(channel) is not None:
            return page.write(request, form, change=True)
        unit: dict[str, Any] = {"business_unit": channel.registration.business_unit} if channel else {}
        return page.write(request, form, change=False, **unit, **self.given(channel))


class RegistrationTask(Task):
    step = steps.REGISTRATION
    attribute = "registration"
    template = "setup/registration.html"
    shape = Shape(
        SmsRegistration,
        ("provider", "transport_code", "name", "api_key", "api_secret"),
        (
            Section(
                _("More options"),
                (
                    "business_unit",
                    "number_type",
                    "country",
                    "messages_per_second",
                    "price_per_segment",
                    "price_currency",
                    "signature_method",
                    "signature_secret",
                    "notes",
                ),
                _("Has defaults: a long code, 10 messages per second, webhooks not signed."),
            ),
        ),
        hints={
            "provider": _("Nexmo is called Vonage today. The Simulator is for trials without an account."),
            "name": _("What colleagues call the number. Blank: the number itself."),
            "api_secret": _("Kept encrypted and never shown. Blank keeps the one that is stored."),
            "signature_secret": _("Kept encrypted and never shown. Blank keeps the one that is stored."),
        },
    )

    def made(self, _channel: Channel | None) -> Any:
        """Its page shows the connection instead."""
        return None

    def initial(self, _channel: Channel | None, request: HttpRequest) -> dict[str, Any]:
        unit = getattr(request.user, "business_unit", None) or BusinessUnit.objects.order_by("pk").first()
        return {"business_unit": unit}

    def form(
        self, request: HttpRequest, channel: Channel | None, data: QueryDict | None = None
    ) -> ConfiguredForm:
        form = super().form(request, channel, data)
        form.fields["name"].required = False
        provider: Any = form.fields["provider"]
        provider.choices = [("", _("Choose a provider")), *provider_choices()]
        return form

    def context(self, request: HttpRequest, channel: Channel | None) -> dict[str, Any]:
        """How to connect the number with its provider, and whether that works."""
        if channel is None:
            return {}
        registration = channel.registration
        host = urlsplit(settings.PUBLIC_URL).hostname or ""
        return {
            "advice": get_provider(registration.provider).setup_advice,
            "is_unreachable": host == "localhost" or host.startswith("127.") or host == "::1",
            "public_url": settings.PUBLIC_URL,
            "first_text_at": first_text_at(registration),
            "connection_form": ConnectionTestForm() if self.is_allowed(request, channel) else None,
        }


class CampaignTask(Task):
    step = steps.CAMPAIGN
    attribute = "campaign"
    create_label = _("Create campaign")
    shape = Shape(
        Campaign,
        ("name", "description"),
        (Section(_("More options"), ("notes",)),),
    )

    def reusable(self, channel: Channel) -> list[Any]:
        return list(existing("campaign", channel.registration))


class SkillTask(Task):
    step = steps.SKILL
    attribute = "skill"
    needs = (steps.CAMPAIGN,)
    direction = Skill.Direction.INBOUND
    shape = Shape(
        Skill,
        ("name", "campaign"),
        (
            Section(
                _("Skill information"),
                ("after_contact_work_seconds", "notes"),
                _("Has defaults. May be set later."),
            ),
            Section(
                _("Screen pops"),
                ("use_screen_pops", "screen_pop_url", "screen_pop_trigger"),
                _(
                    "A pop-up with information on the contact, shown in the agent suite only. "
                    "May be set later."
                ),
            ),
            Section(
                _("Queue priority management"),
                ("initial_priority", "acceleration", "max_priority"),
                _(
                    "A waiting contact begins with the initial priority and gains the acceleration each "
                    "minute, up to the maximum. With the defaults who waits longest comes first. "
                    "May be set later."
                ),
            ),
            Section(
                _("Service level"),
                (
                    "service_level_threshold_seconds",
                    "service_level_goal_percent",
                    "short_abandon_enabled",
                    "short_abandon_threshold_seconds",
                ),
                _(
                    "The goal by default: 80 percent of the contacts answered within 30 seconds. Reports "
                    "measure it. May be set later."
                ),
            ),
        ),
    )

    def facts(self, channel: Channel | None) -> list[Fact]:
        return [
            (_("Media type"), Skill.MediaType.SMS.label),
            (_("Direction"), Skill.Direction(self.direction).label),
        ]

    def initial(self, channel: Channel | None, _request: HttpRequest) -> dict[str, Any]:
        return {"campaign": channel.campaign if channel else None}

    def given(self, channel: Channel | None) -> dict[str, Any]:
        return {"media_type": Skill.MediaType.SMS, "direction": self.direction}

    def reusable(self, channel: Channel) -> list[Any]:
        return [] if channel.point_of_contact else list(existing("skill", channel.registration))


class OutboundSkillTask(SkillTask):
    step = steps.OUTBOUND_SKILL
    attribute = "outbound_skill"
    direction = Skill.Direction.OUTBOUND
    # Nobody waits in the queue of an outbound skill before an agent writes: only answers do.
    shape = Shape(Skill, SkillTask.shape.first, SkillTask.shape.sections[:3])

    def facts(self, channel: Channel | None) -> list[Fact]:
        code = channel.registration.transport_code if channel else ""
        return [
            *super().facts(channel),
            (_("Outbound strategy"), Skill.OutboundStrategy.MANUAL.label),
            (_("SMS transport code"), code),
        ]

    def given(self, channel: Channel | None) -> dict[str, Any]:
        return {
            **super().given(channel),
            "outbound_strategy": Skill.OutboundStrategy.MANUAL,
            "transport_code": channel.registration if channel else None,
        }

    def reusable(self, channel: Channel) -> list[Any]:
        return []


class ScriptTask(Task):
    step = steps.SCRIPT
    attribute = "script"
    template = "setup/script.html"
    create_label = _("Create script")
    shape = Shape(Script, ("name",), labels={"name": _("Script name")})

    def initial(self, channel: Channel | None, _request: HttpRequest) -> dict[str, Any]:
        return {"name": _("%(name)s: plain queue") % {"name": channel.registration.name if channel else ""}}

    def given(self, _channel: Channel | None) -> dict[str, Any]:
        return {"definition": plain_queue()}

    def reusable(self, channel: Channel) -> list[Any]:
        return [] if channel.point_of_contact else list(existing("script", channel.registration))

    def context(self, _request: HttpRequest, channel: Channel | None) -> dict[str, Any]:
        script = self.instance(channel)
        version = published_version(script) if script else None
        return {
            "types": _main_path(version.definition if version else plain_queue()),
            "script_address": _editor_of(script) if script else "",
            "hours_address": reverse("admin:hours_hoursofoperation_changelist"),
        }


def _main_path(definition: Mapping[str, Any]) -> list[str]:
    """The types of the actions from BEGIN along the first branch of each, as far as that leads."""
    types = {one["id"]: one["type"] for one in definition["actions"]}
    following: dict[str, str] = {}
    for branch in definition["branches"]:
        following.setdefault(branch["from"], branch["to"])
    path: list[str] = []
    at = next((key for key, name in types.items() if name == "BEGIN"), "")
    while at in types and len(path) < ACTIONS_SHOWN:
        path.append(types.pop(at))
        at = following.get(at, "")
    return path


def _editor_of(script: Script) -> str:
    """Studio, where it is installed, else the script's page."""
    for name, arguments in (("studio-script", [script.pk]), ("studio", [])):
        try:
            return reverse(name, args=arguments)
        except NoReverseMatch:
            continue
    return reverse("admin:scripts_script_change", args=[script.pk])


class PointOfContactTask(Task):
    step = steps.POINT_OF_CONTACT
    attribute = "point_of_contact"
    needs = (steps.SKILL, steps.SCRIPT)
    create_label = _("Create point of contact")
    shape = Shape(
        PointOfContact,
        ("name", "skill", "script", "ivr_reporting_enabled"),
        hints={
            "ivr_reporting_enabled": _(
                "Records the path of each contact through the actions of the script, for the IVR path report."
            )
        },
    )

    def facts(self, channel: Channel | None) -> list[Fact]:
        code = channel.registration.transport_code if channel else ""
        return [(_("Media type"), PointOfContact.MediaType.SMS.label), (_("Transport code"), code)]

    def initial(self, channel: Channel | None, _request: HttpRequest) -> dict[str, Any]:
        if channel is None:
            return {}
        name = _("%(name)s by SMS") % {"name": channel.registration.name}
        return {"name": name, "skill": channel.skill, "script": channel.script}

    def given(self, channel: Channel | None) -> dict[str, Any]:
        return {
            "media_type": PointOfContact.MediaType.SMS,
            "transport_code": channel.registration if channel else None,
        }

    def form(
        self, request: HttpRequest, channel: Channel | None, data: QueryDict | None = None
    ) -> ConfiguredForm:
        """Only what a point of contact can use is offered; what it uses already stays."""
        form = super().form(request, channel, data)
        if channel is not None:
            for name in ("skill", "script"):
                usable = existing(name, channel.registration).values("pk")
                one: Any = form.fields[name]
                present = getattr(channel, name)
                one.queryset = one.queryset.filter(pk__in=usable) | one.queryset.filter(
                    pk=present.pk if present else None
                )
        return form


class _SkillPartTask(Task):
    """A task that gives the skill something more."""

    attribute = "skill"
    needs = (steps.SKILL,)

    def made(self, _channel: Channel | None) -> Any:
        return None


class OutcomesTask(_SkillPartTask):
    step = steps.OUTCOMES
    shape = Shape(
        Skill,
        ("dispositions", "new_dispositions", "require_disposition", "tags", "new_tags"),
        hints={
            "dispositions": _("Agents choose one of them when a conversation ends."),
            "tags": _("Agents may put any number of them on a conversation."),
        },
    )

    def form(
        self, request: HttpRequest, channel: Channel | None, data: QueryDict | None = None
    ) -> ConfiguredForm:
        form = super().form(request, channel, data)
        add_new_names(form, self.shape)
        return form

    def write(self, request: HttpRequest, form: ConfiguredForm, channel: Channel | None) -> Any:
        return set_outcomes(
            by=request.user,  # type: ignore[arg-type]  # signed in
            instance=self.instance(channel),
            **form.cleaned_data,
        )


class AgentsTask(_SkillPartTask):
    step = steps.AGENTS
    template = "setup/agents.html"
    shape = Shape(
        Skill,
        ("agents",),
        labels={"agents": _("Agents of the skill")},
        hints={"agents": _("Search by name. Proficiency 1 is best, 20 worst: the best is asked first.")},
    )

    def context(self, request: HttpRequest, channel: Channel | None) -> dict[str, Any]:
        skill = self.instance(channel)
        if skill is None:
            return {}
        return {
            "staff": [_with_limits(link) for link in staff_of(skill)[:STAFF_SHOWN]],
            "may_create_agent": page_of(Agent).has_add_permission(request),
        }


STAFF_SHOWN = 50


def _with_limits(link: AgentSkill) -> dict[str, Any]:
    """An agent of the skill and what holds for him, with where it comes from."""
    holds = effective_limits(link.agent)
    return {
        "link": link,
        "limits": (
            said_shortly(holds.max_concurrent_sms),
            said_shortly(holds.max_concurrent_chats),
            said_shortly(holds.sms_refusal_timeout_seconds, unit="s"),
        ),
    }


class NewAgentTask(Task):
    """The second form of the page of agents: somebody who is no agent yet."""

    step = steps.AGENTS
    attribute = "agent"
    needs = (steps.SKILL,)
    create_label = _("Create agent")
    shape = Shape(
        Agent,
        ("username", "first_name", "last_name", "password", "proficiency"),
        (
            Section(
                _("Limits"),
                ("team", "max_concurrent_sms", "max_concurrent_chats", "sms_refusal_timeout_seconds"),
                _(
                    "Blank values come from the team, else from the business unit. "
                    "The agent's own value wins."
                ),
            ),
        ),
        hints={
            "username": _(
                "With it the agent signs in. The user name of a colleague who has an account, or your own, "
                "makes that person an agent."
            ),
            "password": _("At least 12 characters. Leave blank if the account exists."),
        },
    )

    def instance(self, _channel: Channel | None) -> Any:
        return None

    def is_allowed(self, request: HttpRequest, _channel: Channel | None) -> bool:
        return page_of(Agent).has_add_permission(request)

    def form(
        self, request: HttpRequest, channel: Channel | None, data: QueryDict | None = None
    ) -> ConfiguredForm:
        form = super().form(request, channel, data)
        add_proficiency(form, self.shape)
        return form

    def write(self, request: HttpRequest, form: ConfiguredForm, channel: Channel | None) -> Any:
        proficiency = form.cleaned_data.pop("proficiency")
        assert channel is not None
        return page_of(Agent).write(
            request,
            form,
            change=False,
            business_unit=channel.registration.business_unit,
            skills=[(channel.skill, proficiency)],
        )


NEW_AGENT = NewAgentTask()
TASKS: Mapping[Step, Task] = {
    task.step: task
    for task in (
        RegistrationTask(),
        CampaignTask(),
        SkillTask(),
        OutboundSkillTask(),
        ScriptTask(),
        PointOfContactTask(),
        OutcomesTask(),
        AgentsTask(),
    )
}
