"""The screens: add a line here for a page that is new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

BUSY, OFFERED = "agent.one", "agent.two"
"""Of the demo's agents one has a conversation, the other an offer that waits for his answer."""


@dataclass(frozen=True)
class Screen:
    """One page, as somebody sees it. `{Support}` in the path stands for the id of the object of that name."""

    name: str
    path: str
    who: str = "admin"
    prepare: Callable[[Page], None] | None = None
    """What is done on the page first."""
    is_narrow: bool = False
    """Whether it is also taken as wide as a telephone."""


def _ask(page: Page) -> None:
    page.get_by_test_id("switch").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def _compare(page: Page) -> None:
    page.get_by_test_id("comparison").scroll_into_view_if_needed()


def _find(page: Page) -> None:
    page.locator("details.finder summary").first.click()
    expect(page.locator(".finder .found [role=option]").first).to_be_visible()


def _explain(page: Page) -> None:
    page.locator("details.glossary summary").first.click()


def _create_nothing(page: Page) -> None:
    page.get_by_test_id("save").click()
    expect(page.get_by_role("alert").first).to_be_visible()


def _wait_for_desk(page: Page) -> None:
    expect(page.get_by_test_id("contact-item").first).to_be_visible()
    page.get_by_test_id("contact-item").first.click()


def _wait_for_offer(page: Page) -> None:
    expect(page.get_by_test_id("offer").first).to_be_visible()


def _wait_for_board(page: Page) -> None:
    expect(page.get_by_test_id("tile").first).to_be_visible()
    expect(page.get_by_test_id("open-contact").first).to_be_visible()


def _open_agent(page: Page) -> None:
    page.get_by_test_id("agent").first.click()
    expect(page.get_by_test_id("save-agent")).to_be_visible()


def _wait_for_why(page: Page) -> None:
    expect(page.get_by_test_id("why").first).to_be_visible()


def _wait_for_chart(page: Page) -> None:
    """Figures are some seconds behind, and a page of figures shows those of its moment."""
    for _attempt in range(30):
        if page.locator(".chart").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.locator(".chart svg").first).to_be_visible()


def _ask_for_nobody(page: Page) -> None:
    page.get_by_label("Skill").fill("Nobody")
    page.locator(".choices__go button").click()
    expect(page.get_by_role("alert").first).to_be_visible()


SETTINGS, PEOPLE, RECORDS = "/acd/contact-settings", "/acd/people", "/acd/records"

SCREENS = (
    Screen("login", "/accounts/login/", who=""),
    Screen("home", "/", is_narrow=True),
    Screen("overview", "/acd/", is_narrow=True),
    Screen("sms-registrations", f"{SETTINGS}/sms-registrations/", is_narrow=True),
    Screen("sms-registration-create", f"{SETTINGS}/sms-registrations/add/"),
    Screen("sms-registration", f"{SETTINGS}/sms-registrations/{{Support line}}/change/"),
    Screen("campaigns", f"{SETTINGS}/campaigns/"),
    Screen("campaign-create", f"{SETTINGS}/campaigns/add/"),
    Screen("campaign", f"{SETTINGS}/campaigns/{{Customer service}}/change/"),
    Screen("campaign-delete", f"{SETTINGS}/campaigns/{{Customer service}}/delete/"),
    Screen("skills", f"{SETTINGS}/skills/", is_narrow=True),
    Screen("skills-filter", f"{SETTINGS}/skills/", prepare=_find),
    Screen("skill-create", f"{SETTINGS}/skills/add/", is_narrow=True),
    Screen("skill-create-errors", f"{SETTINGS}/skills/add/", prepare=_create_nothing),
    Screen("skill", f"{SETTINGS}/skills/{{Support}}/change/", is_narrow=True),
    Screen("skill-outbound", f"{SETTINGS}/skills/{{Callbacks}}/change/"),
    Screen("skill-glossary", f"{SETTINGS}/skills/{{Support}}/change/", prepare=_explain),
    Screen("skill-comparison", f"{SETTINGS}/skills/{{Support}}/change/", prepare=_compare),
    Screen("skill-deactivate", f"{SETTINGS}/skills/{{Support}}/change/", prepare=_ask),
    Screen("skill-history", f"{SETTINGS}/skills/{{Support}}/history/", is_narrow=True),
    Screen("scripts", f"{SETTINGS}/scripts/"),
    Screen("script", f"{SETTINGS}/scripts/{{Plain queue}}/change/"),
    Screen("points-of-contact", f"{SETTINGS}/points-of-contact/", is_narrow=True),
    Screen("point-of-contact-create", f"{SETTINGS}/points-of-contact/add/", is_narrow=True),
    Screen("point-of-contact", f"{SETTINGS}/points-of-contact/{{Support by SMS}}/change/"),
    Screen("dispositions", f"{SETTINGS}/dispositions/"),
    Screen("disposition", f"{SETTINGS}/dispositions/{{Resolved}}/change/"),
    Screen("tags", f"{SETTINGS}/tags/"),
    Screen("tag", f"{SETTINGS}/tags/{{VIP}}/change/"),
    Screen("hours", f"{SETTINGS}/hours/"),
    Screen("hours-create", f"{SETTINGS}/hours/add/"),
    Screen("hours-one", f"{SETTINGS}/hours/{{Office}}/change/?on=2026-12-25", is_narrow=True),
    Screen("secrets", f"{SETTINGS}/secrets/"),
    Screen("secret-create", f"{SETTINGS}/secrets/add/"),
    Screen("agents", f"{PEOPLE}/agents/", is_narrow=True),
    Screen("agent", f"{PEOPLE}/agents/{{agent.one}}/change/"),
    Screen("agent-create", f"{PEOPLE}/agents/add/"),
    Screen("teams", f"{PEOPLE}/teams/"),
    Screen("team", f"{PEOPLE}/teams/{{Front desk}}/change/"),
    Screen("users", f"{PEOPLE}/users/"),
    Screen("api-tokens", f"{PEOPLE}/api-tokens/"),
    Screen("business-units", f"{PEOPLE}/business-units/"),
    Screen("business-unit", f"{PEOPLE}/business-units/{{Demo}}/change/"),
    Screen("contacts", f"{RECORDS}/contacts/", is_narrow=True),
    Screen("contact", f"{RECORDS}/contacts/{{contact}}/change/"),
    Screen("customers", f"{RECORDS}/customers/"),
    Screen("messages", f"{RECORDS}/messages/"),
    Screen("offers", f"{RECORDS}/offers/"),
    Screen("opt-outs", f"{RECORDS}/opt-outs/"),
    Screen("deliveries", f"{RECORDS}/deliveries/"),
    Screen("supervisor", "/supervisor/", who="supervisor", prepare=_wait_for_board, is_narrow=True),
    Screen("supervisor-agent", "/supervisor/", who="supervisor", prepare=_open_agent),
    Screen(
        "supervisor-contact",
        "/supervisor/contacts/{contact}/",
        who="supervisor",
        prepare=_wait_for_why,
        is_narrow=True,
    ),
    Screen("supervisor-refusals", "/supervisor/refusals/", who="supervisor", is_narrow=True),
    Screen("supervisor-thresholds", "/supervisor/thresholds/", who="supervisor", is_narrow=True),
    Screen("desk", "/agent/", who=BUSY, prepare=_wait_for_desk, is_narrow=True),
    Screen("desk-offer", "/agent/", who=OFFERED, prepare=_wait_for_offer, is_narrow=True),
    Screen("reports", "/reports/", is_narrow=True),
    Screen("report-service-level", "/reports/service-level/", prepare=_wait_for_chart, is_narrow=True),
    Screen("report-volumes", "/reports/volumes/?period=today&by=hour", prepare=_wait_for_chart),
    Screen("report-agents", "/reports/agents/?period=today", is_narrow=True),
    Screen("report-outcomes", "/reports/outcomes/"),
    Screen("report-paths", "/reports/paths/"),
    Screen("report-errors", "/reports/volumes/", prepare=_ask_for_nobody),
    Screen("report-contacts", "/reports/contacts/", is_narrow=True),
    Screen("report-contact", "/reports/contacts/{contact}/", is_narrow=True),
    Screen("report-save", "/reports/saved/new/?kind=volumes&choices=period%3Dtoday"),
    Screen("simulator", "/simulator/", is_narrow=True),
)
