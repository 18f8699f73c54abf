"""Listeners to streams: so many connections, opened and closed as one is told.

Run as a process of its own (``python listeners.py PORT COUNT STREAMS``), so that it does not share the server's
interpreter. ``open`` on standard input is answered with ``open`` once all of them are there; the next line closes them
and is answered with how many envelopes and bytes came since the start. Any other line ends it.
"""

import asyncio
import sys


class Listener(asyncio.Protocol):
    """Reads whatever comes, and counts bytes and envelopes."""

    total = 0
    frames = 0

    def __init__(self, handshake: bytes) -> None:
        self._handshake = handshake
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        """The first line that comes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._handshake)

    def data_received(self, data: bytes) -> None:
        if not self.answer.done():
            self.answer.set_result(data.partition(b"\r\n")[0])
        Listener.total += len(data)
        Listener.frames += data.count(b'{"stream":')


async def listen(port: int, count: int, streams: str) -> None:
    """Open and close *count* connections as told on standard input; say what came."""
    handshake = (
        f"GET /spot/stream?streams={streams} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    for line in iter(sys.stdin.readline, ""):
        if line != "open\n":
            return
        opened = []
        for _ in range(count):
            transport, listener = await loop.create_connection(lambda: Listener(handshake), "127.0.0.1", port)
            opened.append(transport)
            answer = await listener.answer
            if not answer.startswith(b"HTTP/1.1 101 "):
                print(answer.decode(), flush=True)
                return
        print("open", flush=True)
        await loop.run_in_executor(None, sys.stdin.readline)
        for transport in opened:
            transport.close()
        await asyncio.sleep(0.05)
        print(Listener.frames, Listener.total, flush=True)


if __name__ == "__main__":
    asyncio.run(listen(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
