"""How many contacts a simulation gets through per second of one core."""

from __future__ import annotations

from statistics import quantiles

from bench.report import Row
from simulation.run import run
from simulation.scenario import Scenario, read_scenario

GOAL = 20_000
ROUNDS = 5


def _scenario(*, busy: float, hours: float, skills: int, teams: int, seed: int, **agents: float) -> Scenario:
    """Teams of ten agents with three places each; every team serves four skills. `busy` is the load."""
    places = teams * 10 * 3
    return read_scenario(
        {
            "seed": seed,
            "hours": hours,
            "skills": [
                {
                    "name": f"skill {number}",
                    "arrivals_per_hour": busy * places * 3600 / 300 / skills,
                    "mean_handle_seconds": 300,
                    "initial_priority": 10 * (number % 3),
                    "acceleration": 1 + number % 4,
                    "mean_patience_seconds": 1800 if agents and number % 2 else None,
                }
                for number in range(skills)
            ],
            "agents": [
                {
                    "count": 10,
                    "skills": {f"skill {(team + step) % skills}": 1 + step for step in range(min(4, skills))},
                    **agents,
                }
                for team in range(teams)
            ],
        }
    )


def _measured(name: str, **floor: float) -> Row:
    rates = []
    for seed in range(ROUNDS):
        result = run(_scenario(seed=seed, **floor))  # type: ignore[arg-type]  # numbers, as named there
        rates.append(result.measures.contacts / result.seconds)
    low, middle, high = quantiles(rates, n=4)
    return Row(
        name=f"simulation: {name}",
        value=middle,
        quartiles=(low, high),
        goal=f">= {GOAL}",
        passed=middle >= GOAL,
        unit="/s",
    )


def measure() -> list[Row]:
    """Contacts per second of processor time, all that arrive counted."""
    return [
        _measured("1 skill, 10 agents, 80 % busy", busy=0.8, hours=150, skills=1, teams=1),
        _measured("10 skills, 100 agents, 90 % busy", busy=0.9, hours=15, skills=10, teams=10),
        _measured(
            "the same, refusals and customers who leave",
            busy=0.9,
            hours=15,
            skills=10,
            teams=10,
            answer_delay_seconds=5,
            refuse_probability=0.1,
        ),
        _measured("10 skills, 100 agents, 50 k waiting in the end", busy=2.4, hours=10, skills=10, teams=10),
    ]
