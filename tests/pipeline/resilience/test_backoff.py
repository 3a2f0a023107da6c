"""How long is waited between attempts."""

from pipeline.resilience.backoff import backoff_delay


def test_the_first_attempt_is_made_at_once_and_the_pauses_double_up_to_a_bound() -> None:
    assert [backoff_delay(n, jitter=0.0) for n in range(6)] == [0, 0.25, 0.5, 1, 2, 2]
    assert backoff_delay(10_000, jitter=0.0) == 2
    assert backoff_delay(1, jitter=0.0, first=0.1) == 0.1


def test_bots_that_lost_the_same_server_do_not_come_back_at_once() -> None:
    assert backoff_delay(1, jitter=0.99) < 0.6 * backoff_delay(1, jitter=0.0)
