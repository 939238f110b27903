"""The account as it is, and the blueprint -> what ``setup`` would do, with the reason for each step. Pure."""

from __future__ import annotations

from zendesk_sync.provision import plan_fields, plan_rules
from zendesk_sync.provision.blueprint import Blueprint, input_word
from zendesk_sync.provision.found import Found
from zendesk_sync.provision.items import Plan


def plan(found: Found, wanted: Blueprint) -> Plan:
    """One item for each thing, in the order in which they are written; see :mod:`.items`.

    Raises:
        ConfigurationError: something in the account or the configuration stands in the way; says what to do.
    """
    names = names_of(found, wanted)
    fields, words = plan_fields.ticket_fields(found, wanted, names)
    items = [
        *fields,
        *plan_fields.forms(found, wanted, words),
        *plan_fields.organization_fields(found, wanted, names),
    ]
    hooks = plan_rules.webhook(found, wanted, names)
    if hooks[0].id is not None:
        words["webhook"] = hooks[0].id
    items += [
        *hooks,
        *plan_rules.trigger(found, wanted, words, names),
        *plan_rules.views(found, wanted, words, names),
    ]
    return Plan(tuple(items), words)


def names_of(found: Found, wanted: Blueprint) -> dict[str, str]:
    """Titles of fields by id, and by the words that stand for ids not known yet."""
    names = {str(one.id): one.title for one in found.ticket_fields}
    names |= {f"<{spec.name.value}>": spec.title for spec in wanted.specs}
    names |= {f"<{input_word(key)}>": str(title) for key, title in wanted.inputs}
    return {**names, "<official>": str(wanted.official)}
