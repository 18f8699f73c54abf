"""Chance as a function, and the mathematics under it."""

import math
from statistics import NormalDist, fmean, pstdev

import pytest
from hypothesis import given, strategies as st

from simexchange.feeds.synthetic.draws import Stream, bits, heaviness, normal, normal_quantile, pareto, stream, uniform
from simexchange.feeds.synthetic.series import exp, log, power


def test_the_generator_is_splitmix64() -> None:
    """The first outputs for state 0, as published with the reference implementation (prng.di.unimi.it)."""
    assert [bits(Stream(0), k) for k in range(3)] == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_streams_of_one_seed_and_seeds_of_one_stream_are_different() -> None:
    keys = {stream(seed, name) for seed in (1, 2, 3) for name in ("a", "b", "ab")}

    assert len(keys) == 9


def test_a_draw_does_not_depend_on_the_draws_before_it() -> None:
    """Counter-based: asked backwards, the answers are the same."""
    key = stream(7, "x")

    forwards = [bits(key, k) for k in range(100)]
    backwards = [bits(key, k) for k in reversed(range(100))]

    assert forwards == backwards[::-1]


# Every bit counts: these are the same on every platform and Python, or histories are not.
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (log(60_000.0), "0x1.601133afa9916p+3"),
        (log(1e-9), "-0x1.4b927f32bffb8p+4"),
        (exp(-0.35), "0x1.68cce09671f71p-1"),
        (exp(11.0), "0x1.d3c4488ee4f7fp+15"),
        (normal_quantile(0.975), "0x1.f5c0331eeff82p+0"),
        (normal_quantile(1e-12), "-0x1.c234fba57a32ap+2"),
        (normal_quantile(1e-6), "-0x1.30381a9799f7ep+2"),
    ],
)
def test_results_are_the_same_to_the_last_bit(value: float, expected: str) -> None:
    assert value.hex() == expected


@given(st.floats(min_value=1e-30, max_value=1e30))
def test_the_logarithm_is_that_of_the_library_but_for_rounding(x: float) -> None:
    assert log(x) == pytest.approx(math.log(x), rel=4e-15, abs=4e-15)


@given(st.floats(min_value=-40.0, max_value=40.0))
def test_the_exponential_is_that_of_the_library_but_for_rounding(x: float) -> None:
    assert exp(x) == pytest.approx(math.exp(x), rel=8e-15)


def test_powers_are_what_they_say() -> None:
    assert power(8.0, 1 / 3) == pytest.approx(2.0, rel=1e-14)


@given(st.floats(min_value=1e-14, max_value=1 - 1e-14))
def test_the_normal_quantile_inverts_the_normal_distribution(p: float) -> None:
    assert normal_quantile(p) == pytest.approx(NormalDist().inv_cdf(p), rel=1e-9, abs=1e-9)


def test_uniform_draws_fill_the_unit_interval_evenly() -> None:
    key = stream(3, "uniform")
    counts = [0] * 10

    for k in range(20_000):
        counts[int(uniform(key, k) * 10)] += 1

    assert all(abs(count - 2_000) < 200 for count in counts)


def test_normal_draws_have_mean_zero_and_variance_one() -> None:
    key = stream(3, "normal")
    values = [normal(key, k) for k in range(20_000)]

    assert abs(fmean(values)) < 0.03
    assert abs(pstdev(values) - 1.0) < 0.03


def test_heavy_shocks_have_the_variance_and_the_tails_of_a_student_t_of_five() -> None:
    """Beyond four deviations a t(5) of unit variance puts 0.36 % of its weight, a normal 0.006 %."""
    heavy, plain = stream(3, "heavy"), stream(3, "plain")
    values = [heaviness(heavy, 3 * k) * normal(plain, k) for k in range(30_000)]

    beyond = sum(abs(value) > 4.0 for value in values) / len(values)

    assert abs(pstdev(values) - 1.0) < 0.05
    assert 0.002 < beyond < 0.006


def test_pareto_draws_have_their_tail_and_their_cut() -> None:
    """P(X > 4) is 4**-1.5 = 1/8."""
    key = stream(3, "pareto")
    values = [pareto(key, k, 1.5, 100.0) for k in range(20_000)]

    assert min(values) >= 1.0
    assert max(values) == 100.0
    assert abs(sum(value > 4.0 for value in values) / len(values) - 0.125) < 0.01
