from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from backhaul.entities import Account, Contact, Record
from backhaul.host.hook_dispatch import HookDispatch
from backhaul.sdk.envelope import Envelope, Verb
from backhaul.sdk.errors import BackhaulError, HookError, MappingError, RejectedError
from backhaul.sdk.hooks import AlertRule, HookCall, Hooks, NoHooks, ParkedDelivery, RecordChange, hookimpl
from backhaul.sdk.json import Document, Json
from backhaul.sdk.reply import Reply

ENVELOPE = Envelope("m-1", "c-1", "CUT Send Account Data", "account", Verb.SEND)
CALL = HookCall("billing", ENVELOPE)
ACCOUNT = Account(id="a-1", name="Ann")
PARKED = ParkedDelivery(7, "billing", "account", "a-1", "dead", "attempts used up")
CHANGE = RecordChange("account", "a-1", 3, "front", ("name",))


class Appends:
    """Adds its letter to what passes."""

    def __init__(self, letter: str) -> None:
        self.letter = letter

    @hookimpl
    def before_map(self, record: Record) -> Record:
        assert isinstance(record, Account)
        return record.changed(name=record.name + self.letter)

    @hookimpl
    def before_call(self, payload: Document, call: HookCall) -> Document:
        return {**payload, "by": f"{payload.get('by', '')}{self.letter}", "to": call.back_office}

    @hookimpl
    def after_call(self, reply: Reply) -> Reply:
        return replace(reply, external_id=(reply.external_id or "") + self.letter)

    @hookimpl
    def after_map(self, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        return {**fields, self.letter: True}

    @hookimpl
    def before_save(self, record: Record, origin: str) -> Record:
        assert isinstance(record, Account)
        return record.changed(alias=f"{record.alias or ''}{origin}{self.letter}")

    @hookimpl
    def alert_rules(self) -> list[AlertRule]:
        return [AlertRule("account", self.letter)]


class Says:
    """Answers one hook with one value, or raises it."""

    def __new__(cls, hook: str, value: object) -> Any:
        def answer(self: object) -> object:
            del self
            if isinstance(value, BaseException):
                raise value
            return value

        return type("Plugin", (), {hook: hookimpl(answer)})()


def invoke(hooks: Hooks, hook: str) -> object:
    arguments: dict[str, tuple[object, ...]] = {
        "should_send": (CALL, ACCOUNT),
        "before_map": (CALL, ACCOUNT),
        "before_call": (CALL, {"name": "Ann"}),
        "after_call": (CALL, Reply.completed(external_id="e")),
        "after_map": (CALL, {"name": "Ann"}),
        "before_save": (ACCOUNT, "front"),
        "delivery_parked": (PARKED,),
        "entity_changed": (CHANGE,),
        "alert_rules": (),
    }
    return getattr(hooks, hook)(*arguments[hook])


def test_each_hook_hands_its_result_to_the_next() -> None:
    hooks: Hooks = HookDispatch({"x": Appends("x"), "y": Appends("y")})
    mapped = hooks.before_map(CALL, ACCOUNT)
    assert isinstance(mapped, Account)
    assert mapped.name == "Annxy"
    assert hooks.before_call(CALL, {"n": 1}) == {"n": 1, "by": "xy", "to": "billing"}
    assert hooks.after_call(CALL, Reply.completed(external_id="e")).external_id == "exy"
    assert hooks.after_map(CALL, {"name": "Ann"}) == {"name": "Ann", "x": True, "y": True}
    saved = hooks.before_save(ACCOUNT, "front")
    assert isinstance(saved, Account)
    assert saved.alias == "frontxfronty"
    assert [rule.name for rule in hooks.alert_rules()] == ["x", "y"]


def test_without_implementations_everything_passes_unchanged() -> None:
    for hook in (
        "should_send",
        "before_map",
        "before_call",
        "after_call",
        "after_map",
        "before_save",
        "alert_rules",
    ):
        assert invoke(HookDispatch({}), hook) == invoke(NoHooks(), hook)


def test_none_leaves_the_value_as_it_is() -> None:
    for hook in ("before_map", "before_call", "after_call", "after_map", "before_save", "alert_rules"):
        assert invoke(HookDispatch({"quiet": Says(hook, None)}), hook) == invoke(NoHooks(), hook)


def test_the_order_is_tryfirst_then_by_plugin_name_then_trylast() -> None:
    called: list[str] = []

    def plugin(name: str, **options: Any) -> object:
        def entity_changed(self: object) -> None:
            del self
            called.append(name)

        return type("Plugin", (), {"entity_changed": hookimpl(entity_changed, **options)})()

    plugins = {
        "z_last": plugin("z_last", trylast=True),
        "a_last": plugin("a_last", trylast=True),
        "z_first": plugin("z_first", tryfirst=True),
        "a_first": plugin("a_first", tryfirst=True),
        "z": plugin("z"),
        "a": plugin("a"),
    }
    expected = ["a_first", "z_first", "a", "z", "a_last", "z_last"]
    for order in (plugins, dict(reversed(plugins.items()))):
        called.clear()
        hooks = HookDispatch(order)
        hooks.entity_changed(CHANGE)
        assert called == expected
        assert list(hooks.order("entity_changed")) == expected


@pytest.mark.parametrize(("answer", "sent"), [(None, True), (True, True), (False, False)])
def test_one_veto_is_enough(answer: object, *, sent: bool) -> None:
    hooks = HookDispatch({"a": Says("should_send", value=True), "b": Says("should_send", answer)})
    assert hooks.should_send(CALL, ACCOUNT) is sent


def test_after_a_veto_nobody_else_is_asked() -> None:
    hooks = HookDispatch(
        {"a": Says("should_send", value=False), "b": Says("should_send", RuntimeError("asked"))}
    )
    assert hooks.should_send(CALL, ACCOUNT) is False


@pytest.mark.parametrize(
    "hook",
    ["should_send", "before_map", "before_call", "after_call", "after_map", "before_save", "alert_rules"],
)
def test_a_failing_hook_is_named_with_its_plugin(hook: str) -> None:
    cause = ValueError("no such\nregion")
    with pytest.raises(HookError) as caught:
        invoke(HookDispatch({"site": Says(hook, cause)}), hook)
    assert f"Hook {hook} of plugin site failed: ValueError: no such region" in str(caught.value)
    assert caught.value.__cause__ is cause
    assert (caught.value.hook, caught.value.context.plugin) == (hook, "site")


def test_a_failure_during_a_call_says_where() -> None:
    with pytest.raises(HookError) as caught:
        HookDispatch({"site": Says("before_map", ValueError())}).before_map(CALL, ACCOUNT)
    context = caught.value.context
    assert (context.back_office, context.operation, context.correlation_id) == (
        "billing",
        "CUT Send Account Data",
        "c-1",
    )


@pytest.mark.parametrize(
    ("hook", "veto"),
    [
        ("before_map", MappingError("no tariff", path="tariff")),
        ("before_call", MappingError("no tariff", path="tariff")),
        ("before_save", RejectedError("blocked region", code="R1")),
    ],
)
def test_a_veto_passes_through_with_its_plugin(hook: str, veto: BackhaulError) -> None:
    with pytest.raises(type(veto)) as caught:
        invoke(HookDispatch({"site": Says(hook, veto)}), hook)
    assert caught.value is veto
    assert caught.value.context.plugin == "site"


@pytest.mark.parametrize("hook", ["should_send", "after_call", "after_map", "alert_rules"])
@pytest.mark.parametrize("raised", [MappingError, RejectedError])
def test_where_no_veto_is_allowed_raising_one_is_a_failure(hook: str, raised: type[Exception]) -> None:
    with pytest.raises(HookError, match=f"failed: {raised.__name__}: too late"):
        invoke(HookDispatch({"site": Says(hook, raised("too late"))}), hook)


@pytest.mark.parametrize(
    ("hook", "value", "reason"),
    [
        ("should_send", 0, "returned a value of type int instead of a bool or None"),
        ("before_map", {"name": "Ann"}, "returned a value of type dict instead of Account or None"),
        ("before_map", Contact(id="a-1", last_name="Ann"), "instead of Account or None"),
        ("before_map", ACCOUNT.changed(id="a-2"), "returned a record with another id"),
        ("before_map", ACCOUNT.model_copy(update={"nmae": "x"}), "not valid: nmae: Extra inputs"),
        ("before_save", ACCOUNT.model_copy(update={"name": 7}), "not valid: name: Input should be"),
        ("before_call", [("name", "Ann")], "returned a value of type list instead of a dict or None"),
        ("before_call", {"a": {"b": [1, {2}]}}, "returned a value of type set at a.b[1], which is not JSON"),
        ("before_call", {"a": {1: 2}}, "returned a key of type int at a"),
        ("before_call", {"a": float("nan")}, "returned a number that is not finite at a"),
        ("after_call", "ok", "returned a value of type str instead of a Reply or None"),
        ("after_map", ["name"], "returned a value of type list instead of a mapping or None"),
        ("after_map", {"name": object()}, "returned a value of type object at name, which is not JSON"),
        ("alert_rules", (), "returned a value of type tuple instead of a list"),
        ("alert_rules", [{"entity": "account"}], "something else than AlertRule"),
    ],
)
def test_an_unusable_result_is_refused_and_attributed(hook: str, value: object, reason: str) -> None:
    with pytest.raises(HookError) as caught:
        invoke(HookDispatch({"site": Says(hook, value)}), hook)
    assert f"Hook {hook} of plugin site returned" in str(caught.value)
    assert reason in str(caught.value)


def test_a_result_is_never_quoted() -> None:
    with pytest.raises(HookError) as caught:
        invoke(HookDispatch({"site": Says("before_call", "4111111111111111")}), "before_call")
    assert "4111" not in str(caught.value)


def test_codes_set_without_validation_become_the_canonical_ones() -> None:
    loose = ACCOUNT.model_copy(update={"status": "suspended"})
    mapped = HookDispatch({"site": Says("before_map", loose)}).before_map(CALL, ACCOUNT)
    assert isinstance(mapped, Account)
    assert mapped.status is type(ACCOUNT.status).SUSPENDED


@pytest.mark.parametrize(
    ("hook", "subject"),
    [("delivery_parked", "delivery 7 to billing"), ("entity_changed", "account a-1 version 3")],
)
def test_a_listener_that_fails_is_logged_and_the_next_is_told(
    hook: str, subject: str, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    def listen(self: object) -> None:
        del self
        told.append(hook)

    good = type("Good", (), {hook: hookimpl(listen)})()
    with caplog.at_level(logging.ERROR):
        invoke(HookDispatch({"a_bad": Says(hook, ValueError("mail is down")), "b_good": good}), hook)
    assert told == [hook]
    (record,) = caplog.records
    assert record.getMessage() == f"Hook {hook} of plugin a_bad failed for {subject}; going on."
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "mail is down"
