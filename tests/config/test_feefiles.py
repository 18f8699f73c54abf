"""Fee files: what ships, what replaces it, and what is refused by file and key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simexchange.config.feefiles import parse, preset, read
from simexchange.config.opening import account_commands, parse_account
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.markets import MarketKind
from simexchange.errors import ConfigError
from tests.core.world import World

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'rules="binance"\nmarkets="spot"\ndate="2026-11-01"\nsource="invented"\n'
TIER = '[[tier]]\nname="ONE"\nmaker="0.001"\ntaker="0.002"\n'


def test_ten_tiers_of_spot_and_of_futures_ship_each_with_source_and_date() -> None:
    shipped = [table for table in preset() if table.rules == "binance"]
    tables = {table.kind: table for table in shipped if not table.inverse}

    assert [table.inverse for table in shipped] == [True, False, False]
    assert list(tables) == [MarketKind.SPOT, MarketKind.PERPETUAL]
    for table in shipped:
        assert list(table.tiers) == [f"VIP{number}" for number in range(10)]
        assert table.source
        assert table.date.startswith("20")
    assert tables[MarketKind.SPOT].tiers["VIP4"].taker == 90_000
    assert tables[MarketKind.PERPETUAL].tiers["VIP1"].maker == 16_000


def test_a_file_takes_the_place_of_the_shipped_table_of_its_kind(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(HEAD + TIER)

    tables = {table.kind: table for table in read([file]) if not table.inverse and table.rules == "binance"}

    assert list(tables[MarketKind.SPOT].tiers) == ["ONE"]
    assert "VIP0" in tables[MarketKind.PERPETUAL].tiers


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[tier", "no valid TOML"),
        (HEAD, "`tier`"),
        (HEAD.replace("binance", "nowhere") + TIER, "nowhere"),
        (HEAD.replace("spot", "options") + TIER, "options"),
        (HEAD + TIER + TIER, "ONE"),
        (HEAD + TIER.replace("ONE", "a tier"), "a tier"),
        (HEAD + TIER.replace('"0.002"', '"much"'), "ONE.taker"),
        (HEAD + TIER.replace('"0.001"', '"-0.0016"'), "rebate"),
        (HEAD + TIER + "colour=1", "colour"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(text: str, names: str) -> None:
    """A rebate of 0.16 % is above 0.2 % × 0.75, what a taker pays in BNB."""
    with pytest.raises(ConfigError) as refused:
        parse(text, "f.toml")

    assert str(refused.value).startswith("f.toml")
    assert names in str(refused.value)


def test_an_account_is_opened_with_the_rates_of_its_tier_in_every_market() -> None:
    world = World()
    commands = []
    for command in account_commands(parse_account("ann/VIP3:spot.USDT=5"), world.state, preset()):
        world.run(command)
        commands.append(command)

    given = [command for command in commands if isinstance(command, cmd.SetFees)]
    assert [(command.market, command.maker, command.taker) for command in given] == [
        (1, 70_000, 100_000), (2, 12_000, 32_000),
    ]  # fmt: skip
    account = world.state.accounts[world.state.account_no["ann"]]
    assert account.free("spot", "USDT") == 5 * 10**8


@pytest.mark.parametrize("text", ["ann/", "ann@binance/"])
def test_a_slash_without_a_tier_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="slash"):
        parse_account(text)


def test_an_unknown_tier_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="VIP0, VIP1"):
        list(account_commands(parse_account("ann/GOLD"), World().state, preset()))
