"""How often an address may ask."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.web.api.rate_limit import MOST_ADDRESSES, RateLimit, network_of


def test_half_of_a_minutes_requests_at_once_and_then_by_time() -> None:
    limit = RateLimit(60)
    assert [limit.delay("10.0.0.1", 0.0) for _ in range(30)] == [0.0] * 30
    assert limit.delay("10.0.0.1", 0.0) == 1.0
    assert limit.delay("10.0.0.2", 0.0) == 0.0, "each address has its own"
    assert limit.delay("10.0.0.1", 0.5) == 0.5
    assert limit.delay("10.0.0.1", 1.0) == 0.0
    assert limit.delay("10.0.0.1", 1.0) == 1.0


@settings(max_examples=40)
@given(
    per_minute=st.integers(1, 600), gaps=st.lists(st.floats(0, 30, allow_nan=False, allow_subnormal=False), max_size=60)
)
def test_no_more_than_is_allowed_and_who_waits_is_let_in(per_minute: int, gaps: list[float]) -> None:
    limit, now, admitted = RateLimit(per_minute), 0.0, 0
    for gap in gaps:
        now += gap
        if delay := limit.delay("a", now):
            now += delay + 1e-6
            assert limit.delay("a", now) == 0.0
        admitted += 1
    assert admitted <= max(1.0, per_minute / 2) + now * per_minute / 60 + 1


def test_what_is_kept_is_bounded() -> None:
    limit = RateLimit(2)
    assert limit.delay("first", 0.0) == 0.0
    assert limit.delay("first", 0.0) > 0
    for number in range(MOST_ADDRESSES):
        limit.delay(f"address {number}", 0.0)
    assert limit.delay("first", 0.0) == 0.0, "it is forgotten"


def test_a_subscriber_has_one_bucket() -> None:
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") != network_of("192.0.2.2")
    assert network_of("") == ""
