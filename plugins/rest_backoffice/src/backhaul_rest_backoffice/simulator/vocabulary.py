"""The resources as this system understands them: TMF629 and TMF632, version 4.

Written by hand for the simulator and not shared with the adapter; a test holds it against the official
definitions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backhaul_rest_backoffice.simulator.shape import (
    ANY,
    FLAG,
    MOMENT,
    NUMBER,
    TEXT,
    Choice,
    ListOf,
    Shape,
    Structure,
)


def texts(*names: str) -> dict[str, Shape]:
    """Properties that are plain text."""
    return dict.fromkeys(names, TEXT)


def polymorphic(**properties: Shape) -> dict[str, Shape]:
    """Properties of an object that may also say which class it is."""
    return {**properties, **texts("@baseType", "@schemaLocation", "@type")}


PERIOD = Structure({"startDateTime": MOMENT, "endDateTime": MOMENT})
CHARACTERISTIC = Structure(
    polymorphic(name=TEXT, valueType=TEXT, value=ANY), mandatory=frozenset({"name", "value"})
)
MEDIUM_CHARACTERISTIC = Structure(
    polymorphic(
        **texts("city", "contactType", "country", "emailAddress", "faxNumber", "phoneNumber", "postCode"),
        **texts("socialNetworkId", "stateOrProvince", "street1", "street2"),
    )
)
_MEDIUM = polymorphic(mediumType=TEXT, preferred=FLAG, characteristic=MEDIUM_CHARACTERISTIC, validFor=PERIOD)
CUSTOMER_MEDIUM = Structure(_MEDIUM, mandatory=frozenset({"mediumType", "characteristic"}))
PARTY_MEDIUM = Structure(_MEDIUM)
CREDIT_PROFILE = Structure(
    polymorphic(creditProfileDate=MOMENT, creditRiskRating=NUMBER, creditScore=NUMBER, validFor=PERIOD),
    mandatory=frozenset({"creditProfileDate", "validFor"}),
)
PARTY_CREDIT = Structure(
    polymorphic(
        **texts("creditAgencyName", "creditAgencyType", "ratingReference"),
        ratingScore=NUMBER,
        validFor=PERIOD,
    )
)
_REFERENCE = polymorphic(**texts("id", "href", "name", "@referredType"))
REFERENCE = Structure(_REFERENCE, mandatory=frozenset({"id"}))
ACCOUNT_REFERENCE = Structure({**_REFERENCE, "description": TEXT}, mandatory=frozenset({"name"}))
RELATED_PARTY = Structure({**_REFERENCE, "role": TEXT}, mandatory=frozenset({"id", "@referredType"}))
EXTERNAL_REFERENCE = Structure(polymorphic(**texts("externalReferenceType", "name")))
IDENTIFICATION = Structure(
    polymorphic(
        **texts("identificationId", "identificationType", "issuingAuthority"),
        issuingDate=MOMENT,
        validFor=PERIOD,
    )
)
OTHER_NAME = Structure(polymorphic(**texts("name", "nameType", "tradingName"), validFor=PERIOD))
OTHER_INDIVIDUAL_NAME = Structure(
    polymorphic(
        **texts(
            "aristocraticTitle", "familyName", "familyNamePrefix", "formattedName", "fullName", "generation"
        ),
        **texts("givenName", "legalName", "middleName", "preferredGivenName", "title"),
        validFor=PERIOD,
    )
)
LANGUAGE = Structure(
    polymorphic(
        **texts("languageCode", "languageName", "listeningProficiency", "readingProficiency"),
        **texts("speakingProficiency", "writingProficiency"),
        isFavouriteLanguage=FLAG,
        validFor=PERIOD,
    )
)

CUSTOMER = Structure(
    polymorphic(
        **texts("name", "status", "statusReason"),
        account=ListOf(ACCOUNT_REFERENCE),
        agreement=ListOf(REFERENCE),
        characteristic=ListOf(CHARACTERISTIC),
        contactMedium=ListOf(CUSTOMER_MEDIUM),
        creditProfile=ListOf(CREDIT_PROFILE),
        engagedParty=RELATED_PARTY,
        paymentMethod=ListOf(REFERENCE),
        relatedParty=ListOf(RELATED_PARTY),
        validFor=PERIOD,
    ),
    mandatory=frozenset({"name", "engagedParty"}),
)
_PARTY: Mapping[str, Shape] = polymorphic(
    contactMedium=ListOf(PARTY_MEDIUM),
    creditRating=ListOf(PARTY_CREDIT),
    externalReference=ListOf(EXTERNAL_REFERENCE),
    partyCharacteristic=ListOf(CHARACTERISTIC),
    relatedParty=ListOf(RELATED_PARTY),
)
INDIVIDUAL = Structure(
    {
        **_PARTY,
        **texts(
            "aristocraticTitle",
            "countryOfBirth",
            "familyName",
            "familyNamePrefix",
            "formattedName",
            "fullName",
        ),
        **texts("gender", "generation", "givenName", "legalName", "location", "maritalStatus", "middleName"),
        **texts("nationality", "placeOfBirth", "preferredGivenName", "title"),
        "birthDate": MOMENT,
        "deathDate": MOMENT,
        "individualIdentification": ListOf(IDENTIFICATION),
        "languageAbility": ListOf(LANGUAGE),
        "otherName": ListOf(OTHER_INDIVIDUAL_NAME),
        # The third state is spelled like this in the official definition.
        "status": Choice(frozenset({"initialized", "validated", "deceaded"})),
    },
    mandatory=frozenset({"givenName", "familyName"}),
)
ORGANIZATION = Structure(
    {
        **_PARTY,
        **texts("name", "nameType", "organizationType", "tradingName"),
        "isHeadOffice": FLAG,
        "isLegalEntity": FLAG,
        "existsDuring": PERIOD,
        "organizationIdentification": ListOf(IDENTIFICATION),
        "otherName": ListOf(OTHER_NAME),
        "status": Choice(frozenset({"initialized", "validated", "closed"})),
    },
    mandatory=frozenset({"tradingName"}),
)


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of resource: its closed shape, where its characteristics stand, which texts are names."""

    name: str
    api: str
    id_prefix: str
    shape: Structure
    characteristics: str
    names: tuple[str, ...]


RESOURCES: Mapping[str, Resource] = {
    found.name: found
    for found in (
        Resource("customer", "customer", "CU", CUSTOMER, "characteristic", ("name",)),
        Resource("individual", "party", "IN", INDIVIDUAL, "partyCharacteristic", ("givenName", "familyName")),
        Resource("organization", "party", "OR", ORGANIZATION, "partyCharacteristic", ("tradingName", "name")),
    )
}
