"""The arithmetic of a large installation, in cases that can be worked out by hand."""

from __future__ import annotations

import json

import pytest

from simulation.capacity import SECONDS_A_DAY, Plan, curve, day, main, placed, sizes, totals


@pytest.mark.parametrize("peak", [1.5, 2.2, 4.0])
def test_the_curve_of_the_day_keeps_its_mean_and_reaches_its_peak(peak: float):
    rates = curve(peak)
    assert sum(rates) / len(rates) == pytest.approx(1, abs=0.01)
    assert max(rates) == pytest.approx(peak, abs=0.001)
    # Half past fifteen: a quarter of an eighth of a day behind noon, and half a day behind three at night.
    assert rates.index(max(rates)) == SECONDS_A_DAY * 5 // 8


def test_business_units_are_put_where_there_is_least():
    assert placed([0.5, 0.3, 0.2], 2) == [[0], [1, 2]]
    parts = sizes(Plan(units=2_000))
    assert sum(parts) == pytest.approx(1)
    loads = [sum(parts[unit] for unit in units) for units in placed(parts, 8)]
    assert max(loads) - min(loads) < 0.001


def test_a_shard_with_too_few_cores_falls_behind():
    plan = Plan(contacts=8_640_000, units=10, shards=1, cores=4, busy=1.0, database_ms=20, rushes=0, peak=2.0)
    # 100 a second in the mean and 200 at the peak: 4 cores bear exactly that, 3 do not.
    (enough,) = day(plan)
    assert enough.highest_use == pytest.approx(1.0, rel=0.35)
    assert enough.longest_delay < 10
    (few,) = day(Plan(**{**_values(plan), "cores": 3}))
    # Above 150 a second for some seven hours.
    assert few.longest_delay > 1_000
    assert totals(plan, [enough])["database_cores_at_peak"] == pytest.approx(4, rel=0.01)
    assert totals(plan, [enough])["gigabytes_a_day"] == pytest.approx(8.64e6 * plan.bytes / 1e9, rel=0.01)


def _values(plan: Plan) -> dict:
    return {name: getattr(plan, name) for name in Plan.__dataclass_fields__}


def test_a_rush_of_a_large_business_unit_is_felt():
    calm = Plan(contacts=1_000_000, units=1, shards=1, rushes=0)
    (before,), (after,) = day(calm), day(Plan(**{**_values(calm), "rushes": 20}))
    assert after.highest_use > 3 * before.highest_use


def test_the_command_prints_what_it_assumed(capsys: pytest.CaptureFixture[str]):
    code = main([json.dumps({"contacts": 100_000, "units": 5, "shards": 2})])
    document = json.loads(capsys.readouterr().out)
    assert code == 0
    assert document["plan"]["contacts"] == 100_000
    assert [shard["units"] for shard in document["shards"]] == [2, 3]
