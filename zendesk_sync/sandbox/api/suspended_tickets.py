"""Endpoints of suspended tickets and of spam. Source: Zendesk API reference, Ticketing > Suspended Tickets, Tickets.

POST /sandbox/suspended_tickets {"subject", "content", "name", "email", "cause"} holds back a mail; that is ours.
"""

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, rule
from zendesk_sync.sandbox.api.ticket_reading import find, told
from zendesk_sync.sandbox.errors import not_found
from zendesk_sync.sandbox.model import deletion, suspended
from zendesk_sync.sandbox.store import Doc

_V2 = "/api/v2/suspended_tickets"


def _find(call: Call) -> Doc:
    mail = call.state.store.get(suspended.KIND, call.path["id"])
    if mail is None:
        raise not_found()
    return mail


def receive(call: Call) -> Reply:
    return Reply({"suspended_ticket": suspended.present(call.state, suspended.receive(call.state, call.json()))}, 201)


def index(call: Call) -> Reply:
    """`sort_by=created_at|subject|author_email|cause`, `sort_order`."""
    name, descending = paging.sorting(call, ("created_at", "subject", "author_email", "cause"), "created_at")
    found = call.state.store.all(suspended.KIND)
    found.sort(key=lambda mail: str(mail["author"]["email"] if name == "author_email" else mail[name]).lower())
    found = found[::-1] if descending else found
    return Reply(paging.of(call, "suspended_tickets", [suspended.present(call.state, mail) for mail in found]))


def show(call: Call) -> Reply:
    return Reply({"suspended_ticket": suspended.present(call.state, _find(call))})


def delete(call: Call) -> Reply:
    call.state.store.delete(suspended.KIND, _find(call)["id"])
    return Reply(status=204)


def destroy_many(call: Call) -> Reply:
    for number in call.ids():
        call.state.store.delete(suspended.KIND, number)
    return Reply(status=204)


def recover(call: Call) -> Reply:
    """200 `{"ticket": […]}`, a list of one, as documented."""
    ticket = suspended.recover(call.state, _find(call), actor=call.me)
    return Reply({"ticket": told(call, [ticket])[0]})


def recover_many(call: Call) -> Reply:
    """At most 100 ids; unknown ones are passed over."""
    mails = call.state.store.many(suspended.KIND, call.ids())
    made = [suspended.recover(call.state, mail, actor=call.me) for mail in mails]
    return Reply({"tickets": told(call, made)[0]})


def mark_as_spam(call: Call) -> Reply:
    """200 and nothing: the ticket is deleted softly, its requester suspended."""
    ticket = find(call)
    suspended.mark_as_spam(call.state, ticket)
    deletion.soft(call.state, ticket, actor=call.me)
    return Reply()


ROUTES = [
    rule("POST", "/sandbox/suspended_tickets", receive, "nobody"),
    rule("GET", _V2, index),
    rule("DELETE", f"{_V2}/destroy_many", destroy_many),
    rule("PUT", f"{_V2}/recover_many", recover_many),
    rule("GET", f"{_V2}/{{id:int}}", show),
    rule("DELETE", f"{_V2}/{{id:int}}", delete),
    rule("PUT", f"{_V2}/{{id:int}}/recover", recover),
    rule("PUT", "/api/v2/tickets/{id:int}/mark_as_spam", mark_as_spam),
]
