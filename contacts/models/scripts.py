"""What scripts do with contacts: where they are, which way they went, what they show, whom they call."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from contacts.models.contacts import Contact
from core.fields import TransactionField
from scripts.models import ScriptVersion


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
