"""The page at ``/``: what runs here and how to point a client at it. No script, and a policy that allows none."""

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files

from aiohttp import web

from simexchange.dialects.contract import Auth
from simexchange.gateway.calls import Target
from simexchange.gateway.words import iso
from simexchange.runtime.exchange import Exchange

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class Page:
    """The start page, filled in for each request."""

    def __init__(self, exchange: Exchange, targets: Iterable[Target]) -> None:
        self._exchange = exchange
        self._targets = tuple(targets)
        self._venues = ", ".join(dict.fromkeys(each.dialect.name for each in self._targets)) or "none"
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
        url, ws_url = (f"{scheme}{'s' * request.secure}://{host}" for scheme in ("http", "ws"))
        values = {
            "url": url,
            "time": iso(exchange.now()),
            "seq": str(exchange.durable_seq),
            "markets": ", ".join(market.spec.id for market in exchange.state.markets.values()) or "none yet",
            "venues": self._venues,
            "tries": "\n".join(_tries(self._targets, url)),
        }
        filled = {name: html.escape(value) for name, value in values.items()}
        text = _filled(self._text, {**filled, "places": "\n".join(_places(self._targets, url, ws_url))})
        return web.Response(body=text.encode(), headers=self._headers)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], text)


def _places(targets: Iterable[Target], url: str, ws_url: str) -> Iterable[str]:
    """Rows of a table: where each product is, by REST and by sockets."""
    for target in targets:
        start, mount, product = "" if target.venue.at_root else target.venue.prefix, target.mount, target.product
        paths = [url + start + path for path in product.rest_prefixes]
        if mount.streams:
            ends = ("",) if mount.by_message else ("/ws", "/stream")
            paths += [ws_url + start + mount.streams + end for end in ends]
        if mount.api:
            paths.append(ws_url + start + mount.api)
        shown = " · ".join(f"<code>{html.escape(path)}</code>" for path in paths)
        name = html.escape(f"{target.dialect.name} {product.name}")
        yield f'<tr><th scope="row">{name}</th><td>{shown}</td></tr>'


def _tries(targets: Iterable[Target], url: str) -> Iterable[str]:
    """What the time is, as each venue's own call tells it: a line to be pasted for each."""
    tried = set()
    for target in targets:
        for route in target.product.routes:
            if target.dialect.name not in tried and route.auth is Auth.NONE and route.path.endswith("/time"):
                tried.add(target.dialect.name)
                yield f"curl {url}{'' if target.venue.at_root else target.venue.prefix}{route.path}"


def _policy(text: str) -> str:
    """Everything is forbidden but the page's own style, named by its digest."""
    styles = (hashlib.sha256(style.encode()).digest() for style in _STYLE.findall(text))
    sources = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in styles)
    return (
        f"default-src 'none'; style-src {sources}; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
