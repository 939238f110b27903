"""The events a webhook can subscribe to. Source: Zendesk API reference, Webhooks > Event types."""

PREFIX = "zen:event-type:"
_TICKET = (
    "agent_assignment_changed", "attachment_linked_to_comment", "attachment_redacted_from_comment", "brand_changed",
    "comment_added", "comment_made_private", "comment_redacted", "created", "csat_received", "csat_requested",
    "custom_field_changed", "custom_status_changed", "description_changed", "email_ccs_changed", "external_id_changed",
    "followers_changed", "form_changed", "group_assignment_changed", "marked_as_spam", "merged",
    "next_sla_breach_changed", "ola_policy_changed", "organization_changed", "permanently_deleted", "priority_changed",
    "problem_link_changed", "requester_changed", "schedule_changed", "sla_policy_changed", "soft_deleted",
    "status_changed", "subject_changed", "submitter_changed", "tags_changed", "task_due_at_changed", "type_changed",
    "undeleted",
)  # fmt: skip
_ORGANIZATION = (
    "created", "custom_field_changed", "deleted", "external_id_changed", "name_changed", "tags_changed",
)  # fmt: skip
_USER = (
    "created", "custom_field_changed", "deleted", "details_changed", "external_id_changed", "name_changed",
    "notes_changed", "role_changed", "suspended_changed", "tags_changed", "time_zone_changed",
)  # fmt: skip
KNOWN = frozenset(
    [f"{PREFIX}{kind}.{name}" for kind, names in (
        ("ticket", _TICKET), ("messaging_ticket", ("message_added",)), ("organization", _ORGANIZATION),
        ("user", _USER),
    ) for name in names]
)  # fmt: skip
"""Every subscription that is taken; the sandbox tells of those which it has an occasion for."""
