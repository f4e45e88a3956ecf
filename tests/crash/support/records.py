"""The records that are saved, each with a counter of its saves in a field that arrives over there."""

from __future__ import annotations

from backhaul.entities import Account, Contact, Email, Record

_SWITCHING = "07"


def contact(record_id: str, *, of: str | None = None) -> Contact:
    """A new contact; `of` is the one account that it belongs to and whose lane it shares."""
    return Contact(
        id=record_id,
        first_name="Ann",
        last_name=f"Lee {record_id}",
        job_title="1",
        emails=[Email(part_id="e1", address=f"{record_id}@example.org")],
        account_ids=[of] if of else [],
    )


def account(record_id: str, *, person: str | None) -> Account:
    """A new account. Without a person the back office gets an organization for it, in a call of two steps."""
    return Account(
        id=record_id,
        name=f"Account {record_id}, odd",
        alias="1",
        account_number=f"N{record_id}",
        currency="EUR",
        primary_contact_id=person,
        contact_ids=[person] if person else [],
    )


def saves_of(record: Record) -> int:
    """How often a record says that it was saved."""
    marker = record.alias if isinstance(record, Account) else getattr(record, "job_title", None)
    return int(marker or 0)


def switches(account: Account) -> bool:
    """Whether every save of the account changes who is engaged over there: the person, or an organization."""
    return bool(account.contact_ids) and account.id[-1] in _SWITCHING


def saved_again(record: Record) -> Record:
    """The next save of a record: its counter goes up, and with it every other field that changes."""
    count = saves_of(record) + 1
    if not isinstance(record, Account):
        return record.changed(job_title=str(count), middle_name=f"M{count}")
    # Every other save brings the former name back.
    name = f"Account {record.id}, {'odd' if count % 2 else 'even'}"
    person = record.primary_contact_id
    if switches(record):
        person = None if person else record.contact_ids[0]
    return record.changed(
        alias=str(count),
        name=name,
        description=f"text {count}",
        primary_contact_id=person,
    )
