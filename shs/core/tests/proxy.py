"""A TCP proxy in front of a real server, to simulate that the server is killed or frozen."""

import socket
import threading
from contextlib import suppress
from typing import Any


class Proxy:
    """Context manager: forwards connections on `port` of 127.0.0.1 to `target`.

    `freeze()` keeps all connections open, accepts new ones, and forwards nothing; `kill()` closes all and refuses new
    ones; `mend()` forwards again, also on connections that were frozen.
    """

    def __init__(self, target: tuple[str, int]):
        self.target = target
        self.flows = threading.Event()
        self.flows.set()
        self.is_over = False
        self.sockets: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self.listener.getsockname()[1])

    def __enter__(self) -> "Proxy":
        self._serve()
        return self

    def __exit__(self, *error: Any) -> None:
        self.is_over = True
        self.flows.set()
        self.kill()

    def freeze(self) -> None:
        self.flows.clear()

    def kill(self) -> None:
        for end in [self.listener, *self.sockets]:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.sockets = []

    def mend(self) -> None:
        self.flows.set()
        if self.listener.fileno() == -1:
            self.listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
            self._serve()

    def _serve(self) -> None:
        threading.Thread(target=self._listen, args=(self.listener,), daemon=True).start()

    def _listen(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _address = listener.accept()
                server = socket.create_connection(self.target)
                self.sockets += [client, server]
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._forward, args=(source, sink), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self.flows.wait()
                if self.is_over:
                    break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
