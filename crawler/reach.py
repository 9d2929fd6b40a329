"""What of the network may be connected to: the public internet, and beyond it what a person named.

A portal says where its names lead, and may change that between two questions. So it is judged by
the address that is connected to, and never by the name.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Self
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOT_PUBLIC: Final[tuple[Network, ...]] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private, as the two below
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",  # shared behind carriers' NAT
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # public by its number, but what a cloud tells its machines
        "169.254.0.0/16",  # link-local, with the metadata of most clouds
        "192.0.0.0/24",  # protocols
        "192.0.2.0/24",  # documentation, as the two below
        "198.51.100.0/24",
        "203.0.113.0/24",
        "192.88.99.0/24",  # relays of 6to4, given up
        "198.18.0.0/15",  # benchmarks
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "2001::/23",  # protocols, with Teredo, which holds an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which holds an IPv4 address
        "3fff::/20",  # documentation
    )
)
"""What IANA's registries of special-purpose addresses (RFC 6890) take out of `_UNICAST`."""
_UNICAST: Final[tuple[Network, ...]] = (ip_network("0.0.0.0/0"), ip_network("2000::/3"))
"""What is given to hosts at all. Beyond it lie ``::1``, what is mapped from IPv4 or translated to
it (NAT64), and what is private, link-local or multicast in IPv6.
"""
_HERE = "localhost"


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet; what is none at all is not."""
    ip = _parsed(address)
    if ip is None:
        return False
    return _is_in(ip, _UNICAST) and not _is_in(ip, _NOT_PUBLIC)


def is_network(text: str) -> bool:
    """Whether a text is a network (``10.0.0.0/8``) or a single IP address."""
    with suppress(ValueError):
        return bool(ip_network(text))
    return False


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be connected to, beside the public internet."""

    hosts: frozenset[str] = frozenset()
    """IP addresses, and "localhost", that a person wrote down as a host to be asked."""
    networks: tuple[Network, ...] = ()
    """Networks that a person wrote down, in which hosts may lie."""

    @classmethod
    def of(cls, urls: Iterable[str], networks: Iterable[str] = ()) -> Self:
        """Return the reach of who may ask *urls*, whose hosts may lie in *networks*.

        ValueError for what is no network.
        """
        hosts = (urlsplit(url).hostname or "" for url in urls)
        named = frozenset(host for host in hosts if host == _HERE or _parsed(host))
        return cls(named, tuple(map(ip_network, networks)))

    def beyond(self, networks: Iterable[str]) -> Self:
        """Return it with further networks. ValueError for what is none."""
        return replace(self, networks=(*self.networks, *map(ip_network, networks)))

    def allows(self, host: str, address: str) -> bool:
        """Whether a host may be asked at an IP address."""
        ip = _parsed(address)
        if ip is None:
            return False
        if is_public(address) or _is_in(ip, self.networks):
            return True
        if host == _HERE:
            return _HERE in self.hosts and ip.is_loopback
        return _parsed(host) == ip and any(_parsed(named) == ip for named in self.hosts)


def _parsed(address: str) -> Address | None:
    with suppress(ValueError):
        return ip_address(address.strip("[]"))
    return None


def _is_in(ip: Address, networks: Iterable[Network]) -> bool:
    return any(ip in network for network in networks if network.version == ip.version)
