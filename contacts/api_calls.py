"""Makes the calls that scripts ask for: each at most once, with no transaction and no lock while it lasts."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from django.core.exceptions import ImproperlyConfigured

from contacts import script_runs
from contacts.models import ApiCall, Contact
from core import sql
from core.clock import database_now
from core.failures import describe
from core.hints import CALLS, TURN_SECONDS, hint_work
from core.outgoing import CallFailed, CallRefused, call
from organizations.hosts import is_allowed
from scripts.interpreter.events import ApiAnswered
from scripts.selectors import secret_named

logger = logging.getLogger(__name__)

CALLS_LOCK = 0x41434404

AT_ONCE = 16
"""Calls that one installation makes at a time."""

LOOK_SECONDS = 0.2
"""How often calls that have come are looked for while others last."""

_CLAIM = """
UPDATE contacts_apicall SET started_at = clock_timestamp()
 WHERE id = (
    SELECT id FROM contacts_apicall
     WHERE started_at IS NULL AND deadline > clock_timestamp()
     ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id
"""

_HAS_WAITING = """
SELECT 1 FROM contacts_apicall WHERE started_at IS NULL AND deadline > clock_timestamp() LIMIT 1
"""

_HAS_DUE = """
SELECT 1 FROM contacts_apicall
 WHERE started_at IS NULL AND deadline > clock_timestamp()
   AND deadline - make_interval(secs => timeout_seconds + 30) < clock_timestamp() - make_interval(secs => %s)
 LIMIT 1
"""


def make_calls(*, seconds: float = TURN_SECONDS) -> int:
    """Make the calls that wait, oldest first; return how many. One process at a time: others return at once.

    Ends after about `seconds` and then asks to be continued. Whoever dies in the middle of a call leaves it
    unanswered: the script goes on at its timeout, and nothing is called twice.
    """
    ends = time.monotonic() + seconds
    made = 0
    # Systems that do not answer may hold up each other, but not the workers that agents' texts need.
    while sql.row("SELECT pg_try_advisory_lock(%s)", [CALLS_LOCK]) == (True,):
        try:
            made += _make_waiting(ends)
        finally:
            sql.execute("SELECT pg_advisory_unlock(%s)", [CALLS_LOCK])
        # Whoever came meanwhile has gone again, and relies on this look.
        if sql.row(_HAS_WAITING) is None:
            break
        if time.monotonic() >= ends:
            hint_work(CALLS)
            break
    return made


def _make_waiting(ends: float) -> int:
    """Make what waits and what comes meanwhile, until the monotonic clock shows `ends`; return how many.

    A few at once, for a system that does not answer holds up nobody but who asked it. Only the calls are made
    in threads; all that concerns the database stays here.
    """
    made = 0
    running: dict[Future[ApiAnswered], ApiCall] = {}
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="call") as threads:
        while True:
            while len(running) < AT_ONCE and (made == len(running) == 0 or time.monotonic() < ends):
                claimed = sql.row(_CLAIM)
                if claimed is None:
                    break
                one = ApiCall.objects.get(pk=claimed[0])
                running[threads.submit(_answer_to, one, *_headers(one))] = one
            if not running:
                return made
            done, _rest = wait(running, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for answered in done:
                _finish(running.pop(answered), answered.result())
                made += 1


def has_overdue_calls(*, age_seconds: float) -> bool:
    """Whether a call has been waiting longer than a hint needs to be acted upon."""
    return sql.row(_HAS_DUE, [age_seconds]) is not None


def _finish(one: ApiCall, answer: ApiAnswered) -> None:
    if answer.failure:
        logger.warning("api_call_failed", extra={"api_call_id": one.pk, "failure": answer.failure})
    ApiCall.objects.filter(pk=one.pk).update(
        finished_at=database_now(), status=answer.status, failure=answer.failure, url="", body=None
    )
    try:
        script_runs.take_answer(contact_id=one.contact_id, answer=answer)
    except Exception as error:  # noqa: BLE001 - the edge of one call: others wait, and its run has a deadline
        logger.error("api_answer_failed", extra={"api_call_id": one.pk, "failure": describe(error)})


def _answer_to(one: ApiCall, headers: Mapping[str, str], refusal: str) -> ApiAnswered:
    """Make the call unless it is refused already. In a thread without a connection to the database."""
    try:
        if refusal:
            raise CallRefused(refusal)
        came = call(one.method, one.url, headers=headers, body=one.body, seconds=float(one.timeout_seconds))
    except (CallRefused, CallFailed) as error:
        return ApiAnswered(number=one.number, failure=error.code)
    return ApiAnswered(number=one.number, status=came.status, body=came.body.decode("utf-8", "replace"))


def _headers(one: ApiCall) -> tuple[Mapping[str, str], str]:
    """What is sent along; for a secret that is unreadable or not for this host, why the call is refused."""
    headers = {"Accept": "application/json", "User-Agent": "acdconfig"}
    if one.body is not None:
        headers["Content-Type"] = "application/json"
    if one.secret:
        unit_id = Contact.objects.values_list("business_unit_id", flat=True).get(pk=one.contact_id)
        try:
            secret = secret_named(business_unit_id=unit_id, name=one.secret)
        except ImproperlyConfigured:
            return {}, "secret_unreadable"
        if secret is None or not is_allowed(one.url, secret.hosts):
            return {}, "secret_not_for_host"
        headers[one.secret_header] = f"{one.secret_prefix} {secret.secret_value}".strip()
    return headers, ""
