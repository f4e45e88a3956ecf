from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from backhaul.host.hook_check import HOOKS
from backhaul.host.implementation import implementations
from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.hooks import HookCall, Hooks, RecordChange, hookimpl


def plugin(**members: Any) -> object:
    return type("Plugin", (), {name: staticmethod(member) for name, member in members.items()})()


def refusal(made: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        implementations({"site": made})
    assert caught.value.context.plugin == "site"
    return str(caught.value)


def test_every_hook_of_the_protocol_has_a_specification() -> None:
    assert set(HOOKS) == {name for name in vars(Hooks) if not name.startswith("_")}
    assert HOOKS["before_map"] == ("call", "record")


def test_a_module_of_functions_is_a_plugin() -> None:
    module = ModuleType("site_hooks")
    vars(module)["entity_changed"] = hookimpl(lambda: "heard")
    (found,) = implementations({"site": module})["entity_changed"]
    assert (found.plugin, found.hook, found.call({"change": None})) == ("site", "entity_changed", "heard")


def accepts_nothing() -> str:
    return "nothing"


def accepts_one(*, call: str) -> str:
    return call


def accepts_with_default(record: str = "none given", call: str = "") -> str:
    return record + call


def accepts_all(**facts: str) -> str:
    return ",".join(sorted(facts))


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (accepts_nothing, "nothing"),
        (accepts_one, "C"),
        (accepts_with_default, "RC"),
        (accepts_all, "call,record"),
    ],
)
def test_a_hook_is_given_the_arguments_that_it_names(function: Callable[..., str], expected: str) -> None:
    (found,) = implementations({"site": plugin(before_map=hookimpl(function))})["before_map"]
    assert found.call({"call": "C", "record": "R"}) == expected


def test_a_hook_under_another_function_name() -> None:
    made = plugin(tell_mail=hookimpl(accepts_nothing, specname="delivery_parked"))
    assert [one.plugin for one in implementations({"site": made})["delivery_parked"]] == ["site"]


def test_an_unknown_hook_is_refused_with_the_nearest_name() -> None:
    text = refusal(plugin(before_mapp=hookimpl(accepts_nothing)))
    assert "it implements 'before_mapp', which is not a hook" in text
    assert "Did you mean before_map?" in text
    assert "The hooks are: should_send, before_map" in refusal(plugin(zzz=hookimpl(accepts_nothing)))


def test_an_argument_that_the_hook_does_not_offer_is_refused() -> None:
    def typed(*, reocrd: int) -> None: ...
    def defaulted(reocrd: None = None) -> None: ...
    def positional(record: None, /) -> None: ...

    assert "its before_map takes 'reocrd'" in refusal(plugin(before_map=hookimpl(typed)))
    assert "before_map offers by name: call, record." in refusal(plugin(before_map=hookimpl(defaulted)))
    assert "its before_map takes 'record'" in refusal(plugin(before_map=hookimpl(positional)))
    assert "alert_rules offers by name: nothing." in refusal(plugin(alert_rules=hookimpl(typed)))


def test_a_forgotten_marker_is_refused() -> None:
    class Forgot:
        @hookimpl
        def before_map(self) -> None: ...

        def entity_changed(self, change: RecordChange) -> None: ...

    assert "its entity_changed is not marked. [plugin site] Mark it with" in refusal(Forgot())


def test_a_plugin_without_hooks_is_refused() -> None:
    assert "it implements no hook" in refusal(plugin(helper=str.upper))


def test_wrappers_and_asynchronous_functions_are_refused() -> None:
    def wrapper() -> Any:
        return (yield)

    async def asynchronous(call: HookCall) -> None: ...

    assert "its before_map is a wrapper" in refusal(plugin(before_map=hookimpl(wrapper, wrapper=True)))
    assert "is asynchronous or a generator" in refusal(plugin(before_map=hookimpl(asynchronous)))
    assert "is asynchronous or a generator" in refusal(plugin(before_map=hookimpl(wrapper)))


def test_one_object_under_two_names_is_refused() -> None:
    made = plugin(before_map=hookimpl(accepts_nothing))
    with pytest.raises(ConfigurationError, match="plugin b are refused"):
        implementations({"a": made, "b": made})
