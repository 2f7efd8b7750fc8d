"""Fixtures: a DNS server for the session, an empty zone for each test, and look-ups in it."""

import time

import pytest

from pabal.authentication.lookups import Lookups
from servers.dns import running_dns


@pytest.fixture(scope="session")
def dns_server():
    with running_dns() as (zone, address):
        yield zone, address


@pytest.fixture
def zone(dns_server):
    """The records of one test, in a DNS server that is really asked."""
    zone, _address = dns_server
    zone.__init__()
    return zone


@pytest.fixture
def lookups(zone, dns_server):
    return Lookups([dns_server[1]], now=time.monotonic, patience=0.6)
