from __future__ import annotations

from types import new_class
from typing import Any

import marshmallow
import pytest
from marshmallow import fields, post_dump, validate

from backhaul.entities import Account, Contact
from backhaul.sdk.errors import ConfigurationError, MappingError
from backhaul.sdk.json import Document
from backhaul.sdk.mapping import (
    Code,
    Constant,
    Elements,
    ExternalId,
    MapContext,
    PartSchema,
    Text,
    WireSchema,
)


def test_a_field_works_in_a_plain_marshmallow_schema() -> None:
    class Plain(marshmallow.Schema):
        name = Text(path="name", case="upper")
        status = Code(path="status", mapping={"active": "A"})

    assert Plain().dump({"name": "Ada", "status": "active"}) == {"name": "ADA", "status": "A"}
    assert Plain().load({"name": "ada", "status": "A"}) == {"name": "ADA", "status": "active"}
    with pytest.raises(marshmallow.ValidationError):
        Plain().load({"status": "?"})


def test_marshmallow_validators_guard_both_ways(context: MapContext) -> None:
    class Guarded(WireSchema[Account]):
        resource = "customer"
        name = Text(path="name", validate=validate.Length(min=3))

    with pytest.raises(MappingError, match="Shorter than minimum length 3"):
        Guarded().flatten(Account(id="1", name="Al"), context)
    with pytest.raises(MappingError, match="Shorter than minimum length 3"):
        Guarded().parse({"name": "Al"})


def test_a_field_that_is_only_sent_is_not_read_and_the_reverse(context: MapContext) -> None:
    class OneWay(WireSchema[Account]):
        resource = "customer"
        name = Text(path="name", direction="send")
        account_number = Text(path="no", direction="read")

    one_way, account = OneWay(), Account(id="1", name="Ada", account_number="7")
    assert one_way.flatten(account, context) == {"name": "Ada"}
    assert one_way.flatten(account, context, received=True) == {"account_number": "7"}
    assert one_way.parse({"name": "Eve", "no": "8"}).fields == {"account_number": "8"}
    assert one_way.sends("name")
    assert not one_way.sends("account_number")
    assert [one_way.reads(path) for path in ("name", "account_number", "segment")] == [False, True, False]


def test_a_field_may_be_sent_in_one_place_and_read_in_another(context: MapContext) -> None:
    class Apart(WireSchema[Account]):
        resource = "customer"
        name = Text(path="newName", direction="send")
        shown = Text(path="name", source="name", direction="read", case="upper")

    apart, account = Apart(), Account(id="1", name="Ada")
    assert apart.dump(account) == {"newName": "Ada"}
    assert apart.flatten(account, context, received=True) == {"name": "ADA"}
    assert apart.parse({"name": "Eve", "newName": "x"}).fields == {"name": "EVE"}
    assert apart.sends("name")


def _define(model: type[Any], **declared: Any) -> WireSchema[Any]:
    made: Any = new_class("Made", (WireSchema[model],), exec_body=lambda body: body.update(declared))  # type: ignore[valid-type]
    defined: WireSchema[Any] = made()
    return defined


class _Part(PartSchema[Account]):
    name = Text(path="name")


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"nmae": Text(path="name")}, "Account has no field 'nmae'. Did you mean 'name'"),
        ({"name": Text(path="a..b")}, "wire path"),
        ({"name": Text(path="a[0")}, "wire path"),
        ({"name": Text(path="a.")}, "wire path"),
        ({"name": Text(path="a[x=1]")}, "cannot stand for list elements"),
        ({"name": fields.String()}, "no wire path"),
        ({"name": Text(path="a"), "other": Text(path="b", source="name")}, "attribute argument"),
        (
            {"name": Text(path="a"), "other": Text(path="b", source="name", direction="send")},
            "Made maps name twice",
        ),
        ({"status": Code(path="s", mapping={"actve": "A"})}, "'actve' is no AccountStatus"),
        ({"name": ExternalId(path="n", resource="x")}, "does not name another record"),
        ({"city": Text(path="c", source="addresses[usage=bill].city")}, "'bill' is no AddressUsage"),
        ({"city": Text(path="c", source="addresses.city")}, "holds no single object"),
        ({"first": Text(path="f", source="primary_contact_id->first_name")}, "can only be sent"),
        ({"addresses": Elements(_Part, path="a", key="name")}, "does not map it"),
        ({"addresses": Elements(PartSchema, path="a", key="usage")}, "does not say what it maps"),
        ({"organizations": Elements(_Part, path="a", key="x")}, "holds no parts"),
    ],
)
def test_a_wrong_definition_is_refused_when_the_schema_is_built(
    declared: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        _define(Account, **declared)
    assert message in str(caught.value)


def test_a_schema_says_what_it_maps() -> None:
    class Nameless(WireSchema):  # type: ignore[type-arg]
        resource = "r"

    with pytest.raises(ConfigurationError, match="does not say what it maps"):
        Nameless()
    assert _define(Contact, last_name=Text(path="n")).entity_type() is Contact


def test_a_schema_can_be_shared_by_a_base_and_specialised() -> None:
    class Base(WireSchema[Account]):
        resource = "customer"
        name = Text(path="name")

    class Special(Base):
        alias = Text(path="alias")

    assert Special.entity_type() is Account
    assert Special().manifest() == ["alias: text", "name: text"]


def test_marshmallow_hooks_are_refused() -> None:
    class Hooked(WireSchema[Account]):
        resource = "customer"
        name = Text(path="name")

        @post_dump
        def shout(self, data: Any, **_: Any) -> Any:
            return data

    with pytest.raises(ConfigurationError, match="hooks"):
        Hooked()


def test_a_constant_of_an_element_is_written_with_it(context: MapContext, account: Account) -> None:
    base: Any = type(next(iter(_addresses(account))))

    class Typed(PartSchema[base]):
        usage = Text(path="type")
        kind = Constant("geo", path="@type")
        origin = Constant("crm", path="from", create_only=True)
        city = Text(path="city")

    schema = _define(Account, addresses=Elements(Typed, path="places", key="usage"))
    change = {"addresses[billing].city": "X"}
    assert schema.render(change, nulls=True) == {
        "places": [{"type": "billing", "from": "crm", "@type": "geo", "city": "X"}]
    }
    current: Document = {"places": [{"type": "billing", "city": "Y"}]}
    assert schema.patch_document(current, change) == {
        "places": [{"type": "billing", "@type": "geo", "city": "X"}]
    }


def _addresses(account: Account) -> list[Any]:
    return list(account.addresses)
