"""Figures rolled up from the log of events, and the reports that people keep.

Everything above `Report` is derived: `manage.py roll_up --rebuild` makes it again. What it is for stands in
docs/reports.md, why it is exact in decision 0018.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agents.models import Agent
from contacts.models import Contact, Customer
from dispositions.models import Disposition, Tag
from organizations.models import BusinessUnit, User
from points_of_contact.models import PointOfContact
from skills.models import Skill

SLOT_MINUTES = 15
"""Every figure belongs to a quarter of an hour, so that it can be shown in any time zone."""


class RollUp(models.Model):
    """How far the figures are. `horizon`: every transaction below that number is in them.

    A cursor says how far a rebuild has come: the last contact, then the last agent. Null: none is going on.
    """

    name = models.CharField(max_length=20, unique=True)
    horizon = models.BigIntegerField()
    rolled_until = models.DateTimeField(db_default=Now(), help_text="Until when agents' time is counted.")
    complete_until = models.DateTimeField(null=True, help_text="Everything that happened until then is in.")
    contact_cursor = models.BigIntegerField(null=True)
    agent_cursor = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.name} until {self.rolled_until}"


class SkillRule(models.Model):
    """What was asked of a skill from a moment on: a contact is measured by what held when it was queued."""

    skill = models.ForeignKey(Skill, db_index=False, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    threshold_seconds = models.PositiveIntegerField()
    short_abandon_enabled = models.BooleanField()
    short_abandon_seconds = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["skill", "since"], name="skill_rule_since")]

    def __str__(self) -> str:
        return f"{self.skill_id}: {self.threshold_seconds} s since {self.since}"


class Measures(models.Model):
    """What is counted. Times are sums of milliseconds."""

    queued = models.IntegerField(default=0, db_default=0)
    returned = models.IntegerField(default=0, db_default=0)
    moved = models.IntegerField(default=0, db_default=0)
    answered = models.IntegerField(default=0, db_default=0)
    in_time = models.IntegerField(default=0, db_default=0)
    wait_ms = models.BigIntegerField(default=0, db_default=0)
    abandoned = models.IntegerField(default=0, db_default=0)
    short_abandoned = models.IntegerField(default=0, db_default=0)
    abandon_ms = models.BigIntegerField(default=0, db_default=0)
    accepted = models.IntegerField(default=0, db_default=0)
    started = models.IntegerField(default=0, db_default=0)
    handled = models.IntegerField(default=0, db_default=0)
    talk_ms = models.BigIntegerField(default=0, db_default=0)
    acw_ms = models.BigIntegerField(default=0, db_default=0)
    transferred = models.IntegerField(default=0, db_default=0)
    offered = models.IntegerField(default=0, db_default=0)
    refused = models.IntegerField(default=0, db_default=0)
    missed = models.IntegerField(default=0, db_default=0)
    withdrawn = models.IntegerField(default=0, db_default=0)
    texts_in = models.IntegerField(default=0, db_default=0)
    texts_out = models.IntegerField(default=0, db_default=0)
    texts_failed = models.IntegerField(default=0, db_default=0)
    segments_out = models.IntegerField(default=0, db_default=0)

    class Meta:
        abstract = True


MEASURES = tuple(field.name for field in Measures._meta.local_fields)


class ContactShare(Measures):
    """What one contact adds to the figures of a quarter of an hour. Outlives the contact."""

    contact = models.ForeignKey(
        Contact, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=True
    )
    slot = models.DateTimeField()
    skill = models.ForeignKey(
        Skill, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False, null=True
    )

    def __str__(self) -> str:
        return f"contact {self.contact_id} at {self.slot}"


class SkillInterval(Measures):
    """The figures of one skill in a quarter of an hour."""

    # In the order of time: reports read a period of all skills, and rows are written at the end.
    pk = models.CompositePrimaryKey("slot", "skill")
    slot = models.DateTimeField()
    skill = models.ForeignKey(
        Skill, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )

    def __str__(self) -> str:
        return f"skill {self.skill_id} at {self.slot}"


AGENT_MEASURES = (
    "accepted",
    "started",
    "handled",
    "talk_ms",
    "acw_ms",
    "transferred",
    "offered",
    "refused",
    "missed",
    "withdrawn",
    "texts_out",
)


class AgentInterval(models.Model):
    """The figures of one agent in a quarter of an hour: a narrow row, as there are most of these.

    Occupied: he had at least one contact, after-contact work included. Staffed: occupied or available.
    """

    pk = models.CompositePrimaryKey("slot", "agent")
    slot = models.DateTimeField()
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    occupied_ms = models.IntegerField(default=0, db_default=0)
    staffed_ms = models.IntegerField(default=0, db_default=0)
    accepted = models.SmallIntegerField(default=0, db_default=0)
    started = models.SmallIntegerField(default=0, db_default=0)
    handled = models.SmallIntegerField(default=0, db_default=0)
    transferred = models.SmallIntegerField(default=0, db_default=0)
    offered = models.SmallIntegerField(default=0, db_default=0)
    refused = models.SmallIntegerField(default=0, db_default=0)
    missed = models.SmallIntegerField(default=0, db_default=0)
    withdrawn = models.SmallIntegerField(default=0, db_default=0)
    texts_out = models.IntegerField(default=0, db_default=0)
    talk_ms = models.BigIntegerField(default=0, db_default=0)
    acw_ms = models.BigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"agent {self.agent_id} at {self.slot}"


class AgentDay(models.Model):
    """The figures of one agent on a day of his business unit: the sums of its quarters of an hour.

    So that reports over years need not add up millions of rows.
    """

    pk = models.CompositePrimaryKey("day", "agent")
    day = models.DateField()
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    occupied_ms = models.BigIntegerField(default=0)
    staffed_ms = models.BigIntegerField(default=0)
    accepted = models.IntegerField(default=0)
    started = models.IntegerField(default=0)
    handled = models.IntegerField(default=0)
    transferred = models.IntegerField(default=0)
    offered = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    missed = models.IntegerField(default=0)
    withdrawn = models.IntegerField(default=0)
    texts_out = models.IntegerField(default=0)
    talk_ms = models.BigIntegerField(default=0)
    acw_ms = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"agent {self.agent_id} on {self.day}"


class OutcomeInterval(models.Model):
    """How many contacts closed in a quarter of an hour with a disposition (or none), or with a tag."""

    slot = models.DateTimeField()
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="+", db_index=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+", null=True, db_index=False)
    disposition = models.ForeignKey(
        Disposition, on_delete=models.CASCADE, related_name="+", null=True, db_index=False
    )
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="+", null=True, db_index=False)
    contacts = models.IntegerField(default=0, db_default=0)
    handle_ms = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "skill", "agent", "disposition", "tag"],
                name="outcome_interval_unique",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(tag__isnull=True) | Q(disposition__isnull=True), name="outcome_interval_one"
            ),
        ]

    def __str__(self) -> str:
        return f"skill {self.skill_id} at {self.slot}"


LONGEST_PATH = 30
"""Steps of a script that are followed; what comes after counts as the last of these."""


class ContactPath(models.Model):
    """A contact's way through its script, with IVR reporting. `ms`: the time on each step."""

    contact = models.OneToOneField(
        Contact, on_delete=models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False
    )
    point_of_contact = models.ForeignKey(
        PointOfContact, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    slot = models.DateTimeField()
    outcome = models.CharField(max_length=10)
    actions = ArrayField(models.CharField(max_length=64))
    branches = ArrayField(models.CharField(max_length=64))
    ms = ArrayField(models.BigIntegerField())

    def __str__(self) -> str:
        return f"path of contact {self.contact_id}"


class PathInterval(models.Model):
    """How many contacts that began in a quarter of an hour went from one step to the next.

    `target` is the next action, or how the contact went on behind its last step: "=answered".
    """

    slot = models.DateTimeField()
    point_of_contact = models.ForeignKey(
        PointOfContact, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    position = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=64)
    branch = models.CharField(max_length=64, blank=True)
    target = models.CharField(max_length=65)
    contacts = models.IntegerField(default=0)
    ms = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["point_of_contact", "slot", "position", "action", "branch", "target"],
                name="path_interval_unique",
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} to {self.target} at {self.slot}"


class Stint(models.Model):
    """From when until when a contact kept an agent busy. `free_at` is infinite while it does."""

    contact = models.ForeignKey(Contact, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    agent = models.ForeignKey(
        Agent, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    began_at = models.DateTimeField()
    free_at = models.DateTimeField()

    class Meta:
        indexes = [
            # The roll-up: what kept an agent busy since some moment.
            models.Index(fields=["agent", "free_at"], name="stint_of_agent")
        ]

    def __str__(self) -> str:
        return f"agent {self.agent_id} with contact {self.contact_id}"


class ContactLine(models.Model):
    """A contact as the history lists it, and the words to find it by. Personal data: the words."""

    class Outcome(models.TextChoices):
        OPEN = "open", pgettext_lazy("one contact", "Open")
        ANSWERED = "answered", pgettext_lazy("one contact", "Answered")
        ABANDONED = "abandoned", pgettext_lazy("one contact", "Abandoned")
        SCRIPT = "script", _("Ended by the script")

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, primary_key=True, related_name="line")
    business_unit = models.ForeignKey(
        BusinessUnit, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    point_of_contact = models.ForeignKey(
        PointOfContact,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
        null=True,
    )
    skill = models.ForeignKey(
        Skill, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False, null=True
    )
    disposition = models.ForeignKey(
        Disposition,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
        null=True,
    )
    direction = models.CharField(max_length=10, choices=Contact.Direction)
    outcome = models.CharField(max_length=10, choices=Outcome)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    wait_ms = models.BigIntegerField(null=True, help_text="In queues, until it was accepted or left.")
    handle_ms = models.BigIntegerField(default=0, db_default=0)
    texts_in = models.IntegerField(default=0, db_default=0)
    texts_out = models.IntegerField(default=0, db_default=0)
    skill_ids = ArrayField(models.BigIntegerField(), default=list)
    agent_ids = ArrayField(models.BigIntegerField(), default=list)
    tag_ids = ArrayField(models.BigIntegerField(), default=list)
    words = SearchVectorField()

    class Meta:
        indexes = [
            # The history, newest first.
            models.Index(
                "business_unit",
                models.F("opened_at").desc(),
                models.F("contact").desc(),
                name="contact_line_recent",
            ),
            # What a rare skill, agent or tag has been on.
            GinIndex(fields=["skill_ids", "agent_ids", "tag_ids"], name="contact_line_sets"),
            GinIndex(fields=["words"], name="contact_line_words"),
        ]

    def __str__(self) -> str:
        return f"line of contact {self.contact_id}"


def validate_recipients(value: str) -> None:
    """Addresses of e-mail, one a line."""
    check = EmailValidator(_("“%(value)s” is not an e-mail address. Write one address a line."))
    for line in value.split():
        check(line)
    if len(value.split()) > MOST_RECIPIENTS:
        raise ValidationError(_("Name at most %(most)s recipients."), params={"most": MOST_RECIPIENTS})


MOST_RECIPIENTS = 20


class Report(models.Model):
    """A report with its choices under a name; it may be shared and sent. Personal data: recipients."""

    class Frequency(models.TextChoices):
        NEVER = "", _("Not sent")
        DAILY = "daily", _("Every day")
        WEEKLY = "weekly", _("Every Monday")
        MONTHLY = "monthly", _("On the first of the month")

    class Format(models.TextChoices):
        XLSX = "xlsx", _("Excel (XLSX)")
        CSV = "csv", _("CSV")

    business_unit = models.ForeignKey(BusinessUnit, on_delete=models.CASCADE, related_name="reports")
    owner = models.ForeignKey(
        User, db_index=False, on_delete=models.CASCADE, related_name="reports", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("report"), max_length=40)
    choices = models.CharField(max_length=2000, blank=True, help_text="The query of the page's address.")
    is_shared = models.BooleanField(_("shared with the business unit"), default=False)
    frequency = models.CharField(
        _("sent by e-mail"), max_length=10, choices=Frequency, default=Frequency.NEVER, blank=True
    )
    file_format = models.CharField(_("file"), max_length=5, choices=Format, default=Format.XLSX)
    recipients = models.TextField(
        _("recipients"), blank=True, validators=[validate_recipients], help_text=_("One address a line.")
    )
    next_at = models.DateTimeField(_("next e-mail"), null=True, blank=True)
    sent_at = models.DateTimeField(_("last e-mail"), null=True, blank=True)
    failure = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    permission_name = _("reports")
    extra_verbs: ClassVar = {
        "export_report": _("export and send"),
        "plan_report": pgettext_lazy("permission", "plan"),
    }

    class Meta:
        default_permissions = ("view",)
        permissions = [
            ("export_report", "Can export reports and have them sent"),
            ("plan_report", "Can make plans: replay past days with another configuration"),
        ]
        verbose_name = _("saved report")
        verbose_name_plural = _("saved reports")
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="report_name_unique",
                violation_error_message=_("You have a saved report with this name. Choose another one."),
            ),
            models.CheckConstraint(
                condition=Q(frequency="", next_at__isnull=True)
                | (~Q(frequency="") & Q(next_at__isnull=False)),
                name="report_sent_has_time",
            ),
            models.CheckConstraint(
                condition=Q(frequency="") | ~Q(recipients=""), name="report_sent_to_somebody"
            ),
        ]
        indexes = [
            # The sweeper: reports that are due to be sent.
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="report_due")
        ]

    def __str__(self) -> str:
        return self.name


class Plan(models.Model):
    """Past days, and a configuration to replay them with. The row says what is to be done; a task does it.

    `base` is what was, `draft` what is tried, `result` what came of both: reporting/planning. Personal data:
    the names of agents in `base` and `draft`.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits for its turn")
        RUNNING = "running", _("Is being worked out")
        DONE = "done", _("Done")
        FAILED = "failed", _("Could not be worked out")

    business_unit = models.ForeignKey(BusinessUnit, on_delete=models.CASCADE, related_name="plans")
    owner = models.ForeignKey(
        User, db_index=False, on_delete=models.CASCADE, related_name="plans", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=100)
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    read_at = models.DateTimeField(db_default=Now(), help_text="What has happened since is left out.")
    base = models.JSONField(null=True, blank=True)
    draft = models.JSONField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    progress = models.PositiveSmallIntegerField(default=0, help_text="In percent.")
    attempts = models.PositiveSmallIntegerField(default=0)
    turn = models.PositiveIntegerField(default=0, help_text="Tells who works on it from who did before.")
    beat_at = models.DateTimeField(db_default=Now(), help_text="The last sign of life of who works on it.")
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        default_permissions = ()
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="plan_name_unique",
                violation_error_message=_("You have a plan with this name. Choose another one."),
            ),
            models.CheckConstraint(condition=Q(first__lte=models.F("last")), name="plan_days_in_order"),
            models.CheckConstraint(condition=Q(progress__lte=100), name="plan_progress_is_percent"),
        ]
        indexes = [
            # The task: what is to be worked out, oldest first.
            models.Index(
                fields=["beat_at"], condition=Q(state__in=["waiting", "running"]), name="plan_to_work_out"
            )
        ]

    def __str__(self) -> str:
        return self.name
