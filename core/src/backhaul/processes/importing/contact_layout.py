"""Contacts in an export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from backhaul.entities import (
    Channel,
    Contact,
    ContactStatus,
    ContactType,
    Email,
    Gender,
    Phone,
    PhoneType,
)
from backhaul.processes.importing import cells
from backhaul.processes.importing.layout import Column, Layout

_PLAIN = (
    "salutation", "first_name", "middle_name", "last_name", "job_title", "status", "contact_type", "gender",
    "birth_date", "preferred_channel",
)  # fmt: skip
_PHONES = {"work_phone": PhoneType.WORK, "mobile_phone": PhoneType.MOBILE}


def _contact(values: Mapping[str, Any]) -> Contact:
    contact = values["contact_id"]
    email = values["email"]
    return Contact(
        id=contact,
        emails=[Email(part_id=f"{contact}-email", address=email)] if email else [],
        phones=[
            Phone(part_id=f"{contact}-{kind.value}", number=values[name], type=kind)
            for name, kind in _PHONES.items()
            if values[name]
        ],
        account_ids=values["account_ids"] or [],
        **{name: values[name] for name in _PLAIN},
    )


CONTACTS: Final = Layout(
    "contact",
    (
        Column("contact_id", "id of the contact in the export", cells.identifier, required=True),
        Column("salutation", "Ms, Dr …", cells.text),
        Column("first_name", "given name", cells.text),
        Column("middle_name", "further given names", cells.text),
        Column("last_name", "family name, or the only name", cells.text, required=True),
        Column("job_title", "what the person does", cells.text),
        Column("status", "life cycle of the contact", cells.code(ContactStatus), required=True),
        Column("contact_type", "the part the person plays for the account", cells.code(ContactType)),
        Column("gender", "as the person states it", cells.code(Gender)),
        Column("birth_date", "day, ISO 8601", cells.day),
        Column("preferred_channel", "how the person wants to be reached", cells.code(Channel)),
        Column("email", "one e-mail address", cells.email),
        Column("work_phone", "one telephone number", cells.phone, telephone=True),
        Column("mobile_phone", "one telephone number", cells.phone, telephone=True),
        Column("account_ids", "account_id of the accounts, semicolons between", cells.identifiers),
    ),
    _contact,
)
"""The columns of contacts.csv."""
