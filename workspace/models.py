"""The numbered feed of each agent: what his browser must hear, in order, without gaps."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from agents.models import Agent


class Feed(models.Model):
    """The last number given out. Its row lock, last in the lock order, makes numbers follow commits."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, primary_key=True, related_name="feed")
    last_seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"feed of {self.agent_id}"


class Push(models.Model):
    """One numbered push. Kept for a while, so that a socket that missed it reads it here."""

    # Without a constraint: each push would look his row up and lock it, for what is forgotten within an hour.
    agent = models.ForeignKey(
        Agent, db_index=False, db_constraint=False, on_delete=models.CASCADE, related_name="pushes"
    )
    seq = models.BigIntegerField()
    type = models.CharField(max_length=30)
    data = models.JSONField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "seq"], name="push_seq_unique")]
        indexes = [
            # Housekeeping: old pushes are removed.
            models.Index(fields=["at"], name="push_at")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.seq}"


class PushSubscription(models.Model):
    """A browser that wants to be told when no page is open. Personal data: the address and its keys."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="push_subscriptions")
    endpoint = models.CharField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=30)
    seq = models.BigIntegerField(help_text="Up to this number of the feed it has been told.")
    renewed_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"subscription {self.pk}"
