"""The shipped rules of mark prices and funding."""

import msgspec
import pytest

from simexchange.config import pricefiles
from simexchange.config.markets import preset
from simexchange.config.words import instant
from simexchange.core.soundness import fault_of_market
from simexchange.core.vocabulary.markets import MarketKind, MarkFormula
from simexchange.core.vocabulary.units import DAY, MINUTE, SECOND, Nanos
from simexchange.errors import ConfigError


def test_every_shipped_rule_has_a_source_and_makes_a_sound_market() -> None:
    """Of the kind that its name says."""
    perpetual = preset()["perp:BTC-USDT"].market
    dated = msgspec.structs.replace(
        perpetual, kind=MarketKind.DATED, funding_interval=Nanos(0), expiry=Nanos(DAY), prices=()
    )
    for name, rules in pricefiles.preset().items():
        market = dated if name.endswith("-dated") else perpetual
        assert fault_of_market(msgspec.structs.replace(market, prices=rules), 0) == "", name
        assert all(each.source for each in rules), name


def test_binance_changed_its_windows_on_a_day() -> None:
    """2025-09-18 08:01 UTC: sixty seconds before, thirty from then on, and only then the division by 8/N."""
    change = instant("2025-09-18T08:01:00Z", "")
    spec = msgspec.structs.replace(preset()["perp:BTC-USDT"].market, prices=pricefiles.named("binance-perpetual", ""))

    before, after = spec.prices_at(change - 1), spec.prices_at(change)

    assert (before.basis_window, before.divided, before.premium_every) == (60 * SECOND, False, 5 * SECOND)
    assert (after.basis_window, after.divided, after.premium_every) == (30 * SECOND, True, 5 * SECOND)
    assert spec.prices_at(instant("2025-05-02T08:00:00Z", "")).hourly_at_bound
    assert not spec.prices_at(instant("2025-05-02T07:59:59Z", "")).hourly_at_bound


def test_bybit_has_shapes_of_its_own() -> None:
    """Five minutes of basis for perpetuals, ten of a ratio for dated futures, premiums once a minute."""
    (perpetual,), (dated,) = (pricefiles.named(f"bybit-{kind}", "") for kind in ("perpetual", "dated"))

    assert (perpetual.formula, perpetual.basis_window) == (MarkFormula.MEDIAN, 5 * MINUTE)
    assert (perpetual.premium_every, perpetual.divided) == (MINUTE, False)
    assert (dated.formula, dated.basis_window) == (MarkFormula.AVERAGE_RATIO, 10 * MINUTE)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ('formula = "mean"', "x[0]: formula is median"),
        ('rounding = "up"', "rounding payer_up or truncated"),
        ('since = "then"', "x[0].since"),
        ('damper = "much"', "x[0].damper"),
        ('window = "1s"', "window"),
        ("= 1", "f.toml: "),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_by_name(line: str, names: str) -> None:
    """The file, the rules, their place and the key."""
    with pytest.raises(ConfigError) as refused:
        pricefiles.parse(f"[[rules.x]]\n{line}\n", "f.toml")

    assert names in str(refused.value)
