"""`manage.py simulate`: its output, its errors, and the example that the documentation shows."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from dataclasses import fields, replace

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from simulation.measures import BATCHES
from simulation.run import exact_mean_wait, run
from simulation.scenario import AgentGroup, Scenario, Skill, read_scenario
from tests.simulation.test_scenario import document, group, skill

EXAMPLES = sorted((settings.BASE_DIR / "simulation" / "examples").glob("*.json"))
PAGE = settings.BASE_DIR / "docs" / "simulation.md"


def simulate(source: object, monkeypatch: pytest.MonkeyPatch | None = None) -> tuple[dict, str]:
    out, err = io.StringIO(), io.StringIO()
    if monkeypatch is not None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(source)))
        source = "-"
    call_command("simulate", str(source), stdout=out, stderr=err)
    return json.loads(out.getvalue()), err.getvalue()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(example, tmp_path):
    written = json.loads(example.read_text(encoding="utf-8"))
    short = tmp_path / "short.json"
    short.write_text(json.dumps(written | {"hours": 100}), encoding="utf-8")
    found, err = simulate(short)
    assert err == ""
    assert list(found["skills"]) == [one["name"] for one in written["skills"]]
    for one in written["skills"]:
        figures = found["skills"][one["name"]]
        assert figures["contacts"] == pytest.approx(one["arrivals_per_hour"] * 100, rel=0.1)
        assert 0 < figures["ci95_seconds"] < figures["mean_wait_seconds"] < figures["p95_wait_seconds"]
        assert 0 < figures["service_level_percent"] < 100
    assert 0 < found["agents"]["occupancy_percent"] < 100


def test_output_has_the_fields_that_the_interface_promises(monkeypatch):
    found, _err = simulate(document(), monkeypatch)
    assert set(found["skills"]["Orders"]) >= {
        "contacts",
        "mean_wait_seconds",
        "ci95_seconds",
        "p95_wait_seconds",
        "service_level_percent",
        "abandoned_percent",
        "refusals",
    }
    assert found["seconds_per_million_contacts"] > 0


def test_the_same_seed_gives_the_same_and_another_another(monkeypatch):
    def figures(seed: int) -> dict:
        found, _err = simulate(document(seed=seed, agents=[group(refuse_probability=0.2)]), monkeypatch)
        del found["seconds_per_million_contacts"]
        return found

    assert figures(7) == figures(7)
    assert figures(7) != figures(8)


def test_another_configuration_meets_the_same_customers():
    def came(**changes) -> list[tuple]:
        kept = []
        scenario = read_scenario(document(**changes))
        run(
            scenario,
            journal=lambda what, now, _contact, _agent: kept.append(now) if what == "queued" else None,
        )
        return kept

    other_rule = came(skills=[skill(initial_priority=5)], agents=[group(count=1, refuse_probability=0.5)])
    common = min(len(came()), len(other_rule))
    assert came()[:common] == other_rule[:common]


def test_what_is_wrong_is_said_with_its_field(monkeypatch):
    with pytest.raises(CommandError) as caught:
        simulate(document(skills=[skill(acceleration=-1)]), monkeypatch)
    assert str(caught.value) == "The scenario cannot be run.\nskills[0].acceleration: must be at least 0."


def test_no_json_and_no_file_are_said(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        simulate(tmp_path / "missing.json")
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    with pytest.raises(CommandError, match="is not a JSON document"):
        simulate(broken)


def test_it_needs_no_database(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "simulate", "-"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "var")},
        input=json.dumps(document()),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["overall"]["contacts"] > 0
    assert done.stderr == ""
    assert not (tmp_path / "var").exists()


def test_an_unstable_load_runs_and_is_warned_of(monkeypatch):
    found, err = simulate(document(skills=[skill(arrivals_per_hour=200)]), monkeypatch)
    assert "Warning: The load is unstable: 'Orders'" in err
    assert "contacts still waited" in err
    left = found["skills"]["Orders"]["waiting_at_end"]
    assert left > 0
    assert left + found["skills"]["Orders"]["contacts"] == pytest.approx(2000, rel=0.1)


def test_a_skill_without_customers_has_no_figures(monkeypatch):
    found, err = simulate(document(skills=[skill(arrivals_per_hour=0)]), monkeypatch)
    assert err == ""
    figures = found["skills"]["Orders"]
    assert (figures["contacts"], figures["mean_wait_seconds"], figures["ci95_seconds"]) == (0, None, None)
    assert figures["service_level_percent"] is None
    assert found["agents"]["occupancy_percent"] == 0


def test_the_exact_mean_of_all_is_given_where_theory_knows_it():
    plain = read_scenario(document(agents=[group(count=1, max_concurrent_sms=1)]))
    assert exact_mean_wait(plain) == pytest.approx(960)
    (only,) = plain.skills
    constant = replace(plain, skills=[replace(only, handle_distribution="constant")])
    assert exact_mean_wait(constant) == pytest.approx(480)
    (agents,) = plain.agents
    assert exact_mean_wait(replace(constant, agents=[replace(agents, count=2)])) is None
    assert exact_mean_wait(replace(plain, agents=[replace(agents, answer_delay_seconds=1)])) is None
    assert exact_mean_wait(replace(plain, skills=[replace(only, mean_patience_seconds=60)])) is None
    assert exact_mean_wait(replace(plain, agents=[replace(agents, decline_probability=0.1)])) is None
    cooling = replace(agents, cool_down_after_contact_seconds=1)
    assert exact_mean_wait(replace(plain, agents=[cooling])) is None
    assert exact_mean_wait(replace(plain, skills=[replace(only, arrivals_per_hour=15)])) is None


def test_constant_handling_times_are_those_of_theory():
    scenario = read_scenario(
        document(
            hours=4000,
            skills=[skill(handle_distribution="constant")],
            agents=[group(count=1, max_concurrent_sms=1)],
        )
    )
    found = run(scenario).measures.mean_wait()
    assert abs(found.mean / 1000 - exact_mean_wait(scenario)) <= 3 * found.error / 1000
    assert found.error <= 0.04 * found.mean


def test_every_field_of_a_scenario_and_of_its_result_is_described():
    page = PAGE.read_text(encoding="utf-8")
    result = run(read_scenario(document())).as_json()
    names = {field.name for part in (Scenario, Skill, AgentGroup) for field in fields(part)}
    names |= {*result["skills"]["Orders"], *result["overall"]} | {*result["agents"], *result}
    assert {name for name in names if not re.search(rf"`(\w+\.)*(\*\.)?{name}`", page)} == set()
    assert f"{BATCHES} batches" in page
