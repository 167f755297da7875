"""Customers, contacts, the lanes in which they wait, and the log of what happened to them."""

from __future__ import annotations

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
