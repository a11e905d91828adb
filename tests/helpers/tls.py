"""Servers of a few lines: one behind TLS, one that says always the same."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

EMPTY_PAGE = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"items":[]}'


@dataclass(frozen=True)
class Certificate:
    """A certificate for 127.0.0.1, and for other names, that signs itself, and its key, in one PEM file each."""

    path: Path
    key: Path

    @classmethod
    def make(cls, folder: Path, *names: str) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        hosts = x509.SubjectAlternativeName([address, *map(x509.DNSName, names)])
        today = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=1))
            .add_extension(hosts, critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        made = cls(folder / "certificate.pem", folder / "key.pem")
        made.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        made.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return made

    def context(self) -> ssl.SSLContext:
        """What a server needs to show it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path, self.key)
        return context


@contextmanager
def tls_server(certificate: Certificate, heard: list[bytes] | None = None) -> Iterator[int]:
    """A server behind TLS that answers each request with an empty page."""
    with _server(EMPTY_PAGE, [] if heard is None else heard, certificate.context()) as port:
        yield port


@contextmanager
def plain_server(answer: bytes, heard: list[bytes] | None = None) -> Iterator[int]:
    """A server that answers whatever it hears with these bytes, and closes."""
    with _server(answer, [] if heard is None else heard, None) as port:
        yield port


@contextmanager
def _server(answer: bytes, heard: list[bytes], context: ssl.SSLContext | None) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, answer, heard, context), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _serve(listener: socket.socket, answer: bytes, heard: list[bytes], context: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, suppress(OSError):
            connection.settimeout(5)
            channel = context.wrap_socket(connection, server_side=True) if context else connection
            heard.append(channel.recv(65_536))
            channel.sendall(answer)
            channel.close()


@contextmanager
def tunnel(heard: list[bytes]) -> Iterator[int]:
    """A proxy that joins one caller with the port of this machine that it names, and notes what was asked of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_join, args=(listener, heard), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


def _join(listener: socket.socket, heard: list[bytes]) -> None:
    caller, _ = listener.accept()
    with caller:
        heard.append(caller.recv(65_536))
        port = int(heard[0].split()[1].rpartition(b":")[2])
        with socket.create_connection(("127.0.0.1", port)) as called:
            caller.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pass_on, args=(called, caller), daemon=True)
            back.start()
            _pass_on(caller, called)
            back.join(5)


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
