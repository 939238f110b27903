"""Secrets in the keyring of the operating system: macOS Keychain, Windows Credential Manager, Secret Service.

Each secret is an entry of its own: service ``zendesk-sync/<account>``, user name ``client_secret``, ``token``, ….
https://keyring.readthedocs.io/en/latest/
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zendesk_sync.errors import ConfigurationError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend


def service(account: str) -> str:
    """The service under which the account's secrets stand there."""
    return f"zendesk-sync/{account}"


def read(account: str, name: str) -> str | None:
    """One secret; None where the keyring does not hold it.

    Raises:
        ConfigurationError: the library is not installed, this machine has no keyring, or it is locked.
    """
    with _opened(account) as ring:
        return ring.get_password(service(account), name)


def write(account: str, name: str, value: str) -> None:
    """Store one secret, in place of the one that stood there.

    Raises:
        ConfigurationError: as :func:`read`.
    """
    with _opened(account) as ring:
        ring.set_password(service(account), name, value)


@contextmanager
def _opened(account: str) -> Iterator[KeyringBackend]:
    try:
        import keyring
        from keyring.errors import KeyringError, NoKeyringError
    except ImportError:
        raise ConfigurationError(
            f"account {account}: its secrets are in the system keyring, for which the library is not installed; "
            f"run: pip install 'zendesk-sync[keyring]'"
        ) from None
    try:
        yield keyring.get_keyring()
    except NoKeyringError:
        raise ConfigurationError(
            f"account {account}: this machine has no system keyring that can be used (a server seldom has one); "
            f"take `keyring = true` out of the configuration and use environment variables or a secrets file"
        ) from None
    except KeyringError as error:
        raise ConfigurationError(
            f"account {account}: the system keyring cannot be used ({type(error).__name__}); is it locked? "
            f"It may only open in a session where somebody has signed in"
        ) from None
