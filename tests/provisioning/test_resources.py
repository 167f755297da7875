"""What every configured resource has in common."""

from __future__ import annotations

import pytest

from tests.provisioning.cases import CASES

each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.slug)
WRITE_ONLY = {"api_secret", "signature_secret", "secret_value"}


@each
def test_create_and_read(case, admin, people):
    body = case.body(people.unit)
    made = admin.post(case.url, body)
    assert made.status_code == 201, made.content
    data = made.json()
    assert made["Location"].endswith(f"{case.url}/{data['id']}")
    assert {"id", "is_active", "created_at", "updated_at", "name"} <= data.keys()
    assert data["business_unit"] == people.unit.name
    read = admin.get(f"{case.url}/{data['id']}")
    assert read.json() == data
    assert read["ETag"] == made["ETag"]
    assert read["ETag"].startswith('W/"')


@each
def test_what_was_read_can_be_sent_back(case, admin, people):
    data = admin.post(case.url, case.body(people.unit)).json()
    again = admin.put(f"{case.url}/{data['id']}", data)
    assert again.status_code == 200, again.content
    data.pop("updated_at")
    assert {name: value for name, value in again.json().items() if name != "updated_at"} == data


@each
def test_patch_changes_only_what_it_names(case, admin, people):
    row = case.of(people.unit)
    url = f"{case.url}/{row.pk}"
    before = admin.get(url)
    after = admin.patch(url, case.change)
    assert after.status_code == 200, after.content
    assert after["ETag"] != before["ETag"]
    changed = {name for name in after.json() if after.json()[name] != before.json()[name]}
    # What holds for an agent follows from what was set.
    assert changed - {"updated_at", "effective"} == set(case.change)
    assert {name: after.json()[name] for name in case.change} == case.change


@each
def test_delete(case, admin, people):
    row = case.of(people.unit)
    assert admin.delete(f"{case.url}/{row.pk}").status_code == 204
    assert admin.get(f"{case.url}/{row.pk}").status_code == 404


@each
def test_required_fields_are_named(case, admin, people):
    answer = admin.post(case.url, {})
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert sorted(answer.json()["fields"]) == sorted(case.required)


@each
def test_unknown_fields_are_named(case, admin, people):
    row = case.of(people.unit)
    answer = admin.patch(f"{case.url}/{row.pk}", {**case.change, "colour": "red", "sise": 3})
    assert answer.status_code == 400
    assert answer.json()["fields"] == {
        "colour": ["There is no such field."],
        "sise": ["There is no such field."],
    }


@each
def test_null_where_it_means_nothing_is_refused(case, admin, people):
    row = case.of(people.unit)
    answer = admin.patch(f"{case.url}/{row.pk}", {"is_active": None})
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["is_active"]


@each
def test_list_pages_filters_orders(case, admin, people):
    rows = [case.of(people.unit) for _ in range(3)]
    first = admin.get(case.url, {"limit": 2, "ordering": "-id", "is_active": "true"}).json()
    assert first["count"] >= 3
    assert [one["id"] for one in first["results"]] == [rows[2].pk, rows[1].pk]
    assert "offset=2" in first["next"]
    assert first["previous"] is None
    assert admin.get(case.url, {"is_active": "false"}).json()["count"] == 0
    assert [one["id"] for one in admin.get(case.url, {"id": rows[0].pk}).json()["results"]] == [rows[0].pk]
    assert admin.get(f"{case.url}/").json()["count"] == first["count"]


@each
@pytest.mark.parametrize(
    "query",
    [{"colour": "red"}, {"ordering": "colour"}, {"is_active": "maybe"}, {"id": "x"}, {"ordering": "--id"}],
)
def test_queries_that_mean_nothing_are_refused(case, query, admin):
    answer = admin.get(case.url, query)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == list(query)


@each
def test_list_costs_the_same_for_one_and_for_many(case, admin, people, django_assert_num_queries):
    case.of(people.unit)
    admin.get(case.url)
    with django_assert_num_queries(_queries(case)):
        assert admin.get(case.url).status_code == 200
    for _ in range(4):
        case.of(people.unit)
    with django_assert_num_queries(_queries(case)):
        assert admin.get(case.url).json()["count"] >= 5


def _queries(case) -> int:
    """Token, two for permissions, count, rows; then one for each kind of child."""
    children = {"skills": 3, "quick-replies": 1, "agents": 1, "scripts": 1}
    return 5 + children.get(case.slug, 0)


# -- Permissions, in threes ---------------


@each
def test_the_administrator_may_and_a_colleague_may_not(case, admin, colleague, people):
    body, row = case.body(people.unit), case.of(people.unit)
    url = f"{case.url}/{row.pk}"
    calls = [("post", case.url, body), ("put", url, body), ("patch", url, case.change), ("delete", url, None)]
    for method, address, data in calls:
        refused = getattr(colleague, method)(address, data)
        assert refused.status_code == 403, (method, refused.content)
        assert refused.json()["code"] == "permission_denied"
    assert colleague.get(case.url).status_code == 403
    assert colleague.get(url).status_code == 403
    assert admin.get(url).status_code == 200


@each
def test_for_a_stranger_it_does_not_exist(case, stranger, people):
    row = case.of(people.unit)
    url = f"{case.url}/{row.pk}"
    assert stranger.get(url).status_code == 404
    assert stranger.patch(url, case.change).status_code == 404
    assert stranger.put(url, {}).status_code == 404
    assert stranger.delete(url).status_code == 404
    assert row.pk not in [one["id"] for one in stranger.get(case.url).json()["results"]]
    assert type(row)._default_manager.filter(pk=row.pk).exists()


@each
def test_nobody_without_a_token(case, client, people):
    answer = client.get(case.url)
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"


@each
def test_a_superuser_reaches_all_business_units(case, superuser, people):
    row = case.of(people.unit)
    assert superuser.get(f"{case.url}/{row.pk}").status_code == 200
    assert superuser.get(case.url, {"business_unit": people.unit.name, "id": row.pk}).json()["count"] == 1
    assert superuser.get(case.url, {"business_unit": "Elsewhere"}).json()["count"] == 0
    body = case.body(people.unit)
    ambiguous = superuser.post(case.url, body)
    assert list(ambiguous.json()["fields"]) == ["business_unit"]
    named = superuser.post(case.url, {**body, "business_unit": people.unit.name.upper()})
    assert named.status_code == 201, named.content
    assert named.json()["business_unit"] == people.unit.name


# -- Optimistic locking and idempotency ---------------


@each
def test_if_match(case, admin, people):
    row = case.of(people.unit)
    url = f"{case.url}/{row.pk}"
    tag = admin.get(url)["ETag"]
    changed = admin.patch(url, case.change, headers={"If-Match": tag})
    assert changed.status_code == 200
    for late in (
        admin.patch(url, case.change, headers={"If-Match": tag}),
        admin.put(url, {}, headers={"If-Match": tag}),
        admin.delete(url, headers={"If-Match": tag}),
    ):
        assert late.status_code == 412
        assert late.json()["code"] == "changed"
    assert admin.get(url)["ETag"] == changed["ETag"]
    assert admin.delete(url, headers={"If-Match": f'"other", {changed["ETag"]}'}).status_code == 204


@each
def test_idempotency_key(case, admin, people):
    body = case.body(people.unit)
    first = admin.post(case.url, body, headers={"Idempotency-Key": "one"})
    again = admin.post(case.url, body, headers={"Idempotency-Key": "one"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["ETag"] == first["ETag"]
    assert again["Idempotency-Replayed"] == "true"
    other = admin.post(case.url, {**body, "is_active": False}, headers={"Idempotency-Key": "one"})
    assert other.status_code == 409
    assert other.json()["code"] == "idempotency_conflict"


@each
def test_secrets_are_never_answered(case, admin, people):
    body = case.body(people.unit)
    made = admin.post(case.url, body)
    for secret in WRITE_ONLY & body.keys():
        assert body[secret] not in made.content.decode()
    assert not WRITE_ONLY & made.json().keys()
