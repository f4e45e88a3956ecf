"""Contacts as TMF632 individuals."""

from __future__ import annotations

from backhaul.entities import Contact
from backhaul.sdk.mapping import Code, OurId, Text, TheirId, WireSchema
from backhaul_rest_backoffice.mapping.characteristic import OUR_ID, code, text, value_of
from backhaul_rest_backoffice.mapping.medium import day, emails, phones

PLACE = "partyCharacteristic"


class IndividualSchema(WireSchema[Contact]):
    """A person."""

    resource = "individual"

    their_own = TheirId(path="id")
    our_own = OurId(path=value_of(PLACE, OUR_ID))
    first_name = Text(path="givenName", required=True, max_length=100)
    last_name = Text(path="familyName", required=True, max_length=100)
    middle_name = Text(path="middleName", max_length=100)
    title = Text(path="title", max_length=50)
    birth_date = day("birthDate")
    gender = Code(path="gender", value_map="gender", unmapped="pass_through")
    status = Code(
        path="status",
        value_map="contact_status",
        # The misspelling is that of the official definition, which has three states only.
        mapping={
            "prospect": "initialized",
            "active": "validated",
            "inactive": "validated",
            "deceased": "deceaded",
        },
        inverse={"validated": "active"},
    )
    emails = emails()
    phones = phones()
    salutation = text(PLACE, "salutation", max_length=50)
    job_title = text(PLACE, "jobTitle", max_length=100, too_long="truncate")
    contact_type = code(PLACE, "contactType", value_map="contact_type", unmapped="pass_through")
    preferred_channel = code(PLACE, "preferredChannel", value_map="channel", unmapped="pass_through")
    person_uid = text(PLACE, "personUid", max_length=100)
    primary_organization = text(PLACE, "primaryOrganization", max_length=100)
    integration_id = text(PLACE, "integrationId", max_length=100)
