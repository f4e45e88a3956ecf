# ruff: noqa: INP001  (a script beside its data, not a package)
"""Writes the example export: accounts.csv, contacts.csv and planted_defects.csv.

``python examples/telco/generate.py [FOLDER]``; without a folder beside this file. The files are the same on
every machine, byte for byte. Standard library only.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from defects import ACCOUNTS, CONTACTS, Defect
from people import COMPANIES, DESCRIPTIONS, FIRST, HOUSES, JOBS, LAST, MARKETS, SALUTATIONS, choice, number

Row = dict[str, str]

ACCOUNT_COUNT = 500
# Every ninth account, from the thirtieth, is spoiled; those named by number below are others.
_STEP = 9
_UNTIDY = ("{}", "{}", "{}", "{}", "  {}", "{} ", "\u00a0{}", "{}\t")


@dataclass(slots=True)
class Planted:
    """A row as it is written, and why it must be rejected (empty: it is good)."""

    row: Row
    field: str = ""
    kind: str = ""
    text: str | None = None  # instead of the row, for rows that are no proper CSV


@dataclass(slots=True)
class Sheet:
    """A file in the making."""

    name: str
    rows: list[Planted] = field(default_factory=list)

    def text(self) -> tuple[str, list[tuple[int, Planted]]]:
        """Return the content, and every spoiled row with the physical line it begins on."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(self.rows[0].row)
        spoiled = []
        for planted in self.rows:
            if planted.kind:
                spoiled.append((out.getvalue().count("\n") + 1, planted))
            if planted.text is None:
                writer.writerow(planted.row.values())
            else:
                out.write(planted.text + "\r\n")
        return out.getvalue(), spoiled


def account(index: int) -> Row:
    """Return the row of an account that is good, though not tidy."""
    market = choice(MARKETS, "market", index)
    business = number(3, "business", index) == 0
    first, last = choice(FIRST, "first", index), choice(LAST, "last", index)
    name = choice(COMPANIES, "company", index) if business else f"{first} {last}"
    city, state, postal_code = choice(market.cities, "city", index)
    limit = choice(market.limits, "limit", index)
    bare = number(7, "bare", index) == 0  # nothing optional is filled in
    return {
        "account_id": f"A-{10000 + index}",
        "account_number": f"{market.country}{700000 + index * 7}",
        "name": choice(_UNTIDY, "blanks", index).format(name),
        "account_type": "business" if business else "residential",
        "account_class": choice(("customer", "billing", "service", ""), "class", index),
        "status": choice(("active", "active", "active", "prospect", "suspended", "closed"), "status", index),
        "alias": "" if bare else choice(("", "", last, f"„{first}“"), "alias", index),
        "description": "" if bare else choice(DESCRIPTIONS, "description", index),
        "segment": "" if bare else choice(("SOHO", "MASS", "KEY", ""), "segment", index),
        "currency": market.currency,
        "locale": market.locale,
        "credit_limit": "" if bare else limit,
        "credit_score": "" if bare else str(300 + number(550, "score", index)),
        "risk_class": "" if bare else choice(("low", "medium", "high", ""), "risk", index),
        "credit_status_date": "" if bare else f"2024-{1 + index % 12:02}-{1 + index % 28:02}",
        "parent_account_id": "",
        "contact_ids": "",
        "primary_contact_id": "",
        "house_number": "" if bare else choice(HOUSES, "house", index),
        "street": "" if bare else choice(market.streets, "street", index),
        "city": "" if bare else city,
        "state": "" if bare else state,
        "postal_code": "" if bare else postal_code,
        "country": "" if bare else market.country,
        "address_valid_from": "" if bare else choice(("", f"20{10 + index % 14}-07-01"), "valid", index),
    }


def contact(index: int, account_ids: str) -> Row:
    """Return the row of a contact that is good, though not tidy."""
    market = choice(MARKETS, "market", index)
    bare = number(6, "bare contact", index) == 0
    phone = f"{market.prefix} {number(900, 'area', index) + 100} {number(900000, 'phone', index) + 100000}"
    return {
        "contact_id": f"C-{20000 + index}",
        "salutation": choice(SALUTATIONS, "salutation", index),
        "first_name": choice(_UNTIDY, "blanks first", index).format(choice(FIRST, "first name", index)),
        "middle_name": choice(("", "", "", "J.", "von und zu", "मोहन"), "middle", index),
        "last_name": choice(_UNTIDY, "blanks last", index).format(choice(LAST, "last name", index)),
        "job_title": "" if bare else choice(JOBS, "job", index),
        "status": choice(("active", "active", "active", "inactive", "deceased"), "contact status", index),
        "contact_type": choice(("account_holder", "billing", "technical", ""), "contact type", index),
        "gender": choice(("female", "male", "diverse", "not_stated", ""), "gender", index),
        "birth_date": "" if bare else f"19{40 + index % 60}-{1 + index % 12:02}-{1 + index % 28:02}",
        "preferred_channel": choice(("phone", "email", "sms", "post", ""), "channel", index),
        "email": "" if bare else choice(EMAILS, "email", index).format(index),
        "work_phone": "" if bare else phone,
        "mobile_phone": choice(("", f"({number(900, 'local', index)}) 555-01.23"), "mobile", index),
        "account_ids": account_ids,
    }


EMAILS = ("kunde{}@example.com", "o'brien+{}@example.org", " Zoe.{}@EXAMPLE.com ", "用户{}@例え.example", "")


def good_accounts() -> list[Planted]:
    """Return all accounts, with a few that are untidier than the rest."""
    rows = [account(index) for index in range(ACCOUNT_COUNT)]
    rows[2]["name"] = "Freiwillige Feuerwehr und Heimatverein " * 8  # over 300 characters
    rows[3]["description"] = "Very long story. " * 300
    rows[4]["description"] = 'line one\nline "two"\n\nline four, after an empty one\n'
    rows[5]["name"] = "\u202bشركة الخليج للاتصالات (Gulf)\u202c"
    rows[6]["name"] = "👨‍👩‍👧‍👦 Familie Strauß"
    rows[7]["name"] = "Zoe\u0308 Combining"  # e and a combining diaeresis: not the one character ë
    rows[8]["alias"] = "'; DROP TABLE accounts; --"
    rows[11]["name"] = "Null"
    rows[12]["name"] = "0"
    for child, parent in ((20, 10), (21, 10), (22, 20), (23, 480)):  # 480 comes later in the file
        rows[child]["parent_account_id"] = rows[parent]["account_id"]
    return [Planted(row) for row in rows]


def spoil(planted: Planted, defect: Defect) -> None:
    """Overwrite cells of a row."""
    planted.row.update(defect.cells)
    planted.kind = defect.kind
    planted.field = defect.field or next(iter(defect.cells))


def add_contacts(accounts: list[Planted]) -> list[Planted]:
    """Give every good account none to three contacts; every third contact is not named by its account."""
    contacts: list[Planted] = []
    for index, planted in enumerate(accounts):
        if planted.kind:
            continue
        named = []
        for _ in range(number(4, "contacts", index)):
            row = contact(len(contacts), planted.row["account_id"])
            contacts.append(Planted(row))
            if len(contacts) % 3:
                named.append(row["contact_id"])
        planted.row["contact_ids"] = choice((";", "; "), "separator", index).join(named)
        planted.row["primary_contact_id"] = named[-1] if named else ""
    return contacts


def spoil_contacts(contacts: list[Planted]) -> None:
    """Spoil contacts that no account names, so that no other row falls with them."""
    unnamed = contacts[2::3]
    for position, defect in enumerate(CONTACTS):
        spoil(unnamed[4 + position * 5], defect)


def fall_with(accounts: list[Planted], contacts: list[Planted]) -> None:
    """Spoil one account and one contact that others name: those rows fall as well."""
    by_id = {planted.row["contact_id"]: planted for planted in contacts}
    holders = [one for one in accounts if one.row["contact_ids"] and not one.kind]
    bad_account, good_account = holders[30], holders[60]
    spoil(bad_account, Defect("bad date", {"credit_status_date": "2024-00-10"}))
    spoil(by_id[good_account.row["primary_contact_id"]], Defect("bad e-mail", {"email": "@example.com"}))
    lost = {bad_account.row["account_id"], good_account.row["account_id"]}
    first_named = good_account.row["contact_ids"].replace(" ", "").split(";")
    good_account.field = "contact_ids" if good_account.row["primary_contact_id"] in first_named else ""
    good_account.kind = "names a rejected row"
    for planted in contacts:
        if planted.row["account_ids"] in lost and not planted.kind:
            planted.field, planted.kind = "account_ids", "names a rejected row"


def repeat(rows: list[Planted], position: int, at: int, kind: str, **changes: str) -> None:
    """Write a good row once more, further down, unchanged or with changes."""
    original = next(one for one in rows[position:] if not one.kind)
    id_column = next(iter(original.row))
    copy = {**original.row, **changes}
    found = id_column if copy[id_column] == original.row[id_column] else "account_number"
    if found == "account_number":
        copy |= {"contact_ids": "", "primary_contact_id": ""}
    rows.insert(at, Planted(copy, found, kind))


def misshape(rows: list[Planted]) -> None:
    """Write rows that are no proper CSV; the rows after them are good."""
    cells = list(account(900).values())
    too_many = [cells[0], cells[1], "Meier", *cells[2:]]  # "Meier, Jung" with its quotes forgotten
    for at, text in (
        (301, ",".join(cells[:12])),
        (333, ",".join(cells[:2]) + ",Meier, Jung" + ",x" * (len(too_many) - 4)),
        (377, f'{cells[0]},{cells[1]},"19" Rack & Co' + "," * (len(cells) - 3)),
    ):
        rows.insert(at, Planted({}, "", "not a proper row", text))


def export() -> Iterator[Sheet]:
    """Yield both files."""
    accounts = good_accounts()
    for position, defect in enumerate(ACCOUNTS):
        spoil(accounts[30 + position * _STEP], defect)
    contacts = add_contacts(accounts)
    spoil_contacts(contacts)
    fall_with(accounts, contacts)
    repeat(accounts, 40, 140, "exact duplicate")
    repeat(accounts, 200, 201, "exact duplicate")
    repeat(accounts, 90, 470, "exact duplicate")
    repeat(accounts, 60, 160, "same id, other content", name="Somebody else")
    repeat(accounts, 100, 420, "same id, other content", status="inactive", city="Moved Town")
    repeat(accounts, 110, 430, "account number given twice", account_id="A-99001", name="Other customer")
    repeat(accounts, 120, 440, "account number given twice", account_id="A-99002")
    misshape(accounts)
    repeat(contacts, 50, 250, "exact duplicate")
    repeat(contacts, 80, 81, "exact duplicate")
    repeat(contacts, 120, 300, "same id, other content", last_name="Renamed")
    yield Sheet("accounts.csv", accounts)
    yield Sheet("contacts.csv", contacts)


def main(folder: Path) -> None:
    """Write the three files."""
    listing = io.StringIO()
    planted = csv.writer(listing, lineterminator="\r\n")
    planted.writerow(["file", "line", "field", "defect"])
    for sheet in export():
        text, spoiled = sheet.text()
        (folder / sheet.name).write_bytes(b"\xef\xbb\xbf" + text.encode())
        planted.writerows([sheet.name, line, one.field, one.kind] for line, one in spoiled)
    (folder / "planted_defects.csv").write_bytes(listing.getvalue().encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
