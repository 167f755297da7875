"""Studio from an empty canvas to the report: a menu with hours and a survey, by mouse and by keyboard."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.product.floor import Agent, Floor, open_floors
from tests.product.hands import Hands, Keys, Mouse
from tests.product.pages import grave_findings, people
from tests.product.product import Product, until

pytestmark = [pytest.mark.product, pytest.mark.browser]

NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Part:
    """One action to draw; `id` is the one that it gets, by its type and its turn."""

    id: str
    type: str
    caption: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)


PARTS = (
    Part("end", "END"),
    Part("note", "NOTE", "Keep the grade", {"note": "Grade: {{ grade }}"}, {"default": "end"}),
    Part(
        "askcaller",
        "ASKCALLER",
        "Survey",
        {"message": "How did we do, 1 to 5?", "result_var": "grade"},
        {"responded": "note", "timeout": "end"},
    ),
    Part("onrelease", "ONRELEASE", branches={"default": "askcaller"}),
    Part("endtext", "ENDTEXT", "Closed", {"message": "We are closed."}),
    Part("reqagent", "REQAGENT", "Support"),
    Part("reqagent2", "REQAGENT", "Sales"),
    Part(
        "case",
        "CASE",
        "Choice",
        {"value": "{{ answer }}", "cases": "1\n2"},
        {"1": "reqagent2", "2": "reqagent", "default": "reqagent"},
    ),
    Part(
        "askcaller2",
        "ASKCALLER",
        "Menu",
        {"message": "Reply 1 for sales or 2 for support."},
        {"responded": "case", "timeout": "reqagent"},
    ),
    Part("hours", "HOURS", "", {"profile": "Always"}, {"open": "askcaller2", "closed": "endtext"}),
    Part("begin", "BEGIN", branches={"default": "hours"}),
)
"""What a branch leads to stands before it, so that each action can be finished in its turn."""

WAY = [
    ("begin", "default"),
    ("hours", "open"),
    ("askcaller2", ""),
    ("askcaller2", "responded"),
    ("case", "1"),
    ("reqagent2", "default"),
    ("onrelease", "default"),
    ("askcaller", ""),
    ("askcaller", "responded"),
    ("note", "default"),
    ("end", ""),
]
"""The steps of the trace; a question is there twice, as it is asked and as it is answered."""


def property_of(page: Page, name: str) -> Locator:
    return page.locator(f'[data-testid="property"][data-name="{name}"]')


def card_of(page: Page, action: str) -> Locator:
    return page.locator(f'.react-flow__node[data-id="{action}"]')


def finish(hands: Hands, part: Part) -> None:
    """In the properties of an action: its caption and what it needs."""
    page = hands.page
    if part.caption:
        hands.fill(page.get_by_test_id("caption"), part.caption)
    for name, value in part.properties.items():
        if name == "profile":
            hands.choose(property_of(page, name), value)
        else:
            hands.fill(property_of(page, name), value)


def draw_by_mouse(hands: Hands) -> None:
    """Dragged from the palette, connected by their handles."""
    page = hands.page
    for _turn in range(4):
        page.locator(".react-flow__controls-zoomout").click()
    for number, part in enumerate(PARTS):
        source = page.locator(f'[data-testid="palette-action"][data-type="{part.type}"]')
        # From right to left, as they follow each other.
        place = {"x": 600.0 - number // 3 * 150, "y": 40.0 + number % 3 * 160}
        source.drag_to(page.get_by_test_id("canvas"), target_position=place)
        expect(card_of(page, part.id)).to_be_visible()
        finish(hands, part)
        for branch, target in part.branches.items():
            connect(page, part.id, branch, target)


def connect(page: Page, source: str, branch: str, target: str) -> None:
    card_of(page, source).locator(f'[data-testid="handle"][data-branch="{branch}"]').hover()
    page.mouse.down()
    end = card_of(page, target).locator(".action__in").bounding_box()
    assert end is not None
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=4)
    page.mouse.up()


def draw_by_keyboard(keys: Hands) -> None:
    """Found in the palette, connected in their properties; F6 leads from one to the other."""
    assert isinstance(keys, Keys)
    page = keys.page
    search = page.get_by_test_id("palette-search")
    # As a person does who looks where he is: the page may not have heard the first.
    for _press in range(20):
        if search.evaluate("(element) => element === document.activeElement"):
            break
        keys.press("F6")
    for part in PARTS:
        expect(search).to_be_focused()
        keys.press("Control+A")
        keys.write(part.type.lower())
        keys.press("Enter")
        expect(card_of(page, part.id)).to_be_visible()
        keys.press("F6")
        expect(card_of(page, part.id)).to_be_focused()
        keys.press("Enter")
        expect(page.get_by_test_id("caption")).to_be_focused()
        finish(keys, part)
        for branch, target in part.branches.items():
            keys.choose(page.locator(f'[data-testid="branch"][data-branch="{branch}"]'), target)
        keys.press("Escape")
        expect(card_of(page, part.id)).to_be_focused()
        keys.press("Shift+F6")


@pytest.mark.parametrize(("kind", "draw"), [(Mouse, draw_by_mouse), (Keys, draw_by_keyboard)])
def test_a_menu_with_hours_and_a_survey(product: Product, chromium: Browser, kind, draw):
    """Drawn, published, texted, traced and reported."""
    name = f"Shown {next(NUMBERS)}"
    [floor] = open_floors(product, agents=1, provider="simulator")
    with people(product, chromium, 1) as (person,):
        page = person.sign_in("admin", product.passwords["admin"], then="/studio/")
        hands = kind(page)
        unit = prepare(page, floor)
        page.goto("/studio/")
        hands.push(page.get_by_test_id("create-new"))
        hands.choose(page.get_by_test_id("new-unit"), str(unit))
        hands.push(page.get_by_test_id("new-ok"))
        expect(page.get_by_test_id("start-plain")).to_be_visible()
        draw(hands)
        expect(page.get_by_test_id("problems")).to_contain_text("Nothing wrong")
        assert grave_findings(page) == []

        page.keyboard.press("Control+s")
        expect(page.get_by_test_id("save-as-name")).to_be_focused()
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("script-name")).to_have_text(name)
        hands.push(page.get_by_test_id("publish"))
        hands.fill(page.get_by_test_id("publish-note"), "First version")
        hands.push(page.get_by_test_id("publish-confirm"))
        expect(page.get_by_text("Published: version 1")).to_be_visible()
        stored = found(page, "scripts", name=name)
        drawn = {action["id"]: action for action in stored["definition"]["actions"]}
        assert {id_: action["type"] for id_, action in drawn.items()} == {
            part.id: part.type for part in PARTS
        }
        assert {(one["from"], one["branch"], one["to"]) for one in stored["definition"]["branches"]} == {
            (part.id, branch, target) for part in PARTS for branch, target in part.branches.items()
        }

        changed(page, "PATCH", f"points-of-contact/{point_of(page, floor)}", script=name)
        contact = texted(product, hands, floor)
        page.goto(f"/studio/contacts/{contact}/")
        steps = page.get_by_test_id("step")
        expect(steps).to_have_count(len(WAY))
        assert [
            (step.get_attribute("data-action"), step.get_attribute("data-branch") or "")
            for step in steps.all()
        ] == WAY
        expect(page.get_by_test_id("steps")).to_contain_text("How did we do, 1 to 5?")
        hands.push(steps.nth(4).get_by_role("button"))
        expect(card_of(page, "case")).to_have_class(re.compile("selected"))
        assert grave_findings(page) == []
        reported(product, hands, unit, contact)


def prepare(page: Page, floor: Floor) -> int:
    """Hours that are always open, IVR reporting for the number: the business unit."""
    name = found(page, "skills", id=floor.skill)["business_unit"]
    unit = int(found(page, "business-units", name=name)["id"])
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    always = dict.fromkeys(days, "00:00-24:00")
    changed(page, "POST", "hours-of-operation", name="Always", business_unit=name, **always)
    changed(page, "PATCH", f"points-of-contact/{point_of(page, floor)}", ivr_reporting_enabled=True)
    return unit


def texted(product: Product, hands: Hands, floor: Floor) -> int:
    """The customer chooses sales; the agent accepts and ends; the customer gives a grade: the contact."""
    page = hands.page
    page.goto("/simulator/")
    phone = page.get_by_test_id("phone").first
    hands.fill(phone.get_by_test_id("phone-mine"), "+33612345950")
    hands.choose(phone.get_by_test_id("phone-to"), floor.number)

    def write(text: str, answer: str) -> None:
        hands.fill(phone.get_by_test_id("phone-text"), text)
        hands.push(phone.get_by_test_id("phone-send"))
        if answer:
            expect(phone.get_by_test_id("phone-message").filter(has_text=answer)).to_be_visible()

    with Agent(product, floor.agents[0]) as agent:
        agent.become("available")
        write("Hello", "Reply 1 for sales")
        write("1", "")
        offer = agent.wait_for("offer.made")
        agent.ask("POST", f"offers/{offer['id']}/accept")
        agent.ask("POST", f"contacts/{offer['contact']}/end")
        expect(phone.get_by_test_id("phone-message").filter(has_text="How did we do")).to_be_visible()
        write("5", "")
    contact = int(offer["contact"])
    until(
        lambda: product.rows(
            "SELECT 1 FROM contacts_contact WHERE id = %s AND notes = 'Grade: 5'", [contact]
        ),
        10,
        "the grade on the contact",
    )
    return contact


def reported(product: Product, hands: Hands, unit: int, contact: int) -> None:
    """The IVR path report tells the way; its branch leads to the contact."""
    page = hands.page
    product.run_python("from django.core.management import call_command; call_command('roll_up')")
    page.goto("/reports/paths/")
    choices = page.get_by_test_id("choices")
    hands.choose(choices.locator("[name=business_unit]"), str(unit))
    hands.choose(choices.locator("[name=period]"), "today")
    hands.push(choices.get_by_role("button", name="Show", exact=True))
    rows = page.get_by_test_id("table-ways").locator("tbody tr")
    expect(rows).to_have_count(len(WAY))
    chosen = rows.filter(has_text="CASE Choice").filter(has_text="REQAGENT Sales")
    expect(chosen).to_have_count(1)
    expect(page.get_by_test_id("table-exits")).to_contain_text("Answered by an agent")
    expect(page.get_by_test_id("table-days").locator("tbody tr")).to_have_count(1)
    assert grave_findings(page) == []
    hands.push(chosen.get_by_role("link"))
    hands.push(page.get_by_test_id("branch-contacts").get_by_role("link", name=str(contact), exact=True))
    expect(page.get_by_test_id("step")).to_have_count(len(WAY))


def found(page: Page, path: str, **wanted: Any) -> dict[str, Any]:
    """The one object of the API that has these values."""
    rows = page.request.get(f"/api/v1/{path}", params={"limit": 200}).json()["results"]
    [one] = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return dict(one)


def point_of(page: Page, floor: Floor) -> int:
    rows = page.request.get("/api/v1/points-of-contact", params={"limit": 200}).json()["results"]
    [one] = [row for row in rows if row["transport_code"] == floor.number]
    return int(one["id"])


def changed(page: Page, method: str, path: str, **body: Any) -> None:
    token = page.evaluate("document.cookie.match(/csrftoken=([^;]+)/)[1]")
    answer = page.request.fetch(f"/api/v1/{path}", method=method, data=body, headers={"X-CSRFToken": token})
    assert answer.ok, answer.text()
