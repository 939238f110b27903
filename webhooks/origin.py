"""Whose request is it? The address that counts for the allow list and the log. Sans I/O.

``X-Forwarded-For`` is what anybody may write into a request. Each proxy appends the address it was called from, so it
is read from its end, and only as far as the proxies are ours: the first address that no trusted proxy has is the
sender's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def sender(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> Address | None:
    """The sender's address; None where it cannot be known.

    Args:
        peer: who opened the connection.
        forwarded: the values of all ``X-Forwarded-For`` headers, in order.
        trusted: networks of our proxies; with none, the header is not looked at.
    """
    at = _address(peer or "")
    hops = [hop for value in forwarded for hop in value.split(",")]
    while at is not None and hops and among(at, trusted):
        at = _address(hops.pop())
    return at


def among(address: Address | None, networks: Sequence[Network]) -> bool:
    """Whether the address is in one of the networks; an unknown one is in none."""
    return address is not None and any(address in network for network in networks)


_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d{1,5})?|(\d+\.\d+\.\d+\.\d+):\d{1,5}")


def _address(text: str) -> Address | None:
    """The address in one hop; some proxies add a port."""
    text = text.strip()
    if match := _WITH_PORT.fullmatch(text):
        text = match[1] or match[2]
    if len(text) > 45 or "%" in text:  # an interface's name says nothing to anybody else
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
