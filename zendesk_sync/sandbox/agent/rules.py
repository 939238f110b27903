"""What an admin looks at: the triggers in running order, and the webhooks with what became of their last calls."""

from typing import Any

from starlette.responses import Response

from zendesk_sync.sandbox.agent.visit import Visit, page
from zendesk_sync.sandbox.model import deliveries, rulebook, triggers
from zendesk_sync.sandbox.store import Doc

_SHOWN = 10


def show(visit: Visit) -> Response:
    if not visit.is_admin:
        return visit.html("refused.html", 403, reason="Business rules are for admins. Act as an admin to see them.")
    state = visit.state
    known, acts = rulebook.conditions_of(state), rulebook.actions_of(state)
    rows = [
        {
            "trigger": trigger,
            "all": [_condition(known, one) for one in trigger["conditions"]["all"]],
            "any": [_condition(known, one) for one in trigger["conditions"]["any"]],
            "actions": [f"{_title(acts, one['field'])}: {_value(acts, one)}" for one in trigger["actions"]],
        }
        for trigger in triggers.ordered(state)
    ]
    hooks = [
        {"webhook": webhook, "calls": state.store.children(deliveries.INVOCATION, webhook["id"])[-_SHOWN:][::-1]}
        for webhook in state.store.all(deliveries.WEBHOOK)
    ]
    return visit.html("rules.html", rows=rows, hooks=hooks)


def _title(known: dict[str, rulebook.Entry], name: str) -> str:
    return known[name].title if name in known else name


def _condition(known: dict[str, rulebook.Entry], one: Doc) -> str:
    operator = one["operator"].replace("_", " ")
    value = _value(known, one)
    return f"{_title(known, one['field'])} {operator} {value}".strip()


def _value(known: dict[str, rulebook.Entry], one: Doc) -> str:
    value: Any = one.get("value")
    titles = dict(known[one["field"]].values) if one["field"] in known else {}
    if isinstance(value, list):
        return ", ".join(titles.get(str(item), str(item)) for item in value)
    return "" if value is None else titles.get(str(value), str(value))


ROUTES = [page("/agent/rules", show)]
