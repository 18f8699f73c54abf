"""A line between a client and the exchange that can be cut: for clients whose sockets nothing in Python can reach."""

import asyncio
import re
import threading
from urllib.parse import urlsplit


class Relay:
    """Listens at an own port of this machine and passes bytes on to *ws_url*'s host and port, in a thread."""

    def __init__(self, ws_url: str, watched: bytes = b"(?!)") -> None:
        """*watched*: a pattern of what the exchange says."""
        parts = urlsplit(ws_url)
        self._to = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._watched = re.compile(watched)
        self.seen: re.Match[bytes] | None = None
        """The first of what is watched that passed since the lines were cut last."""
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop)
        port = server.result(10).sockets[0].getsockname()[1]
        self.ws_url = f"ws://127.0.0.1:{port}"
        """Instead of the exchange's own."""

    def cut(self) -> int:
        """Break every connection as a bad line does, without a goodbye; how many there were."""
        done = asyncio.run_coroutine_threadsafe(self._cut(), self._loop)
        return done.result(10)

    async def _cut(self) -> int:
        writers = list(self._open)
        for writer in writers:
            writer.transport.abort()
        self.seen = None
        return len(writers) // 2

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._to)
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer, watch=True))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, watch: bool = False) -> None:
        self._open.add(writer)
        try:
            while data := await reader.read(65_536):
                if watch and self.seen is None and not writer.transport.is_closing():
                    self.seen = self._watched.search(data)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()
