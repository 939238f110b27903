"""Every exception of this project, in one tree.

::

    ZendeskSyncError
    ├── InputError                 a person gave something unusable: command line exit code 2
    │   ├── ConfigurationError     the configuration file, an environment variable, a secrets file
    │   ├── PolicyFileError        the policy file (handbook)
    │   └── CaseFileError          a policy case file
    ├── WritesPaused               a person paused the account: nothing was sent; command line exit code 1
    ├── CustomerSourceDown         a directory of customers does not answer: who the customer is comes later
    ├── StoreError                 the local database cannot be used
    │   ├── StoreBusy              another process holds it
    │   └── LeaseLost              another worker took the account over
    └── ZendeskError               Zendesk said no, or nothing
        ├── ZendeskUnreachable     no connection: nothing was sent
        ├── AnswerLost             sent, but no answer came: unknown whether it was applied
        ├── CredentialsRejected    401
        ├── AccessDenied           403
        ├── NotFound               404
        ├── Conflict               409: somebody else changed the ticket meanwhile
        ├── RateLimited            429, or our share of the rate is used up: nothing happened
        ├── RequestRejected        400, 413, 422 and other 4xx
        ├── ZendeskUnavailable     5xx
        └── UnexpectedAnswer       2xx whose body is not what the API describes

Exceptions carry data; the command line turns them into one message for a person.
"""

from __future__ import annotations

import traceback
from pathlib import Path


class ZendeskSyncError(Exception):
    """Base of all errors that this project raises on purpose."""


class InputError(ZendeskSyncError):
    """A person gave something unusable. The message says what, where, and what is allowed."""


class ConfigurationError(InputError):
    """The configuration, its environment variables or its secrets cannot be used."""


class PolicyFileError(InputError):
    """The policy file cannot be used."""


class CaseFileError(InputError):
    """A policy case file cannot be read."""


class WritesPaused(ZendeskSyncError):
    """A person paused the account: nothing is written until it is resumed."""


class CustomerSourceDown(ZendeskSyncError):
    """A source of customers cannot be asked now, so nobody knows who the customer is; nothing is guessed.

    Attributes:
        retry_after: seconds after which to ask again.
    """

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StoreError(ZendeskSyncError):
    """The local database cannot be read or written."""


class StoreBusy(StoreError):
    """Another process holds the local database."""


class LeaseLost(StoreError):
    """The account's lease ran out or went to another worker; stop at once, nothing is lost."""


class ZendeskError(ZendeskSyncError):
    """Zendesk refused, or could not be asked.

    Attributes:
        status: HTTP status, or None where no answer came.
        request_id: Zendesk's ``x-request-id``, which its support asks for.
        unquoted: the message without words of Zendesk's answer, which may repeat what a ticket says; for logs.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        request_id: str | None = None,
        unquoted: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.request_id = request_id
        self.unquoted = message if unquoted is None else unquoted


class ZendeskUnreachable(ZendeskError):
    """No connection was made, so nothing was sent."""

    fix = "check the network, the account's url, and whether a proxy is needed (HTTPS_PROXY)"
    """For whoever can be told right away; a service that tries again by itself does not repeat it."""


class AnswerLost(ZendeskError):
    """The request went out and no usable answer came back: it may or may not have been applied."""


class CredentialsRejected(ZendeskError):
    """401, or the anonymous user that Zendesk shows to nobody in particular."""


class AccessDenied(ZendeskError):
    """403: the role or the scope does not allow it."""


class NotFound(ZendeskError):
    """404: no such record, or not visible to this user."""


class Conflict(ZendeskError):
    """409: the ticket changed since it was read, or two writes collided."""


class RateLimited(ZendeskError):
    """429, or not sent at all because our share of the rate is used up: nothing happened.

    Attributes:
        retry_after: seconds after which to ask again.
        whole: everything of the account has to wait; False where only requests of this kind have.
    """

    def __init__(
        self, retry_after: float, *, request_id: str | None = None, sent: bool = True, whole: bool = True
    ) -> None:
        what = "rate limited by Zendesk" if sent else "our share of the account's rate limit is used up"
        super().__init__(
            f"{what}, retry after {retry_after:.4g} s", status=429 if sent else None, request_id=request_id
        )
        self.retry_after = retry_after
        self.whole = whole


class RequestRejected(ZendeskError):
    """Zendesk understood and refused (400, 413, 422, other 4xx)."""


class ZendeskUnavailable(ZendeskError):
    """5xx: Zendesk's side is in trouble."""


class UnexpectedAnswer(ZendeskError):
    """A success status with a body that is not what the API describes."""


def told(error: BaseException) -> str:
    """What logs and traces may say of an error: our own message, and of anything else its type alone."""
    if isinstance(error, ZendeskError):
        return error.unquoted
    return str(error) if isinstance(error, ZendeskSyncError) else type(error).__name__


def where(error: BaseException) -> str:
    """File and line of a failure. Not the message: it could hold a ticket's text."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
