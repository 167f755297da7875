"""Customers, contacts, messages: the life of an interaction."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from core.fields import TransactionField
from core.models import Numbered, TimeStamped
from dispositions.models import Disposition, Tag
from organizations.models import BusinessUnit, User
from points_of_contact.models import PointOfContact
from scripts.models import ScriptVersion
from skills.models import Skill
from sms_registrations.models import SmsRegistration


class Customer(Numbered, TimeStamped):
    """A person, known by the address he texts from. Personal data: address, name, notes."""

    business_unit = models.ForeignKey(
        BusinessUnit,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="customers",
        verbose_name=_("business unit"),
    )
    address = models.CharField(
        _("address"), max_length=64, help_text=_("The sender as the provider gives it, normalised.")
    )
    e164 = models.CharField(_("phone number"), max_length=16, blank=True)
    name = models.CharField(_("name"), max_length=100, blank=True)
    notes = models.TextField(_("notes"), blank=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(fields=["business_unit", "address"], name="customer_address_unique")
        ]


class Lane(models.Model):
    """Contacts of one skill whose order never changes while they wait.

    Contacts in one lane share acceleration, maximum, proficiency range, target agent and whether they
    overflow to another skill, so the one with the larger key is ahead for ever (docs/routing.md). Rows are
    made when first needed and never changed.
    """

    skill = models.ForeignKey(Skill, db_index=False, on_delete=models.CASCADE, related_name="lanes")
    acceleration_milli = models.BigIntegerField(help_text="Thousandths of a point per minute.")
    max_priority_milli = models.BigIntegerField(help_text="Thousandths of a point.")
    high_proficiency = models.PositiveSmallIntegerField(default=1)
    low_proficiency = models.PositiveSmallIntegerField(default=20)
    target_agent = models.ForeignKey(Agent, on_delete=models.CASCADE, null=True, related_name="lanes")
    overflows = models.BooleanField(
        default=False, help_text="Agents of the skill's overflow skill serve it too."
    )

    class Meta:
        verbose_name = _("lane")
        verbose_name_plural = _("lanes")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "skill",
                    "acceleration_milli",
                    "max_priority_milli",
                    "high_proficiency",
                    "low_proficiency",
                    "target_agent",
                    "overflows",
                ],
                name="lane_unique",
                nulls_distinct=False,
            )
        ]
        indexes = [
            # The dispatcher: few lanes overflow, as a rule none.
            models.Index(fields=["skill"], condition=Q(overflows=True), name="lane_overflows")
        ]

    def __str__(self) -> str:
        return f"lane {self.pk}"


class Contact(Numbered, TimeStamped):
    """One interaction, from its first text to its close."""

    class State(models.TextChoices):
        PRE_QUEUE = "pre_queue", _("Pre-queue")
        QUEUED = "queued", _("Queued")
        OFFERED = "offered", _("Offered")
        ACTIVE = "active", _("Active")
        AFTER_CONTACT_WORK = "after_contact_work", _("After-contact work")
        CLOSED = "closed", _("Closed")

    class Direction(models.TextChoices):
        INBOUND = "inbound", _("Inbound")
        OUTBOUND = "outbound", _("Outbound")

    OPEN_STATES = (State.PRE_QUEUE, State.QUEUED, State.OFFERED, State.ACTIVE)
    """States in which the customer's next text joins the contact."""

    business_unit = models.ForeignKey(
        BusinessUnit,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="contacts",
        verbose_name=_("business unit"),
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="contacts", verbose_name=_("customer")
    )
    transport_code = models.ForeignKey(
        SmsRegistration, on_delete=models.PROTECT, related_name="contacts", verbose_name=_("transport code")
    )
    point_of_contact = models.ForeignKey(
        PointOfContact,
        on_delete=models.PROTECT,
        related_name="contacts",
        null=True,
        blank=True,
        verbose_name=_("point of contact"),
    )
    skill = models.ForeignKey(
        Skill, on_delete=models.PROTECT, related_name="contacts", verbose_name=_("ACD skill")
    )
    agent = models.ForeignKey(
        Agent,
        on_delete=models.PROTECT,
        related_name="contacts",
        null=True,
        blank=True,
        verbose_name=_("agent"),
    )
    media_type = models.CharField(_("media type"), max_length=10, default="sms")
    direction = models.CharField(_("direction"), max_length=10, choices=Direction, default=Direction.INBOUND)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.PRE_QUEUE)

    lane = models.ForeignKey(Lane, on_delete=models.PROTECT, null=True, blank=True, related_name="contacts")
    queue_key = models.BigIntegerField(
        null=True, blank=True, help_text="min(initial, maximum) minus acceleration times enqueue time."
    )
    queued_at = models.DateTimeField(
        _("queued"), null=True, blank=True, help_text=_("Kept when the contact returns to its queue.")
    )

    kept_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when it waits for the customer's last agent alone."
    )

    overflow_at = models.DateTimeField(
        null=True, blank=True, help_text="From when the agents of the overflow skill are asked too."
    )

    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    acw_until = models.DateTimeField(_("after-contact work until"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    last_inbound_at = models.DateTimeField(_("last text in"), null=True, blank=True)
    last_outbound_at = models.DateTimeField(_("last text out"), null=True, blank=True)
    unread = models.PositiveIntegerField(_("unread"), default=0)
    snoozed_at = models.DateTimeField(
        _("snoozed"),
        null=True,
        blank=True,
        help_text="By the agent who has had it since `accepted_at`; one of before says nothing.",
    )
    snoozed_until = models.DateTimeField(
        _("snoozed until"), null=True, blank=True, help_text="Null: until the next text."
    )
    message_count = models.PositiveIntegerField(_("messages"), default=0)

    disposition = models.ForeignKey(
        Disposition,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("disposition"),
    )
    notes = models.TextField(_("notes"), blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="contacts", verbose_name=_("tags"))

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            # "A customer's next text joins the open contact": there is at most one to join.
            models.UniqueConstraint(
                fields=["transport_code", "customer"],
                condition=Q(state__in=["pre_queue", "queued", "offered", "active"]),
                name="contact_one_open_per_customer_and_number",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["queued", "offered"])
                | Q(lane__isnull=False, queue_key__isnull=False, queued_at__isnull=False),
                name="contact_waiting_has_place",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["active", "after_contact_work"]) | Q(agent__isnull=False),
                name="contact_active_has_agent",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["pre_queue", "queued", "offered"]) | Q(agent__isnull=True),
                name="contact_waiting_has_no_agent",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(closed_at__isnull=False), name="contact_closed_at"
            ),
            models.CheckConstraint(
                condition=Q(snoozed_until__isnull=True) | Q(snoozed_at__isnull=False),
                name="contact_snoozed_since",
            ),
        ]
        indexes = [
            # The dispatcher: heads of each lane. Its order is the order of the queue.
            models.Index(
                "lane",
                models.F("queue_key").desc(),
                "queued_at",
                "id",
                condition=Q(state="queued"),
                name="contact_queue",
            ),
            # The workspace: what an agent has open.
            models.Index(
                fields=["agent"],
                condition=Q(state__in=["active", "after_contact_work"]),
                name="contact_of_agent",
            ),
            # The sweeper: after-contact work that is over.
            models.Index(
                fields=["acw_until"], condition=Q(state="after_contact_work"), name="contact_acw_until"
            ),
            # The sweeper: snoozed contacts whose time has come.
            models.Index(
                fields=["snoozed_until"],
                condition=Q(state="active", snoozed_until__isnull=False),
                name="contact_snoozed_until",
            ),
            # The sweeper: what waited for the last agent long enough.
            models.Index(
                fields=["kept_until"],
                condition=Q(state="queued", kept_until__isnull=False),
                name="contact_kept_until",
            ),
            # The sweeper: what others are to be asked for as well.
            models.Index(
                fields=["overflow_at"],
                condition=Q(state="queued", overflow_at__isnull=False),
                name="contact_overflow_at",
            ),
            # Lists in the API, newest first.
            models.Index(fields=["business_unit", "-id"], name="contact_recent"),
            # The service level of a skill since some moment.
            models.Index(
                fields=["skill", "queued_at"],
                condition=Q(queued_at__isnull=False),
                name="contact_queued_of_skill",
            ),
        ]


class Message(Numbered):
    """One text as people see it, joined from its parts. Personal data: text, addresses."""

    class Direction(models.TextChoices):
        INBOUND = "inbound", _("Inbound")
        OUTBOUND = "outbound", _("Outbound")

    class Status(models.TextChoices):
        RECEIVED = "received", _("Received")
        QUEUED = "queued", _("Waiting to be sent")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Not delivered")
        UNKNOWN = "unknown", _("Not known whether it was sent")

    contact = models.ForeignKey(
        Contact, db_index=False, on_delete=models.PROTECT, related_name="messages", verbose_name=_("contact")
    )
    position = models.PositiveIntegerField(_("number"), help_text=_("1, 2, 3 … within the contact."))
    direction = models.CharField(_("direction"), max_length=10, choices=Direction)
    transport_code = models.ForeignKey(
        SmsRegistration,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="messages",
        verbose_name=_("transport code"),
    )
    from_address = models.CharField(_("from"), max_length=64)
    to_address = models.CharField(_("to"), max_length=64)
    text = models.TextField(_("text"), blank=True)
    is_incomplete = models.BooleanField(
        _("incomplete"), default=False, help_text=_("A part of a long text is missing.")
    )
    encoding = models.CharField(_("encoding"), max_length=4, blank=True)
    segments = models.PositiveSmallIntegerField(_("segments"), default=1)
    author = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("author")
    )

    status = models.CharField(_("status"), max_length=10, choices=Status)
    status_reason = models.CharField(_("reason"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    provider_sent_at = models.DateTimeField(_("sent by the provider"), null=True, blank=True)

    client_ref = models.UUIDField(null=True, unique=True, default=None)
    priority = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(9)], help_text="0 replies, 5 automatic, 9 bulk."
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    send_after = models.DateTimeField(db_default=Now())
    sending_since = models.DateTimeField(null=True, blank=True)
    ignores_opt_out = models.BooleanField(
        default=False, help_text="The one confirmation that a customer has opted out."
    )

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["contact", "position"], name="message_position_unique"),
            models.CheckConstraint(
                condition=Q(direction="inbound", status="received")
                | (Q(direction="outbound", client_ref__isnull=False) & ~Q(status="received")),
                name="message_status_of_direction",
            ),
        ]
        indexes = [
            # The outbox: replies first, then oldest, per number.
            models.Index(
                fields=["transport_code", "priority", "id"],
                condition=Q(status="queued"),
                name="message_outbox",
            ),
            # The sweeper: sends whose process died.
            models.Index(
                fields=["sending_since"], condition=Q(status="sending"), name="message_sending_since"
            ),
            # The order of sending within one contact.
            models.Index(
                fields=["contact", "id"],
                condition=Q(status__in=["queued", "sending"]),
                name="message_unsent_of_contact",
            ),
            # The last text of a number, each way.
            models.Index(fields=["transport_code", "direction", "-id"], name="message_last_of_number"),
        ]


class MessagePart(models.Model):
    """One part of a message at the provider: it has its own id and, outbound, its own receipt."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="parts")
    provider_message_id = models.CharField(max_length=100)
    number = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=20, blank=True, help_text="The provider's word.")

    class Meta:
        indexes = [
            # Receipts: which message does this provider id belong to.
            models.Index(fields=["provider_message_id"], name="message_part_provider_id")
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.message_id}"


class ScreenPop(models.Model):
    """What an agent is shown about a contact beside the conversation. Personal data: its content.

    `content` holds fields, links, history and form as lists; of the default pop only history, as its fields
    are those of the contact. `answers` are what the agent entered in the form.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="screen_pops")
    action_id = models.CharField(
        max_length=400, blank=True, help_text="The action of the script; empty: the default pop."
    )
    title = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=2_000, blank=True)
    opens = models.BooleanField(default=False, help_text="The address opens by itself.")
    content = models.JSONField(default=dict)
    answers = models.JSONField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            # However often an agent is asked, there is one default pop.
            models.UniqueConstraint(
                fields=["contact"], condition=Q(action_id=""), name="screen_pop_one_default"
            )
        ]

    def __str__(self) -> str:
        return f"screen pop {self.pk}"


class ApiCall(models.Model):
    """A call of a script to another system: made at most once, outside of every transaction.

    Personal data: address and body, which go once the call is made.
    """

    contact = models.ForeignKey(Contact, db_index=False, on_delete=models.CASCADE, related_name="api_calls")
    number = models.PositiveIntegerField(help_text="The step of the run that waits for the answer.")
    action_id = models.CharField(max_length=400)
    method = models.CharField(max_length=10)
    url = models.CharField(max_length=2_000, blank=True)
    body = models.TextField(null=True)  # noqa: DJ001 - no body is not an empty one
    timeout_seconds = models.PositiveSmallIntegerField()
    secret = models.CharField(max_length=100, blank=True)
    secret_header = models.CharField(max_length=60, blank=True)
    secret_prefix = models.CharField(max_length=30, blank=True)
    deadline = models.DateTimeField(help_text="The run waits until then.")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    failure = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "number"], name="api_call_number_unique")]
        indexes = [
            # What is to be called, oldest first.
            models.Index(fields=["id"], condition=Q(started_at__isnull=True), name="api_call_due")
        ]

    def __str__(self) -> str:
        return f"call {self.pk}"


class ContactEvent(models.Model):
    """What happened to a contact, in order: the log that reports, traces and tests read."""

    contact = models.ForeignKey(Contact, db_index=False, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(_("event"), max_length=40)
    at = models.DateTimeField(_("time"), db_default=Now())
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("agent")
    )
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by whom")
    )
    data = models.JSONField(_("details"), default=dict)
    written_in = TransactionField()

    class Meta:
        indexes = [
            # The life of one contact.
            models.Index(fields=["contact", "id"], name="contact_event_life"),
            # The roll-up: what has been written since it last looked.
            models.Index(fields=["written_in"], name="contact_event_written"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.contact_id}"


class ScriptRun(models.Model):
    """A contact's way through its script, pinned to the version it began with."""

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        WAITING = "waiting", _("Waiting")
        ENDED = "ended", _("Ended")
        FAILED = "failed", _("Failed")

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="script_run")
    version = models.ForeignKey(ScriptVersion, on_delete=models.PROTECT, related_name="runs")
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    state = models.JSONField(default=dict)
    failure = models.CharField(max_length=300, blank=True)
    resume_at = models.DateTimeField(null=True, blank=True)
    queue_until = models.DateTimeField(
        null=True, blank=True, help_text="When the wait in the queue is too long for the script."
    )
    waits_for_message = models.BooleanField(default=False)
    kept = models.JSONField(
        null=True, blank=True, help_text="What came for the script while its contact was before an agent."
    )
    kept_after = models.DateTimeField(
        null=True, blank=True, help_text="When what is kept is tried again, after a failure."
    )
    failures = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="Attempts to go on that failed in a row, for no reason of the script's own.",
    )

    class Meta:
        verbose_name = _("run of a script")
        verbose_name_plural = _("runs of a script")
        indexes = [
            # The sweeper: runs whose wait is over.
            models.Index(fields=["resume_at"], condition=Q(status="waiting"), name="script_run_resume_at"),
            # The sweeper: contacts that have waited too long for their script.
            models.Index(
                fields=["queue_until"],
                condition=Q(queue_until__isnull=False),
                name="script_run_queue_until",
            ),
            # The customer's next text: whether a script waits for it.
            models.Index(
                fields=["contact"],
                condition=Q(status="waiting", waits_for_message=True),
                name="script_run_waits_for_message",
            ),
            # The sweeper: what is kept until the contact is not before an agent any more.
            models.Index(fields=["contact"], condition=Q(kept__isnull=False), name="script_run_kept"),
        ]

    def __str__(self) -> str:
        return f"run of {self.contact_id}"


class TraceStep(models.Model):
    """One action that a contact passed, for the trace and the IVR path report."""

    contact = models.ForeignKey(Contact, db_index=False, on_delete=models.CASCADE, related_name="trace_steps")
    position = models.PositiveIntegerField()
    action_id = models.CharField(
        max_length=400, help_text="With those of the calling actions before it, if it is in a called script."
    )
    action_type = models.CharField(max_length=40)
    label = models.CharField(max_length=200, blank=True)
    branch = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    values = models.JSONField(default=dict)
    written_in = TransactionField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact", "position"], name="trace_step_position_unique")
        ]
        indexes = [
            # The roll-up: what has been written since it last looked.
            models.Index(fields=["written_in"], name="trace_step_written"),
            # Contacts that took a branch, newest first. Where a path stops no branch is taken.
            models.Index(
                fields=["action_id", "branch", "-at"], condition=~Q(branch=""), name="trace_step_branch"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action_type} of {self.contact_id}"


class Notice(models.Model):
    """What a supervisor tells an agent, about a contact or not; never shown to a customer.

    Personal data: text.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="notices", db_index=False)
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, null=True, related_name="notices", db_index=False
    )
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # The workspace: what an agent has not read yet.
            models.Index(fields=["agent"], condition=Q(read_at__isnull=True), name="notice_unread"),
            # The supervisor's page of a contact. Most contacts have none.
            models.Index(
                fields=["contact", "id"], condition=Q(contact__isnull=False), name="notice_of_contact"
            ),
        ]

    def __str__(self) -> str:
        return f"notice {self.pk}"


class Note(models.Model):
    """What colleagues write to each other inside a contact; never sent to a customer.

    Personal data: text.
    """

    class Kind(models.TextChoices):
        NOTE = "note", _("Note")
        TRANSFER = "transfer", _("Note on a transfer")
        CONSULTATION = "consultation", _("Question to a colleague")

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="internal_notes", db_index=False
    )
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.NOTE)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            # The conversation of one contact.
            models.Index(fields=["contact", "id"], name="note_of_contact")
        ]

    def __str__(self) -> str:
        return f"note {self.pk}"


class Participant(models.Model):
    """An agent who sees a contact that another has: asked for advice, or until somebody takes what he
    handed on. It takes none of his sessions.
    """

    class Role(models.TextChoices):
        CONSULTED = "consulted", _("Asked for advice")
        HANDING_ON = "handing_on", _("Hands it on")

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="participants", db_index=False
    )
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+", db_index=False)
    role = models.CharField(max_length=20, choices=Role)
    asked_by = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="+", help_text="Who had the contact."
    )
    since = models.DateTimeField(db_default=Now())
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Also what finds the participants of a contact.
            models.UniqueConstraint(
                fields=["contact", "agent"], condition=Q(left_at__isnull=True), name="participant_once"
            )
        ]
        indexes = [
            # The workspace: what an agent takes part in.
            models.Index(fields=["agent"], condition=Q(left_at__isnull=True), name="participant_of_agent")
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} in {self.contact_id}"


class Draft(models.Model):
    """What an agent has typed to a customer and not sent. Personal data: text."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="drafts", db_index=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="drafts")
    text = models.TextField()
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact", "agent"], name="draft_one_per_contact_and_agent")
        ]

    def __str__(self) -> str:
        return f"draft of {self.agent_id} in {self.contact_id}"
