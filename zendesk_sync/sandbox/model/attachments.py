"""Files: uploaded first, then attached to a comment by their token. Source: Zendesk API reference, Attachments."""

import base64
import secrets
from typing import Any

from zendesk_sync.sandbox.model.values import text
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KIND = "attachment"
UPLOAD = "upload"
LARGEST = 50 * 1024 * 1024
KEPT_SECONDS = 3 * 24 * 3600


def upload(state: State, token: str | None, name: str, content_type: str, content: bytes) -> tuple[Doc, Doc] | None:
    """Store a file under a new token, or under a known one; return (upload, file); None for an unknown token."""
    fresh: Doc = {"id": secrets.token_urlsafe(18), "files": [], "at": state.seconds()}
    known = _known(state, token) if token else fresh
    if known is None:
        return None
    number = state.record_id()
    file: Doc = {
        "id": number, "file_name": name, "content_type": content_type, "size": len(content), "width": None,
        "height": None, "inline": False, "deleted": False, "malware_access_override": False,
        "malware_scan_result": "malware_not_found", "key": secrets.token_urlsafe(18),
        "content": base64.b64encode(content).decode(),
    }  # fmt: skip
    state.store.put(KIND, number, file, parent=file["key"])
    known["files"].append(number)
    state.store.put(UPLOAD, known["id"], known)
    return known, file


def _known(state: State, token: Any) -> Doc | None:
    found = state.store.get(UPLOAD, token) if isinstance(token, str) else None
    return found if found and found["at"] > state.seconds() - KEPT_SECONDS else None


def discard(state: State, token: str) -> bool:
    """Forget an upload and its files; False when there is none."""
    known = _known(state, token)
    for number in known["files"] if known else []:
        state.store.delete(KIND, number)
    return state.store.delete(UPLOAD, token) if known else False


def take(state: State, tokens: Any) -> list[Doc]:
    """Return the files of these uploads as a comment shows them, and use the tokens up; unknown ones bring nothing."""
    listed = tokens if isinstance(tokens, list) else [tokens]
    found: list[Doc] = []
    for token in listed:
        known = _known(state, text(token))
        if known:
            found += [present(state, file) for file in state.store.many(KIND, known["files"])]
            state.store.delete(UPLOAD, known["id"])
    return found


def present(state: State, file: Doc) -> Doc:
    """Return a file without its content, which `content_url` leads to."""
    shown = {name: value for name, value in file.items() if name not in {"content", "key"}}
    url = state.url(f"attachments/{file['id']}.json")
    content_url = f"{state.base_url}/attachments/token/{file['key']}/"
    return {"url": url, **shown, "content_url": content_url, "mapped_content_url": content_url, "thumbnails": []}


def by_key(state: State, key: str) -> tuple[Doc, bytes] | None:
    """Return the file that an address leads to, with its content."""
    found = next(iter(state.store.children(KIND, key)), None)
    return (found, base64.b64decode(found["content"])) if found and not found["deleted"] else None
