"""Scripts, their versions, and who edits them. A version is never changed once it is published."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from core.fields import EncryptedTextField
from core.models import Configurable
from core.permissions import CONFIGURED
from organizations.hosts import validate_hosts
from organizations.models import BusinessUnit, User


class Script(Configurable):
    """What happens to a contact between its first text and the queue."""

    class MediaType(models.TextChoices):
        SMS = "sms", _("SMS")

    business_unit = models.ForeignKey(
        BusinessUnit, on_delete=models.PROTECT, related_name="scripts", verbose_name=_("business unit")
    )
    media_type = models.CharField(_("media type"), max_length=10, choices=MediaType, default=MediaType.SMS)

    extra_verbs: ClassVar = {"override_script_lock": _("take over from who edits")}

    class Meta:
        default_permissions = CONFIGURED
        verbose_name = _("script")
        verbose_name_plural = _("scripts")
        permissions = [("override_script_lock", "Can take over a script that another person edits")]
        constraints = [
            models.UniqueConstraint(
                "business_unit",
                Lower("name"),
                name="script_name_unique",
                violation_error_message=_("A script with this name exists."),
            )
        ]


class ScriptSecret(Configurable):
    """A secret that scripts send to other systems by its name; its value goes in and never comes out."""

    business_unit = models.ForeignKey(
        BusinessUnit,
        on_delete=models.PROTECT,
        related_name="script_secrets",
        verbose_name=_("business unit"),
    )
    secret_value = EncryptedTextField(_("value"))
    hosts = models.CharField(
        _("hosts"),
        max_length=500,
        validators=[validate_hosts],
        help_text=_("Where it may be sent: erp.example.com, *.example.org, by https."),
    )
    notes = models.TextField(_("notes"), blank=True)

    class Meta:
        default_permissions = CONFIGURED
        verbose_name = _("secret")
        verbose_name_plural = _("secrets")
        constraints = [
            models.UniqueConstraint(
                "business_unit",
                Lower("name"),
                name="script_secret_name_unique",
                violation_error_message=_("A secret with this name exists."),
            )
        ]


class ScriptVersion(models.Model):
    """One state of a script. Contacts in flight stay on the version they began with."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        SUPERSEDED = "superseded", _("Superseded")

    script = models.ForeignKey(Script, db_index=False, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)
    definition = models.JSONField(_("definition"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    revision = models.PositiveIntegerField(default=1, help_text="Counts how often the draft was saved.")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", help_text="Who saved it last."
    )
    saved_at = models.DateTimeField(_("saved"), db_default=Now())
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("script version")
        verbose_name_plural = _("script versions")
        constraints = [
            models.UniqueConstraint(fields=["script", "number"], name="script_version_number_unique"),
            models.UniqueConstraint(
                fields=["script"], condition=Q(status="published"), name="script_one_published_version"
            ),
            models.UniqueConstraint(
                fields=["script"], condition=Q(status="draft"), name="script_one_draft_version"
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(published_at__isnull=False),
                name="script_version_published_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.script} v{self.number}"


class ScriptEditing(models.Model):
    """Who edits a script, in which tab of a browser: everybody else only looks at it meanwhile.

    A lease that the tab renews. Once it is over, or the tab has given it back, anybody may take it.
    """

    script = models.OneToOneField(Script, on_delete=models.CASCADE, related_name="editing")
    editor = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    tab = models.CharField(max_length=64)
    since = models.DateTimeField()
    lease_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.editor} edits {self.script}"


class ScriptTest(models.Model):
    """A try of a script that is kept, with what came of it: played again, the same is expected.

    `setup` and `inputs` are read by `trials`, `expected` is made by `interpreter.trial.outcome_of`. Who may
    change the script may change its tests.
    """

    script = models.ForeignKey(Script, on_delete=models.CASCADE, related_name="tests")
    name = models.CharField(_("name"), max_length=100)
    setup = models.JSONField()
    inputs = models.JSONField()
    expected = models.JSONField()
    saved_at = models.DateTimeField(_("saved"), db_default=Now())
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", help_text="Who saved it last."
    )

    class Meta:
        default_permissions = ()
        verbose_name = _("test of a script")
        verbose_name_plural = _("tests of a script")
        constraints = [models.UniqueConstraint("script", Lower("name"), name="script_test_name_unique")]

    def __str__(self) -> str:
        return f"{self.name} of {self.script}"
