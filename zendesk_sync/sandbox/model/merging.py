"""Merging tickets: the source closes with a note, the target gets its tags and a note.

Source: Zendesk API reference, Ticketing > Tickets > Merge Tickets; Zendesk help, "Merging tickets".
"""

from zendesk_sync.sandbox.errors import closed_ticket, invalid_record, not_found
from zendesk_sync.sandbox.model import changes, ticket_events, tickets
from zendesk_sync.sandbox.model.editing import via
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

TAG = "closed_by_merge"


def merge(state: State, item: Doc, *, actor: Doc) -> None:
    """Merge the ticket `item["id"]` into `item["target_id"]`, with the comments and their privacy in `item`.

    Raises:
        Refused: 404 when one of them is gone, 422 when one is closed or both are the same.
    """
    source, target = tickets.find(state, item["id"]), tickets.find(state, item["target_id"])
    if source is None or target is None:
        raise not_found()
    if source["id"] == target["id"]:
        raise invalid_record("base", "Ticket: cannot be merged into itself", "InvalidValue")
    if "closed" in {source["status"], target["status"]}:
        raise closed_ticket()
    number, goal = source["id"], target["id"]
    left = (
        item.get("source_comment") or f'This request was closed and merged into request #{goal} "{target["subject"]}".'
    )
    came = item.get("target_comment") or (
        f'Request #{number} "{source["subject"]}" was closed and merged into this request. '
        f"Last comment in request #{number}:\n\n{source['description']}"
    )
    given = {
        "status": "closed", "tags": [*source["tags"], TAG],
        "comment": {"body": left, "public": bool(item.get("source_comment_is_public"))},
    }  # fmt: skip
    origin = via("system", source={"ticket_id": goal, "subject": target["subject"]}, rel="merge")
    changes.update(state, source, given, actor=actor, origin=origin)
    taken = {
        "tags": [*target["tags"], *(tag for tag in source["tags"] if tag != TAG)],
        "comment": {"body": came, "public": bool(item.get("target_comment_is_public"))},
    }
    origin = via("system", source={"ticket_id": number, "subject": source["subject"]}, rel="merge")
    changes.update(state, target, taken, actor=actor, origin=origin)
    ticket_events.happened(state, source, actor, [("merged", {"target_ticket_id": str(goal)})])
