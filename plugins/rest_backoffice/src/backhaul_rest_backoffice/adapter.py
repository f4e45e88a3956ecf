"""The adapter of TM Forum back offices: TMF629 customers, TMF632 individuals and organizations, version 4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from backhaul.entities import Account, Contact
from backhaul.sdk.call import FindCall, ProbeCall, QueryCall, SendCall
from backhaul.sdk.capability import finds, probes, queries, receives, sends
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.inbound import Inbound, Polled, RawMessage
from backhaul.sdk.json import Document, Json
from backhaul.sdk.repeat import Change, Repeat, Stamps
from backhaul.sdk.reply import Found, QueryPage, Reply, Stamp
from backhaul.sdk.rest import RestAdapter
from backhaul.sdk.transports.base import Transport
from backhaul_rest_backoffice import filters, hub, messages, polling
from backhaul_rest_backoffice.mapping import characteristic
from backhaul_rest_backoffice.mapping.characteristic import OUR_ID
from backhaul_rest_backoffice.mapping.customer import CustomerSchema
from backhaul_rest_backoffice.mapping.engaged_party import INDIVIDUAL, ORGANIZATION, reference
from backhaul_rest_backoffice.mapping.individual import IndividualSchema
from backhaul_rest_backoffice.settings import TmfSettings
from backhaul_rest_backoffice.stamp import stamp_in

CUSTOMER, INDIVIDUAL_RESOURCE, ORGANIZATION_RESOURCE = "customer", "individual", "organization"


class TmfBackOffice(RestAdapter[TmfSettings]):
    """A system with TM Forum's Customer and Party APIs.

    Our id travels in a characteristic, by which a probe finds what became of a send; no field and no header
    keeps a repeated create from making a second object, so nothing is repeated unprobed.
    """

    stamps = Stamps.EVERYWHERE
    poll_sources: tuple[str, ...] = ("individual", "customer")

    def __init__(self, settings: TmfSettings, transport: Transport) -> None:
        super().__init__(settings, transport)
        self.customers = f"{settings.customer_path}/{CUSTOMER}"
        self.individuals = f"{settings.party_path}/{INDIVIDUAL_RESOURCE}"
        self.organizations = f"{settings.party_path}/{ORGANIZATION_RESOURCE}"
        # Without a time of change nothing can be ordered, nor asked for since then.
        stamped = settings.last_update_field is not None
        self.stamps = Stamps.EVERYWHERE if stamped else Stamps.NEVER
        self.poll_sources = tuple(settings.poll_sources) if stamped else ()

    # -- accounts -----------------------------------------------------------------------------------------

    @sends(Account, wire=CustomerSchema, repeat=Repeat.NONE, needs=(Contact,))
    def send_account(self, call: SendCall[Account]) -> Reply:
        """Create or change a customer; without a primary contact it engages an organization of its own."""
        identifier = call.external_id()
        if identifier is not None:
            self._rename(call)
            return self.amend(self.customers, identifier, call)
        payload = call.payload
        if "engagedParty" not in payload:
            name = str(payload["name"])
            payload = {**payload, "engagedParty": reference(self._organization(call, name), ORGANIZATION)}
        return self.create(self.customers, call, payload)

    @probes(Account, wire=CustomerSchema)
    def probe_account(self, call: ProbeCall[Account]) -> Found | None:
        """The customer, with the organization that was made for it; an organization alone is no customer."""
        found = self.probe(self.customers, call)
        bound = call.external_id(ORGANIZATION_RESOURCE)
        if found is not None and bound is not None:
            return self._of_one_name(found, bound, call)
        if found is None or not _engages_organization(found.document):
            return found
        made = self.with_our_id(self.organizations, call, call.record_id)
        bindings = {} if made is None else {ORGANIZATION_RESOURCE: made.external_id}
        return Found(found.external_id, found.document, found.stamp, bindings)

    @finds(Account, wire=CustomerSchema)
    def find_account(self, call: FindCall[Account]) -> Sequence[Found]:
        """Customers that carry our id, else the account number, else the name."""
        return filters.first_found(self, self.customers, call, filters.account_filters(call))

    @queries(Account, wire=CustomerSchema)
    def query_accounts(self, call: QueryCall[Account]) -> QueryPage:
        """Customers by external id, name, status or one characteristic."""
        return self.query(self.customers, call, filters.criteria(call, "characteristic"))

    @receives(Account, wire=CustomerSchema)
    def receive_account(self, message: RawMessage) -> Iterable[Inbound]:
        """What an event or a poll says of a customer."""
        return messages.read(self, message, CUSTOMER)

    # -- contacts -----------------------------------------------------------------------------------------

    @sends(Contact, wire=IndividualSchema, repeat=Repeat.NONE)
    def send_contact(self, call: SendCall[Contact]) -> Reply:
        """Create or change an individual."""
        return self.upsert(self.individuals, call)

    @probes(Contact, wire=IndividualSchema)
    def probe_contact(self, call: ProbeCall[Contact]) -> Found | None:
        """The individual."""
        return self.probe(self.individuals, call)

    @finds(Contact, wire=IndividualSchema)
    def find_contact(self, call: FindCall[Contact]) -> Sequence[Found]:
        """Individuals that carry our id, else the whole name."""
        return filters.first_found(self, self.individuals, call, filters.contact_filters(call))

    @queries(Contact, wire=IndividualSchema)
    def query_contacts(self, call: QueryCall[Contact]) -> QueryPage:
        """Individuals by external id, name, status or one characteristic."""
        return self.query(self.individuals, call, filters.criteria(call, "partyCharacteristic"))

    @receives(Contact, wire=IndividualSchema)
    def receive_contact(self, message: RawMessage) -> Iterable[Inbound]:
        """What an event or a poll says of an individual."""
        return messages.read(self, message, INDIVIDUAL_RESOURCE)

    # -- changes over there -------------------------------------------------------------------------------

    def poll(self, source: str, cursor: str | None, deadline: Deadline) -> Polled:
        """What was changed since the cursor, oldest first, a page after the other."""
        return polling.poll(self, source, cursor, deadline)

    def subscribe(self, callback: str, deadline: Deadline) -> None:
        """Register at the hubs of both APIs; an address that is registered already stays so."""
        if self.settings.hub:
            hub.register(self, f"{self.settings.customer_path}/hub", CUSTOMER, callback, deadline)
            hub.register(self, f"{self.settings.party_path}/hub", INDIVIDUAL_RESOURCE, callback, deadline)

    def check(self, deadline: Deadline) -> str:
        """Read one object of each API."""
        for collection in (self.customers, self.individuals):
            self.get(collection, deadline, query={"limit": "1", "fields": "id"}).many()
        return f"{self.settings.url} answers for {self.customers} and {self.individuals}"

    # -- how TM Forum spells what every REST system has -----------------------------------------------------

    def our_id_of(self, document: Mapping[str, Json]) -> str | None:
        """Our id, in the characteristics of a customer or of a party."""
        for place in ("characteristic", "partyCharacteristic"):
            found = characteristic.find(document, place, OUR_ID)
            if isinstance(found, str):
                return found
        return None

    def our_id_query(self, collection: str, record_id: str) -> Mapping[str, str]:
        """The filter for the characteristic that holds our id."""
        place = "characteristic" if collection == self.customers else "partyCharacteristic"
        return filters.by_characteristic(place, OUR_ID, record_id)

    def stamp_of(self, document: Mapping[str, Json]) -> Stamp | None:
        """When the system last changed the object, as text of fixed width in UTC."""
        return stamp_in(document, self.settings.last_update_field)

    @property
    def listed_at_once(self) -> int:
        """The page size of the settings."""
        return self.settings.page_size

    def merge_patch(self, current: Document, call: SendCall[Any]) -> Document:
        """The merge patch; a customer that loses its primary contact engages an organization instead."""
        patch = super().merge_patch(current, call)
        if "engagedParty" in patch:
            patch["engagedParty"] = self._engaged(patch["engagedParty"], current, call)
        return patch

    def _engaged(self, wanted: Json, current: Document, call: SendCall[Any]) -> Json:
        if not isinstance(wanted, dict):
            name = str(call.changes.get("name") or current.get("name"))
            wanted = reference(self._organization(call, name), ORGANIZATION)
        before = current.get("engagedParty")
        if isinstance(before, dict) and before.get("id") != wanted.get("id"):
            # A merge patch merges objects: name and address of the former party would stay.
            return {**dict.fromkeys(before), **wanted}
        return wanted

    def _organization(self, call: SendCall[Any], name: str) -> str:
        """The organization that stands for an account without a person; made once and bound at once."""
        bound = call.external_id(ORGANIZATION_RESOURCE)
        if bound is not None:
            return bound
        made = self.with_our_id(self.organizations, call, call.record_id)
        identifier = made.external_id if made is not None else self._new_organization(call, name)
        if made is not None and made.document.get("tradingName") != name:
            # An attempt without an answer has left it, and the account was renamed since.
            self.patch(self.organizations, identifier, {"tradingName": name}, call)
        call.bind(ORGANIZATION_RESOURCE, identifier)
        return identifier

    def _new_organization(self, call: SendCall[Any], name: str) -> str:
        document = {
            "tradingName": name,
            "partyCharacteristic": [{"name": OUR_ID, "value": call.record_id}],
        }
        return self.identified(self.post(self.organizations, document, call))

    def _rename(self, call: SendCall[Account]) -> None:
        """An organization that stands for an account carries its name."""
        bound = call.external_id(ORGANIZATION_RESOURCE)
        if bound is not None and call.changes.get("name"):
            self.patch(self.organizations, bound, {"tradingName": call.changes["name"]}, call)

    def _of_one_name(self, found: Found, organization: str, call: ProbeCall[Account]) -> Found:
        """The customer without its name, if a change of that broke off between organization and customer.

        Neither name may pass for the one agreed: it has to be said again, even if it is the former one.
        """
        if call.change is not Change.UPDATE or "name" not in call.changes:
            return found
        reply = self.get_if_there(self.organizations, call, organization)
        if reply is None or reply.one().get("tradingName") == found.document.get("name"):
            return found
        document = {name: value for name, value in found.document.items() if name != "name"}
        return Found(found.external_id, document, found.stamp, found.bindings)


def _engages_organization(document: Mapping[str, Json]) -> bool:
    party = document.get("engagedParty")
    return isinstance(party, dict) and party.get("@referredType") != INDIVIDUAL
