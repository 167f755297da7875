"""`manage.py doctor`: looks at the installation from outside in, and says what to mend."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, cast
from urllib.parse import urlsplit

import redis
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError

from acdconfig.celery import app
from acdconfig.models import Heartbeat
from core.clock import database_now
from scripts.models import ScriptSecret
from sms_registrations.models import SmsRegistration

OLDEST_POSTGRES = 15
CLOCKS_MAY_DIFFER_SECONDS = 2.0
HEARTBEAT_MAY_BE_SECONDS = 15.0
LITTLE_SPACE = 2_000_000_000
TOO_LITTLE_SPACE = 300_000_000
QUEUES = frozenset({"inbound", "routing", "outbound", "bulk"})
_ABOUT_DATABASE = """
SELECT current_setting('server_version'), pg_encoding_to_char(encoding), lower('É') = 'é'
FROM pg_database WHERE datname = current_database()
"""
START = "Start everything with `make run`, or each process as docs/operations describes."


class Level(StrEnum):
    """How bad a finding is; only errors make the command fail."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, and what to do where that is not well."""

    level: Level
    subject: str
    found: str
    advice: str = ""


def ok(subject: str, found: str) -> Finding:
    return Finding(Level.OK, subject, found)


def warning(subject: str, found: str, advice: str) -> Finding:
    return Finding(Level.WARNING, subject, found, advice)


def error(subject: str, found: str, advice: str) -> Finding:
    return Finding(Level.ERROR, subject, found, advice)


def look_at_python() -> Iterator[Finding]:
    yield ok("Python", ".".join(map(str, sys.version_info[:3])))


def look_at_settings() -> Iterator[Finding]:
    if settings.DEBUG:
        yield warning(
            "DEBUG", "on: pages show the code's inside", "Unset DEBUG where others reach the server."
        )
    if len(settings.SECRET_KEY) < 50:
        yield error("SECRET_KEY", "too short", "Set it to 50 or more random characters; all sign in again.")
    else:
        yield ok("SECRET_KEY", "set")
    keys = [key.strip() for key in settings.FIELD_ENCRYPTION_KEY.split(",") if key.strip()]
    try:
        for key in keys:
            Fernet(key)
        yield ok("FIELD_ENCRYPTION_KEY", f"set ({len(keys)} {'key' if len(keys) == 1 else 'keys'})")
    except ValueError:
        yield error("FIELD_ENCRYPTION_KEY", "not a key", "Each is 32 random bytes in URL-safe base64.")
    public = urlsplit(settings.PUBLIC_URL)
    if public.scheme != "https" and public.hostname not in ("127.0.0.1", "localhost", "::1"):
        advice = "Put a proxy with a certificate in front and set PUBLIC_URL=https://…"
        yield warning("PUBLIC_URL", f"{settings.PUBLIC_URL}: passwords travel in the clear", advice)
    elif public.hostname in ("127.0.0.1", "localhost", "::1"):
        yield ok("PUBLIC_URL", f"{settings.PUBLIC_URL} (SMS providers cannot reach it; the simulator can)")
    else:
        yield ok("PUBLIC_URL", settings.PUBLIC_URL)


def look_at_front_end() -> Iterator[Finding]:
    built = settings.STATIC_ROOT / "staticfiles.json"
    bundle = settings.STATIC_ROOT / "acd" / "site.css"
    if not bundle.exists() or not (built.exists() or settings.DEBUG):
        yield error("Front end", "not built", "Run `make setup`.")
    else:
        yield ok("Front end", "built")
    for folder in settings.LOCALE_PATHS:
        for source in folder.glob("*/LC_MESSAGES/django.po"):
            language = source.parent.parent.name
            if not source.with_suffix(".mo").exists():
                yield warning("Translations", f"{language} is not compiled", "Run `make setup`.")
            else:
                yield ok("Translations", f"{language} compiled")


def look_at_database() -> Iterator[Finding]:
    """Raises DatabaseError when the server does not answer."""
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT_DATABASE)
        version, encoding, folds_case = cursor.fetchone()
    took = (time.perf_counter() - began) * 1000
    if int(version.split(".")[0]) < OLDEST_POSTGRES:
        yield error("PostgreSQL", version, f"Version {OLDEST_POSTGRES} or newer is needed.")
    else:
        yield ok("PostgreSQL", f"{version}, answers in {took:.0f} ms")
    if encoding != "UTF8":
        yield error("PostgreSQL encoding", encoding, "Create the database with ENCODING 'UTF8'.")
    if not folds_case:
        advice = "Create it with a UTF-8 locale (C.UTF-8): names are unique without regard to case."
        yield error("PostgreSQL locale", "does not know É as the capital of é", advice)
    difference = abs(database_now().timestamp() - time.time())
    if difference > CLOCKS_MAY_DIFFER_SECONDS:
        advice = "Run a time service (chrony, systemd-timesyncd) on both machines."
        yield warning("Clocks", f"this machine and the database differ by {difference:.1f} s", advice)
    else:
        yield ok("Clocks", f"this machine and the database differ by {difference * 1000:.0f} ms")


def look_at_migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        yield error("Migrations", f"{len(pending)} not applied", "Run `python manage.py migrate`.")
    else:
        yield ok("Migrations", "all applied")


def look_at_stored_secrets() -> Iterator[Finding]:
    try:
        registrations = len(list(SmsRegistration.objects.all()))
        secrets = len(list(ScriptSecret.objects.all()))
    except ImproperlyConfigured:
        advice = (
            "Put back the FIELD_ENCRYPTION_KEY they were written with (several keys: separate by commas)."
        )
        yield error("Stored secrets", "cannot be read", advice)
    else:
        what = f"{registrations} SMS registrations, {secrets} secrets of scripts"
        yield ok("Stored secrets", f"readable ({what})")


def look_at_sweeper() -> Iterator[Finding]:
    lately = database_now() - timedelta(seconds=HEARTBEAT_MAY_BE_SECONDS)
    alive = Heartbeat.objects.filter(name__startswith="sweeper", at__gte=lately)
    leaders = alive.filter(doing="leading").count()
    if leaders:
        yield ok("Sweeper", f"one leads, {alive.count() - leaders} standing by")
    elif alive.exists():
        yield warning("Sweeper", "some stand by, none leads yet", "Look again in a few seconds.")
    else:
        found = f"none seen for {HEARTBEAT_MAY_BE_SECONDS:.0f} s: no refusal timeout is acted on"
        yield _when_not_running("Sweeper", found)


def look_at_broker() -> Iterator[Finding]:
    """Raises redis.RedisError when the server does not answer."""
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3, socket_connect_timeout=3)
    # redis-py types its answers for the asynchronous client too.
    about = {part: cast("dict[str, Any]", client.info(part)) for part in ("server", "persistence", "memory")}
    server = about["server"]
    yield ok("Redis", f"{server.get('valkey_version') or server['redis_version']} answers")
    if about["persistence"].get("aof_enabled") == 0:
        advice = "Set `appendonly yes`: without it a restart costs hints, and texts wait for the sweeper."
        yield warning("Redis persistence", "off", advice)
    else:
        yield ok("Redis persistence", "on")
    policy = about["memory"].get("maxmemory_policy", "")
    if policy != "noeviction":
        yield warning(
            "Redis eviction", policy, "Set `maxmemory-policy noeviction`: hints must not be dropped."
        )
    else:
        yield ok("Redis eviction", "none")


def look_at_workers() -> Iterator[Finding]:
    try:
        answers = app.control.inspect(timeout=2).active_queues() or {}
    except (OperationalError, OSError, redis.RedisError):
        answers = {}
    served = {queue["name"] for queues in answers.values() for queue in queues}
    if not answers:
        yield _when_not_running("Workers", "none answers: the sweeper does their work, slower")
    elif not served >= QUEUES:
        missing = ", ".join(sorted(QUEUES - served))
        yield error("Workers", f"nobody serves: {missing}", "Start a Celery worker with -Q for these queues.")
    else:
        yield ok("Workers", f"{len(answers)} answering, all queues served")


def look_at_disk() -> Iterator[Finding]:
    folder = settings.DATA_DIR if settings.DATA_DIR.exists() else settings.BASE_DIR
    free = shutil.disk_usage(folder).free
    shown = f"{free / 1e9:.1f} GB free at {folder}"
    if free < TOO_LITTLE_SPACE:
        yield error("Disk", shown, "Make room at once: PostgreSQL stops when it cannot write.")
    elif free < LITTLE_SPACE:
        yield warning("Disk", shown, "Make room before it runs out.")
    else:
        yield ok("Disk", shown)


def look_at_browser() -> Iterator[Finding]:
    names = [os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found:
        yield ok("Chromium for the tests", found)
    else:
        advice = "Only `make test` needs one: apt-get install chromium, or CHROMIUM=/path/to/chromium."
        yield warning("Chromium for the tests", "none", advice)


def _when_not_running(subject: str, found: str) -> Finding:
    """On the embedded default nothing runs unless somebody started it; elsewhere it should."""
    return warning(subject, found, START) if settings.EMBEDDED else error(subject, found, START)


Look = Callable[[], Iterator[Finding]]
LOCAL: tuple[Look, ...] = (look_at_python, look_at_settings, look_at_front_end, look_at_disk, look_at_browser)
IN_DATABASE: tuple[Look, ...] = (look_at_database, look_at_migrations)
IN_TABLES: tuple[Look, ...] = (look_at_stored_secrets, look_at_sweeper)
AT_BROKER: tuple[Look, ...] = (look_at_broker, look_at_workers)


def examine() -> Iterator[Finding]:
    """Every finding, in the order a person would mend them."""
    for look in LOCAL:
        yield from look()
    yield from _in_database()
    try:
        for look in AT_BROKER:
            yield from look()
    except redis.RedisError as problem:
        found = f"does not answer ({type(problem).__name__}): texts are routed, but slower"
        yield error("Redis", found, "Check REDIS_URL and that the server runs.")


def _in_database() -> Iterator[Finding]:
    try:
        migrated = True
        for look in IN_DATABASE:
            for finding in look():
                migrated = migrated and not (finding.subject == "Migrations" and finding.level is Level.ERROR)
                yield finding
        if migrated:
            for look in IN_TABLES:
                yield from look()
    except DatabaseError as problem:
        found = f"does not answer ({type(problem).__name__})"
        yield error("PostgreSQL", found, "Check DATABASE_URL, that the server runs, and its permissions.")


class Command(BaseCommand):
    help = "Checks the installation and says what to mend. Exit code 1 when something must be mended."
    requires_system_checks: list[str] = []

    def handle(self, *_arguments: object, **_options: object) -> None:
        styles = {
            Level.OK: self.style.SUCCESS,
            Level.WARNING: self.style.WARNING,
            Level.ERROR: self.style.ERROR,
        }
        counts = dict.fromkeys(Level, 0)
        for finding in examine():
            counts[finding.level] += 1
            self.stdout.write(
                f"{styles[finding.level](f'{finding.level:<8}')} {finding.subject}: {finding.found}"
            )
            if finding.advice:
                self.stdout.write(f"         → {finding.advice}")
        self.stdout.write(f"{counts[Level.ERROR]} to mend, {counts[Level.WARNING]} to look at.")
        if counts[Level.ERROR]:
            sys.exit(1)
