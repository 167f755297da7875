"""Business units, the people in them, and the tokens of programs."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, Group
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from core.models import Configurable
from core.permissions import CONFIGURED, Verb
from organizations.hosts import validate_hosts
from organizations.validators import validate_pattern, validate_time_zone

REFUSAL_TIMEOUT_SECONDS = (15, 300)
CONCURRENT_SESSIONS = (0, 30)
LONGEST_COOL_DOWN_SECONDS = 600
COOL_DOWNS = (
    "cool_down_after_accept_seconds",
    "cool_down_after_refusal_seconds",
    "cool_down_after_miss_seconds",
    "cool_down_after_contact_seconds",
)
MOST_MISSES = 20
"""Offers in a row that an agent may let expire before he is set to Refused."""


def _cool_down_field(label: Text) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        label,  # type: ignore[arg-type]  # lazy texts are texts to the framework
        default=0,
        validators=[MaxValueValidator(LONGEST_COOL_DOWN_SECONDS)],
        help_text=_("0 to 600. Meanwhile nothing is offered to the agent. 0: he is ready at once."),
    )


class BusinessUnit(Configurable):
    """The top organisational grouping: everything configured belongs to one."""

    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    default_sms_refusal_timeout_seconds = models.PositiveSmallIntegerField(
        _("refusal timeout for SMS (seconds)"),
        default=45,
        validators=[MinValueValidator(15), MaxValueValidator(300)],
        help_text=_("How long an offer waits for an agent's answer. Teams and users may set their own."),
    )
    default_max_concurrent_sms = models.PositiveSmallIntegerField(
        _("concurrent SMS sessions per agent"), default=3, validators=[MaxValueValidator(30)]
    )
    default_max_concurrent_chats = models.PositiveSmallIntegerField(
        _("concurrent chat sessions per agent"), default=3, validators=[MaxValueValidator(30)]
    )
    skill_name_pattern = models.CharField(
        _("naming pattern for skills"),
        max_length=200,
        blank=True,
        validators=[validate_pattern],
        help_text=_("A regular expression shown as advice beside the name of a skill."),
    )
    push_shows_texts = models.BooleanField(
        _("show texts in notifications on closed desks"),
        default=False,
        help_text=_(
            "Agents may be notified on their telephone when no page is open. On: with the words and the "
            "number of the customer, which may then be read on a locked screen. Off: only that there is "
            "something."
        ),
    )
    screen_pop_hosts = models.CharField(
        _("hosts that screen pops may open"),
        max_length=500,
        blank=True,
        default="",
        validators=[validate_hosts],
        help_text=_(
            "Such as crm.example.com, *.example.org: where the addresses of scripts may lead, by https. "
            "Blank: nowhere."
        ),
    )
    refused_after_miss = models.BooleanField(
        _("set agents to Refused when they let an offer expire"), default=True
    )
    misses_before_refused = models.PositiveSmallIntegerField(
        _("offers in a row that an agent lets expire before that"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MISSES)],
        help_text=_("An answer, be it yes or no, begins the count anew."),
    )
    refused_after_refusal = models.BooleanField(_("set agents to Refused when they refuse"), default=False)
    reoffer_delay_seconds = models.PositiveSmallIntegerField(
        _("pause before an agent is asked again for a contact that he refused (seconds)"),
        default=5,
        validators=[MaxValueValidator(3600)],
    )
    vanished_grace_seconds = models.PositiveIntegerField(
        _("grace time before the contacts of a vanished agent return to the queue (seconds)"),
        default=120,
        validators=[MaxValueValidator(86_400)],
    )

    cool_down_after_accept_seconds = _cool_down_field(_("after accepting an offer (seconds)"))
    cool_down_after_refusal_seconds = _cool_down_field(_("after refusing an offer (seconds)"))
    cool_down_after_miss_seconds = _cool_down_field(_("after letting an offer expire (seconds)"))
    cool_down_after_contact_seconds = _cool_down_field(_("after a contact is closed (seconds)"))

    class Meta:
        default_permissions = CONFIGURED
        verbose_name = _("business unit")
        verbose_name_plural = _("business units")
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="business_unit_name_unique",
                violation_error_message=_("A business unit with this name exists."),
            ),
            models.CheckConstraint(
                condition=Q(default_sms_refusal_timeout_seconds__range=REFUSAL_TIMEOUT_SECONDS),
                name="business_unit_refusal_timeout_range",
            ),
        ]


class User(AbstractUser):
    """A person who signs in, or the account of a program."""

    business_unit = models.ForeignKey(
        BusinessUnit,
        on_delete=models.PROTECT,
        related_name="users",
        null=True,
        blank=True,
        verbose_name=_("business unit"),
    )
    language = models.CharField(
        _("language"), max_length=5, choices=[("en", _("English")), ("fr", _("French"))], default="en"
    )

    constraint_fields: ClassVar = {"user_has_business_unit": ("business_unit",)}

    class Meta(AbstractUser.Meta):
        default_permissions = CONFIGURED
        constraints = [
            models.CheckConstraint(
                condition=Q(is_superuser=True) | Q(business_unit__isnull=False),
                name="user_has_business_unit",
                violation_error_message=_("Choose the business unit that the user belongs to."),
            )
        ]

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """As Django's, which asks every back end each time; a page asks a hundred times."""
        if obj is not None:
            return super().has_perm(perm, obj)
        return self.is_active and (self.is_superuser or perm in self._held)

    @cached_property
    def _held(self) -> set[str]:
        return self.get_all_permissions()


class Role(Group):
    """A set of permissions under a name, the same in every business unit. People have any number of roles."""

    class Meta:
        proxy = True
        default_permissions = (Verb.VIEW, Verb.CREATE, Verb.EDIT, Verb.DELETE)
        verbose_name = _("role")
        verbose_name_plural = _("roles")


class ApiToken(models.Model):
    """A bearer token. Only its hash is kept; the token itself is shown once."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("user")
    )
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        # Made by a command, which can show them once; revoking is deactivating.
        default_permissions = (Verb.VIEW, Verb.DEACTIVATE)
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return _("API token %(number)s of %(user)s") % {"number": self.pk, "user": self.user}
