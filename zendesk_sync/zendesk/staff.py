"""Groups and agents by what people call them.

https://developer.zendesk.com/api-reference/ticketing/groups/groups/ and
https://developer.zendesk.com/api-reference/ticketing/users/users/#list-users
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from zendesk_sync.errors import InputError
from zendesk_sync.zendesk.client import Client
from zendesk_sync.zendesk.records import Group, User

MANY = 100
MOST_NAMED = 20
"""So many names are offered in place of one that is not found."""


def group_id(client: Client, given: str) -> int:
    """The group of this name, in any letters; a number is an id and costs no call, a name one for each 100 groups.

    Raises:
        InputError: there is none, or there are several.
        ZendeskError: the groups could not be read.
    """
    if given.isdecimal():
        return int(given)
    pages = client.pages(_Groups, "/api/v2/groups", params={"page[size]": MANY})
    found = [(one.id, [one.name]) for page in pages for one in page.groups]
    return _chosen("--group", given, found)


def agent_id(client: Client, given: str) -> int:
    """The agent or admin of this name or address; as :func:`group_id`, with a call for each 100 of them."""
    if given.isdecimal():
        return int(given)
    found = []
    for role in ("agent", "admin"):
        pages = client.pages(_Users, "/api/v2/users", params={"role": role, "page[size]": MANY})
        people: Iterable[User] = (one for page in pages for one in page.users)
        found += [(one.id, [one.name or "", one.email or ""]) for one in people if one.id is not None]
    return _chosen("--assignee", given, found)


def _chosen(option: str, given: str, found: Sequence[tuple[int, list[str]]]) -> int:
    wanted = given.strip().casefold()
    matches = sorted({id_ for id_, names in found if wanted in {name.strip().casefold() for name in names}})
    if len(matches) == 1:
        return matches[0]
    if matches:
        ids = ", ".join(str(one) for one in matches)
        raise InputError(f"{option}: {len(matches)} are called {given!r}; give one of the ids {ids}")
    names = sorted({names[0] for _, names in found if names[0]})
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    known = ", ".join(repr(name) for name in names[:MOST_NAMED])
    raise InputError(f"{option}: nobody is called {given!r}; known: {known or 'none'}{more}")


class _Groups(msgspec.Struct):
    groups: list[Group]


class _Users(msgspec.Struct):
    users: list[User]
