"""The judgement: what the simulated system holds and was told, against what the front desk saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from tests.crash.support.evidence import MARKERS, Evidence, characteristics
from tests.crash.support.records import saves_of, switches

from backhaul.entities import Account, Contact, Record
from backhaul.store.records import Ref

_RESOURCES = {"account": "customer", "contact": "individual"}


def judged(evidence: Evidence, records: Mapping[Ref, Record], saved: Mapping[Ref, int]) -> Iterator[str]:
    """Everything that is wrong, in words; nothing, if all is well."""
    yield from _saves(records, saved)
    yield from _lost_or_doubled(evidence, records)
    yield from _organizations(evidence, records)
    yield from _made_twice(evidence)
    yield from _going_back(evidence)
    yield from _different(evidence, records)


def _saves(records: Mapping[Ref, Record], saved: Mapping[Ref, int]) -> Iterator[str]:
    """Here: every save is in the store, and nothing came back from over there that nobody had saved."""
    if records.keys() != saved.keys():
        yield f"the store lost or invented {sorted(records.keys() ^ saved.keys())}"
    for ref, record in records.items():
        if not saved.get(ref) == saves_of(record) == record.version:
            yield f"{ref} was saved {saved.get(ref)} times, says {saves_of(record)}, is at {record.version}"


def _lost_or_doubled(evidence: Evidence, records: Mapping[Ref, Record]) -> Iterator[str]:
    for entity, resource in _RESOURCES.items():
        there = evidence.by_our_id(resource)
        here = {record_id for kind, record_id in records if kind == entity}
        for record_id in sorted(here - there.keys()):
            yield f"{entity} {record_id} is not there"
        for record_id in sorted(there.keys() - here):
            yield f"{resource} of {record_id!r} is nobody's"
        for record_id, objects in there.items():
            if len(objects) > 1:
                yield f"{entity} {record_id} is there {len(objects)} times"
        if len(evidence.objects[resource]) != len(here):
            yield f"{len(here)} {entity}s have {len(evidence.objects[resource])} objects"


def _organizations(evidence: Evidence, records: Mapping[Ref, Record]) -> Iterator[str]:
    """One for each account without a person, which carries its name, and none for one that always had one."""
    there = evidence.by_our_id("organization")
    accounts = {record.id: record for record in records.values() if isinstance(record, Account)}
    for record_id in sorted(there.keys() - accounts.keys()):
        yield f"an organization of {record_id!r} is nobody's"
    for account in accounts.values():
        found = there.get(account.id, ())
        alone = account.primary_contact_id is None
        if len(found) != alone and not (len(found) == 1 and switches(account)):
            yield f"account {account.id} has {len(found)} organizations"
        for organization in found if alone else ():
            if organization.get("tradingName") != account.name:
                yield f"the organization of {account.id} is {organization}, not {account.name!r}"


def _made_twice(evidence: Evidence) -> Iterator[str]:
    """Also of what was made there and is not there any more."""
    made = Counter((write.resource, write.our_id) for write in evidence.writes if write.operation == "create")
    for (resource, record_id), count in made.items():
        if count > 1:
            yield f"{resource} of {record_id} was made {count} times"


def _going_back(evidence: Evidence) -> Iterator[str]:
    """A lower version after a higher one, by the counter that every write carries."""
    for (resource, identifier), writes in evidence.by_object(MARKERS).items():
        for before, after in pairwise(writes):
            if after.marker < before.marker:
                yield (
                    f"{resource} {identifier} of {before.our_id} went from save {before.marker} (write "
                    f"{before.seq}) back to save {after.marker} (write {after.seq})"
                )


def _different(evidence: Evidence, records: Mapping[Ref, Record]) -> Iterator[str]:
    objects = {resource: evidence.by_our_id(resource) for resource in evidence.objects}
    for (entity, record_id), record in records.items():
        for found in objects[_RESOURCES[entity]].get(record_id, ()):
            wanted = _wanted(record, objects)
            shown = {name: _shown(found, name) for name in wanted}
            if shown != wanted:
                yield f"{entity} {record_id} is {shown} there, not {wanted}"


def _wanted(record: Record, objects: Mapping[str, Mapping[str, list[dict[str, Any]]]]) -> dict[str, Any]:
    """What an object must say, spelled without the mapping that is under test."""
    if isinstance(record, Account):
        person = record.primary_contact_id
        party = (
            objects["individual"].get(person, ()) if person else objects["organization"].get(record.id, ())
        )
        return {
            "name": record.name,
            "engagedParty.id": [one["id"] for one in party],
            "alias": record.alias,
            "description": record.description,
            "accountNumber": record.account_number,
            "currency": record.currency,
        }
    assert isinstance(record, Contact)
    return {
        "givenName": record.first_name,
        "familyName": record.last_name,
        "middleName": record.middle_name,
        "jobTitle": record.job_title,
        "emailAddress": [email.address for email in record.emails],
    }


def _shown(document: Mapping[str, Any], name: str) -> Any:
    if name == "engagedParty.id":
        return [document["engagedParty"]["id"]]
    if name == "emailAddress":
        return [medium["characteristic"][name] for medium in document.get("contactMedium", ())]
    return document.get(name, characteristics(document).get(name))
