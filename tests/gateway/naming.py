"""A client that takes a venue's host names for ours, as with a hosts file: its names lead to 127.0.0.1."""

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from simexchange.gateway.tls import Authority


class HostsFile(AbstractResolver):
    """Every name is this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None: ...


@asynccontextmanager
async def client(authority: Authority) -> AsyncIterator[aiohttp.ClientSession]:
    """Trusts the authority and nothing else."""
    context = ssl.create_default_context(cafile=str(authority.ca))
    connector = aiohttp.TCPConnector(ssl=context, resolver=HostsFile())
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session
