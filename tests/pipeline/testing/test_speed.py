"""What a long scene costs."""

import time

from pipeline.testing import Scene


def test_ten_minutes_of_talk() -> None:
    """Prints (pytest -rP) what they took: that depends on the machine, and fails nothing."""
    scene = Scene()
    scene.llm.says_only("That is a very good question, and the answer to it is not known to me at all, I am sorry.")
    for number in range(60):
        scene.person.says(f"This is question number {number}.", at=1.0 + 10.0 * number)
    began_at, cpu_at = time.perf_counter(), time.process_time()
    scene.run(until=600.0)
    took, cpu = time.perf_counter() - began_at, time.process_time() - cpu_at
    print(f"600 s of talk, {len(scene.history)} messages: {took:.2f} s, {cpu:.2f} s of a core")
    assert len(scene.history) == 120
