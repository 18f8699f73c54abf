"""The page at ``/``: what runs here and how to point a client at it. No script, and a policy that allows none."""

import base64
import hashlib
import html
import re
from collections.abc import Iterable
from importlib.resources import files

from aiohttp import web

from simexchange.gateway.words import iso
from simexchange.runtime.exchange import Exchange

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class Page:
    """The start page, filled in for each request."""

    def __init__(self, exchange: Exchange, dialects: Iterable[str]) -> None:
        self._exchange = exchange
        self._dialects = ", ".join(dialects) or "none"
        self._text = files("simexchange").joinpath("terminal/index.html").read_text("utf-8")
        self._headers = {
            "Content-Security-Policy": _policy(self._text),
            "Content-Type": "text/html; charset=utf-8",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }

    def respond(self, request: web.BaseRequest) -> web.Response:
        if request.method not in {"GET", "HEAD"}:
            return web.Response(status=405, headers={"Allow": "GET, HEAD"})
        exchange = self._exchange
        # The Host header has passed the allow-list, and is escaped all the same.
        host = request.headers.get("Host", "localhost")
        values = {
            "url": f"http{'s' * request.secure}://{host}",
            "ws_url": f"ws{'s' * request.secure}://{host}",
            "time": iso(exchange.now()),
            "seq": str(exchange.durable_seq),
            "markets": ", ".join(market.spec.id for market in exchange.state.markets.values()) or "none yet",
            "dialects": self._dialects,
        }
        text = self._text
        for name, value in values.items():
            text = text.replace("{{" + name + "}}", html.escape(value))
        return web.Response(body=text.encode(), headers=self._headers)


def _policy(text: str) -> str:
    """Everything is forbidden but the page's own style, named by its digest."""
    styles = (hashlib.sha256(style.encode()).digest() for style in _STYLE.findall(text))
    sources = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in styles)
    return (
        f"default-src 'none'; style-src {sources}; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
