"""Published commissions, by a trade of a market with those rates."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from simexchange.core import fees
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import Bundle, Commission, Filters, Market, MarketKind, MarketRules
from simexchange.core.vocabulary.orders import AccountOption, OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, Rate
from tests.core.world import World, only

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.vocabulary.ids import MarketNo

Inputs = dict[str, Any]


def u(text: str) -> Any:
    """Decimal text in units, exactly."""
    value = Decimal(text) * ONE
    assert value == value.to_integral_value(), text
    return int(value)


def part(given: dict[str, str]) -> Commission:
    """One kind of commission."""
    return Commission(**{name: Rate(u(value)) for name, value in given.items()})


class Shop:
    """A pair that trades at any price and size under given rates, with a taker who has enough of everything."""

    def __init__(self, kind: MarketKind, standard: Commission, tax: Commission, special: Commission) -> None:
        self.world = World(cash=0)
        self.world.run(cmd.AdoptBundle(Bundle("binance", discount_asset="BNB")))
        rules = MarketRules(
            Filters(), standard.maker, standard.taker, buyer=standard.buyer, seller=standard.seller, special=special,
            tax=tax,
        )  # fmt: skip
        self.market = self.lists(kind, "XYZ", rules)
        self.standard = standard
        for person in (self.world.maker, self.world.taker):
            for asset in ("XYZ", "USDT"):
                for wallet in ("spot", "usdm"):
                    self.world.run(cmd.Deposit(person.no, wallet, asset, Amount(10**9 * ONE)))

    def lists(self, kind: MarketKind, base: str, rules: MarketRules) -> MarketNo:
        """List a market with those rules."""
        name = f"{'spot' if kind is MarketKind.SPOT else 'perp'}:{base}-USDT"
        index = "" if kind is MarketKind.SPOT else f"{base}-USDT"
        self.world.run(cmd.ListMarket(Market(name, kind, base, "USDT", "USDT", Price(1), Quantity(1), index=index)))
        no = self.world.state.market_no[name]
        self.world.run(cmd.SetRules("binance", no, rules))
        return no

    def pays_in_bnb(self, price: str, *, discount: str, futures: bool = False) -> None:
        """The taker has BNB and pays with it; BNB trades at *price*."""
        world = self.world
        bundle = Bundle(
            "binance", discount_asset="BNB", discount_spot=Rate(u(discount)), discount_futures=Rate(u(discount))
        )
        world.run(cmd.AdoptBundle(bundle))
        coin = self.lists(MarketKind.SPOT, "BNB", MarketRules(Filters(), Rate(0), Rate(0)))
        for person in (world.maker, world.taker):
            for wallet in ("spot", "usdm"):
                world.run(cmd.Deposit(person.no, wallet, "BNB", Amount(10**6 * ONE)))
        self.trades(coin, Side.BUY, "1", price)
        option = AccountOption.DISCOUNT_FUTURES if futures else AccountOption.DISCOUNT_SPOT
        world.run(cmd.SetAccountOption(world.taker.no, option, 1))

    def trades(self, market: MarketNo, side: Side, qty: str, price: str) -> ev.Fill:
        """The taker takes *qty* at *price*; its side of the trade."""
        world = self.world
        for person, way in ((world.maker, Side(-side)), (world.taker, side)):
            order = cmd.PlaceOrder(
                person.no, market, way, OrderKind.LIMIT, Quantity(u(qty)), Price(u(price)), TimeInForce.GTC
            )
            events = world.run(order)
        fill = only(events, ev.TradeExecuted)[0].taker
        assert isinstance(fill, ev.Fill)
        return fill


def of_spot(i: Inputs) -> Shop:
    """A spot market with the rates of a case."""
    return Shop(MarketKind.SPOT, part(i["standard"]), part(i["tax"]), part(i["special"]))


def in_quote(i: Inputs) -> dict[str, object]:
    """Each part by the tariff, and the whole as the trade charged it."""
    shop = of_spot(i)
    fill = shop.trades(shop.market, Side.SELL, i["qty"], i["price"])
    worth = Decimal(fill.cum_quote) / ONE
    tables = fees.parts(
        shop.world.state.accounts[fill.account], shop.market, shop.world.state.rules["binance", shop.market]
    )
    standard, special, tax = (worth * (table.taker + table.seller) / ONE for table in tables)
    return {
        "notional": worth, "standard": standard, "special": special, "tax": tax, "total": Decimal(fill.fee) / ONE,
    }  # fmt: skip


QUOTE_CASE: Inputs = {
    "price": "35000", "qty": "0.49975",
    "standard": {"maker": "0.0000001", "taker": "0.0000002", "buyer": "0.0000003", "seller": "0.0000004"},
    "tax": {"taker": "0.00000114", "seller": "0.00000116"},
    "special": {"taker": "0.02", "seller": "0.04"},
}  # fmt: skip
"""The order of the page's example, whose commissions in quote the BNB case starts from."""


def in_bnb(i: Inputs) -> dict[str, object]:
    """The same order with BNB: each part converted, and the whole as the trade charged it."""
    shop = of_spot(QUOTE_CASE)
    shop.pays_in_bnb(i["bnb_price"], discount=i["discount_field"])
    fill = shop.trades(shop.market, Side.SELL, QUOTE_CASE["qty"], QUOTE_CASE["price"])
    assert fill.fee_asset == "BNB"
    # The page shows twelve decimals of each part: worth × 10**4 gives them.
    worth, price, discount, fine = fill.cum_quote * 10**4, fill.fee_price, u(i["discount_field"]), ONE * 10**4

    def converted(standard: int, rest: int) -> Decimal:
        return Decimal(fees.due(worth, standard, rest, discount, price)) / fine

    return {
        "standard_bnb": converted(60, 0), "tax_bnb": converted(0, 230), "special_bnb": converted(0, 6_000_000),
        "total_bnb": Decimal(fill.fee) / ONE,
    }  # fmt: skip


def with_and_without_bnb(i: Inputs) -> dict[str, object]:
    """VIP 0 without, then with BNB."""
    shop = Shop(MarketKind.SPOT, Commission(taker=Rate(u(i["taker"]))), Commission(), Commission())
    without = shop.trades(shop.market, Side.BUY, i["qty"], i["price"])
    shop.pays_in_bnb(i["bnb_price"], discount=i["discount"])
    paid = shop.trades(shop.market, Side.BUY, i["qty"], i["price"])
    assert (without.fee_asset, paid.fee_asset) == ("XYZ", "BNB")
    return {"commission_base": Decimal(without.fee) / ONE, "commission_bnb": Decimal(paid.fee) / ONE}


def of_futures(i: Inputs) -> dict[str, object]:
    """A futures taker of that notional, without and with BNB in the futures wallet."""
    shop = Shop(MarketKind.PERPETUAL, Commission(taker=Rate(u(i["taker"]))), Commission(), Commission())
    without = shop.trades(shop.market, Side.BUY, "1", i["notional"])
    multiplier = str(1 - Decimal(i["bnb_discount"]))
    shop.pays_in_bnb(i["bnb_price"], discount=multiplier, futures=True)
    paid = shop.trades(shop.market, Side.BUY, "1", i["notional"])
    return {"usdt": Decimal(without.fee) / ONE, "bnb": Decimal(paid.fee) / ONE}


CASES: dict[str, Callable[[Inputs], dict[str, object]]] = {
    "spot_commission_quote": in_quote,
    "spot_commission_bnb": in_bnb,
    "spot_fee_vip0_bnb25": with_and_without_bnb,
    "fee_usdm_taker_bnb": of_futures,
}
