"""Lists: keys, policies, nesting, references, embedded records, the one element that a flat system has."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import pytest

from backhaul.entities import (
    Account,
    Address,
    AddressUsage,
    Contact,
    CreditProfile,
    Email,
    EmailType,
    Money,
    Phone,
    PhoneType,
)
from backhaul.sdk.errors import ConfigurationError, MappingError
from backhaul.sdk.json import Document
from backhaul.sdk.mapping import (
    Code,
    Elements,
    ExternalId,
    Integer,
    MapContext,
    MoneyField,
    PartSchema,
    References,
    Text,
    WireSchema,
)

Policy = Literal["error", "first", "merge"]


class CitySchema(PartSchema[Address]):
    usage = Code(path="kind", mapping={"billing": "B", "standard": "S"})
    city = Text(path="city")
    street = Text(path="street")


def account_schema(**options: Any) -> WireSchema[Account]:
    class Made(WireSchema[Account]):
        resource: ClassVar[str] = "account"
        addresses = Elements(CitySchema, path="places", key="usage", **options)

    return Made()


def places(*elements: Any) -> Document:
    return {"places": list(elements)}


CONTEXT = MapContext("bo")
ADA = Account(id="1", name="Ada")


def test_two_parts_of_one_key_are_refused_unless_a_policy_says() -> None:
    twice = ADA.changed(addresses=[Address(city="X"), Address(city="Y")])
    with pytest.raises(MappingError, match="two elements have the usage standard"):
        account_schema().flatten(twice, CONTEXT)
    first = account_schema(duplicates="first")
    assert first.flatten(twice, CONTEXT)["addresses[standard].city"] == "X"
    assert first.declared_losses[0].what == "all but the first of several with one usage"


@pytest.mark.parametrize(("policy", "city", "street"), [("first", "X", None), ("merge", "X", "High St")])
def test_two_elements_of_one_key_follow_the_policy(policy: Policy, city: str, street: str | None) -> None:
    said = places({"kind": "B", "city": "X"}, {"kind": "B", "city": "Y", "street": "High St"})
    with pytest.raises(MappingError, match="two elements have the usage billing"):
        account_schema().parse(said)
    fields = account_schema(duplicates=policy).parse(said).fields
    assert fields["addresses[billing].city"] == city
    assert fields.get("addresses[billing].street") == street


def test_an_element_without_a_key_or_with_an_unknown_one_follows_the_policy() -> None:
    with pytest.raises(MappingError, match="does not say its usage"):
        account_schema().parse(places({"city": "X"}))
    with pytest.raises(MappingError, match="'Q' is unknown"):
        account_schema().parse(places({"kind": "Q", "city": "X"}))
    lenient = account_schema(keyless="skip", unknown_key="skip")
    assert lenient.parse(places({"city": "X"}, {"kind": "Q"}, {"kind": "B", "city": "Y"})).fields == {
        "addresses[billing].city": "Y"
    }


def test_an_element_that_is_no_object_is_refused() -> None:
    with pytest.raises(MappingError, match="text stands where an object belongs"):
        account_schema().parse(places("x"))


def test_an_object_for_a_list_follows_the_policy() -> None:
    lone: Document = {"places": {"kind": "B", "city": "X"}}
    with pytest.raises(MappingError, match="an object stands where a list belongs"):
        account_schema().parse(lone)
    schema = account_schema(lone=True)
    assert schema.parse(lone).fields == {"addresses[billing].city": "X"}
    assert schema.patch_document(lone, {"addresses[billing].city": "Y"}) == places({"kind": "B", "city": "Y"})


def test_a_null_list_has_no_elements() -> None:
    parsed = account_schema(complete=True).parse({"places": None})
    assert parsed.fields == {}
    assert parsed.complete == {"addresses"}


def test_an_element_that_says_nothing_else_is_there() -> None:
    schema = account_schema()
    fields = schema.parse(places({"kind": "B"})).fields
    assert fields == {"addresses[billing]": "B"}
    made: Any = schema.apply({}, fields, CONTEXT)
    assert made["addresses"][0]["usage"] == "billing"
    assert made["addresses"][0]["part_id"]
    assert schema.render(fields, nulls=True) == places({"kind": "B"})


def test_a_part_is_changed_made_and_removed() -> None:
    document: Document = {
        "addresses": [
            {"part_id": "p1", "usage": "billing", "city": "X", "suburb": "ours"},
            {"part_id": "p2", "usage": "standard"},
            {"part_id": "p3", "usage": "shipping"},
        ]
    }
    schema = account_schema()
    with pytest.raises(MappingError, match="no spelling for the code 'shipping'"):
        schema.apply(document, {"addresses[billing].city": "Y"}, CONTEXT)
    document["addresses"] = document["addresses"][:2]  # type: ignore[index]
    changed = schema.apply(document, {"addresses[billing].city": "Y", "addresses[standard]": None}, CONTEXT)
    assert changed == {"addresses": [{"part_id": "p1", "usage": "billing", "city": "Y", "suburb": "ours"}]}
    assert schema.apply(document, {"addresses[billing]": None, "addresses[standard]": None}, CONTEXT) == {
        "addresses": []
    }


def test_a_required_list_needs_an_element() -> None:
    schema = account_schema(required=True)
    with pytest.raises(MappingError, match="at least one is required"):
        schema.flatten(ADA, CONTEXT)
    with pytest.raises(MappingError, match="the document does not say it"):
        schema.parse({})
    assert schema.parse({}, partial=True).fields == {}


def test_parts_can_be_told_apart_by_their_part_id() -> None:
    class ById(PartSchema[Address]):
        part_id = Text(path="@id")
        city = Text(path="city")

    class Made(WireSchema[Account]):
        resource = "account"
        addresses = Elements(ById, path="places", key="part_id")

    fields = Made().parse(places({"@id": "77]x", "city": "X"})).fields
    assert fields == {r"addresses[77\]x].city": "X"}
    assert Made().apply({}, fields, CONTEXT) == {"addresses": [{"part_id": "77]x", "city": "X"}]}
    assert Made().render(fields, nulls=True) == places({"@id": "77]x", "city": "X"})


def test_a_key_needs_a_spelling_of_the_schema() -> None:
    class Mapped(PartSchema[Address]):
        usage = Code(path="kind", value_map="usage")

    class Made(WireSchema[Account]):
        resource = "account"
        addresses = Elements(Mapped, path="places", key="usage")

    class Keyless(WireSchema[Account]):
        resource = "account"
        addresses = Elements(CitySchema, path="places", key="country")

    with pytest.raises(ConfigurationError, match="spelled by a value map"):
        Made()
    with pytest.raises(ConfigurationError, match="does not map the key 'country'"):
        Keyless()


class TestSelected:
    """A system with one billing address, in fields of its own."""

    class Flat(WireSchema[Account]):
        resource: ClassVar[str] = "account"
        city = Text(source="addresses[usage=billing].city", path="BILL_CITY")
        street = Text(source="addresses[usage=billing].street", path="BILL_STREET")

    def test_it_is_read_from_the_one_element(self) -> None:
        account = ADA.changed(addresses=[Address(city="Y"), Address(usage=AddressUsage.BILLING, city="X")])
        assert self.Flat().flatten(account, CONTEXT) == {
            "addresses[billing].city": "X",
            "addresses[billing].street": None,
        }
        assert self.Flat().dump(account) == {"BILL_CITY": "X"}

    def test_it_is_made_to_hold_a_value(self) -> None:
        made: Any = self.Flat().apply(
            {}, {"addresses[billing].street": None, "addresses[billing].city": "X"}, CONTEXT
        )
        assert made["addresses"][0]["usage"] == "billing"
        assert made["addresses"][0]["city"] == "X"
        assert self.Flat().apply({}, {"addresses[billing].street": None}, CONTEXT) == {}

    def test_several_are_refused(self) -> None:
        twice = ADA.changed(
            addresses=[Address(usage=AddressUsage.BILLING), Address(usage=AddressUsage.BILLING)]
        )
        with pytest.raises(MappingError, match="2 elements have usage billing"):
            self.Flat().flatten(twice, CONTEXT)


class TestReferences:
    class Party(WireSchema[Account]):
        resource: ClassVar[str] = "account"
        contact_ids = References(path="contacts[].id", resource="person", unknown="omit", complete=True)
        parent_account_id = ExternalId(path="parent", resource="account", number=True)
        bill_to_account_id = ExternalId(path="billTo", resource="account", unbound="omit", unknown="omit")

    CONTEXT = MapContext(
        "bo",
        external_ids={("person", "contact", "p1"): "E1", ("account", "account", "a0"): "100"},
        internal_ids={
            ("person", "E1"): ("contact", "p1"),
            ("person", "E2"): ("account", "p2"),
            ("account", "100"): ("account", "a0"),
        },
    )

    def test_our_ids_become_theirs(self) -> None:
        account = ADA.changed(contact_ids=["p1"], parent_account_id="a0", bill_to_account_id="a9")
        assert self.Party().flatten(account, self.CONTEXT) == {
            "contact_ids[E1]": "E1",
            "parent_account_id": 100,
        }

    def test_an_unbound_reference_is_an_error_unless_omitted(self) -> None:
        with pytest.raises(MappingError, match="contact p9 is not known there yet"):
            self.Party().flatten(ADA.changed(contact_ids=["p9"]), self.CONTEXT)

    def test_what_apply_needs_is_told_before(self) -> None:
        parsed = self.Party().parse({"contacts": [{"id": "E1"}, {"name": "theirs"}], "parent": 100})
        assert parsed.complete == {"contact_ids"}
        assert self.Party().unresolved(parsed.fields) == {("person", "E1"), ("account", "100")}
        assert self.Party().unresolved({"parent_account_id": None}) == set()

    def test_their_ids_become_ours_in_our_order(self) -> None:
        changes: Document = {"contact_ids[E1]": "E1", "parent_account_id": 100}
        applied = self.Party().apply({"contact_ids": ["p7"]}, changes, self.CONTEXT)
        assert applied == {"contact_ids": ["p7", "p1"], "parent_account_id": "a0"}
        assert self.Party().apply(applied, {"contact_ids[E1]": None, "contact_ids[E8]": None}, self.CONTEXT)[
            "contact_ids"
        ] == ["p7"]

    def test_an_unknown_reference_is_ignored_only_by_policy(self) -> None:
        party = self.Party()
        unknown: Document = {"contact_ids[E9]": "E9", "bill_to_account_id": "9"}
        assert party.understood(unknown, self.CONTEXT) == {}
        assert party.apply({}, unknown, self.CONTEXT) == {"contact_ids": []}
        with pytest.raises(MappingError, match="account '200' is not known here"):
            party.apply({}, {"parent_account_id": 200}, self.CONTEXT)
        with pytest.raises(MappingError, match="is our account p2, not a contact"):
            party.apply({}, {"contact_ids[E2]": "E2"}, self.CONTEXT)

    def test_a_list_of_plain_ids(self) -> None:
        class Plain(WireSchema[Account]):
            resource = "account"
            contact_ids = References(path="people[]", resource="person")

        assert Plain().parse({"people": ["E1", None]}).fields == {"contact_ids[E1]": "E1"}
        assert Plain().patch_document({"people": ["E7"]}, {"contact_ids[E1]": "E1"}) == {
            "people": ["E7", "E1"]
        }
        assert Plain().removals({"contact_ids[E1]": None})[0].element == {"": "E1"}


class TestEmbedded:
    """A payload that carries other records: they are sent with it, and read by their own schema."""

    class EmailSchema(PartSchema[Email]):
        type = Code(path="type", mapping={t: t[0] for t in EmailType})
        address = Text(path="address")

    ADA = Contact(id="p1", last_name="Lovelace", emails=[Email(address="a@x.example", type=EmailType.WORK)])
    CONTEXT = MapContext("bo", embedded={("contact", "p1"): ADA})

    def schema(self) -> WireSchema[Account]:
        class Person(PartSchema[Contact]):
            id = Text(path="id")
            last_name = Text(path="last")
            emails = Elements(self.EmailSchema, path="mail", key="type")

        class Customer(WireSchema[Account]):
            resource = "account"
            last = Text(source="primary_contact_id->last_name", path="name", direction="send")
            people = Elements(Person, source="contact_ids->", path="people", key="id", direction="send")

        return Customer()

    def test_it_is_sent_with_its_own_lists(self) -> None:
        account = ADA.changed(primary_contact_id="p1", contact_ids=["p1"])
        assert self.schema().flatten(account, self.CONTEXT) == {
            "primary_contact_id->last_name": "Lovelace",
            "contact_ids->[p1].last_name": "Lovelace",
            "contact_ids->[p1].emails[work].address": "a@x.example",
        }
        assert self.schema().dump(ADA) == {}
        schema, fields = self.schema(), self.schema().flatten(account, self.CONTEXT)
        assert schema.render(fields, nulls=False) == {
            "name": "Lovelace",
            "people": [{"id": "p1", "last": "Lovelace", "mail": [{"type": "w", "address": "a@x.example"}]}],
        }

    def test_it_is_not_read_into_the_owner(self) -> None:
        assert self.schema().parse({"name": "X", "people": [{"id": "p1", "last": "Y"}]}).fields == {}

    def test_a_record_that_was_not_given_is_an_error(self) -> None:
        for named in ({"primary_contact_id": "p2"}, {"contact_ids": ["p2"]}):
            with pytest.raises(MappingError, match="contact p2 is named, but was not given to embed"):
                self.schema().flatten(ADA.changed(**named), self.CONTEXT)

    def test_removals_are_found_at_every_depth(self) -> None:
        inner, outer = self.schema().removals(
            {"contact_ids->[p1].emails[work]": None, "contact_ids->[p2]": None}
        )
        assert (inner.path, inner.element) == ("contact_ids->[p1].emails[work]", {"type": "w"})
        assert inner.wire_path == "people[].mail[]"
        assert outer.element == {"id": "p2"}


def test_phones_by_type_and_a_number_as_key() -> None:
    class PhoneSchema(PartSchema[Phone]):
        type = Code(path="kind", mapping={"work": 1, "home": 2}, unmapped="pass_through")
        number = Text(path="no")
        extension = Integer(source="extension", path="ext", direction="send")

    class Person(WireSchema[Contact]):
        resource = "person"
        phones = Elements(PhoneSchema, path="phone", key="type")

    person = Contact(
        id="c", last_name="L", phones=[Phone(number="5", type=PhoneType.WORK), Phone(number="6")]
    )
    schema = Person()
    fields = schema.flatten(person, CONTEXT)
    assert fields["phones[work].number"] == "5"
    assert schema.render(fields, nulls=False) == {
        "phone": [{"kind": 1, "no": "5"}, {"kind": "other", "no": "6"}]
    }
    assert schema.parse({"phone": [{"kind": 1.0, "no": "7"}]}).fields == {"phones[work].number": "7"}


def test_money_in_the_currency_of_the_record() -> None:
    class Billing(WireSchema[Account]):
        resource = "account"
        limit = MoneyField(
            source="credit_profile.credit_limit", path="LIMIT", currency_source="currency", form="text"
        )
        currency = Text(path="CUR")

    account = ADA.changed(currency="EUR", credit_profile=CreditProfile(credit_limit=Money.of("5.50", "EUR")))
    schema = Billing()
    fields = schema.flatten(account, CONTEXT)
    assert schema.parse(schema.render(fields, nulls=True)).fields == fields
    applied: Any = schema.apply({}, fields, CONTEXT)
    assert applied["credit_profile"]["credit_limit"] == {"amount": "5.50", "currency": "EUR"}
    with pytest.raises(MappingError, match="it is in EUR, but the wire carries only amounts in USD"):
        schema.flatten(account.changed(currency="USD"), CONTEXT)
    with pytest.raises(MappingError, match="the record has no currency"):
        schema.apply({}, {"credit_profile.credit_limit": "5"}, CONTEXT)
