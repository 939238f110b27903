"""Requests about users, groups, organizations, ticket fields and forms."""

from tests.conformance.asks import Ask, Calls, gets, paged
from tests.conformance.world import OPTIONS

CALLS: Calls = {
    "GET /api/v2/users/me": gets("users/me"),
    "GET /api/v2/users": [*paged("users"), *gets("users?role=admin", "users?role[]=agent")],
    "POST /api/v2/users": [
        Ask("users", body=lambda w: {"user": {"name": "New", "email": f"new{w['spare_number']}@x.example"}}, status=201)
    ],
    "GET /api/v2/users/{id:int}": gets("users/{user}", "users/{owner}"),
    "PUT /api/v2/users/{id:int}": [Ask("users/{spare_user}", body=lambda _: {"user": {"phone": "+49 30 1"}})],
    "DELETE /api/v2/users/{id:int}": [Ask("users/{spare_user}")],
    "GET /api/v2/users/show_many": gets("users/show_many?ids={user},{owner}", "users/show_many?external_ids=u1,u2"),
    "GET /api/v2/users/search": gets("users/search?query=email:owner@sandbox.example", "users/search?external_id=u1"),
    "POST /api/v2/users/create_or_update": [
        Ask("users/create_or_update", body=lambda _: {"user": {"name": "A", "email": "a@x.example"}}, status=201),
        Ask("users/create_or_update", body=lambda _: {"user": {"name": "B", "email": "a@x.example"}}),
    ],
    "GET /api/v2/users/count": gets("users/count"),
    "GET /api/v2/users/autocomplete": gets("users/autocomplete?name=robin"),
    "GET /api/v2/organizations/count": gets("organizations/count"),
    "GET /api/v2/organizations/autocomplete": gets("organizations/autocomplete?name=north"),
    "POST /api/v2/organizations/create_or_update": [
        Ask(
            "organizations/create_or_update",
            body=lambda _: {"organization": {"name": "Once", "external_id": "once"}},
            status=201,
        ),
        Ask("organizations/create_or_update", body=lambda _: {"organization": {"name": "O", "external_id": "once"}}),
    ],
    "PUT /api/v2/organizations/update_many": [
        Ask("organizations/update_many", "ids={spare_organization}", lambda _: {"organization": {"notes": "N"}}),
        Ask(
            "organizations/update_many",
            body=lambda w: {"organizations": [{"id": w["spare_organization"], "notes": "N"}]},
        ),
    ],
    "GET /api/v2/organization_memberships/{id:int}": gets("organization_memberships/{organization_membership}"),
    "DELETE /api/v2/organization_memberships/{id:int}": [
        Ask("organization_memberships/{spare_organization_membership}", status=204)
    ],
    "GET /api/v2/users/{id:int}/organization_memberships": paged("users/{user}/organization_memberships"),
    "GET /api/v2/users/{id:int}/group_memberships": gets("users/{owner}/group_memberships"),
    "GET /api/v2/users/{id:int}/tickets/requested": gets("users/{owner}/tickets/requested?per_page=2"),
    "GET /api/v2/groups": paged("groups"),
    "POST /api/v2/groups": [Ask("groups", body=lambda _: {"group": {"name": "Third line"}}, status=201)],
    "GET /api/v2/groups/count": gets("groups/count"),
    "GET /api/v2/groups/{id:int}": gets("groups/{group}"),
    "PUT /api/v2/groups/{id:int}": [Ask("groups/{spare_group}", body=lambda _: {"group": {"description": "D"}})],
    "DELETE /api/v2/groups/{id:int}": [Ask("groups/{spare_group}", status=204)],
    "GET /api/v2/groups/{id:int}/memberships": gets("groups/{group}/memberships"),
    "GET /api/v2/group_memberships": paged("group_memberships"),
    "POST /api/v2/group_memberships": [
        Ask(
            "group_memberships",
            body=lambda w: {"group_membership": {"user_id": w["spare_agent"], "group_id": w["group"]}},
            status=201,
        )
    ],
    "DELETE /api/v2/group_memberships/{id:int}": [Ask("group_memberships/{spare_group_membership}", status=204)],
    "GET /api/v2/organizations": paged("organizations"),
    "POST /api/v2/organizations": [
        Ask("organizations", body=lambda w: {"organization": {"name": f"New {w['spare_number']}"}}, status=201)
    ],
    "GET /api/v2/organizations/{id:int}": gets("organizations/{organization}"),
    "PUT /api/v2/organizations/{id:int}": [
        Ask("organizations/{spare_organization}", body=lambda _: {"organization": {"notes": "N", "tags": ["a"]}})
    ],
    "DELETE /api/v2/organizations/{id:int}": [Ask("organizations/{spare_organization}", status=204)],
    "GET /api/v2/organizations/show_many": gets("organizations/show_many?ids={organization},5"),
    "GET /api/v2/organizations/search": gets(
        "organizations/search?name=northwind", "organizations/search?external_id=x"
    ),
    "GET /api/v2/organizations/{id:int}/tickets": gets("organizations/{organization}/tickets?page[size]=2"),
    "GET /api/v2/users/{id:int}/organizations": gets("users/{user}/organizations"),
    "GET /api/v2/organizations/{id:int}/users": gets("organizations/{organization}/users?per_page=2"),
    "GET /api/v2/organization_memberships": paged("organization_memberships"),
    "POST /api/v2/organization_memberships": [
        Ask(
            "organization_memberships",
            body=lambda w: {
                "organization_membership": {"user_id": w["spare_user"], "organization_id": w["organization"]}
            },
            status=201,
        )
    ],
    "GET /api/v2/organization_fields": paged("organization_fields"),
    "POST /api/v2/organization_fields": [
        Ask(
            "organization_fields",
            body=lambda w: {"organization_field": {"key": f"k{w['spare_number']}", "title": "K", "type": "text"}},
            status=201,
        )
    ],
    "GET /api/v2/organization_fields/{id}": gets(
        "organization_fields/{organization_field}", "organization_fields/plan"
    ),
    "PUT /api/v2/organization_fields/{id}": [
        Ask("organization_fields/{spare_organization_field}", body=lambda _: {"organization_field": {"title": "P"}})
    ],
    "DELETE /api/v2/organization_fields/{id}": [Ask("organization_fields/{spare_organization_field}", status=204)],
    "GET /api/v2/ticket_fields": [*gets("ticket_fields"), *paged("ticket_fields")],
    "POST /api/v2/ticket_fields": [
        Ask("ticket_fields", body=lambda _: {"ticket_field": {"type": "text", "title": "Version"}}, status=201),
        Ask(
            "ticket_fields",
            body=lambda _: {"ticket_field": {"type": "tagger", "title": "Level", "custom_field_options": OPTIONS}},
            status=201,
        ),
        Ask(
            "ticket_fields",
            body=lambda _: {"ticket_field": {"type": "checkbox", "title": "C", "tag": "c"}},
            status=201,
        ),
    ],
    "GET /api/v2/ticket_fields/show_many": gets("ticket_fields/show_many?ids={ticket_field}"),
    "GET /api/v2/ticket_fields/{id:int}": gets("ticket_fields/{ticket_field}"),
    "PUT /api/v2/ticket_fields/{id:int}": [
        Ask("ticket_fields/{spare_ticket_field}", body=lambda _: {"ticket_field": {"title": "Tier"}})
    ],
    "DELETE /api/v2/ticket_fields/{id:int}": [Ask("ticket_fields/{spare_ticket_field}", status=204)],
    "GET /api/v2/ticket_fields/{id:int}/options": gets("ticket_fields/{ticket_field}/options?per_page=1"),
    "POST /api/v2/ticket_fields/{id:int}/options": [
        Ask(
            "ticket_fields/{ticket_field}/options",
            body=lambda w: {"custom_field_option": {"name": "New", "value": f"new_{w['spare_number']}"}},
            status=201,
        ),
        Ask(
            "ticket_fields/{ticket_field}/options",
            body=lambda w: {"custom_field_option": {"id": w["option"], "name": "Renamed", "value": "renamed"}},
        ),
    ],
    "DELETE /api/v2/ticket_fields/{id:int}/options/{option_id:int}": [
        Ask("ticket_fields/{ticket_field}/options/{spare_option}", status=204)
    ],
    "GET /api/v2/ticket_forms": gets("ticket_forms"),
    "GET /api/v2/ticket_forms/{id:int}": gets("ticket_forms/{ticket_form}"),
    "PUT /api/v2/ticket_forms/{id:int}": [
        Ask("ticket_forms/{ticket_form}", body=lambda _: {"ticket_form": {"display_name": "Form"}})
    ],
    "GET /api/v2/user_fields": paged("user_fields"),
    "POST /api/v2/user_fields": [
        Ask(
            "user_fields",
            body=lambda w: {"user_field": {"key": f"u{w['spare_number']}", "title": "U", "type": "text"}},
            status=201,
        )
    ],
    "GET /api/v2/user_fields/{id}": gets("user_fields/{user_field}"),
    "PUT /api/v2/user_fields/{id}": [Ask("user_fields/{user_field}", body=lambda _: {"user_field": {"title": "V"}})],
    "DELETE /api/v2/user_fields/{id}": [Ask("user_fields/{spare_user_field}", status=204)],
    "GET /api/v2/ticket_fields/count": gets("ticket_fields/count"),
    "PUT /api/v2/ticket_fields/reorder": [
        Ask("ticket_fields/reorder", body=lambda w: {"ticket_field_ids": [w["ticket_field"]]})
    ],
    "GET /api/v2/ticket_fields/{id:int}/options/{option_id:int}": gets(
        "ticket_fields/{ticket_field}/options/{spare_option}"
    ),
    "POST /api/v2/ticket_forms": [Ask("ticket_forms", body=lambda _: {"ticket_form": {"name": "Short"}}, status=201)],
    "GET /api/v2/ticket_forms/show_many": gets("ticket_forms/show_many?ids={ticket_form}"),
    "DELETE /api/v2/ticket_forms/{id:int}": [Ask("ticket_forms/{spare_short_form}", status=204)],
}
