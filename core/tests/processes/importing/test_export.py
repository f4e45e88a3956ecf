from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backhaul.entities import (
    Account,
    AccountClass,
    AccountStatus,
    AccountType,
    Address,
    Channel,
    Contact,
    ContactStatus,
    ContactType,
    CreditProfile,
    Email,
    Gender,
    Money,
    Phone,
    PhoneType,
    RiskClass,
)  # fmt: skip
from backhaul.processes.importing import CONTACTS, ImportedRow, Reject, import_rows, read_export
from backhaul.sdk.errors import ConfigurationError, ConflictError

FULL_ACCOUNT = {
    "account_id": "A-1", "account_number": "DE77", "name": " Müller\n& Söhne ", "account_type": "business",
    "account_class": "customer", "status": "suspended", "alias": "MS", "description": "one\r\ntwo",
    "segment": "SOHO", "currency": "KWD", "locale": "ar-KW", "credit_limit": "10.125", "credit_score": "640",
    "risk_class": "low", "credit_status_date": "2024-02-29", "parent_account_id": "A-2",
    "contact_ids": "C-1; C-2", "primary_contact_id": "C-1", "house_number": "12a", "street": "Ring",
    "city": "Köln", "state": "NRW", "postal_code": "50667", "country": "DE",
    "address_valid_from": "2020-01-01",
}  # fmt: skip
FULL_CONTACT = {
    "contact_id": "C-1", "salutation": "Dr.", "first_name": "Zoë", "middle_name": "J.", "last_name": "王",
    "job_title": "CTO", "status": "inactive", "contact_type": "billing", "gender": "female",
    "birth_date": "1980-12-31", "preferred_channel": "sms", "email": "z@example.com",
    "work_phone": "+49 89 1234", "mobile_phone": "(0171) 555", "account_ids": "A-1;A-2",
}  # fmt: skip


def test_every_column_of_an_account_arrives(export: Any) -> None:
    export.account_rows(FULL_ACCOUNT, {"account_id": "A-2"})
    export.contact_rows({"contact_id": "C-1"}, {"contact_id": "C-2"})
    assert next(record for record in export.records() if record.id == "A-1") == Account(
        id="A-1", account_number="DE77", name="Müller\n& Söhne", account_type=AccountType.BUSINESS,
        account_class=AccountClass.CUSTOMER, status=AccountStatus.SUSPENDED, alias="MS",
        description="one\ntwo", segment="SOHO", currency="KWD", locale="ar-KW", parent_account_id="A-2",
        contact_ids=["C-1", "C-2"], primary_contact_id="C-1", primary_address_id="A-1-address",
        addresses=[Address(
            part_id="A-1-address", house_number="12a", street="Ring", city="Köln", state="NRW",
            postal_code="50667", country="DE", valid_from=date(2020, 1, 1),
        )],
        credit_profile=CreditProfile(
            part_id="A-1-credit", credit_limit=Money(amount=Decimal("10.125"), currency="KWD"),
            credit_score=640, risk_class=RiskClass.LOW, status_date=date(2024, 2, 29),
        ),
    )  # fmt: skip


def test_every_column_of_a_contact_arrives(export: Any) -> None:
    export.contact_rows(FULL_CONTACT)
    export.account_rows({"account_id": "A-1"}, {"account_id": "A-2"})
    assert export.records()[0] == Contact(
        id="C-1", salutation="Dr.", first_name="Zoë", middle_name="J.", last_name="王", job_title="CTO",
        status=ContactStatus.INACTIVE, contact_type=ContactType.BILLING, gender=Gender.FEMALE,
        birth_date=date(1980, 12, 31), preferred_channel=Channel.SMS, account_ids=["A-1", "A-2"],
        emails=[Email(part_id="C-1-email", address="z@example.com")],
        phones=[
            Phone(part_id="C-1-work", number="+49 89 1234", type=PhoneType.WORK),
            Phone(part_id="C-1-mobile", number="(0171) 555", type=PhoneType.MOBILE),
        ],
    )  # fmt: skip


def test_empty_cells_say_nothing(export: Any) -> None:
    export.account_rows({"alias": "  ", "city": "\u3000"})
    assert export.records() == [Account(id="A-1", name="Müller & Söhne", status=AccountStatus.ACTIVE)]


def test_an_imported_row_can_still_be_refused(export: Any) -> None:
    export.account_rows({"description": "card free"}, {"account_id": "A-2"})
    first, second = import_rows(export.accounts, export.contacts)
    assert isinstance(first, ImportedRow)
    assert isinstance(second, ImportedRow)
    reject = second.refused("account_number", "taken by a record that is stored already")
    assert (reject.line, reject.field, reject.entity) == (3, "account_number", "account")
    assert reject.file == str(export.accounts) == first.file
    assert reject.row[:3] == ("A-2", "", "Müller & Söhne")


def test_files_are_looked_at_when_called(export: Any) -> None:
    export.contacts.unlink()
    with pytest.raises(ConfigurationError, match=r"contacts\.csv: cannot be read: No such file"):
        read_export(export.accounts, export.contacts)


def test_a_folder_is_no_file(export: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not a regular file"):
        read_export(tmp_path, export.contacts)


def test_a_file_that_changes_is_noticed(export: Any) -> None:
    export.account_rows({})
    rows = read_export(export.accounts, export.contacts)
    export.account_rows({"name": "Somebody else entirely"})
    with pytest.raises(ConflictError, match=r"accounts\.csv changed while it was read"):
        list(rows)


def test_a_file_that_grows_behind_the_reader_is_noticed(export: Any) -> None:
    export.account_rows({}, {"account_id": "A-2"})
    rows = read_export(export.accounts, export.contacts)
    assert isinstance(next(rows), Account)
    with export.accounts.open("a", encoding="utf-8") as target:
        target.write("\n")
    with pytest.raises(ConflictError, match="changed while it was read"):
        list(rows)


def test_the_order_of_columns_is_free(export: Any) -> None:
    header, row = "status,contact_id,last_name", "active,C-7,Li"
    others = [name for name in CONTACTS.names if name not in header.split(",")]
    export.contacts.write_text(
        ",".join([*others, header]) + "\n" + ",".join([*("" for _ in others), row]) + "\n", encoding="utf-8"
    )
    assert export.records() == [Contact(id="C-7", last_name="Li", status=ContactStatus.ACTIVE)]


def test_the_repr_of_a_reject_shows_no_person(export: Any) -> None:
    export.contact_rows({"last_name": "Secretive", "email": "nobody"})
    reject = export.only_reject()
    assert isinstance(reject, Reject)
    assert "Secretive" not in repr(reject)
    assert "Secretive" in reject.row
