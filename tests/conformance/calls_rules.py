"""Requests about business rules, webhooks and access."""

from tests.conformance.asks import Ask, Calls, gets, paged
from tests.conformance.world import ACTIONS, CONDITIONS

CALLS: Calls = {
    "GET /api/v2/triggers": paged("triggers?active=true"),
    "POST /api/v2/triggers": [
        Ask(
            "triggers",
            body=lambda _: {"trigger": {"title": "T", "conditions": CONDITIONS, "actions": ACTIONS}},
            status=201,
        )
    ],
    "GET /api/v2/triggers/active": gets("triggers/active?per_page=2"),
    "GET /api/v2/triggers/search": gets("triggers/search?query=Escalate"),
    "GET /api/v2/triggers/definitions": gets("triggers/definitions"),
    "PUT /api/v2/triggers/update_many": [
        Ask("triggers/update_many", body=lambda w: {"triggers": [{"id": w["spare_trigger"], "active": False}]})
    ],
    "DELETE /api/v2/triggers/destroy_many": [Ask("triggers/destroy_many", "ids={spare_trigger}", status=204)],
    "PUT /api/v2/triggers/reorder": [
        Ask("triggers/reorder", body=lambda w: {"trigger_ids": [t["id"] for t in w.desk.get("triggers")["triggers"]]})
    ],
    "GET /api/v2/triggers/{id:int}": gets("triggers/{trigger}"),
    "PUT /api/v2/triggers/{id:int}": [
        Ask("triggers/{spare_trigger}", body=lambda _: {"trigger": {"title": "Other", "actions": ACTIONS}})
    ],
    "DELETE /api/v2/triggers/{id:int}": [Ask("triggers/{spare_trigger}", status=204)],
    "GET /api/v2/trigger_categories": gets("trigger_categories", "trigger_categories?page[size]=2"),
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
    "GET /api/v2/trigger_categories/{id}": gets("trigger_categories/{trigger_category}"),
    "PATCH /api/v2/trigger_categories/{id}": [
        Ask("trigger_categories/{spare_trigger_category}", body=lambda _: {"trigger_category": {"name": "Never"}})
    ],
    "DELETE /api/v2/trigger_categories/{id}": [Ask("trigger_categories/{spare_trigger_category}", status=204)],
    "GET /api/v2/automations": paged("automations?active=true"),
    "POST /api/v2/automations": [
        Ask("automations", body=lambda w: {"automation": {"title": "T", **w.waiting()}}, status=201)
    ],
    "GET /api/v2/automations/active": gets("automations/active"),
    "GET /api/v2/automations/search": gets("automations/search?query=Late"),
    "PUT /api/v2/automations/update_many": [
        Ask("automations/update_many", body=lambda w: {"automations": [{"id": w["spare_automation"], "active": False}]})
    ],
    "DELETE /api/v2/automations/destroy_many": [Ask("automations/destroy_many", "ids={spare_automation}", status=204)],
    "GET /api/v2/automations/{id:int}": gets("automations/{automation}"),
    "PUT /api/v2/automations/{id:int}": [
        Ask("automations/{spare_automation}", body=lambda _: {"automation": {"title": "Other"}})
    ],
    "DELETE /api/v2/automations/{id:int}": [Ask("automations/{spare_automation}", status=204)],
    "GET /api/v2/views": paged("views?active=true"),
    "POST /api/v2/views": [Ask("views", body=lambda _: {"view": {"title": "V", **CONDITIONS}}, status=201)],
    "GET /api/v2/views/active": gets("views/active?per_page=2"),
    "GET /api/v2/views/compact": gets("views/compact"),
    "GET /api/v2/views/count": gets("views/count"),
    "GET /api/v2/views/count_many": gets("views/count_many?ids={view}"),
    "GET /api/v2/views/search": gets("views/search?query=Waiting"),
    "GET /api/v2/views/show_many": gets("views/show_many?ids={view}"),
    "POST /api/v2/views/preview": [
        Ask("views/preview", body=lambda _: {"view": {**CONDITIONS, "output": {"columns": ["subject"]}}})
    ],
    "POST /api/v2/views/preview/count": [Ask("views/preview/count", body=lambda _: {"view": CONDITIONS})],
    "GET /api/v2/views/{id:int}": gets("views/{view}"),
    "PUT /api/v2/views/{id:int}": [Ask("views/{spare_view}", body=lambda _: {"view": {"title": "Other"}})],
    "DELETE /api/v2/views/{id:int}": [Ask("views/{spare_view}", status=204)],
    "GET /api/v2/views/{id:int}/count": gets("views/{view}/count"),
    "GET /api/v2/views/{id:int}/execute": gets("views/{view}/execute?sort_by=updated&sort_order=desc"),
    "GET /api/v2/views/{id:int}/tickets": gets("views/{view}/tickets?per_page=2"),
    "GET /api/v2/webhooks": gets("webhooks?page[size]=2"),
    "POST /api/v2/webhooks": [
        Ask(
            "webhooks",
            body=lambda _: {
                "webhook": {
                    "name": "W",
                    "endpoint": "https://x.example/",
                    "http_method": "POST",
                    "request_format": "json",
                    "status": "active",
                }
            },
            status=201,
        )
    ],
    "POST /api/v2/webhooks/test": [
        Ask("webhooks/test", body=lambda _: {"request": {"endpoint": "http://127.0.0.1:9/", "payload": "{}"}})
    ],
    "GET /api/v2/webhooks/{id}": gets("webhooks/{webhook}"),
    "PUT /api/v2/webhooks/{id}": [
        Ask("webhooks/{spare_webhook}", body=lambda _: {"webhook": {"name": "X"}}, status=204)
    ],
    "PATCH /api/v2/webhooks/{id}": [
        Ask("webhooks/{spare_webhook}", body=lambda _: {"webhook": {"name": "X"}}, status=204)
    ],
    "DELETE /api/v2/webhooks/{id}": [Ask("webhooks/{spare_webhook}", status=204)],
    "GET /api/v2/webhooks/{id}/signing_secret": gets("webhooks/{webhook}/signing_secret"),
    "POST /api/v2/webhooks/{id}/signing_secret": [Ask("webhooks/{spare_webhook}/signing_secret", status=201)],
    "GET /api/v2/webhooks/{id}/invocations": gets("webhooks/{webhook}/invocations"),
    "GET /api/v2/webhooks/{id}/invocations/{invocation_id}/attempts": gets(
        "webhooks/{webhook}/invocations/{invocation}/attempts"
    ),
    "GET /api/v2/views/definitions": gets("views/definitions"),
    "PUT /api/v2/views/update_many": [
        Ask("views/update_many", body=lambda w: {"views": [{"id": w["spare_view"], "position": 3, "active": False}]})
    ],
    "DELETE /api/v2/views/destroy_many": [Ask("views/destroy_many", "ids={spare_view}", status=204)],
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
    "GET /api/v2/oauth/tokens/current": gets("oauth/tokens/current"),
    "DELETE /api/v2/oauth/tokens/current": [Ask("oauth/tokens/current", status=204)],
}
