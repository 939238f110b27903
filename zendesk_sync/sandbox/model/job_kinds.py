"""What jobs do with each of their items, and how an item's result reads. Source: Zendesk API, Job Statuses."""

from collections.abc import Callable
from dataclasses import dataclass

from zendesk_sync.sandbox.errors import Refused, not_found
from zendesk_sync.sandbox.model import changes, deletion, merging, organizations, tickets
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

Runner = Callable[[State, Doc, Doc, int], Doc]
"""(state, item, actor, place in the job) -> the item's result."""


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of job. `once`: no record twice in a batch; `fails_whole`: the job fails when every item does."""

    name: str
    job_type: str
    action: str
    run: Runner
    error: str
    missing: str = "Not found"
    once: bool = True
    fails_whole: bool = False


def failure(work: Work, item: Doc, place: int, error: str, details: str) -> Doc:
    """Return the result of an item that did not work: by id, or by its index where there is no id yet."""
    if work.action == "create":
        return {"index": place, "error": error, "details": details}
    told = {"action": work.action, "id": item["id"], "status": "Failed", "success": False}
    return {**told, "error": error, "details": details}


def reason(work: Work, refused: Refused) -> tuple[str, str]:
    """Return (code, text) of a refusal, as an item's result tells it."""
    if refused.status == 404:
        return work.missing.title().replace(" ", ""), work.missing
    if refused.status == 409:
        return str(refused.body["error"]), str(refused.body["description"])
    details = refused.body.get("details") or {}
    texts = [detail["description"] for found in details.values() for detail in found]
    return work.error, " ".join(texts) or str(refused.body.get("description") or refused)


def _ticket(state: State, item: Doc) -> Doc:
    ticket = tickets.find(state, item["id"])
    if ticket is None:
        raise not_found()
    return ticket


def _update(state: State, item: Doc, actor: Doc, place: int) -> Doc:  # noqa: ARG001 - one shape for all runners
    changes.update_in_bulk(state, _ticket(state, item), item, actor=actor)
    return {"action": "update", "id": item["id"], "status": "Updated", "success": True}


def _create(state: State, item: Doc, actor: Doc, place: int) -> Doc:
    ticket, _ = changes.create(state, item, actor=actor)
    return {
        "action": "create", "id": ticket["id"], "index": place, "account_id": state.account_id, "status": "Created",
        "success": True,
    }  # fmt: skip


def _delete(state: State, item: Doc, actor: Doc, place: int) -> Doc:  # noqa: ARG001
    deletion.soft(state, _ticket(state, item), actor=actor)
    return {"action": "delete", "id": item["id"], "status": "Deleted", "success": True}


def _purge(state: State, item: Doc, actor: Doc, place: int) -> Doc:  # noqa: ARG001
    deletion.purge(state, item["id"], actor=actor)
    return {"action": "permanently_delete", "id": item["id"], "status": "Deleted", "success": True}


def _merge(state: State, item: Doc, actor: Doc, place: int) -> Doc:  # noqa: ARG001
    merging.merge(state, item, actor=actor)
    return {"action": "merge", "id": item["id"], "status": "Merged", "success": True}


def _organization(state: State, item: Doc, actor: Doc, place: int) -> Doc:  # noqa: ARG001
    organization = state.store.get(organizations.KIND, item["id"])
    if organization is None:
        raise not_found()
    organizations.update(state, organization, {name: value for name, value in item.items() if name != "id"})
    return {"action": "update", "id": item["id"], "status": "Updated", "success": True}


_GONE = "Ticket not found"
KINDS = {
    "update": Work("TicketBulkUpdateJobV2", "bulk_update_ticket", "update", _update, "TicketUpdateFailed", _GONE),
    "create": Work(
        "TicketBulkCreateJobV2", "bulk_create_ticket", "create", _create, "TicketCreateFailed", once=False,
        fails_whole=True,
    ),
    "delete": Work("TicketBulkDeleteJob", "bulk_delete_ticket", "delete", _delete, "TicketDeleteFailed", _GONE),
    "purge": Work(
        "TicketDeletionJob", "permanently_delete_ticket", "permanently_delete", _purge, "TicketDeleteFailed", _GONE
    ),
    "merge": Work("TicketMergeJob", "ticket_merge", "merge", _merge, "TicketMergeFailed", _GONE, once=False),
    "organizations": Work(
        "OrganizationBatchUpdateJob", "bulk_update_organization", "update", _organization, "OrganizationUpdateFailed",
        "Organization not found",
    ),
}  # fmt: skip
"""By the name that a job is started with; `name` is what "too many jobs" calls it."""
