"""A server that answers every request after exactly so many milliseconds, with almost no work of its own.

python -m benchmarks.server PORT MILLISECONDS
"""

from __future__ import annotations

import heapq
import select
import socket
import sys
import time

BODY = b'{"shop": {"id": 1, "name": "Acme"}}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (
    len(BODY),
    BODY,
)


def serve(port: int, delay: float) -> None:
    """Answers on every address of loopback, until it is ended."""
    listener = socket.create_server(("0.0.0.0", port), backlog=4096)
    listener.setblocking(False)
    poll = select.epoll()
    poll.register(listener.fileno(), select.EPOLLIN)
    open_: dict[int, socket.socket] = {}
    due: list[tuple[float, int]] = []
    while True:
        pause = max(0.0, due[0][0] - time.perf_counter()) if due else 1.0
        for fd, _ in poll.poll(pause):
            if fd == listener.fileno():
                accept(listener, poll, open_)
            else:
                poll.unregister(fd)
                if open_[fd].recv(65536):
                    heapq.heappush(due, (time.perf_counter() + delay, fd))
                else:
                    open_.pop(fd).close()
        while due and due[0][0] <= time.perf_counter():
            connection = open_.pop(heapq.heappop(due)[1])
            connection.send(ANSWER)
            connection.close()


def accept(listener: socket.socket, poll: select.epoll, open_: dict[int, socket.socket]) -> None:
    for _ in range(64):
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            return
        connection.setblocking(False)
        open_[connection.fileno()] = connection
        poll.register(connection.fileno(), select.EPOLLIN)


if __name__ == "__main__":
    serve(int(sys.argv[1]), float(sys.argv[2]) / 1000)
