"""The way out: what may be asked without the operator's word, and what never."""

from __future__ import annotations

import pytest

from statewright.effects.addresses import public
from statewright.effects.egress import Egress, Request, allowed
from statewright.effects.operator import Operator
from statewright.effects.refused import CallRefused
from tests.effects.service import reply, service

FORBIDDEN = [
    "http://example.com/",
    "https://example.com:8443/",
    "http://127.0.0.1:80/",
    "http://localhost/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "https://user:pw@example.com/",
    "https://user@example.com/",
    "https:///x",
    "https://exämple.com/",
    "https://example.com/a b",
    "https://example.com\\@evil.example/",
    "https://example.com:99999/",
    "https://example.com:0/",
    "https://[::1/",
    "https://a_b!c/",
    "example.com",
    "https://example.com/" + "x" * 2_048,
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_what_is_not_public_https_needs_the_operators_word(url: str) -> None:
    with pytest.raises(CallRefused) as raised:
        allowed(url, Operator())
    assert (raised.value.refusal.code, raised.value.refusal.left) == ("URL_FORBIDDEN", False)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"],
)
async def test_a_name_that_leads_to_a_private_address_is_not_connected_to(host: str) -> None:
    with pytest.raises(CallRefused) as raised:
        await Egress(Operator(allow_http_loopback=True)).send(Request(method="GET", url=f"https://{host}/"))
    assert (raised.value.refusal.code, raised.value.refusal.left) == ("URL_FORBIDDEN", False)


PRIVATE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.0.0.8", "192.168.1.1",
    "192.88.99.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1",
    "::7f00:1", "64:ff9b::7f00:1", "2001::1", "2002:7f00:1::1", "fc00::1", "fe80::1%eth0", "fec0::1", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_known_in_every_disguise(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "::ffff:1.1.1.1", "2606:4700::1111"])
def test_public_addresses_pass(address: str) -> None:
    assert public(address)


async def test_the_operator_can_map_a_host_and_allow_loopback() -> None:
    async with service(reply({})) as running:
        port = running.origin.rpartition(":")[2]
        mapped = Operator(hosts={"a.example": running.origin, "b.example:8443": running.origin})
        for url in ("https://a.example/x?y=1", "http://A.example:99/x", "https://b.example:8443/x"):
            assert (await Egress(mapped).send(Request(method="GET", url=url))).status == 200
        looped = Operator(allow_http_loopback=True)
        for host in ("127.0.0.1", "localhost"):
            assert (await Egress(looped).send(Request(method="GET", url=f"http://{host}:{port}/"))).status == 200
    assert [asked.target for asked in running.asked] == ["/x?y=1", "/x", "/x", "/", "/"]
    with pytest.raises(CallRefused):
        allowed("https://b.example:8444/x", mapped)


async def test_neither_proxies_nor_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with service(reply({})) as running:
        operator = Operator(hosts={"a.example": running.origin})
        assert (await Egress(operator).send(Request(method="GET", url="https://a.example/"))).status == 200


def test_a_request_does_not_print_its_secrets() -> None:
    request = Request(method="GET", url="https://x/?k=canary", headers={"A": "canary"}, body=b"canary")
    assert "canary" not in repr(request)
