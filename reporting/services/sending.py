"""Sends saved reports by e-mail when their time has come, each once."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import QueryDict
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.clock import database_now
from core.errors import DomainError, NotAllowed
from core.failures import describe
from provisioning.tables.writing import Format
from reporting import asking, files
from reporting.access import EXPORT
from reporting.models import Report
from reporting.services.saved import next_sending

logger = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(hours=1)
"""When a mail could not be handed over."""


def send_due(*, limit: int = 20) -> int:
    """Send the reports that are due; return how many were handed over.

    A report is claimed by moving its next time on before it is sent: of several processes one sends it, and
    one that is killed meanwhile sends it the next time, not twice.
    """
    sent = 0
    for _place in range(limit):
        report = _claim()
        if report is None:
            break
        sent += _send(report)
    return sent


def has_due() -> bool:
    """Whether a task is worth sending for."""
    return Report.objects.filter(next_at__lte=database_now()).exists()


@transaction.atomic
def _claim() -> Report | None:
    now = database_now()
    report = (
        Report.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("owner", "business_unit")
        .filter(next_at__lte=now)
        .order_by("next_at", "pk")
        .first()
    )
    if report is not None:
        report.next_at = next_sending(report.frequency, report.business_unit.time_zone, after=now)
        report.save(update_fields=["next_at"])
    return report


def _send(report: Report) -> bool:
    try:
        with translation.override(report.owner.language):
            _mail(report).send()
    except Exception as error:  # noqa: BLE001 - the edge of one report: its next time has moved on already
        # The owner may not any more, a name is gone, the mail server is away, or what nobody foresaw: his
        # page says so.
        problem = str(error.message) if isinstance(error, DomainError) else describe(error)
        logger.error("report_not_sent", extra={"report_id": report.pk, "failure": describe(error)})
        again = None if isinstance(error, DomainError) else database_now() + AGAIN_AFTER
        due = report.next_at if again is None or report.next_at is None else min(report.next_at, again)
        Report.objects.filter(pk=report.pk, next_at=report.next_at).update(failure=problem[:200], next_at=due)
        return False
    Report.objects.filter(pk=report.pk).update(failure="", sent_at=database_now())
    return True


def _mail(report: Report) -> EmailMessage:
    """Raises DomainError when the owner may not, or the choices name what is not there any more."""
    owner = report.owner
    if not owner.is_active or not owner.has_perm(EXPORT):
        raise NotAllowed(_("The owner of the report may not have it sent any more."))
    query = QueryDict(report.choices, mutable=True)
    query["business_unit"] = str(report.business_unit_id)
    chosen, tables = asking.tables(report.kind, query, owner)
    file_format = Format(report.file_format)
    days = _("%(first)s to %(last)s") % {
        "first": date_format(chosen.first, "SHORT_DATE_FORMAT"),
        "last": date_format(chosen.last, "SHORT_DATE_FORMAT"),
    }
    address = f"{settings.PUBLIC_URL}/reports/saved/{report.pk}/"
    mail = EmailMessage(
        subject=_("%(name)s: %(days)s") % {"name": report.name, "days": days},
        body=_("The report is attached. To look at it, change it or stop these mails: %(address)s")
        % {"address": address},
        to=report.recipients.split(),
    )
    mail.attach(
        f"{report.kind}-{chosen.first}-{chosen.last}.{file_format}",
        files.write(tables, file_format),
        file_format.media_type.partition(";")[0],
    )
    return mail
