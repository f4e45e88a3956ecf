"""The scenario: the steps of the demo in their order, and its judgement."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from backhaul.cli.demo import quiet, report
from backhaul.cli.demo.asking import ask
from backhaul.cli.demo.audit import Finding, Holdings, audit
from backhaul.cli.demo.changes import change_everywhere
from backhaul.cli.demo.correcting import correct
from backhaul.cli.demo.delivering import deliver
from backhaul.cli.demo.examples import Examples, find_examples
from backhaul.cli.demo.loading import load_export
from backhaul.cli.demo.narrator import Narrator
from backhaul.cli.demo.outage import outage
from backhaul.cli.demo.stage import Stage, stage
from backhaul.cli.output import Output
from backhaul.sdk.errors import BackhaulError, ConfigurationError

STEPS: tuple[Callable[[Stage], None], ...] = (
    load_export,
    deliver,
    correct,
    outage,
    change_everywhere,
    ask,
)


class DemoFailedError(BackhaulError):
    """Something is not as it must be at the end."""


def run(output: Output, *, keep: Path | None = None) -> None:
    """Play the demo and show its tables; everything that it starts is stopped, whatever happens.

    Its files are in a temporary folder, or stay in `keep`, which must be new or empty. Raises DemoFailedError
    when a back office does not hold what it should, ConfigurationError without the examples, and
    KeyboardInterrupt when it is asked to end.
    """
    examples = find_examples()
    narrator = Narrator(output)
    with _asked_to_end(), _folder(keep) as folder:
        narrator.say(f"working in {folder}")
        findings = _played(folder, examples, narrator)
    _judge(findings, narrator)


def _played(folder: Path, examples: Examples, narrator: Narrator) -> list[Finding]:
    narrator.chapter("Start two simulated back offices and the gateway, each on a port of its own")
    with stage(folder, examples, narrator) as ready:
        for name, simulator in ready.simulators.items():
            manners = "works badly, as planned" if simulator.faulty else "works well"
            narrator.say(f"{name} at {simulator.url} {manners}")
        narrator.say(f"the gateway at {ready.gateway.url}; the deployment file is {ready.deployment}")
        for step in STEPS:
            step(ready)
        narrator.chapter("Compare what each back office holds with what the front office believes")
        quiet.wait(ready)
        return [
            audit(ready.backhaul, name, Holdings(simulator.objects(), simulator.journal()))
            for name, simulator in ready.simulators.items()
        ]


def _judge(findings: list[Finding], narrator: Narrator) -> None:
    for finding in findings:
        report.show(narrator, finding)
    narrator.output.document(report.document(findings, narrator.seconds))
    wrong = [text for finding in findings for text in finding.wrong]
    if wrong:
        raise DemoFailedError("The two sides differ: " + "; ".join(wrong) + ".")
    narrator.output.say(f"\nEverything is where it belongs, once, and equal on both sides ({narrator.seconds:.0f} s).")


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="backhaul-demo-") as name:
            yield Path(name)
        return
    keep.mkdir(parents=True, exist_ok=True)
    if any(keep.iterdir()):
        msg = "The folder is not empty; the demo begins with an empty one."
        raise ConfigurationError(msg, file=str(keep), hint="Name a folder that does not exist yet.")
    yield keep.resolve()


@contextmanager
def _asked_to_end() -> Iterator[None]:
    """SIGTERM and a closed terminal end it as Ctrl-C does, so that what was started is stopped."""

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
