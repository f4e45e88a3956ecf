"""Accounts as TMF629 customers."""

from __future__ import annotations

from typing import Any

from backhaul.entities import Account
from backhaul.sdk.json import Document, Fields
from backhaul.sdk.mapping import Code, ExternalId, MoneyField, OurId, References, Text, TheirId, WireSchema
from backhaul_rest_backoffice.mapping.characteristic import OUR_ID, code, text, value_of
from backhaul_rest_backoffice.mapping.credit import OURS, Credit
from backhaul_rest_backoffice.mapping.engaged_party import EngagedParty
from backhaul_rest_backoffice.mapping.medium import addresses

PLACE = "characteristic"


def _money(name: str, source: str) -> MoneyField:
    value = value_of(PLACE, name)
    return MoneyField(path=f"{value}.amount", currency_path=f"{value}.unit", source=source)


class CustomerSchema(WireSchema[Account]):
    """A customer; the person who is the primary contact is the party it engages."""

    resource = "customer"

    their_own = TheirId(path="id")
    our_own = OurId(path=value_of(PLACE, OUR_ID))
    name = Text(path="name", required=True, max_length=200)
    status = Code(
        path="status",
        value_map="account_status",
        mapping={
            "prospect": "prospective",
            "active": "active",
            "suspended": "suspended",
            "inactive": "inactive",
            "closed": "closed",
        },
    )
    primary_contact_id = EngagedParty(path="engagedParty")
    contact_ids = References(
        resource="individual",
        path="relatedParty[role=contact,@referredType=Individual].id",
        unknown="omit",
        complete=True,
    )
    parent_account_id = ExternalId(
        resource="customer",
        path="relatedParty[role=parentCustomer,@referredType=Customer].id",
        unbound="omit",
        unknown="omit",
    )
    addresses = addresses()
    credit = Credit(path="creditProfile[0]", source="credit_profile")
    credit_limit = _money("creditLimit", "credit_profile.credit_limit")
    account_number = text(PLACE, "accountNumber", max_length=50)
    account_type = code(PLACE, "accountType", value_map="account_type", unmapped="pass_through")
    account_class = code(PLACE, "accountClass", value_map="account_class", unmapped="pass_through")
    integration_id = text(PLACE, "integrationId", max_length=100)
    alias = text(PLACE, "alias", max_length=100, too_long="truncate")
    location = text(PLACE, "location", max_length=200)
    description = text(PLACE, "description", max_length=2000, too_long="truncate")
    primary_organization = text(PLACE, "primaryOrganization", max_length=100)
    currency = text(PLACE, "currency")
    locale = text(PLACE, "locale", max_length=35)
    segment = text(PLACE, "segment", max_length=50)
    csn = text(PLACE, "csn", max_length=50)
    duns_number = text(PLACE, "dunsNumber", max_length=20)

    def patch_document(self, current: Document, changes: Fields) -> Document:
        """The merge patch; TM Forum wants the engaged party in every one."""
        patch = super().patch_document(current, changes)
        if "engagedParty" not in patch and "engagedParty" in current:
            patch["engagedParty"] = current["engagedParty"]
        if isinstance(patch.get("creditProfile"), list):
            patch["creditProfile"] = _profiles(current.get("creditProfile"), patch["creditProfile"])
        _take_out(patch, "relatedParty", "id")
        _take_out(patch, "characteristic", "value")
        return patch


def _take_out(patch: Any, name: str, said: str) -> None:
    """Leave out the elements whose one value was cleared: TM Forum wants it in every one."""
    if isinstance(patch.get(name), list):
        patch[name] = [item for item in patch[name] if item.get(said) not in (None, {})]


def _profiles(current: Any, changed: Any) -> Any:
    """The credit profiles: a cleared one goes, a changed one keeps what only the other side knows."""
    first, *rest = changed
    if first is None:
        return rest
    before = current[0] if isinstance(current, list) and current else {}
    theirs = {name: value for name, value in before.items() if name not in OURS}
    period = {**before.get("validFor", {}), **first["validFor"]}
    return [{**theirs, **first, "validFor": period}, *rest]
