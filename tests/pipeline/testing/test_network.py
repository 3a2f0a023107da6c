"""A network that loses and delays the person's voice."""

import pytest

from pipeline.testing import Scene
from pipeline.testing.network import Network


def heard(**network: float) -> Scene:
    scene = Scene(**network)  # type: ignore[arg-type]
    for number in range(10):
        scene.person.says("I would like to know how late it is in the old town.", at=1.0 + 9 * number)
    return scene.run()


def test_words_of_which_too_little_arrives_are_not_understood() -> None:
    scene = heard(loss=0.4, seed=3)
    understood = scene.person.understandable
    assert 40 < len(understood) < 125, "of 130"
    assert scene.person_text.split() == understood


def test_a_little_loss_takes_no_word() -> None:
    assert len(heard(loss=0.05, seed=3).person_text.split()) == 130


def test_a_late_voice_is_understood_and_answered_a_little_later() -> None:
    late, steady = heard(jitter=0.1), heard()
    assert late.person_text == steady.person_text
    assert sum(late.answer_delays) > sum(steady.answer_delays)


def test_the_seed_decides() -> None:
    assert heard(loss=0.4, seed=1).person_text == heard(loss=0.4, seed=1).person_text
    assert heard(loss=0.4, seed=1).person_text != heard(loss=0.4, seed=2).person_text


def test_so_many_packets_are_lost() -> None:
    network = Network(0.1, 0.0, seed=0)
    lost = sum(end - start for start, end in network.lost(0.0, 200.0))
    assert lost == pytest.approx(20.0, rel=0.1)
    assert list(network.lost(0.0, 200.0)) == [gap for n in range(100) for gap in network.lost(2.0 * n, 2.0 * (n + 1))]
