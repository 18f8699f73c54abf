"""`simexchange serve`, with one more path: ``/constant`` answers ``{"ok":true}`` before any of our code has a say.

    python servedchild.py [serve's options]

It shows what the HTTP library alone costs, in the same process and the same minute.
"""

import sys
from typing import Any

import click
from aiohttp import web

from simexchange.cli.options import exchange_options, read_options
from simexchange.cli.session import Session
from simexchange.gateway.server import Server

BODY = b'{"ok":true}'
HEADERS = {"Content-Type": "application/json"}


def with_constant_route(server: Server) -> None:
    """Let *server* answer ``/constant`` on connections made from now on."""
    carrier: Any = server._webs[0]
    inner = carrier.request_handler

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.raw_path == "/constant":
            return web.Response(body=BODY, headers=HEADERS)
        answer: web.StreamResponse = await inner(request)
        return answer

    carrier.request_handler = handle


async def work(session: Session) -> None:
    with_constant_route(session.server)


@click.command()
@exchange_options
def main(**given: Any) -> None:
    Session(read_options(given)).run(work)


if __name__ == "__main__":
    sys.exit(main())
