"""The scenario: the steps of the demo in their order, and its judgement."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from backhaul.cli.demo import report
from backhaul.cli.demo.agreement import disagreements
from backhaul.cli.demo.asking import ask
from backhaul.cli.demo.audit import Finding, Holdings, audit
from backhaul.cli.demo.changes import change_everywhere
from backhaul.cli.demo.correcting import correct
from backhaul.cli.demo.delivering import deliver
from backhaul.cli.demo.examples import find_examples
from backhaul.cli.demo.loading import load_export
from backhaul.cli.demo.narrator import Narrator
from backhaul.cli.demo.outage import outage
from backhaul.cli.demo.signals import asked_to_end
from backhaul.cli.demo.stage import Stage, stage
from backhaul.cli.demo.working_folder import working_folder
from backhaul.cli.output import Output
from backhaul.sdk.errors import BackhaulError

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

    Its files are in a temporary folder, which stays only if something went wrong, or in `keep`, which must be
    new or empty. Raises DemoFailedError when a back office does not hold what it should, ConfigurationError
    without the examples, and KeyboardInterrupt when it is asked to end.
    """
    examples = find_examples()
    narrator = Narrator(output)
    with asked_to_end(), working_folder(keep) as folder:
        narrator.say(f"working in {folder}")
        narrator.chapter("Start two simulated back offices and the gateway, each on a port of its own")
        with stage(folder, examples, narrator) as ready:
            findings, wrong = _played(ready)
        for finding in findings:
            report.show(narrator, finding)
        output.document(report.document(findings, wrong, narrator.seconds))
        if wrong:
            raise DemoFailedError(f"The two sides differ: {'; '.join(wrong)}.")
    output.say("")
    output.say(
        f"Everything is where it belongs, once, and equal on both sides ({narrator.seconds:.0f} seconds)."
    )


def _played(stage: Stage) -> tuple[list[Finding], list[str]]:
    """Play every step; what each back office holds at the end, and all that is wrong."""
    for name, simulator in stage.simulators.items():
        manners = "works badly, as planned" if simulator.faulty else "works well"
        stage.narrator.say(f"{name} at {simulator.url} {manners}")
    stage.narrator.say(f"the gateway at {stage.gateway.url}; the deployment file is {stage.deployment}")
    for step in STEPS:
        step(stage)
    return _judged(stage)


def _judged(stage: Stage) -> tuple[list[Finding], list[str]]:
    stage.narrator.chapter("Compare what each back office holds with what the front office believes")
    held = {
        name: Holdings(simulator.objects(), simulator.journal())
        for name, simulator in stage.simulators.items()
    }
    findings = [audit(stage.backhaul, name, holdings) for name, holdings in held.items()]
    one, other = (holdings.objects for holdings in held.values())
    resources = {compared.resource for finding in findings for compared in finding.compared}
    apart = list(disagreements(one, other, sorted(resources)))
    wrong = [text for finding in findings for text in finding.wrong]
    wrong += [f"the two back offices have another {text}" for text in apart]
    for name, simulator in stage.simulators.items():
        if given_up := simulator.events().given_up:
            wrong.append(f"{name} could not deliver {given_up} events")
    stage.narrator.say(
        f"objects that differ from one back office to the other, read without mapping: {len(apart)}"
    )
    return findings, wrong
