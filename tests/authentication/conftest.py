from servers.dns_fixtures import dns_server, lookups, zone

__all__ = ["dns_server", "lookups", "zone"]
