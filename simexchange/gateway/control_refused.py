"""The part of the control API that tells why requests were refused before anybody looked at what they asked."""

from typing import Any

from simexchange.gateway.control import Endpoint, Query
from simexchange.gateway.refused import RefusedCalls, RefusedList


class RefusedActs:
    """What `simexchange doctor` asks."""

    def __init__(self, refused: RefusedCalls) -> None:
        self._refused = refused

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (
            Endpoint(
                method="GET",
                path="/refused",
                act=self.refused,
                gives=RefusedList,
                summary="The last requests refused for their key, time or signature, and what was wrong with each",
                query={"api_key": "only those with this key"},
            ),
        )

    async def refused(self, query: Query, _body: Any) -> RefusedList:
        """Oldest first."""
        asked = query.get("api_key")
        return RefusedList(calls=[call for call in self._refused if asked is None or call.api_key == asked])
