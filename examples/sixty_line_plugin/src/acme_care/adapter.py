"""Acme Care keeps accounts as JSON under /accounts, found by our id in the property externalId."""

from backhaul.entities import Account
from backhaul.sdk.call import ProbeCall, SendCall
from backhaul.sdk.capability import probes, sends
from backhaul.sdk.mapping import Code, OurId, Text, WireSchema
from backhaul.sdk.repeat import Repeat
from backhaul.sdk.reply import Found, Reply
from backhaul.sdk.rest import RestAdapter, RestSettings


class AccountSchema(WireSchema[Account]):
    """An account as Acme Care spells it."""

    resource = "account"
    our_own = OurId(path="externalId")
    name = Text(path="title", required=True, max_length=80)
    account_number = Text(path="number", max_length=20)
    status = Code(path="state", value_map="account_status", unmapped="pass_through")
    city = Text(path="places[kind=billing].town", source="addresses[usage=billing].city")


class AcmeCare(RestAdapter[RestSettings]):
    """One Acme Care installation."""

    our_id_field = "externalId"

    @sends(Account, wire=AccountSchema, repeat=Repeat.NONE)
    def send_account(self, call: SendCall[Account]) -> Reply:
        """Create the account, or read, merge and change it."""
        return self.upsert("accounts", call)

    @probes(Account, wire=AccountSchema)
    def probe_account(self, call: ProbeCall[Account]) -> Found | None:
        """The account by its id, else by ours."""
        return self.probe("accounts", call)
