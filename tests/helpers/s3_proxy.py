"""A proxy before the S3 of tests that lets chosen requests fail."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Fault:
    """What happens to the requests of one S3 operation.

    :param status: of the answer
    :param code: S3's name of the error
    :param forward: whether S3 gets the request all the same
    :param drop: close the connection in place of an answer
    """

    def __init__(self, status: int = 200, code: str = "", *, forward: bool = False, drop: bool = False) -> None:
        self.status, self.code, self.forward, self.drop = status, code, forward, drop

    def body(self) -> bytes:
        return f'<?xml version="1.0"?><Error><Code>{self.code}</Code><Message>As told</Message></Error>'.encode()


def operation(method: str, path: str) -> str:
    """Return S3's name of a request, for those that the tests care about."""
    query = parse_qs(urlsplit(path).query, keep_blank_values=True)
    if "uploads" in query:
        return {"GET": "ListMultipartUploads", "POST": "CreateMultipartUpload"}[method]
    if "uploadId" in query:
        return {"PUT": "UploadPart", "POST": "CompleteMultipartUpload", "DELETE": "AbortMultipartUpload"}[method]
    if "list-type" in query:
        return "ListObjectsV2"
    return {"PUT": "PutObject", "GET": "GetObject"}.get(method, method)


class Proxy(ThreadingHTTPServer):
    """Hands requests on, but for those of operations that have a fault."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.target = urlsplit(target).netloc
        self.url = "http://{}:{}".format(*self.server_address)
        self.faults: dict[str, Fault] = {}
        self.seen: list[str] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        name = operation(self.command, self.path)
        self.server.seen.append(name)
        fault = self.server.faults.get(name)
        if fault is None or fault.forward:
            status, headers, data = self.forward(body)
        if fault is not None and fault.drop:
            self.close_connection = True
            self.connection.close()
            return
        if fault is not None:
            status, headers, data = fault.status, [("Content-Type", "application/xml")], fault.body()
        self.send_response_only(status)
        for key, value in headers:
            if key.lower() not in {"content-length", "transfer-encoding", "connection"}:
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815 - http.server's names

    def forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.server.target)
        try:
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def proxy_before(target: str) -> Iterator[Proxy]:
    proxy = Proxy(target)
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()
