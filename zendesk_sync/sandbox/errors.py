"""What Zendesk answers when it refuses; one constructor for each envelope.

Source: Zendesk API reference, Introduction > Requests > Error responses, and recorded answers.
"""

from typing import Any

Detail = dict[str, Any]


class Refused(Exception):
    """A request ends here, with this status, body and headers."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


def plain(status: int, error: str, description: str, **more: Any) -> Refused:
    """`{"error": code, "description": text}`"""
    return Refused(status, {"error": error, "description": description, **more})


def coded(status: int, code: str, title: str) -> Refused:
    """`{"errors": [{"code", "title"}]}`, of the newer parts of the API."""
    return Refused(status, {"errors": [{"code": code, "title": title, "detail": title}]})


def not_found() -> Refused:
    return plain(404, "RecordNotFound", "Not found")


def invalid_endpoint() -> Refused:
    return plain(404, "InvalidEndpoint", "Not found")


def forbidden() -> Refused:
    text = "You do not have access to this page. Please contact the account owner of this help desk for further help."
    return Refused(403, {"error": {"title": "Forbidden", "message": text}})


def unauthenticated() -> Refused:
    return Refused(401, {"error": "Couldn't authenticate you"})


def invalid_token() -> Refused:
    text = "The access token provided is expired, revoked, malformed or invalid for other reasons."
    return Refused(401, {"error": "invalid_token", "error_description": text})


def invalid_record(attribute: str, description: str, code: str | None = None, **more: Any) -> Refused:
    """`RecordInvalid` with one detail, keyed by attribute or `base`."""
    details = {attribute: [{"description": description, "error": code, **more}]}
    return plain(422, "RecordInvalid", "Record validation errors", details=details)


def closed_ticket() -> Refused:
    details = {"status": [{"description": "Status: closed prevents ticket update"}]}
    return plain(422, "RecordInvalid", "Record validation errors", details=details)


def update_conflict() -> Refused:
    text = (
        "Safe Update prevented the update due to outdated ticket data. "
        "Please fetch the latest ticket data and try again."
    )
    return plain(409, "UpdateConflict", text)


def too_many_values(limit: int = 100) -> Refused:
    text = f"Parameter  cannot specify more than {limit} values"
    return plain(400, "TooManyValues", text, max_count=limit)


def malformed_json() -> Refused:
    return plain(400, "InvalidJSON", "Request body could not be parsed as JSON")
