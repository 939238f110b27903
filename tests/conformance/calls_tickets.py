"""Requests about tickets, their jobs, comments and audits, and the exports."""

from tests.conformance.asks import Ask, Calls, gets, paged

TICKETS = "include=users,groups,organizations"

CALLS: Calls = {
    "GET /api/v2/tickets": gets(
        "tickets?per_page=2&sort_by=updated_at&sort_order=desc", f"tickets?page[size]=2&sort=-updated_at&{TICKETS}"
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
    "GET /api/v2/tickets/show_many": gets(f"tickets/show_many?ids={{ticket}},{{closed_ticket}}&{TICKETS}"),
    "PUT /api/v2/tickets/update_many": [
        Ask("tickets/update_many", "ids={spare_ticket}", lambda _: {"ticket": {"additional_tags": ["a"]}}),
        Ask("tickets/update_many", "", lambda w: {"tickets": [{"id": w["spare_ticket"], "priority": "high"}]}),
    ],
    "GET /api/v2/tickets/{id:int}": gets("tickets/{ticket}", f"tickets/{{closed_ticket}}?{TICKETS}"),
    "PUT /api/v2/tickets/{id:int}": [
        Ask(
            "tickets/{spare_ticket}",
            body=lambda w: {"ticket": {"status": "solved", "assignee_id": w["owner"], "comment": {"body": "Done"}}},
        )
    ],
    "DELETE /api/v2/tickets/{id:int}": [Ask("tickets/{spare_ticket}", status=204)],
    "GET /api/v2/tickets/{id:int}/tags": gets("tickets/{ticket}/tags"),
    "PUT /api/v2/tickets/{id:int}/tags": [Ask("tickets/{spare_ticket}/tags", body=lambda _: {"tags": ["a"]})],
    "POST /api/v2/tickets/{id:int}/tags": [
        Ask("tickets/{spare_ticket}/tags", body=lambda _: {"tags": ["b"]}, status=201)
    ],
    "DELETE /api/v2/tickets/{id:int}/tags": [Ask("tickets/{spare_ticket}/tags", body=lambda _: {"tags": ["printer"]})],
    "GET /api/v2/requests": gets("requests?per_page=1", "requests?page[size]=1"),
    "POST /api/v2/requests": [
        Ask("requests", body=lambda _: {"request": {"subject": "S", "comment": {"body": "B"}}}, status=201)
    ],
    "GET /api/v2/requests/{id:int}": gets("requests/{request}"),
    "PUT /api/v2/requests/{id:int}": [
        Ask("requests/{request}", body=lambda _: {"request": {"comment": {"body": "More"}}})
    ],
    "GET /api/v2/job_statuses": gets("job_statuses"),
    "GET /api/v2/job_statuses/show_many": gets("job_statuses/show_many?ids={job}"),
    "GET /api/v2/job_statuses/{id}": gets("job_statuses/{job}"),
    "GET /api/v2/tickets/{id:int}/comments": gets(
        "tickets/{ticket}/comments?sort_order=desc&include=users&per_page=5", "tickets/{ticket}/comments?page[size]=1"
    ),
    "GET /api/v2/tickets/{id:int}/comments/count": gets("tickets/{ticket}/comments/count"),
    "GET /api/v2/tickets/{id:int}/audits": gets("tickets/{ticket}/audits", "tickets/{ticket}/audits?page[size]=1"),
    "GET /api/v2/tickets/{id:int}/audits/{audit_id:int}": gets("tickets/{ticket}/audits/{audit}"),
    "GET /api/v2/incremental/tickets/cursor": gets(
        f"incremental/tickets/cursor?start_time=0&per_page=2&{TICKETS}",
        "incremental/tickets/cursor?cursor=MC4wfHwwfA==&exclude_deleted=true",
    ),
    "GET /api/v2/incremental/ticket_events": gets("incremental/ticket_events?start_time=0&include=comment_events"),
    "GET /api/v2/incremental/organizations": gets("incremental/organizations?start_time=0&per_page=2"),
    "GET /api/v2/incremental/users": gets("incremental/users?start_time=0&per_page=2"),
    # ------------------------------------------------------------ lists and counts of tickets
    "GET /api/v2/tickets/count": gets("tickets/count"),
    "GET /api/v2/tickets/recent": gets("tickets/recent"),
    "GET /api/v2/problems": gets("problems?per_page=2"),
    "GET /api/v2/tickets/{id:int}/incidents": gets("tickets/{ticket}/incidents"),
    "GET /api/v2/organizations/{id:int}/tickets/count": gets("organizations/{organization}/tickets/count"),
    **{
        f"GET /api/v2/users/{{id:int}}/tickets/{kind}": gets(f"users/{{owner}}/tickets/{kind}")
        for kind in ("assigned", "ccd", "followed")
    },
    **{
        f"GET /api/v2/users/{{id:int}}/tickets/{kind}/count": gets(f"users/{{owner}}/tickets/{kind}/count")
        for kind in ("assigned", "ccd")
    },
    **{
        f"GET /api/v2/tickets/{{id:int}}/{kind}": gets(f"tickets/{{ticket}}/{kind}")
        for kind in ("collaborators", "email_ccs", "followers", "metrics", "related")
    },
    "GET /api/v2/ticket_metrics": paged("ticket_metrics"),
    "GET /api/v2/ticket_metrics/{id:int}": gets("ticket_metrics/{metric}"),
    # ------------------------------------------------------------ many, merged, deleted
    "POST /api/v2/tickets/create_many": [
        Ask("tickets/create_many", body=lambda _: {"tickets": [{"subject": "S", "comment": {"body": "B"}}]})
    ],
    "DELETE /api/v2/tickets/destroy_many": [Ask("tickets/destroy_many", "ids={spare_ticket}")],
    "POST /api/v2/tickets/{id:int}/merge": [
        Ask(
            "tickets/{spare_ticket}/merge",
            body=lambda w: {"ids": [w["spare_ticket"]], "target_comment": "Merged", "source_comment": "Merged"},
        )
    ],
    "GET /api/v2/deleted_tickets": [*gets("deleted_tickets?sort_by=id"), *paged("deleted_tickets")],
    "DELETE /api/v2/deleted_tickets/{id:int}": [Ask("deleted_tickets/{spare_deleted_ticket}")],
    "DELETE /api/v2/deleted_tickets/destroy_many": [Ask("deleted_tickets/destroy_many", "ids={spare_deleted_ticket}")],
    "PUT /api/v2/deleted_tickets/{id:int}/restore": [Ask("deleted_tickets/{spare_deleted_ticket}/restore")],
    "PUT /api/v2/deleted_tickets/restore_many": [Ask("deleted_tickets/restore_many", "ids={spare_deleted_ticket}")],
    # ------------------------------------------------------------ requests
    "GET /api/v2/requests/open": gets("requests/open"),
    "GET /api/v2/requests/solved": gets("requests/solved"),
    "GET /api/v2/requests/ccd": gets("requests/ccd"),
    "GET /api/v2/requests/{id:int}/comments": gets("requests/{request}/comments"),
    "GET /api/v2/users/{id:int}/requests": gets("users/{owner}/requests"),
    # ------------------------------------------------------------ custom statuses
    "GET /api/v2/custom_statuses": gets("custom_statuses", "custom_statuses?active=true&status_categories=open"),
    "POST /api/v2/custom_statuses": [
        Ask(
            "custom_statuses",
            body=lambda _: {"custom_status": {"status_category": "open", "agent_label": "Investigating"}},
            status=201,
        )
    ],
    "GET /api/v2/custom_statuses/{id:int}": gets("custom_statuses/{custom_status}"),
    "PUT /api/v2/custom_statuses/{id:int}": [
        Ask("custom_statuses/{custom_status}", body=lambda _: {"custom_status": {"description": "D"}})
    ],
    "PUT /api/v2/custom_status/default": [
        Ask("custom_status/default", body=lambda w: {"ids": str(w["custom_status"])})
    ],
    # ------------------------------------------------------------ more exports
    "GET /api/v2/incremental/tickets": gets("incremental/tickets?start_time=0&per_page=2"),
    "GET /api/v2/incremental/users/cursor": gets("incremental/users/cursor?start_time=0&per_page=2"),
    "GET /api/v2/incremental/ticket_metric_events": gets("incremental/ticket_metric_events?start_time=0"),
    "GET /api/v2/incremental/{resource}/sample": gets(
        "incremental/tickets/sample?start_time=0", "incremental/users/sample?start_time=0"
    ),
    # ------------------------------------------------------------ imports and suspended mail
    "POST /api/v2/imports/tickets": [
        Ask(
            "imports/tickets",
            "archive_immediately=true",
            lambda w: {"ticket": {"subject": "S", "requester_id": w["user"], "comments": [{"value": "Help"}]}},
            status=201,
        )
    ],
    "GET /api/v2/suspended_tickets": gets("suspended_tickets?sort_by=subject&sort_order=desc&per_page=2"),
    "GET /api/v2/suspended_tickets/{id:int}": gets("suspended_tickets/{suspended_ticket}"),
    "DELETE /api/v2/suspended_tickets/{id:int}": [Ask("suspended_tickets/{spare_suspended_ticket}", status=204)],
    "DELETE /api/v2/suspended_tickets/destroy_many": [
        Ask("suspended_tickets/destroy_many", "ids={spare_suspended_ticket}", status=204)
    ],
    "PUT /api/v2/suspended_tickets/{id:int}/recover": [Ask("suspended_tickets/{spare_suspended_ticket}/recover")],
    "PUT /api/v2/suspended_tickets/recover_many": [
        Ask("suspended_tickets/recover_many", "ids={spare_suspended_ticket}")
    ],
    "PUT /api/v2/tickets/{id:int}/mark_as_spam": [Ask("tickets/{spare_ticket}/mark_as_spam")],
    # ------------------------------------------------------------ search
    "GET /api/v2/search": gets(
        "search?query=type:ticket status<solved&sort_by=created_at&sort_order=asc",
        "search?query=northwind",
        "search?query=type:user owner",
        "search?query=type:organization vip&per_page=2",
    ),
    "GET /api/v2/search/count": gets("search/count?query=type:ticket"),
    "GET /api/v2/search/export": gets("search/export?query=printer&filter[type]=ticket&page[size]=2"),
    # ------------------------------------------------------------ audits, redaction, files
    "GET /api/v2/ticket_audits": gets("ticket_audits", "ticket_audits?page[size]=2"),
    "GET /api/v2/tickets/{id:int}/audits/count": gets("tickets/{ticket}/audits/count"),
    "PUT /api/v2/tickets/{id:int}/comments/{comment_id:int}/make_private": [
        Ask("tickets/{ticket}/comments/{comment}/make_private")
    ],
    "PUT /api/v2/tickets/{id:int}/comments/{comment_id:int}/redact": [
        Ask("tickets/{ticket}/comments/{comment}/redact", body=lambda _: {"text": "morning"})
    ],
    "PUT /api/v2/comment_redactions/{id:int}": [
        Ask(
            "comment_redactions/{comment}",
            body=lambda w: {"ticket_id": w["ticket"], "html_body": "<p>Since <redact>this</redact> morning.</p>"},
        )
    ],
    "POST /api/v2/uploads": [Ask("uploads", "filename=log.txt", lambda _: "lines of a log", status=201)],
    "DELETE /api/v2/uploads/{token}": [Ask("uploads/{spare_upload}", status=204)],
    "GET /api/v2/attachments/{id:int}": gets("attachments/{attachment}"),
    "GET /attachments/token/{key}/": gets("{attachment_url}"),
}
