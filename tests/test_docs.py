"""The documentation against the code: names, numbers and links that must not drift apart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from launcher.product import ENGINES, FACES, SERVICES, product_programs
from organizations.models import BusinessUnit
from routing import selectors
from routing.matching import Profile, Waiting, priority, queue_key
from routing.services import dispatch, presence
from scripts.interpreter.registry import REGISTRY

ROOT: Path = settings.BASE_DIR
DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("0*.md"))
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
LINK = re.compile(r"(?<!`)!?\[[^\]]*\]\(([^)\s]+)\)")


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def make_targets() -> list[str]:
    (line,) = (line for line in text("Makefile").splitlines() if line.startswith(".PHONY:"))
    return line.removeprefix(".PHONY:").split()


def commands() -> list[str]:
    found = ROOT.glob("*/management/commands/*.py")
    return sorted(path.stem for path in found if not path.stem.startswith("_") and path.parts[-4] != "tests")


def anchors(document: Path) -> set[str]:
    """The fragments of a page, made from its headings as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", PAGES, ids=shown)
def test_relative_links_lead_somewhere(document):
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _hash, fragment = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        assert path.exists(), target
        if fragment:
            assert fragment in anchors(path), target


@pytest.mark.parametrize("document", PAGES, ids=shown)
def test_a_page_begins_with_its_title_and_says_nothing_twice(document):
    lines = document.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    headings = [line for line in lines if re.match(r"#+ ", line)]
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize("document", PAGES, ids=shown)
def test_no_page_names_a_place_on_somebodys_machine(document):
    assert not re.search(
        r"/(?:work|home|root|Users)/|(?:pypi|npmjs)\.org", document.read_text(encoding="utf-8")
    )


def test_every_environment_variable_of_the_settings_is_described():
    read = set(re.findall(r"(?:env\.\w+|_required)\(\s*\"([A-Z_]+)\"", text("acdconfig/settings.py")))
    assert {"DATABASE_URL", "SOCKET_PORT", "LOG_FORMAT"} <= read
    described = set(re.findall(r"^\| `([A-Z_]+)` \|", text("docs/operations/settings.md"), re.M))
    assert read - described == set()


def test_the_readme_names_the_variables_that_a_deployment_needs():
    needed = set(re.findall(r"_required\(\s*\"([A-Z_]+)\"", text("acdconfig/settings.py")))
    assert {name for name in needed if f"`{name}`" not in text("README.md")} == set()


@pytest.mark.parametrize("name_of_page", ["README.md", "docs/operations/install.md"])
def test_every_management_command_is_named(name_of_page):
    assert "sweep" in commands()
    assert [name for name in commands() if not re.search(rf"`{name}[` ]", text(name_of_page))] == []


def test_the_readme_leads_to_every_page():
    pages = [path.name for path in DOCS.glob("*.md")]
    assert "architecture.md" in pages
    assert [name for name in pages if f"(docs/{name})" not in text("README.md")] == []


@pytest.mark.parametrize("name_of_page", ["README.md", "docs/studio.md"])
def test_every_action_of_scripts_is_named(name_of_page):
    page = text(name_of_page)
    assert [type_ for type_ in REGISTRY.types() if not re.search(rf"\b{type_}\b", page)] == []


def test_every_make_target_is_named():
    page = text("docs/operations/install.md")
    assert [target for target in make_targets() if f"`make {target}`" not in page] == []


def test_no_page_names_a_make_target_or_command_that_is_not_there():
    for page in PAGES:
        content = page.read_text(encoding="utf-8")
        assert set(re.findall(r"`make (\w+)", content)) <= set(make_targets()), page
    own = set(commands()) | {"migrate", "shell", "createsuperuser", "changepassword", "axes_reset_username"}
    for page in PAGES:
        used = re.findall(r"manage\.py (\w+)", page.read_text(encoding="utf-8"))
        assert set(used) <= own, page


def test_every_process_is_in_the_architecture():
    page = text("docs/architecture.md")
    programs = {program.name for program in product_programs({}, 8000, 8001)}
    assert programs == {*FACES, *ENGINES}
    assert [name for name in (*SERVICES, *programs) if f"`{name}`" not in page] == []


def test_every_celery_queue_is_in_the_architecture_and_served():
    commands = [program.command for program in product_programs({}, 8000, 8001) if "-Q" in program.command]
    by_program = [command[command.index("-Q") + 1].split(",") for command in commands]
    served = [queue for queues in by_program for queue in queues]
    # What takes a minute or waits for other systems holds up no reply.
    assert ["bulk"] in by_program
    assert len(served) == len(set(served))
    modules = [shown(path) for path in ROOT.glob("*/tasks.py")]
    used = {queue for name in modules for queue in re.findall(r'shared_task\(queue="(\w+)"', text(name))}
    assert {"inbound", "outbound", "bulk"} <= used
    assert used | {settings.CELERY_TASK_DEFAULT_QUEUE} <= set(served)
    assert [queue for queue in served if f"`{queue}`" not in text("docs/architecture.md")] == []


def test_every_room_is_in_the_architecture():
    rooms = [path.parent.name for path in ROOT.glob("*/apps.py")]
    assert [
        room for room in rooms if not re.search(rf"^.*\b{room}\b", text("docs/architecture.md"), re.M)
    ] == []


def test_decisions_are_numbered_without_gaps():
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("path", DECISIONS, ids=shown)
def test_a_decision_has_its_number_its_parts_and_a_place_in_the_list(path):
    content = path.read_text(encoding="utf-8")
    title = content.splitlines()[0].removeprefix("# ")
    assert title.startswith(f"{path.name[:4]} ")
    for part in ("**Status:**", "**Context.**", "**Decision.**", "**Consequences.**"):
        assert content.count(part) == 1
    assert f"[{title}]({path.name})" in text("docs/decisions/README.md")


def test_the_figures_of_the_routing_page_are_those_of_the_code():
    page = text("docs/routing.md")
    unit = BusinessUnit(name="x")
    figures = {
        f"default {unit.default_sms_refusal_timeout_seconds} s; both 15 to 300 s",
        f"`reoffer_delay_seconds` (default {unit.reoffer_delay_seconds} s)",
        f"`vanished_grace_seconds` (default {unit.vanished_grace_seconds} s)",
        f"(default {unit.default_max_concurrent_sms}; 0 to 30)",
        f"`refused_after_miss` (default {'on' if unit.refused_after_miss else 'off'})",
        f"`refused_after_refusal` (default {'on' if unit.refused_after_refusal else 'off'})",
        f"**lease** of {presence.LEASE.total_seconds():.0f} s",
        f"shortened to {presence.FAREWELL.total_seconds():.0f} s",
        f"(at most {selectors.CANDIDATES})",
        "windows of {}, {}, {} and {} per lane".format(*dispatch.WINDOWS),
        f"at most {dispatch.RECORDED} contacts that were compared",
    }
    assert {figure for figure in figures if figure not in page} == set()


def test_the_examples_of_the_routing_page_are_what_the_code_computes():
    def after(initial: int, acceleration: int, seconds: int) -> float:
        profile = Profile(initial * 1000, acceleration * 1000, 1_000_000)
        start = 90_000_000_000
        contact = Waiting(1, queue_key(profile, start), profile.acceleration_milli, profile.max_milli, start)
        return priority(contact, start + seconds * 1000)

    assert after(110, 0, 240) == 110
    assert after(110, 10, 240) == 150
    assert after(4, 1, 180) == 7
    assert after(0, 1, 30) == 0.5
    assert (after(1, 5, 0), after(3, 1, 0)) == (1, 3)
    assert after(1, 5, 30) == after(3, 1, 30) == 3.5
    assert (after(1, 5, 60), after(3, 1, 60)) == (6, 4)
