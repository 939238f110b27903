"""One or more real requests for every route of the sandbox."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conformance.world import ACTIONS, CONDITIONS, OPTIONS, World

Body = Callable[[World], Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: names in braces in `path` and `query` are ids of the world, and `body` makes what is sent."""

    path: str
    query: str = ""
    body: Body | None = None
    status: int = 200


def _gets(*paths: str) -> list[Ask]:
    return [Ask(path, query) for path, _, query in (path.partition("?") for path in paths)]


_PAGED = ("per_page=2&page=1", "page[size]=2")
_TICKETS = "include=users,groups,organizations"

CALLS: dict[str, list[Ask]] = {
    # ------------------------------------------------------------ users, groups, organizations
    "GET /api/v2/users/me": _gets("users/me"),
    "GET /api/v2/users": _gets(*(f"users?{style}" for style in _PAGED), "users?role=admin", "users?role[]=agent"),
    "POST /api/v2/users": [
        Ask("users", body=lambda w: {"user": {"name": "New", "email": f"new{w['spare_number']}@x.example"}}, status=201)
    ],
    "GET /api/v2/users/{id:int}": _gets("users/{user}", "users/{owner}"),
    "PUT /api/v2/users/{id:int}": [Ask("users/{spare_user}", body=lambda _: {"user": {"phone": "+49 30 1"}})],
    "DELETE /api/v2/users/{id:int}": [Ask("users/{spare_user}")],
    "GET /api/v2/users/show_many": _gets("users/show_many?ids={user},{owner}", "users/show_many?external_ids=u1,u2"),
    "GET /api/v2/users/search": _gets("users/search?query=email:owner@sandbox.example", "users/search?external_id=u1"),
    "POST /api/v2/users/create_or_update": [
        Ask("users/create_or_update", body=lambda _: {"user": {"name": "A", "email": "a@x.example"}}, status=201),
        Ask("users/create_or_update", body=lambda _: {"user": {"name": "B", "email": "a@x.example"}}),
    ],
    "GET /api/v2/users/{id:int}/organization_memberships": _gets(
        *(f"users/{{user}}/organization_memberships?{style}" for style in _PAGED)
    ),
    "GET /api/v2/users/{id:int}/group_memberships": _gets("users/{owner}/group_memberships"),
    "GET /api/v2/users/{id:int}/tickets/requested": _gets("users/{owner}/tickets/requested?per_page=2"),
    "GET /api/v2/groups": _gets(*(f"groups?{style}" for style in _PAGED)),
    "POST /api/v2/groups": [Ask("groups", body=lambda _: {"group": {"name": "Third line"}}, status=201)],
    "GET /api/v2/groups/count": _gets("groups/count"),
    "GET /api/v2/groups/{id:int}": _gets("groups/{group}"),
    "PUT /api/v2/groups/{id:int}": [Ask("groups/{spare_group}", body=lambda _: {"group": {"description": "D"}})],
    "DELETE /api/v2/groups/{id:int}": [Ask("groups/{spare_group}", status=204)],
    "GET /api/v2/groups/{id:int}/memberships": _gets("groups/{group}/memberships"),
    "GET /api/v2/group_memberships": _gets(*(f"group_memberships?{style}" for style in _PAGED)),
    "POST /api/v2/group_memberships": [
        Ask(
            "group_memberships",
            body=lambda w: {"group_membership": {"user_id": w["spare_agent"], "group_id": w["group"]}},
            status=201,
        )
    ],
    "DELETE /api/v2/group_memberships/{id:int}": [Ask("group_memberships/{spare_group_membership}", status=204)],
    "GET /api/v2/organizations": _gets(*(f"organizations?{style}" for style in _PAGED)),
    "POST /api/v2/organizations": [
        Ask("organizations", body=lambda w: {"organization": {"name": f"New {w['spare_number']}"}}, status=201)
    ],
    "GET /api/v2/organizations/{id:int}": _gets("organizations/{organization}"),
    "PUT /api/v2/organizations/{id:int}": [
        Ask("organizations/{spare_organization}", body=lambda _: {"organization": {"notes": "N", "tags": ["a"]}})
    ],
    "DELETE /api/v2/organizations/{id:int}": [Ask("organizations/{spare_organization}", status=204)],
    "GET /api/v2/organizations/show_many": _gets("organizations/show_many?ids={organization},5"),
    "GET /api/v2/organizations/search": _gets(
        "organizations/search?name=northwind", "organizations/search?external_id=x"
    ),
    "GET /api/v2/organizations/{id:int}/tickets": _gets("organizations/{organization}/tickets?page[size]=2"),
    "GET /api/v2/organization_memberships": _gets(*(f"organization_memberships?{style}" for style in _PAGED)),
    "POST /api/v2/organization_memberships": [
        Ask(
            "organization_memberships",
            body=lambda w: {
                "organization_membership": {"user_id": w["spare_user"], "organization_id": w["organization"]}
            },
            status=201,
        )
    ],
    "GET /api/v2/organization_fields": _gets(*(f"organization_fields?{style}" for style in _PAGED)),
    "POST /api/v2/organization_fields": [
        Ask(
            "organization_fields",
            body=lambda w: {"organization_field": {"key": f"k{w['spare_number']}", "title": "K", "type": "text"}},
            status=201,
        )
    ],
    "GET /api/v2/organization_fields/{id}": _gets(
        "organization_fields/{organization_field}", "organization_fields/plan"
    ),
    "PUT /api/v2/organization_fields/{id:int}": [
        Ask("organization_fields/{spare_organization_field}", body=lambda _: {"organization_field": {"title": "P"}})
    ],
    "DELETE /api/v2/organization_fields/{id:int}": [Ask("organization_fields/{spare_organization_field}", status=204)],
    # ------------------------------------------------------------ ticket fields and forms
    "GET /api/v2/ticket_fields": _gets("ticket_fields", *(f"ticket_fields?{style}" for style in _PAGED)),
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
    "GET /api/v2/ticket_fields/show_many": _gets("ticket_fields/show_many?ids={ticket_field}"),
    "GET /api/v2/ticket_fields/{id:int}": _gets("ticket_fields/{ticket_field}"),
    "PUT /api/v2/ticket_fields/{id:int}": [
        Ask("ticket_fields/{spare_ticket_field}", body=lambda _: {"ticket_field": {"title": "Tier"}})
    ],
    "DELETE /api/v2/ticket_fields/{id:int}": [Ask("ticket_fields/{spare_ticket_field}", status=204)],
    "GET /api/v2/ticket_fields/{id:int}/options": _gets("ticket_fields/{ticket_field}/options?per_page=1"),
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
    "GET /api/v2/ticket_forms": _gets("ticket_forms"),
    "GET /api/v2/ticket_forms/{id:int}": _gets("ticket_forms/{ticket_form}"),
    "PUT /api/v2/ticket_forms/{id:int}": [
        Ask("ticket_forms/{ticket_form}", body=lambda _: {"ticket_form": {"display_name": "Form"}})
    ],
    # ------------------------------------------------------------ tickets
    "GET /api/v2/tickets": _gets(
        "tickets?per_page=2&sort_by=updated_at&sort_order=desc", f"tickets?page[size]=2&sort=-updated_at&{_TICKETS}"
    ),
    "POST /api/v2/tickets": [
        Ask(
            "tickets",
            body=lambda _: {"ticket": {"subject": "S", "comment": {"body": "B"}, "priority": "low", "tags": ["x"]}},
            status=201,
        ),
        Ask(
            "tickets",
            body=lambda w: {"ticket": {"comment": {"body": "B"}, "via_followup_source_id": w["closed_ticket"]}},
            status=201,
        ),
    ],
    "GET /api/v2/tickets/show_many": _gets(f"tickets/show_many?ids={{ticket}},{{closed_ticket}}&{_TICKETS}"),
    "PUT /api/v2/tickets/update_many": [
        Ask("tickets/update_many", "ids={spare_ticket}", lambda _: {"ticket": {"additional_tags": ["a"]}}),
        Ask("tickets/update_many", "", lambda w: {"tickets": [{"id": w["spare_ticket"], "priority": "high"}]}),
    ],
    "GET /api/v2/tickets/{id:int}": _gets("tickets/{ticket}", f"tickets/{{closed_ticket}}?{_TICKETS}"),
    "PUT /api/v2/tickets/{id:int}": [
        Ask(
            "tickets/{spare_ticket}",
            body=lambda w: {"ticket": {"status": "solved", "assignee_id": w["owner"], "comment": {"body": "Done"}}},
        )
    ],
    "DELETE /api/v2/tickets/{id:int}": [Ask("tickets/{spare_ticket}", status=204)],
    "GET /api/v2/tickets/{id:int}/tags": _gets("tickets/{ticket}/tags"),
    "PUT /api/v2/tickets/{id:int}/tags": [Ask("tickets/{spare_ticket}/tags", body=lambda _: {"tags": ["a"]})],
    "POST /api/v2/tickets/{id:int}/tags": [
        Ask("tickets/{spare_ticket}/tags", body=lambda _: {"tags": ["b"]}, status=201)
    ],
    "DELETE /api/v2/tickets/{id:int}/tags": [Ask("tickets/{spare_ticket}/tags", body=lambda _: {"tags": ["printer"]})],
    "GET /api/v2/requests": _gets("requests?per_page=1", "requests?page[size]=1"),
    "POST /api/v2/requests": [
        Ask("requests", body=lambda _: {"request": {"subject": "S", "comment": {"body": "B"}}}, status=201)
    ],
    "GET /api/v2/requests/{id:int}": _gets("requests/{request}"),
    "PUT /api/v2/requests/{id:int}": [
        Ask("requests/{request}", body=lambda _: {"request": {"comment": {"body": "More"}}})
    ],
    "GET /api/v2/job_statuses": _gets("job_statuses"),
    "GET /api/v2/job_statuses/show_many": _gets("job_statuses/show_many?ids={job}"),
    "GET /api/v2/job_statuses/{id}": _gets("job_statuses/{job}"),
    "GET /api/v2/tickets/{id:int}/comments": _gets(
        "tickets/{ticket}/comments?sort_order=desc&include=users&per_page=5", "tickets/{ticket}/comments?page[size]=1"
    ),
    "GET /api/v2/tickets/{id:int}/comments/count": _gets("tickets/{ticket}/comments/count"),
    "GET /api/v2/tickets/{id:int}/audits": _gets("tickets/{ticket}/audits", "tickets/{ticket}/audits?page[size]=1"),
    "GET /api/v2/tickets/{id:int}/audits/{audit_id:int}": _gets("tickets/{ticket}/audits/{audit}"),
    # ------------------------------------------------------------ exports
    "GET /api/v2/incremental/tickets/cursor": _gets(
        f"incremental/tickets/cursor?start_time=0&per_page=2&{_TICKETS}",
        "incremental/tickets/cursor?cursor=MC4wfHwwfA==&exclude_deleted=true",
    ),
    "GET /api/v2/incremental/ticket_events": _gets("incremental/ticket_events?start_time=0&include=comment_events"),
    "GET /api/v2/incremental/organizations": _gets("incremental/organizations?start_time=0&per_page=2"),
    "GET /api/v2/incremental/users": _gets("incremental/users?start_time=0&per_page=2"),
    # ------------------------------------------------------------ business rules
    "GET /api/v2/triggers": _gets(*(f"triggers?active=true&{style}" for style in _PAGED)),
    "POST /api/v2/triggers": [
        Ask(
            "triggers",
            body=lambda _: {"trigger": {"title": "T", "conditions": CONDITIONS, "actions": ACTIONS}},
            status=201,
        )
    ],
    "GET /api/v2/triggers/active": _gets("triggers/active?per_page=2"),
    "GET /api/v2/triggers/search": _gets("triggers/search?query=Escalate"),
    "GET /api/v2/triggers/definitions": _gets("triggers/definitions"),
    "PUT /api/v2/triggers/update_many": [
        Ask("triggers/update_many", body=lambda w: {"triggers": [{"id": w["spare_trigger"], "active": False}]})
    ],
    "DELETE /api/v2/triggers/destroy_many": [Ask("triggers/destroy_many", "ids={spare_trigger}", status=204)],
    "PUT /api/v2/triggers/reorder": [
        Ask("triggers/reorder", body=lambda w: {"trigger_ids": [t["id"] for t in w.desk.get("triggers")["triggers"]]})
    ],
    "GET /api/v2/triggers/{id:int}": _gets("triggers/{trigger}"),
    "PUT /api/v2/triggers/{id:int}": [
        Ask("triggers/{spare_trigger}", body=lambda _: {"trigger": {"title": "Other", "actions": ACTIONS}})
    ],
    "DELETE /api/v2/triggers/{id:int}": [Ask("triggers/{spare_trigger}", status=204)],
    "GET /api/v2/trigger_categories": _gets("trigger_categories", "trigger_categories?page[size]=2"),
    "POST /api/v2/trigger_categories": [
        Ask("trigger_categories", body=lambda _: {"trigger_category": {"name": "Late", "position": 0}})
    ],
    "POST /api/v2/trigger_categories/jobs": [
        Ask(
            "trigger_categories/jobs",
            body=lambda w: {
                "job": {
                    "action": "patch",
                    "items": {"trigger_categories": [{"id": w["spare_trigger_category"], "position": 3}]},
                }
            },
        )
    ],
    "GET /api/v2/trigger_categories/{id}": _gets("trigger_categories/{trigger_category}"),
    "PATCH /api/v2/trigger_categories/{id}": [
        Ask("trigger_categories/{spare_trigger_category}", body=lambda _: {"trigger_category": {"name": "Never"}})
    ],
    "DELETE /api/v2/trigger_categories/{id}": [Ask("trigger_categories/{spare_trigger_category}", status=204)],
    "GET /api/v2/views": _gets(*(f"views?active=true&{style}" for style in _PAGED)),
    "POST /api/v2/views": [Ask("views", body=lambda _: {"view": {"title": "V", **CONDITIONS}}, status=201)],
    "GET /api/v2/views/active": _gets("views/active?per_page=2"),
    "GET /api/v2/views/compact": _gets("views/compact"),
    "GET /api/v2/views/count": _gets("views/count"),
    "GET /api/v2/views/count_many": _gets("views/count_many?ids={view}"),
    "GET /api/v2/views/search": _gets("views/search?query=Waiting"),
    "GET /api/v2/views/show_many": _gets("views/show_many?ids={view}"),
    "POST /api/v2/views/preview": [
        Ask("views/preview", body=lambda _: {"view": {**CONDITIONS, "output": {"columns": ["subject"]}}})
    ],
    "POST /api/v2/views/preview/count": [Ask("views/preview/count", body=lambda _: {"view": CONDITIONS})],
    "GET /api/v2/views/{id:int}": _gets("views/{view}"),
    "PUT /api/v2/views/{id:int}": [Ask("views/{spare_view}", body=lambda _: {"view": {"title": "Other"}})],
    "DELETE /api/v2/views/{id:int}": [Ask("views/{spare_view}", status=204)],
    "GET /api/v2/views/{id:int}/count": _gets("views/{view}/count"),
    "GET /api/v2/views/{id:int}/execute": _gets("views/{view}/execute?sort_by=updated&sort_order=desc"),
    "GET /api/v2/views/{id:int}/tickets": _gets("views/{view}/tickets?per_page=2"),
    # ------------------------------------------------------------ webhooks and access
    "GET /api/v2/webhooks": _gets("webhooks?page[size]=2"),
    "POST /api/v2/webhooks": [
        Ask(
            "webhooks",
            body=lambda _: {
                "webhook": {
                    "name": "W", "endpoint": "https://x.example/", "http_method": "POST", "request_format": "json",
                    "status": "active",
                }
            },
            status=201,
        )
    ],
    "POST /api/v2/webhooks/test": [
        Ask("webhooks/test", body=lambda _: {"request": {"endpoint": "http://127.0.0.1:9/", "payload": "{}"}})
    ],
    "GET /api/v2/webhooks/{id}": _gets("webhooks/{webhook}"),
    "PUT /api/v2/webhooks/{id}": [
        Ask("webhooks/{spare_webhook}", body=lambda _: {"webhook": {"name": "X"}}, status=204)
    ],
    "PATCH /api/v2/webhooks/{id}": [
        Ask("webhooks/{spare_webhook}", body=lambda _: {"webhook": {"name": "X"}}, status=204)
    ],
    "DELETE /api/v2/webhooks/{id}": [Ask("webhooks/{spare_webhook}", status=204)],
    "GET /api/v2/webhooks/{id}/signing_secret": _gets("webhooks/{webhook}/signing_secret"),
    "POST /api/v2/webhooks/{id}/signing_secret": [Ask("webhooks/{spare_webhook}/signing_secret", status=201)],
    "GET /api/v2/webhooks/{id}/invocations": _gets("webhooks/{webhook}/invocations"),
    "GET /api/v2/webhooks/{id}/invocations/{invocation_id}/attempts": _gets(
        "webhooks/{webhook}/invocations/{invocation}/attempts"
    ),
    "POST /oauth/tokens": [
        Ask(
            "/oauth/tokens",
            body=lambda w: {
                "grant_type": "client_credentials",
                "client_id": w.desk.sandbox.client_id,
                "client_secret": w.desk.sandbox.client_secret,
            },
            status=201,
        )
    ],
    "GET /api/v2/oauth/tokens/current": _gets("oauth/tokens/current"),
    "DELETE /api/v2/oauth/tokens/current": [Ask("oauth/tokens/current", status=204)],
}  # fmt: skip
