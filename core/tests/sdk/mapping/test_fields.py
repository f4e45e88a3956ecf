"""Each field type, both ways."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError

from backhaul.entities import AccountStatus, Money
from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.mapping import (
    MISSING,
    Boolean,
    Code,
    Date,
    Integer,
    Inward,
    MapContext,
    Moment,
    MoneyField,
    Number,
    Outward,
    Text,
    TextList,
    ValueMap,
    WireField,
)

CONTEXT = MapContext("bo")
EUR = Money.of("12.5", "EUR")


def wire(field: WireField, value: Any, context: MapContext = CONTEXT) -> Any:
    return field.to_wire(value, Outward(context, None))


def meant(field: WireField, value: Any, context: MapContext = CONTEXT) -> Any:
    return field.from_wire(field.normal(value), Inward(context, {}))


@pytest.mark.parametrize(
    ("field", "value", "spelled"),
    [
        (Text(path="x"), "Ada", "Ada"),
        (Text(path="x", case="upper"), "Straße", "STRASSE"),
        (Text(path="x", case="lower"), "ADA", "ada"),
        (Text(path="x", strip=True), " Ada ", "Ada"),
        (Text(path="x", max_length=3, too_long="truncate"), "Adalove", "Ada"),
        (Text(path="x", case="upper", max_length=2, too_long="truncate"), "aß", "AS"),
        (TextList(path="x"), ["a", "b"], ["a", "b"]),
        (TextList(path="x", separator=";"), ["a", "b"], "a;b"),
        (TextList(path="x", separator=";"), [], None),
        (Integer(path="x"), 5, 5),
        (Integer(path="x", form="text"), 5, "5"),
        (Number(path="x"), Decimal("1.50"), 1.5),
        (Number(path="x"), Decimal("2.00"), 2),
        (Number(path="x", form="text"), Decimal("1.50"), "1.5"),
        (Number(path="x", form="text", decimals=3), Decimal("1.5"), "1.500"),
        (Number(path="x", form="text", decimals=1, rounds=True), Decimal("-0.01"), "0.0"),
        (Number(path="x", form="text"), Decimal(100), "100"),
        (Boolean(path="x"), True, True),
        (Boolean(path="x", true="Y", false="N"), False, "N"),
        (Boolean(path="x", true=1, false=0), True, 1),
        (Date(path="x"), date(2030, 1, 31), "2030-01-31"),
        (Date(path="x", format="%d.%m.%Y"), date(999, 1, 2), "02.01.0999"),
        (Moment(path="x"), datetime(2030, 1, 31, 10, 0, 0, 5, tzinfo=UTC), "2030-01-31T10:00:00.000005Z"),
        (
            Moment(path="x", zone="Europe/Berlin"),
            datetime(2030, 7, 1, tzinfo=UTC),
            "2030-07-01T02:00:00+02:00",
        ),
        (Moment(path="x", format="epoch"), datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC), -1),
        (Moment(path="x", format="epoch_ms"), datetime(1970, 1, 1, 0, 0, 1, 5999, tzinfo=UTC), 1005),
        (
            Moment(path="x", format="epoch", resolution="minute"),
            datetime(1970, 1, 1, 0, 1, 59, tzinfo=UTC),
            60,
        ),
        (
            Moment(path="x", format="%Y-%m-%d", zone="Europe/Berlin"),
            datetime(2030, 7, 1, 22, 30, tzinfo=UTC),
            "2030-07-02",
        ),
        (
            Moment(path="x", format="%Y%m%d %H:%M:%S %z", zone="Europe/Berlin"),
            datetime(2030, 10, 27, 1, 30, tzinfo=UTC),
            "20301027 02:30:00 +0100",
        ),
        (MoneyField(path="x", currency_path="y"), EUR, [12.5, "EUR"]),
        (MoneyField(path="x", currency_path="y", form="text"), EUR, ["12.50", "EUR"]),
        (MoneyField(path="x", currency_path="y", unit="minor"), EUR, [1250, "EUR"]),
        (MoneyField(path="x", currency="JPY", form="text"), Money.of("5", "JPY"), "5"),
        (MoneyField(path="x", currency="KWD", form="text", unit="minor"), Money.of("1.5", "KWD"), "1500"),
        (MoneyField(path="x", currency="EUR", form="text", rounds=True), Money.of("0.005", "EUR"), "0.01"),
        (MoneyField(path="x", currency_path="y", form="text"), Money.of("1.230", "XAU"), ["1.23", "XAU"]),
    ],
)
def test_a_value_is_spelled_and_stays_so(field: WireField, value: Any, spelled: Any) -> None:
    assert wire(field, value) == spelled
    assert type(wire(field, value)) is type(spelled)
    if spelled is not None:
        assert field.normal(spelled) == spelled


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (Text(path="x", max_length=3), "Adam", "4 characters, but the wire has room for 3"),
        (Text(path="x"), "a\ud800", r"U\+D800 at position 1"),
        (Text(path="x"), 5, "expected text"),
        (TextList(path="x", separator=";"), ["a;b"], "parts them"),
        (TextList(path="x", separator=";"), [""], "is empty"),
        (Integer(path="x"), True, "expected a whole number"),
        (Number(path="x", decimals=1), Decimal("1.25"), "more than 1 decimals"),
        (Number(path="x"), Decimal("0.1234567890123456789"), "more digits than a JSON number"),
        (Boolean(path="x"), "yes", "expected true or false"),
        (Date(path="x"), datetime(2030, 1, 1, tzinfo=UTC), "expected a day"),
        (Moment(path="x"), datetime(2030, 1, 1), "expected a moment"),  # noqa: DTZ001
        (MoneyField(path="x", currency="USD"), EUR, "it is in EUR, but the wire carries only amounts in USD"),
        (MoneyField(path="x", currency="EUR"), Money.of("1.005", "EUR"), "more than 2 decimals"),
        (MoneyField(path="x", currency_path="y", unit="minor"), Money.of("1", "XAU"), "no minor unit"),
        (MoneyField(path="x", currency="EUR"), "5", "expected an amount of money"),
    ],
)
def test_what_cannot_be_spelled_is_an_error(field: WireField, value: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        wire(field, value)


@pytest.mark.parametrize(
    ("field", "said", "understood"),
    [
        (Text(path="x", case="upper"), "Ada", "ADA"),
        (TextList(path="x", separator=";"), "a;b", ["a", "b"]),
        (Integer(path="x"), 5.0, 5),
        (Integer(path="x", form="text"), " 007 ", 7),
        (Number(path="x"), 1.10, "1.1"),
        (Number(path="x", form="text"), "+1.500", "1.5"),
        (Number(path="x", decimals=1), 1.25, "1.25"),
        (Boolean(path="x", true="Y", false="N", also_true=("1", "y")), "y", True),
        (Boolean(path="x", true=1, false=0), 0, False),
        (Date(path="x", also_reads=("%Y%m%d",)), "20300131", "2030-01-31"),
        (Moment(path="x"), "2030-01-31T12:00:00.5+02:00", "2030-01-31T10:00:00.500000Z"),
        (Moment(path="x"), "2030-01-31t10:00z", "2030-01-31T10:00:00Z"),
        (Moment(path="x", format="epoch"), 0, "1970-01-01T00:00:00Z"),
        (Moment(path="x", resolution="second"), "2030-01-31T10:00:00.999Z", "2030-01-31T10:00:00Z"),
        (
            Moment(path="x", format="%d/%m/%Y %H:%M", zone="America/New_York"),
            "01/07/2030 08:00",
            "2030-07-01T12:00:00Z",
        ),
        (MoneyField(path="x", currency_path="y"), [5, "EUR"], {"amount": "5.00", "currency": "EUR"}),
        (MoneyField(path="x", currency="EUR", unit="minor"), 1234, {"amount": "12.34", "currency": "EUR"}),
        (
            MoneyField(path="x", currency="EUR", form="text"),
            "1.2345",
            {"amount": "1.2345", "currency": "EUR"},
        ),
        (MoneyField(path="x", currency="JPY"), 1000.0, {"amount": "1000", "currency": "JPY"}),
    ],
)
def test_a_wire_value_is_understood(field: WireField, said: Any, understood: Any) -> None:
    assert meant(field, said) == understood
    assert field.normal(field.normal(said)) == field.normal(said)


@pytest.mark.parametrize(
    ("field", "said", "message"),
    [
        (Text(path="x"), 5, "expected text, found a number"),
        (TextList(path="x"), "a", "expected a list of text"),
        (Integer(path="x"), 5.5, "with decimals"),
        (Integer(path="x"), "5", "expected whole number, found text"),
        (Integer(path="x"), True, "expected a number, found true or false"),
        (Integer(path="x", form="text"), "5,5", "plain decimal number"),
        (Number(path="x"), float("nan"), "finite"),
        (Number(path="x", form="text"), "1e5", "plain decimal number"),
        (Boolean(path="x"), 1, "expected True or False"),
        (Boolean(path="x", true=1, false=0), True, "expected 1 or 0"),
        (Date(path="x"), "2030-02-30", "expected a day"),
        (Date(path="x"), "20300131", "expected a day"),
        (Date(path="x", format="%d.%m.%Y"), "2030-01-31", "format '%d.%m.%Y'"),
        (Moment(path="x"), "2030-01-31T10:00:00", "with an offset"),
        (Moment(path="x"), "2030-13-31T10:00:00Z", "not in the calendar"),
        (Moment(path="x"), "0001-01-01T00:00:00+02:00", "not in the calendar"),
        (Moment(path="x", format="epoch"), "5", "expected whole seconds"),
        (Moment(path="x", format="epoch"), 10**15, "not in the calendar"),
        (
            Moment(path="x", format="%Y-%m-%d %H:%M", zone="Europe/Berlin"),
            "2030-03-31 02:30",
            "does not exist",
        ),
        (MoneyField(path="x", currency_path="y"), [5, None], "no currency at y"),
        (MoneyField(path="x", currency_path="y"), [5, "EURO"], "not an ISO 4217"),
        (MoneyField(path="x", currency="EUR", unit="minor"), 1.5, "found decimals"),
    ],
)
def test_a_wrong_wire_value_is_an_error(field: WireField, said: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        meant(field, said)


@pytest.mark.parametrize("form", ["json", "xml", "line"])
def test_text_is_refused_where_the_wire_cannot_carry_it(form: Any) -> None:
    field = Text(path="x")
    field.text = form
    refused = {"json": "", "xml": "\x01\ufffe\r", "line": "\x01\ufffe\r\n\t\u2028"}[form]
    for character in "\x01\ufffe\r\n\t\u2028":
        if character in refused:
            with pytest.raises(ValidationError, match="cannot stand on this"):
                wire(field, f"a{character}")
        else:
            assert wire(field, f"a{character}") == f"a{character}"


class TestCodes:
    def test_the_deployment_comes_before_the_mapping_of_the_field(self) -> None:
        field = Code(path="x", value_map="status", mapping={"active": "A", "closed": "C"})
        context = MapContext("bo", value_maps={"status": ValueMap("status", {"active": 1})})
        assert wire(field, AccountStatus.ACTIVE, context) == 1
        assert wire(field, AccountStatus.CLOSED, context) == "C"
        assert meant(field, 1.0, context) == "active"
        assert meant(field, "C", context) == "closed"

    def test_an_unmapped_code_is_an_error_that_says_what_to_add(self) -> None:
        field = Code(path="x", value_map="status", mapping={"active": "A"})
        with pytest.raises(ValidationError, match=r"'closed'; add it to \[value_map.bo.status\]"):
            wire(field, "closed")
        with pytest.raises(ValidationError, match=r"'Z' is unknown; add it to \[value_map.bo.status\]"):
            meant(field, "Z")
        with pytest.raises(ValidationError, match="mapping of the field"):
            wire(Code(path="x", mapping={}), "closed")
        with pytest.raises(ValidationError, match="expected a code, found true or false"):
            meant(field, value=True)

    def test_codes_pass_through_by_policy_or_without_a_map(self) -> None:
        assert wire(Code(path="x"), "closed") == "closed"
        assert meant(Code(path="x"), "anything") == "anything"
        mixed = Code(path="x", mapping={"active": "A"}, unmapped="pass_through")
        assert wire(mixed, "closed") == "closed"
        with pytest.raises(ValidationError, match="unknown"):
            meant(Code(AccountStatus, path="x"), "anything")

    def test_a_default_is_a_declared_loss(self) -> None:
        field = Code(path="x", mapping={"active": "A"}, default="?", read_default=AccountStatus.INACTIVE)
        assert wire(field, "closed") == "?"
        assert meant(field, "Z") == "inactive"
        assert field.losses() == (
            "codes without a spelling are sent as '?'",
            "unknown codes are read as inactive",
        )

    def test_several_codes_of_one_spelling_need_the_inverse(self) -> None:
        with pytest.raises(ConfigurationError, match="State the inverse"):
            Code(path="x", mapping={"inactive": "X", "closed": "X"})
        field = Code(path="x", mapping={"inactive": "X", "closed": "X"}, inverse={"X": "closed"})
        assert meant(field, "X") == "closed"
        assert field.losses() == ("inactive read back as another code",)


class TestUnderstood:
    """A base must stand in our spelling, or the next send would undo what only they know."""

    @pytest.mark.parametrize(
        ("field", "said", "understood"),
        [
            (Code(path="x", mapping={"active": "A"}, read_default="active"), "Z", "A"),
            (Text(path="x", max_length=3, too_long="truncate"), "Adam", "Ada"),
            (Text(path="x", max_length=3), "Adam", "Adam"),
            (Number(path="x", decimals=1, rounds=True), 1.25, 1.3),
            (Number(path="x", decimals=1), 1.25, 1.25),
            (MoneyField(path="x", currency_path="y", rounds=True), [1.256, "EUR"], [1.26, "EUR"]),
            (MoneyField(path="x", currency="EUR", rounds=True), 1.256, 1.26),
            (MoneyField(path="x", currency="EUR", rounds=True, unit="minor"), 126, 126),
            (MoneyField(path="x", currency="EUR"), 1.256, 1.256),
            (Date(path="x"), "2030-01-31", "2030-01-31"),
        ],
    )
    def test_it_is_what_we_shall_send(self, field: WireField, said: Any, understood: Any) -> None:
        assert field.understood(field.normal(said), CONTEXT) == understood


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MoneyField(path="x"), "state where its currency comes from"),
        (lambda: MoneyField(path="x", currency="EUR", currency_path="y"), "once"),
        (lambda: Moment(path="x", zone="Mars/Base"), "not a time zone"),
        (lambda: Moment(path="x", format="%Q"), "%Q cannot be read back"),
        (lambda: Moment(path="x", format="%H:%M %Z"), "%Z cannot be read back"),
    ],
)
def test_a_field_that_cannot_work_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make()


def test_losses_are_said_in_words() -> None:
    assert Text(path="x", cleared="").losses() == ("empty text reads back as not set",)
    assert Date(path="x", format="%d%m%y").losses() == ("the century",)
    assert Moment(path="x").losses() == ()
    assert Moment(path="x", format="%Y%m%d%H%M", zone="Europe/Berlin").losses() == (
        "what is finer than a minute",
        "which of the two hours when clocks go back in Europe/Berlin",
    )
    assert MoneyField(path="x", currency="EUR").loss is None
    assert (
        MoneyField(path="x", currency="EUR", rounds=True).loss == "rounded to the minor unit of the currency"
    )


def test_missing_is_not_null() -> None:
    assert MISSING is not None
    assert repr(MISSING) == "<Missing.MISSING: 'missing'>"
