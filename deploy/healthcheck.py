"""The container's health check: exit code 0 while the service is ready, else 1 with the reason in one line.

Asks ``ZENDESK_SYNC_HEALTH_URL`` (default http://127.0.0.1:8080/readyz), straight and never through a proxy.
"""

import http.client
import os
import sys
from urllib.parse import urlsplit

DEFAULT = "http://127.0.0.1:8080/readyz"
PATIENCE_S = 4.0


def main() -> str | None:
    """The reason why the service is not well; None if it is."""
    url = os.environ.get("ZENDESK_SYNC_HEALTH_URL") or DEFAULT
    parts = urlsplit(url)
    try:
        connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=PATIENCE_S)
        connection.request("GET", parts.path or "/")
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException, ValueError) as error:
        return f"{url}: {error or type(error).__name__}"
    return None if answer.status == 200 else f"{url}: {answer.status} {answer.read(300).decode(errors='replace')}"


if __name__ == "__main__":
    sys.exit(main())
