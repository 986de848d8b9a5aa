"""Which network addresses a project may reach: public ones. Source: reliability.md 6.6.

The table completes `is_global`, which lets translation and tunnel prefixes pass that lead back to private networks.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_REFUSED = tuple(
    ip_network(prefix)
    for prefix in (
        "64:ff9b::/96",  # NAT64: an IPv4 address in disguise
        "64:ff9b:1::/48",
        "2002::/16",  # 6to4
        "2001::/32",  # Teredo
        "::/96",  # IPv4-compatible
        "fec0::/10",  # site-local, long deprecated, still routed
        "100.64.0.0/10",  # carriers' own networks
        "192.0.0.0/24",
        "192.88.99.0/24",
        "240.0.0.0/4",
    )
)


def literal(host: str) -> bool:
    """Returns whether the host is written as an address already."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def public(address: str) -> bool:
    """Returns whether the address is one of the public network, as far as tables tell."""
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    refused = any(found in network for network in _REFUSED if network.version == found.version)
    return found.is_global and not found.is_multicast and not refused
