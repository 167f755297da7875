"""Quick replies: texts that agents insert by a few letters, filled with who and what the contact is about."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.models import Configurable
from core.permissions import CONFIGURED
from organizations.models import BusinessUnit
from skills.models import Skill

LONGEST_TEXT = 1530
"""As long as what an agent can send."""

SHORTCUT = r"^[\w-]+$"
_SHORTCUT_SENTENCE = _("Use letters, digits, hyphens and underscores only.")


class QuickReply(Configurable):
    """A text with variables, written once and used by many agents.

    Without skills it is for all of them; without a language for customers of any.
    """

    business_unit = models.ForeignKey(
        BusinessUnit, on_delete=models.PROTECT, related_name="quick_replies", verbose_name=_("business unit")
    )
    shortcut = models.CharField(
        _("shortcut"),
        max_length=30,
        validators=[RegexValidator(SHORTCUT, message=_SHORTCUT_SENTENCE)],
    )
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, blank=True, default=""
    )
    text = models.TextField(_("text"), max_length=LONGEST_TEXT)
    notes = models.TextField(_("notes"), blank=True)
    skills = models.ManyToManyField(
        Skill, through="QuickReplySkill", related_name="quick_replies", verbose_name=_("ACD skills")
    )

    constraint_fields: ClassVar = {
        "quick_reply_shortcut_unique": ("shortcut",),
        "quick_reply_shortcut_written": ("shortcut",),
    }

    class Meta:
        default_permissions = CONFIGURED
        verbose_name = _("quick reply")
        verbose_name_plural = _("quick replies")
        constraints = [
            models.UniqueConstraint(
                "business_unit",
                Lower("name"),
                name="quick_reply_name_unique",
                violation_error_message=_("A quick reply with this name exists."),
            ),
            models.UniqueConstraint(
                "business_unit",
                Lower("shortcut"),
                "language",
                name="quick_reply_shortcut_unique",
                violation_error_message=_("A quick reply of this language has this shortcut."),
            ),
            models.CheckConstraint(
                condition=Q(shortcut__regex=SHORTCUT),
                name="quick_reply_shortcut_written",
                violation_error_message=_SHORTCUT_SENTENCE,
            ),
        ]


class QuickReplySkill(models.Model):
    """A skill whose agents are offered the quick reply."""

    quick_reply = models.ForeignKey(
        QuickReply,
        db_index=False,
        on_delete=models.CASCADE,
        related_name="quick_reply_skills",
        verbose_name=_("quick reply"),
    )
    skill = models.ForeignKey(
        Skill, on_delete=models.PROTECT, related_name="quick_reply_skills", verbose_name=_("ACD skill")
    )

    class Meta:
        verbose_name = _("skill of a quick reply")
        verbose_name_plural = _("skills of a quick reply")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["quick_reply", "skill"], name="quick_reply_skill_unique")
        ]

    def __str__(self) -> str:
        return f"{self.quick_reply}: {self.skill}"


class QuickReplyUse(models.Model):
    """How often a quick reply was sent. Apart from it: use is no change of the configuration."""

    quick_reply = models.OneToOneField(
        QuickReply, on_delete=models.CASCADE, primary_key=True, related_name="use"
    )
    times_used = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"use of {self.quick_reply_id}"
