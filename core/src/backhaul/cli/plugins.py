"""`backhaul plugins`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from backhaul.cli.command import bound, command, group
from backhaul.cli.session import Session

if TYPE_CHECKING:
    from backhaul.host.discovery import Plugin
    from backhaul.sdk.adapter import Adapter
    from backhaul.sdk.settings import AdapterSettings

app = group("List the plugins; show what one of them can do.", invoke_without_command=True)


def listed(session: Session) -> None:
    """List the plugins that are installed; 'backhaul plugins show NAME' tells what one can do."""
    from backhaul.host.discovery import discover

    found = discover()
    rows = [_row(plugin) for plugin in found.plugins.values()]
    session.output.document(
        {
            "plugins": rows,
            "quarantined": [
                {"name": one.name, "distribution": one.distribution, "reason": one.reason}
                for one in found.quarantined
            ],
        }
    )
    session.output.table(
        ("plugin", "version", "has", "summary"),
        [(row["name"], row["version"], ", ".join(row["has"]), row["summary"]) for row in rows],
        empty="No plugin is installed.",
    )
    for one in found.quarantined:
        session.output.note(f"Not usable: {one}")


def _row(plugin: Plugin) -> dict[str, Any]:
    spec = plugin.spec
    parts = {"adapter": spec.adapter, "hooks": spec.hooks, "simulator": spec.simulator}
    return {
        "name": spec.name,
        "summary": spec.summary,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "contract": spec.contract,
        "has": [name for name, reference in parts.items() if reference],
    }


@app.callback()
def root(context: typer.Context) -> None:
    """List the plugins that are installed; show what one of them can do."""
    if context.invoked_subcommand is None:
        bound(listed)(context)


command(app, "list")(listed)


@command(app)
def show(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The plugin.")],
    back_office: Annotated[
        str | None,
        typer.Option("--backoffice", metavar="NAME", help="As this back office of the file configures it."),
    ] = None,
) -> None:
    """Show what a plugin can do: capabilities, wire fields, settings, what its system cannot do."""
    from backhaul.cli.manifest import manifest
    from backhaul.host.discovery import discover

    discovery = discover()
    adapter = _adapter(name)
    settings = _settings(session, back_office, name, adapter) if back_office else None
    document = {**_row(discovery.plugins[name]), **manifest(adapter, settings)}
    session.output.document(document)
    if not session.machine:
        _show(session, document)


def _adapter(name: str) -> type[Adapter[Any]]:
    from backhaul.host.discovery import Quarantined, discover
    from backhaul.host.registry import Registry
    from backhaul.sdk.errors import ConfigurationError, NotFoundError

    discovery = discover()
    found = Registry(discovery).adapter(name)
    if isinstance(found, Quarantined):
        known = name in discovery.plugins or any(one.name == name for one in discovery.quarantined)
        raise (ConfigurationError if known else NotFoundError)(f"P{str(found)[1:]}.")
    return found


def _settings(session: Session, back_office: str, name: str, adapter: type[Adapter[Any]]) -> AdapterSettings:
    from backhaul.config import load_deployment
    from backhaul.sdk.errors import NotFoundError

    deployment = load_deployment(session.deployment)
    settings = deployment.settings_for(back_office, adapter.settings_type)
    plugin = deployment.back_offices[back_office].plugin
    if plugin != name:
        msg = f"The back office {back_office} uses the plugin {plugin}, not {name}."
        raise NotFoundError(msg)
    return settings


def _show(session: Session, document: dict[str, Any]) -> None:
    out = session.output
    out.say(f"{document['name']} {document['version']} ({document['distribution']})")
    out.say(f"{document['summary']}.\n")
    out.fields(
        {
            "adapter": document["adapter"],
            "stamps": document["stamps"],
            "polls": ", ".join(document["poll_sources"]) or None,
        }
    )
    out.say("")
    out.table(
        ("entity", "role", "wire schema", "repeat", "probe", "embeds", "needs", "batch"),
        [
            (
                one["entity"], one["role"], one["wire"], one["repeat"], one["probe"],
                ", ".join(one["embeds"]), ", ".join(one["needs"]), one["batch"] if one["batch"] > 1 else None,
            )
            for one in document["capabilities"]
        ],
        empty="It declares nothing without settings: try --backoffice NAME.",
    )  # fmt: skip
    for entity, reason in document["unsupported"].items():
        out.say(f"\nNot possible: {entity}: {reason}")
    for name, wire in document["wire"].items():
        out.say(f"\n{name}: {wire['entity']} as {wire['resource']}, {len(wire['fields'])} wire fields")
        for line in wire["fields"]:
            out.say(f"  {line}")
        for loss in wire["losses"]:
            out.say(f"  loses {loss}")
    out.say("\nSettings of a [backoffice] table:")
    out.table(
        ("key", "type", "default"),
        [
            (one["key"], one["type"], "(required)" if one["required"] else one["default"])
            for one in document["settings"]
        ],
        empty="None.",
    )
