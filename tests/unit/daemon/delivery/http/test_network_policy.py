import ipaddress
import re

import pytest

from daemon.delivery.http.network_policy import AddressPolicy, loopback_verdict

CLOSED = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
    "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32", "2001::/23", "2001:db8::/32", "2002::/16",
    "2620:4f:8000::/48", "3fff::/20", "::/3", "4000::/2", "8000::/1",
]  # fmt: skip

METADATA = [
    "169.254.169.254",
    "169.254.0.1",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "::ffff:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::1",
]

PUBLIC = AddressPolicy()


@pytest.mark.parametrize("network", CLOSED)
def test_both_ends_of_every_closed_range_are_shut(network):
    parsed = ipaddress.ip_network(network)
    for address in (parsed[0], parsed[-1]):
        assert PUBLIC.verdict(str(address)) is not None


@pytest.mark.parametrize("network", [n for n in CLOSED if ":" not in n])
def test_a_mapped_address_is_judged_as_what_it_maps(network):
    first = ipaddress.ip_network(network)[0]
    assert PUBLIC.verdict(f"::ffff:{first}") is not None


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0",
        "198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.15", "168.63.129.17",
        "2001:200::1", "2606:4700::1111", "2a00::1", "::ffff:8.8.8.8", "3ffe:ffff::1",
    ],
)  # fmt: skip
def test_public_addresses_are_open(address):
    assert PUBLIC.verdict(address) is None


def test_the_reason_says_what_to_do():
    words = "127.0.0.1 is not a public address; open it with [network] allow"
    assert PUBLIC.verdict("127.0.0.1") == words
    assert PUBLIC.verdict("::ffff:127.0.0.1") == words


def test_allow_opens_ranges_and_single_addresses():
    policy = AddressPolicy.allowing(["127.0.0.0/8", "::1", "fd00:1::/64", "10.1.2.3"])
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "::1", "fd00:1::5", "10.1.2.3"):
        assert policy.verdict(address) is None
    for address in ("10.1.2.4", "fd00:2::1", "192.168.0.1"):
        assert policy.verdict(address) is not None


@pytest.mark.parametrize("address", METADATA)
def test_metadata_stays_shut_whatever_is_allowed(address):
    everything = AddressPolicy.allowing(["0.0.0.0/0", "::/0"])
    assert "metadata" in everything.verdict(address)


def test_everything_else_can_be_opened():
    everything = AddressPolicy.allowing(["0.0.0.0/0", "::/0"])
    for address in ("10.0.0.1", "100.100.100.201", "192.0.0.191", "fd00:ec2::253", "fe80::1%eth0"):
        assert everything.verdict(address) is None


@pytest.mark.parametrize("address", ["", "localhost", "127.1", "0x7f000001", "1.2.3.4.5", "::g"])
def test_what_is_no_address_is_shut(address):
    assert (
        AddressPolicy.allowing(["0.0.0.0/0"]).verdict(address) == f"{address} is not an IP address"
    )


@pytest.mark.parametrize("entry", ["10.0.0.1/8", "10.0.0.0/33", "example.com"])
def test_an_entry_that_is_no_range_is_an_error(entry):
    with pytest.raises(ValueError, match=re.escape(entry)):
        AddressPolicy.allowing([entry])


@pytest.mark.parametrize("address", ["127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"])
def test_loopback(address):
    assert loopback_verdict(address) is None


@pytest.mark.parametrize("address", ["8.8.8.8", "10.0.0.1", "0.0.0.0", "::", "::2", "localhost"])
def test_not_loopback(address):
    assert loopback_verdict(address).startswith(address)
