"""Steps are said to whoever listens, with the time."""

from experiments.steps import step, told


def test_steps_have_their_time_and_silence_is_the_default() -> None:
    """Nothing is said before and after; in between each line has minutes and seconds."""
    said: list[str] = []
    times = iter((0.0, 2.5, 125.0))
    step("before")
    with told(said.append, clock=lambda: next(times)):
        step("features")
        step("claims")
    step("after")
    assert said == ["  0:02  features", "  2:05  claims"]
