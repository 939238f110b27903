"""Users. Source: Zendesk API reference, Ticketing > Users."""

from typing import Any

from zendesk_sync.sandbox.errors import invalid_record
from zendesk_sync.sandbox.model import groups, organization_fields, organizations, record_events
from zendesk_sync.sandbox.model.tags import tidy, words
from zendesk_sync.sandbox.model.values import copy_of, integer_or_none, text, text_or_none
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KIND = "user"
ROLES = ("end-user", "agent", "admin")
WRITABLE = frozenset({
    "name", "email", "role", "custom_role_id", "organization_id", "tags", "user_fields", "external_id",
    "suspended", "verified", "locale", "time_zone", "phone", "alias", "notes", "details", "default_group_id",
    "only_private_comments", "ticket_restriction", "moderator", "signature",
})  # fmt: skip
_TEXTS = frozenset({
    "name", "email", "role", "external_id", "locale", "time_zone", "phone", "alias", "notes", "details",
    "ticket_restriction", "signature",
})  # fmt: skip
_NUMBERS = frozenset({"custom_role_id", "organization_id", "default_group_id"})
ANONYMOUS: Doc = {
    "id": None, "url": None, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user",
    "active": None, "verified": False, "organization_id": None, "tags": [], "user_fields": {}, "locale": "en-US",
}  # fmt: skip


def present(state: State, user: Doc) -> Doc:
    keys = state.store.derived(organization_fields.USER_KIND, "keys", lambda found: {one["key"]: None for one in found})
    return {"url": state.url(f"users/{user['id']}.json"), **user, "user_fields": {**keys, **user["user_fields"]}}


def is_staff(user: Doc | None) -> bool:
    return user is not None and user["role"] in {"agent", "admin"}


def is_light(user: Doc) -> bool:
    """Whether this is a light agent, who comments in private and does nothing else to tickets."""
    return bool(user["role"] == "agent" and user["only_private_comments"])


def can_be_assigned(user: Doc | None) -> bool:
    return user is not None and is_staff(user) and not is_light(user) and bool(user["active"])


def create(state: State, given: Doc) -> Doc:
    """Create a user; an e-mail domain that an organization claims puts the user into it."""
    now = state.now()
    user: Doc = {
        "id": state.record_id(), "name": "", "email": None, "created_at": now, "updated_at": now, "time_zone": "UTC",
        "iana_time_zone": "Etc/UTC", "phone": None, "shared_phone_number": None, "photo": None, "locale": "en-US",
        "organization_id": None, "role": "end-user", "verified": False, "external_id": None, "tags": [], "alias": "",
        "active": True, "shared": False, "shared_agent": False, "last_login_at": None, "two_factor_auth_enabled": None,
        "signature": None, "details": "", "notes": "", "role_type": None, "custom_role_id": None, "moderator": False,
        "ticket_restriction": None, "only_private_comments": False, "restricted_agent": False, "suspended": False,
        "default_group_id": None, "user_fields": {},
    }  # fmt: skip
    return _save(state, user, given)


def update(state: State, user: Doc, given: Doc) -> Doc:
    return _save(state, user, given)


def _save(state: State, user: Doc, given: Doc) -> Doc:
    former = copy_of(user) if user["name"] else None
    before = user["organization_id"]
    _apply(state, user, {name: value for name, value in given.items() if name in WRITABLE})
    email = user["email"]
    if user["organization_id"] is None and email and "organization_id" not in given:
        user["organization_id"] = organizations.claiming(state, email.rpartition("@")[2])
    user["updated_at"] = state.now()
    store(state, user)
    if user["organization_id"] != before:
        organizations.join(state, user["id"], user["organization_id"], default=True)
    if is_staff(user) and not groups.of_user(state, user["id"]):
        groups.join(state, user["id"], state.named_id("group"))
    record_events.tell(state, KIND, former, user)
    return user


def _apply(state: State, user: Doc, given: Doc) -> None:
    for name, value in given.items():
        if name == "user_fields":
            user[name] = {**user[name], **(value if isinstance(value, dict) else {})}
        elif name == "tags":
            user[name] = tidy(words(value))
        elif name in _TEXTS:
            user[name] = text_or_none(value)
        elif name in _NUMBERS:
            user[name] = integer_or_none(value)
        else:
            user[name] = bool(value)
    if not (user["name"] or "").strip():
        raise invalid_record("name", "Name: is too short (minimum one character)", "BlankValue")
    if user["role"] not in ROLES:
        raise invalid_record("role", "Role: is not valid", "InvalidValue")
    if user["email"] is not None:
        email = str(user["email"]).strip().lower()
        if "@" not in email or " " in email:
            raise invalid_record("email", f"Email: {email} is not properly formatted", "InvalidFormat")
        other = by_email(state, email)
        if other and other["id"] != user["id"]:
            message = f"Email: {email} is already being used by another user"
            raise invalid_record("email", message, "DuplicateValue")
        user["email"] = email
    if user["organization_id"] is not None and state.store.get("organization", user["organization_id"]) is None:
        raise invalid_record("organization", "Organization: is invalid", "InvalidValue")


def store(state: State, user: Doc) -> None:
    state.store.put(KIND, user["id"], user, parent=user["email"], mark=state.seconds())


def get(state: State, user_id: Any) -> Doc | None:
    return state.store.get(KIND, user_id) if isinstance(user_id, int) else None


def by_email(state: State, email: str) -> Doc | None:
    found = state.store.children(KIND, email.strip().lower())
    return found[0] if found else None


def find_or_create(state: State, given: Any) -> Doc | None:
    """Return the person described by `{"name", "email"}`, new if need be; None when that describes nobody."""
    email = text(given.get("email")) if isinstance(given, dict) else ""
    if not email:
        return None
    name = text(given.get("name")) or email.partition("@")[0]
    return by_email(state, email) or create(state, {"name": name, "email": email})
