"""ACD skills: the queues, and what is asked of them."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from core.models import Configurable
from core.permissions import CONFIGURED, Verb
from dispositions.models import Disposition, Tag
from organizations.models import BusinessUnit
from skills.names import NAME_RULE, NAME_SENTENCE, is_valid_name
from skills.priority import service_level_milli
from sms_registrations.models import SmsRegistration


def validate_skill_name(value: str) -> None:
    if not is_valid_name(value):
        raise ValidationError(NAME_SENTENCE)


class PriorityField(models.DecimalField):
    """Points of priority, 0 to 1000, in thousandths: the routing engine counts in whole milli-points."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.update(max_digits=7, decimal_places=3)
        kwargs.setdefault("validators", [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1000))])
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through to the framework's field


class Skill(Configurable):
    """A queue of one channel, and the ability that agents need to serve it."""

    class Direction(models.TextChoices):
        INBOUND = "inbound", _("Inbound")
        OUTBOUND = "outbound", _("Outbound")

    class MediaType(models.TextChoices):
        SMS = "sms", _("SMS")

    class OutboundStrategy(models.TextChoices):
        MANUAL = "manual", _("Manual")

    class QueueOrder(models.TextChoices):
        PRIORITY = "priority", _("By priority")
        SERVICE_LEVEL = "service_level", _("By service level: whoever has the least time left first")

    class ScreenPopTrigger(models.TextChoices):
        ANSWER = "answer", _("When the agent accepts")
        OFFER = "offer", _("When the contact is offered")

    name = models.CharField(_("skill name"), max_length=30, validators=[validate_skill_name])
    business_unit = models.ForeignKey(
        BusinessUnit, on_delete=models.PROTECT, related_name="skills", verbose_name=_("business unit")
    )
    media_type = models.CharField(_("media type"), max_length=10, choices=MediaType, default=MediaType.SMS)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction, default=Direction.INBOUND)
    outbound_strategy = models.CharField(  # noqa: DJ001 - inbound skills have none, and the API says null
        _("outbound strategy"), max_length=10, choices=OutboundStrategy, null=True, blank=True
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="skills", verbose_name=_("campaign")
    )
    transport_code = models.ForeignKey(
        SmsRegistration,
        on_delete=models.PROTECT,
        related_name="outbound_skills",
        null=True,
        blank=True,
        verbose_name=_("SMS transport code"),
    )
    notes = models.TextField(_("notes"), blank=True)

    use_screen_pops = models.BooleanField(_("use screen pops"), default=False)
    screen_pop_url = models.URLField(_("screen pop URL"), max_length=500, blank=True)
    screen_pop_trigger = models.CharField(
        _("screen pop trigger"), max_length=10, choices=ScreenPopTrigger, default=ScreenPopTrigger.ANSWER
    )

    initial_priority = PriorityField(_("initial priority"), default=Decimal(0))
    acceleration = PriorityField(
        _("acceleration"), default=Decimal(1), help_text=_("Points per minute of waiting.")
    )
    max_priority = PriorityField(_("maximum priority"), default=Decimal(1000))
    queue_order = models.CharField(
        _("order of the queue"), max_length=15, choices=QueueOrder, default=QueueOrder.PRIORITY
    )
    returning_agent_seconds = models.PositiveSmallIntegerField(
        _("returning customers wait for their last agent (seconds)"),
        default=0,
        validators=[MaxValueValidator(3600)],
        help_text=_(
            "0 to 3600. If he is free he alone is asked for so long, then everybody. 0: everybody at once."
        ),
    )

    overflow_skill = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="overflows",
        null=True,
        blank=True,
        verbose_name=_("overflow skill"),
        help_text=_("Whose agents are asked too when a contact has waited so long. Blank: nobody else."),
    )
    overflow_after_seconds = models.PositiveIntegerField(
        _("overflow after (seconds)"),
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(86_400)],
        help_text=_("1 to 86,400 seconds of waiting."),
    )

    service_level_threshold_seconds = models.PositiveIntegerField(
        _("service level threshold (seconds)"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(86_400)],
    )
    service_level_goal_percent = models.PositiveSmallIntegerField(
        _("service level goal (percent)"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    short_abandon_enabled = models.BooleanField(_("short abandons"), default=False)
    short_abandon_threshold_seconds = models.PositiveIntegerField(
        _("short abandon threshold (seconds)"), default=15, validators=[MaxValueValidator(86_400)]
    )

    require_disposition = models.BooleanField(_("disposition required"), default=False)
    after_contact_work_seconds = models.PositiveIntegerField(
        _("after-contact work (seconds)"),
        default=0,
        validators=[MaxValueValidator(3600)],
        help_text=_("How long the agent may work on after the end. 0: no after-contact work."),
    )
    after_contact_work_extension_seconds = models.PositiveIntegerField(
        _("extension of after-contact work (seconds)"),
        default=0,
        validators=[MaxValueValidator(3600)],
        help_text=_("By how much the agent may extend it, a minute at a time. 0: not at all."),
    )
    default_disposition = models.ForeignKey(
        Disposition,
        on_delete=models.PROTECT,
        related_name="default_of_skills",
        null=True,
        blank=True,
        verbose_name=_("default disposition"),
        help_text=_("Recorded when the after-contact work is over and the agent has chosen none."),
    )
    dispositions = models.ManyToManyField(
        Disposition, through="SkillDisposition", related_name="skills", verbose_name=_("dispositions")
    )
    tags = models.ManyToManyField(Tag, through="SkillTag", related_name="skills", verbose_name=_("tags"))

    constraint_fields: ClassVar = {
        "skill_name_rule": ("name",),
        "skill_name_nfc": ("name",),
        "skill_outbound_has_transport_code": ("transport_code",),
        "skill_initial_below_maximum": ("initial_priority",),
    }

    permission_name = _("skills")
    verbs_to_create = (Verb.CREATE, Verb.EDIT)

    class Meta:
        default_permissions = CONFIGURED
        verbose_name = _("ACD skill")
        verbose_name_plural = _("ACD skills")
        constraints = [
            models.UniqueConstraint(
                "business_unit",
                Lower("name"),
                name="skill_name_unique",
                violation_error_message=_("A skill with this name exists."),
            ),
            models.CheckConstraint(
                condition=Q(name__regex=NAME_RULE),
                name="skill_name_rule",
                violation_error_message=NAME_SENTENCE,
            ),
            models.CheckConstraint(
                condition=Q(name=Func(F("name"), function="normalize")),
                name="skill_name_nfc",
            ),
            models.CheckConstraint(
                condition=(
                    Q(direction="inbound", transport_code__isnull=True, outbound_strategy__isnull=True)
                    | Q(direction="outbound", transport_code__isnull=False, outbound_strategy="manual")
                ),
                name="skill_outbound_has_transport_code",
                violation_error_message=_(
                    "An outbound skill needs the manual strategy and a transport code; "
                    "an inbound skill has neither."
                ),
            ),
            models.CheckConstraint(
                condition=Q(initial_priority__range=(0, 1000))
                & Q(acceleration__range=(0, 1000))
                & Q(max_priority__range=(0, 1000)),
                name="skill_priority_range",
            ),
            models.CheckConstraint(
                condition=Q(initial_priority__lte=F("max_priority")),
                name="skill_initial_below_maximum",
                violation_error_message=_("The initial priority must not exceed the maximum priority."),
            ),
        ]

    @property
    def priority_milli(self) -> tuple[int, int, int]:
        """Initial priority, acceleration per minute and maximum, in thousandths of a point.

        In the order of the service level they follow from the threshold.
        """
        if self.queue_order == self.QueueOrder.SERVICE_LEVEL:
            return service_level_milli(self.service_level_threshold_seconds)
        points = (self.initial_priority, self.acceleration, self.max_priority)
        initial, acceleration, maximum = (int(value * 1000) for value in points)
        return initial, acceleration, maximum


class SkillDisposition(models.Model):
    """A disposition that agents of a skill may choose, in the order shown."""

    skill = models.ForeignKey(
        Skill,
        db_index=False,
        on_delete=models.CASCADE,
        related_name="skill_dispositions",
        verbose_name=_("ACD skill"),
    )
    disposition = models.ForeignKey(
        Disposition,
        on_delete=models.PROTECT,
        related_name="skill_dispositions",
        verbose_name=_("disposition"),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("disposition of a skill")
        verbose_name_plural = _("dispositions of a skill")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["skill", "disposition"], name="skill_disposition_unique")
        ]

    def __str__(self) -> str:
        return f"{self.skill}: {self.disposition}"


class SkillTag(models.Model):
    """A tag that agents of a skill may use, in the order shown."""

    skill = models.ForeignKey(
        Skill,
        db_index=False,
        on_delete=models.CASCADE,
        related_name="skill_tags",
        verbose_name=_("ACD skill"),
    )
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="skill_tags", verbose_name=_("tag"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("tag of a skill")
        verbose_name_plural = _("tags of a skill")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["skill", "tag"], name="skill_tag_unique")]

    def __str__(self) -> str:
        return f"{self.skill}: {self.tag}"
