"""The command line of this simulator."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from backhaul.sdk.simulator import command
from backhaul.sdk.simulator.server import SimulatorServer
from backhaul_rest_backoffice.simulator.service import BASE_PATHS, ServiceOptions, TmfService
from backhaul_rest_backoffice.simulator.system import Options


def main(argv: Sequence[str] | None = None) -> int:
    """Run until a signal; the exit status."""
    return command.main(_built, argv, _arguments)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bearer-token", help="refuse clients that do not present this token")
    parser.add_argument("--listener-token", help="present this token to every registered callback")
    parser.add_argument("--our-id", default="backhaulId", help="name of the characteristic that holds our id")
    parser.add_argument("--upper-names", action="store_true", help="write all names in capital letters")


def _built(options: command.Options) -> SimulatorServer:
    given = options.arguments
    service = ServiceOptions(
        host=options.host,
        port=options.port,
        control_port=options.control_port,
        bearer_token=given.bearer_token,
        listener_token=given.listener_token,
        faults=options.faults,
    )
    system = Options(given.upper_names, given.our_id, BASE_PATHS)
    return TmfService(service, system).server
