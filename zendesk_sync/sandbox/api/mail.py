"""An e-mail arrives: what the product's mail address does, as an endpoint without credentials.

POST /sandbox/mail {"from": "robin@a.example", "name", "subject", "body", "to", "ticket_id"} -> {"ticket_id"}

With `ticket_id` it is an answer: a public comment, or, when the ticket is closed, a follow-up of it; otherwise a new
ticket. Either way `via.channel` is `email`, and triggers run. Source: Zendesk help, "How Support uses e-mail".
"""

from zendesk_sync.sandbox.api.call import Call, Reply, rule
from zendesk_sync.sandbox.errors import not_found, plain
from zendesk_sync.sandbox.model import changes, tickets, users
from zendesk_sync.sandbox.model.values import integer_or_none, text
from zendesk_sync.sandbox.store import Doc


def receive(call: Call) -> Reply:
    given = call.json()
    unknown = given.keys() - {"from", "name", "subject", "body", "to", "ticket_id"}
    if unknown:
        known = "from, name, subject, body, to and ticket_id"
        raise plain(400, "InvalidValue", f"there is no {min(unknown)[:40]!r} here; known are {known}")
    sender = users.find_or_create(call.state, {"email": given.get("from"), "name": given.get("name")})
    body = text(given.get("body"))
    if sender is None or not body.strip():
        raise plain(400, "InvalidValue", "from must be an e-mail address, and body must not be empty")
    mail: Doc = {"subject": text(given.get("subject")) or None, "comment": {"body": body, "public": True}}
    if given.get("to"):
        mail["recipient"] = text(given["to"])
    if given.get("ticket_id") is None:
        return _new(call, mail, sender)
    ticket = tickets.find(call.state, integer_or_none(given["ticket_id"]))
    if ticket is None:
        raise not_found()
    if ticket["status"] == "closed":
        return _new(call, {**mail, "via_followup_source_id": ticket["id"]}, sender)
    changes.update(call.state, ticket, {"comment": mail["comment"]}, actor=sender, channel="email")
    return Reply({"ticket_id": ticket["id"]})


def _new(call: Call, mail: Doc, sender: Doc) -> Reply:
    ticket, _ = changes.create(call.state, mail, actor=sender, channel="email")
    return Reply({"ticket_id": ticket["id"]}, 201)


ROUTES = [rule("POST", "/sandbox/mail", receive, "nobody")]
