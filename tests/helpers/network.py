"""What stands between a client and a server: a TLS front, an HTTP proxy, or another server in its place."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, suppress
from typing import Self

from tests.helpers.tls import Certificate

TIMEOUT = 10


class Between:
    """Accepts connections, and carries their bytes to a port of this machine.

    :param upstream: the port
    :param certificate: speak TLS with the client
    :param proxy: be a proxy: read the client's first request, and answer CONNECT
    :param answer: give this answer, and carry nothing
    """

    def __init__(
        self,
        upstream: int = 0,
        *,
        certificate: Certificate | None = None,
        proxy: bool = False,
        answer: bytes | None = None,
    ) -> None:
        self._upstream, self._certificate, self._proxy, self._answer = upstream, certificate, proxy, answer
        #: the first line and headers of each connection, of a proxy or where an answer is given
        self.heads: list[str] = []

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(TIMEOUT)
        with suppress(OSError):
            if self._certificate is not None:
                client = self._certificate.context().wrap_socket(client, server_side=True)
            with closing(client):
                self._answer_or_carry(client)

    def _answer_or_carry(self, client: socket.socket) -> None:
        if not self._proxy and self._answer is None:
            self._carry(client, b"")
            return
        head = _read_head(client)
        self.heads.append(head.decode("latin-1"))
        if self._answer is not None:
            client.sendall(self._answer)
        elif head.startswith(b"CONNECT "):
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._carry(client, b"")
        else:
            self._carry(client, head)

    def _carry(self, client: socket.socket, first: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self._upstream), TIMEOUT) as server:
            server.sendall(first)
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join(TIMEOUT)


def _read_head(client: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head and (data := client.recv(65536)):
        head += data
    return head


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
