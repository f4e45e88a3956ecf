"""Contact media: the ways to reach a customer or a person."""

from __future__ import annotations

from backhaul.entities import Address, Email, Phone
from backhaul.sdk.mapping import Boolean, Code, Date, Elements, PartSchema, Text
from backhaul_rest_backoffice.mapping.street_line import StreetLine

_DAY = "%Y-%m-%dT00:00:00Z"
_OTHER_DAYS = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z")


def day(path: str, **options: str) -> Date:
    """A calendar day where TM Forum has a date-time; the time of day in it is not kept."""
    return Date(path=path, format=_DAY, also_reads=_OTHER_DAYS, **options)  # type: ignore[arg-type]


class Media(Elements):
    """Contact media of one kind, told apart by their `contactType`.

    Media without a contact type, or with one that means nothing here, are theirs and stay as they are. Of
    two with one type the first counts.
    """

    def losses(self) -> tuple[str, ...]:
        """Say what has no room."""
        return ("a second one of the same type",)


class AddressSchema(PartSchema[Address]):
    """A postal address of an account."""

    usage = Code(path="characteristic.contactType", unmapped="pass_through")
    street = StreetLine(path="characteristic.street1", line="line1", max_length=200)
    house_number = StreetLine(path="characteristic.street2", line="line2", max_length=200)
    city = Text(path="characteristic.city", max_length=100)
    state = Text(path="characteristic.stateOrProvince", max_length=100)
    postal_code = Text(path="characteristic.postCode", max_length=30)
    country = Text(path="characteristic.country")
    valid_from = day("validFor.startDateTime")
    valid_to = day("validFor.endDateTime")


class EmailSchema(PartSchema[Email]):
    """An e-mail address of a person."""

    type = Code(path="characteristic.contactType", unmapped="pass_through")
    address = Text(path="characteristic.emailAddress", required=True, max_length=254)
    preferred = Boolean(path="preferred")


class PhoneSchema(PartSchema[Phone]):
    """A telephone number of a person. TM Forum has no place for an extension."""

    type = Code(path="characteristic.contactType", unmapped="pass_through")
    number = Text(path="characteristic.phoneNumber", required=True, max_length=50)
    preferred = Boolean(path="preferred")


def addresses() -> Media:
    """The postal addresses, one for each usage."""
    return Media(
        AddressSchema,
        path="contactMedium[mediumType=postalAddress]",
        key="usage",
        complete=True,
        duplicates="first",
        keyless="skip",
        unknown_key="skip",
    )


def emails() -> Media:
    """The e-mail addresses, one for each type."""
    return Media(
        EmailSchema,
        path="contactMedium[mediumType=email]",
        key="type",
        complete=True,
        duplicates="first",
        keyless="skip",
        unknown_key="skip",
    )


def phones() -> Media:
    """The telephone numbers, one for each type; a fax is one of them."""
    return Media(
        PhoneSchema,
        path="contactMedium[mediumType=telephone]",
        key="type",
        complete=True,
        duplicates="first",
        keyless="skip",
        unknown_key="skip",
    )
