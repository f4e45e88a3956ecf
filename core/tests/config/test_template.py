from __future__ import annotations

import re
from pathlib import Path

from backhaul.config import TEMPLATE, load_deployment, parse_deployment, problems_of
from backhaul.config.tables import DeploymentTable
from backhaul.entities import ENTITIES
from backhaul.processes.catalogue import Catalogue
from backhaul.sdk.settings import AdapterSettings

EXAMPLE = re.compile(r"^#(?=\S)", re.MULTILINE)


def test_the_template_is_valid_and_says_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "backhaul.toml"
    path.write_text(TEMPLATE, encoding="utf-8")
    deployment = load_deployment(path)
    empty = parse_deployment("", path)
    assert deployment == empty
    assert problems_of(deployment, Catalogue().find, ENTITIES) == ()


def with_examples() -> str:
    """The template with every example taken into use, where two of one key stand the last."""
    lines = EXAMPLE.sub("", TEMPLATE).splitlines()
    keys = [re.match(r"(\w+) = ", line) for line in lines]
    kept = [
        line
        for number, line in enumerate(lines)
        if not (
            (key := keys[number])
            and (later := [other for other in keys[number + 1 : number + 4] if other])
            and later[0][1] == key[1]
        )
    ]
    return "\n".join(kept)


def test_every_example_of_the_template_is_valid() -> None:
    deployment = parse_deployment(with_examples(), Path("backhaul.toml"))
    assert list(deployment.back_offices) == ["billing", "assurance"]
    assert len(deployment.routes) == 2
    assert deployment.hook_plugins == ("site_hooks",)
    assert problems_of(deployment, Catalogue().find, ENTITIES) == ()


def test_the_template_names_every_common_setting_with_its_default() -> None:
    stated = parse_deployment(with_examples(), Path("backhaul.toml")).back_offices["billing"].settings
    own = {name: stated[name] for name in AdapterSettings.model_fields}
    read = AdapterSettings.model_validate(own)
    differing = {name for name in own if getattr(read, name) != getattr(AdapterSettings(), name)}
    assert differing == {"poll_every", "inbound_token"}


def test_the_template_names_every_table_and_key_of_a_route() -> None:
    for name in DeploymentTable.model_fields:
        assert re.search(rf"^#?\[+{name}\b", TEMPLATE, re.MULTILINE), name
    route = DeploymentTable.model_fields["route"].annotation
    assert route is not None
    for name in route.__args__[0].model_fields:
        assert re.search(rf"^#{name} = ", TEMPLATE, re.MULTILINE), name
