"""A DNS server on loopback, over UDP and TCP, that can be told to misbehave."""

import socketserver
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from dnslib import AAAA, CNAME, MX, PTR, QTYPE, RCODE, RR, TXT, A, DNSRecord

from pabal.authentication.lookups import reverse_name

SILENCE, SERVFAIL, REFUSED, GARBAGE, WRONG_ID = "silence", "servfail", "refused", "garbage", "id"
CUT = "cut"  # truncated over UDP, and silent over TCP
_UDP_BYTES = 512  # without EDNS; with it what the question says


class Zone:
    """Records by name and type; whatever is not here does not exist.

    trouble: what happens to questions for a name, instead of an answer.
    asked: how often each name was asked for, by type.
    """

    def __init__(self):
        self.records = {}
        self.trouble = {}
        self.asked = Counter()
        self.over_tcp = Counter()
        self.ttl = 300

    def txt(self, name, *texts):
        """Each text is a record; bytes go as they are."""
        return self._put(name, "TXT", [_txt(text) for text in texts])

    def a(self, name, *addresses):
        return self._put(name, "A", [A(address) for address in addresses])

    def aaaa(self, name, *addresses):
        return self._put(name, "AAAA", [AAAA(address) for address in addresses])

    def mx(self, name, *hosts):
        return self._put(name, "MX", [MX(host, 10 * n) for n, host in enumerate(hosts, 1)])

    def cname(self, name, target):
        return self._put(name, "CNAME", [CNAME(target)])

    def ptr(self, address, *names):
        return self._put(reverse_name(address), "PTR", [PTR(name) for name in names])

    def zone_file(self, text):
        """Read lines as `pabal domain show --zone` writes them."""
        for record in RR.fromZone(text):
            name = str(record.rname).rstrip(".").lower()
            self.records.setdefault((name, QTYPE[record.rtype]), []).append(record.rdata)
        return self

    def answer(self, question, over_tcp=False):
        name = str(question.q.qname).rstrip(".").lower()
        kind = QTYPE[question.q.qtype]
        self.asked[name, kind] += 1
        trouble = self.trouble.get(name)
        if trouble in (SILENCE, GARBAGE):
            return None if trouble == SILENCE else b"\x00garbage"
        if trouble == CUT:
            return None if over_tcp else _cut(question)
        reply = question.reply()
        if trouble == WRONG_ID:
            reply.header.id = (reply.header.id + 1) % 65536
        if trouble in (SERVFAIL, REFUSED):
            reply.header.rcode = getattr(RCODE, trouble.upper())
            return reply
        self._fill(reply, name, kind)
        return reply

    def _fill(self, reply, name, kind):
        seen = set()
        while name not in seen and kind != "CNAME" and (name, "CNAME") in self.records:
            seen.add(name)
            [alias] = self.records[name, "CNAME"]
            self._add(reply, name, "CNAME", alias)
            name = str(alias.label).rstrip(".").lower()
        for record in self.records.get((name, kind), []):
            self._add(reply, name, kind, record)
        if not any(each == name or each.endswith(f".{name}") for each, _kind in self.records):
            reply.header.rcode = RCODE.NXDOMAIN

    def _add(self, reply, name, kind, record):
        reply.add_answer(RR(name, getattr(QTYPE, kind), rdata=record, ttl=self.ttl))

    def _put(self, name, kind, records):
        self.records[name.lower(), kind] = records
        return self


def _txt(text):
    octets = text if isinstance(text, bytes) else text.encode()
    return TXT([octets[at : at + 255] for at in range(0, len(octets), 255)] or [b""])


class _Udp(socketserver.BaseRequestHandler):
    def handle(self):
        octets, socket = self.request
        question = DNSRecord.parse(octets)
        reply = self.server.zone.answer(question)
        if reply is None:
            return
        if not isinstance(reply, bytes):
            room = max([_UDP_BYTES, *(each.edns_len for each in question.ar)])
            reply = _cut(question) if len(reply.pack()) > room else reply.pack()
        socket.sendto(reply, self.client_address)


def _cut(question):
    reply = question.reply()
    reply.header.tc = 1
    return bytes(reply.pack())


class _Tcp(socketserver.StreamRequestHandler):
    def handle(self):
        length = int.from_bytes(self.rfile.read(2), "big")
        question = DNSRecord.parse(self.rfile.read(length))
        self.server.zone.over_tcp[str(question.q.qname).rstrip(".").lower()] += 1
        reply = self.server.zone.answer(question, over_tcp=True)
        if reply is not None:
            octets = reply if isinstance(reply, bytes) else reply.pack()
            self.wfile.write(len(octets).to_bytes(2, "big") + octets)


class _TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def running_dns() -> Iterator[tuple[Zone, tuple[str, int]]]:
    """Yield an empty zone and the address at which it is asked."""
    zone = Zone()
    servers = _two_servers()
    threads = [threading.Thread(target=each.serve_forever, args=(0.05,)) for each in servers]
    for server, thread in zip(servers, threads, strict=True):
        server.zone = zone
        thread.start()
    try:
        yield zone, servers[0].server_address
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


def _two_servers():
    """For UDP and TCP on one port: a port that is free for the one may be taken for the other."""
    for _ in range(50):
        udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Udp)
        udp.daemon_threads = True
        try:
            return udp, _TcpServer(udp.server_address, _Tcp)
        except OSError:
            udp.server_close()
    raise AssertionError("no port is free for both on loopback")
