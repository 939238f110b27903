"""The tickets as rows: what views, searches and lists select by, kept beside the documents by SQLite itself.

Every write of a ticket document refreshes its row within the same transaction, so that a list of 100,000 tickets is one
quick query and no document is decoded which is not shown.
"""

import re

_PATHS = {
    "status": "status", "custom_status_id": "custom_status_id", "priority": "priority", "type": "type",
    "group_id": "group_id", "assignee_id": "assignee_id", "requester_id": "requester_id",
    "submitter_id": "submitter_id", "organization_id": "organization_id", "brand_id": "brand_id",
    "ticket_form_id": "ticket_form_id", "problem_id": "problem_id", "external_id": "external_id",
    "recipient": "recipient", "subject": "subject", "description": "description", "created_at": "created_at",
    "updated_at": "updated_at", "due_at": "due_at", "is_public": "is_public", "deleted": "deleted",
    "archived": "archived", "generated": "generated_timestamp", "channel": "via.channel", "rel": "via.source.rel",
    "fields": "fields", "collaborators": "email_cc_ids", "followers": "follower_ids", "status_at":
    "metric.status_updated_at", "assigned_at": "metric.assigned_at", "solved_at": "metric.solved_at",
    "requester_at": "metric.requester_updated_at", "assignee_at": "metric.assignee_updated_at",
}  # fmt: skip
WORD = re.compile(r"\w+", re.UNICODE)
COLUMNS = ("id", *_PATHS, "tags")
"""`tags` is one text with a blank around each tag; `fields` is the JSON object of the custom fields."""


def has_word(text: str | None, wanted: str) -> bool:
    """Whether these words stand in a text one behind the other; the last may be a beginning, as `print*`."""
    spoken, asked = WORD.findall((text or "").lower()), WORD.findall(wanted.lower())
    if not asked:
        return bool(wanted.strip("*")) and wanted.strip("*").lower() in (text or "").lower()
    beginning = wanted.endswith("*")
    for start in range(len(spoken) - len(asked) + 1):
        part = spoken[start : start + len(asked)]
        if part == asked or (beginning and part[:-1] == asked[:-1] and part[-1].startswith(asked[-1])):
            return True
    return False


def _insert(body: str, number: str, source: str) -> str:
    values = ", ".join(f"json_extract({body}, '$.{path}')" for path in _PATHS.values())
    tags = f"' ' || coalesce((SELECT group_concat(value, ' ') FROM json_each({body}, '$.tags')), '') || ' '"  # noqa: S608
    return f"INSERT OR REPLACE INTO ticket_row ({', '.join(COLUMNS)}) SELECT {number}, {values}, {tags} {source}"


_REFRESH = _insert("NEW.body", "NEW.id", "")
FILL = _insert("body", "id", "FROM record WHERE kind = 'ticket'")
"""Makes the rows of a data file that was written before there were any."""
FILL_SOME = _insert("body", "id", "FROM record WHERE kind = 'ticket' AND id IN (SELECT value FROM json_each(?))")
"""Makes the rows of the tickets in a JSON list of ids: many at once are made in a fifth of the triggers' time."""

INSERT_TRIGGER = f"""
CREATE TRIGGER IF NOT EXISTS ticket_row_insert AFTER INSERT ON record WHEN NEW.kind = 'ticket' BEGIN {_REFRESH}; END
"""
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS ticket_row (id INTEGER PRIMARY KEY, {", ".join(COLUMNS[1:])});
CREATE TABLE IF NOT EXISTS search_row (id INTEGER PRIMARY KEY, {", ".join(COLUMNS[1:])});
CREATE INDEX IF NOT EXISTS ticket_row_organization ON ticket_row (organization_id);
CREATE INDEX IF NOT EXISTS ticket_row_requester ON ticket_row (requester_id);
CREATE INDEX IF NOT EXISTS ticket_row_external ON ticket_row (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS ticket_row_problem ON ticket_row (problem_id) WHERE problem_id IS NOT NULL;
CREATE TRIGGER IF NOT EXISTS ticket_row_update AFTER UPDATE ON record WHEN NEW.kind = 'ticket' BEGIN {_REFRESH}; END;
{INSERT_TRIGGER};
CREATE TRIGGER IF NOT EXISTS ticket_row_delete AFTER DELETE ON record WHEN OLD.kind = 'ticket' BEGIN
    DELETE FROM ticket_row WHERE id = OLD.id;
END;
"""  # noqa: S608 - only our own names
