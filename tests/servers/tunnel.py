"""A proxy that leads every host to one port of this machine, for who asks for names of Amazon."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def leading_to(port: int) -> Iterator[str]:
    """Serve CONNECT (RFC 9110 9.3.6); yields what HTTPS_PROXY is to say."""
    server = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(server, port))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


def _serve(server: socket.socket, port: int) -> None:
    while True:
        try:
            asking, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_tunnel, args=(asking, port), daemon=True).start()


def _tunnel(asking: socket.socket, port: int) -> None:
    with asking, socket.create_connection(("127.0.0.1", port)) as answering, suppress(OSError):
        while not asking.recv(4096).endswith(b"\r\n\r\n"):
            pass
        asking.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=_copy, args=(answering, asking), daemon=True)
        back.start()
        _copy(asking, answering)
        back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
