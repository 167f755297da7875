"""Signs of life of the product's own processes."""

from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """When a process last showed that it works, by the database's clock."""

    name = models.CharField(max_length=100, primary_key=True)
    doing = models.CharField(max_length=40)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
