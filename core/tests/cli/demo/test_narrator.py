"""What the demo says where nobody watches."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backhaul.cli.demo.narrator import Narrator
from backhaul.cli.output import Output


def clock() -> tuple[list[float], Callable[[], float]]:
    now = [100.0]
    return now, lambda: now[0]


def test_chapters_are_numbered_and_lines_carry_the_time(capsys: pytest.CaptureFixture[str]) -> None:
    now, read = clock()
    narrator = Narrator(Output(), clock=read)
    narrator.chapter("Begin")
    now[0] += 1.25
    narrator.say("something [happens]")
    assert capsys.readouterr().out == "\n1. Begin\n  1.2s  something [happens]\n"


def test_progress_is_told_every_other_second_and_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    now, read = clock()
    narrator = Narrator(Output(), clock=read)
    with narrator.progress() as show:
        for done in range(1, 51):
            now[0] += 0.1
            show({"crm": (done, 50)})
    told = [line.split("  ")[-1] for line in capsys.readouterr().out.splitlines()]
    assert len(told) == 3
    assert told[-1] == "crm 50 of 50"


@pytest.mark.parametrize("output", [Output(machine=True), Output(quiet=True)])
def test_it_is_silent_where_nobody_wants_to_be_told(
    output: Output, capsys: pytest.CaptureFixture[str]
) -> None:
    narrator = Narrator(output)
    narrator.chapter("Begin")
    narrator.say("something")
    with narrator.progress() as show:
        show({"crm": (1, 1)})
    assert capsys.readouterr().out == ""
