"""The deployment file that `backhaul init` writes."""

from __future__ import annotations

#: Valid as it stands. Lines that begin with "#" and no space are examples: take the "#" away to use them.
TEMPLATE = """\
# What this file decides: where records are kept, which back offices there are, what is sent to which of
# them, and who owns which field. `backhaul check` reads it and names every fault with its line.
#
# Lines that begin with "#" and no space are examples: take the "#" away to use them.
#
# A secret is never written here. Wherever one is needed, name where it is kept:
#     { env = "NAME" }      an environment variable
#     { file = "/path" }    a file; it is read again at each use, so it can be rotated without a restart


# ---------------------------------------------------------------------------------------------- the store

[store]
# SQLite needs nothing else; a relative file lies beside this one. Several hosts need PostgreSQL.
url = "sqlite:///backhaul.db"
#url = "postgresql+psycopg://backhaul@db.example:5432/backhaul"
#password = { env = "BACKHAUL_DB_PASSWORD" }


# ----------------------------------------------------------------------------------- the back offices
# One table for each; several may use one plugin. Its name stands in routes, ownership and every report.
# `backhaul plugins` lists what is installed, `backhaul plugins show NAME` what a plugin can be told.

#[backoffice.billing]
#plugin = "billing_brm"
#url = "https://brm.example/infranetwebsvc"
#username = "backhaul"
#password = { env = "BRM_PASSWORD" }

# Every back office understands these, shown with what they are if not said; times are in seconds:
#max_in_flight = 8         # calls at the same time
#timeout = 30              # how long one call may take in total
#settle_after = 60         # how long a request that got no answer may still take effect there
#attempts = 8              # how often one delivery is tried before a person has to look at it
#backoff = 1               # before the second attempt; each further wait is twice as long,
#backoff_limit = 300       # up to this
#wait_limit = 86400        # how long a delivery waits for the record that it needs
#accepted_limit = 86400    # how long the answer to an accepted request may take
#dead_lane = "park"        # what a delivery that failed for good does to those behind it: park, go_on
#poll_every = 60           # between looks for news, where the plugin can poll; not set: no polling
#inbound_token = { env = "BILLING_INBOUND_TOKEN" }    # what its pushed messages must carry

#[backoffice.assurance]
#plugin = "rest_backoffice"
#url = "https://assurance.example/tmf-api"


# --------------------------------------------------------------------------------------------- the routes
# What is sent where. Several may match a record; all of them apply. A process may be called by any of its
# names. Durations are seconds, or text such as "250ms", "2s", "5m", "1h", "1d".

#[[route]]
#process = "CUT Send Account Data"
#to = ["billing"]

#[[route]]
#process = "Send Contact Data"
#to = ["billing", "assurance"]
#when = { status = "active" }        # a field of the record to a value or a list of values; all must hold
#trigger = "save"                    # save: every save sends; command: only when somebody asks for it
#payload = "latest"                  # latest: the record as it is when sent; frozen: as it was when saved
#settle = "2s"                       # how long to wait for more saves of the same record
#first_send = "match_then_create"    # a record it does not know yet: create, match_then_create, existing_only
#mode = "live"                       # live; dry: map and validate but do not call; off
#not_after = "1d"                    # not sent any more when this old; not set: however old
#unmatched_update = "refuse"         # an update from there for a record unknown here: refuse, create


# ------------------------------------------------------------------------------------------ the ownership
# Who may change a field: a back office, "front" or "shared", which is what all fields are unless said here.
# A back office is not sent what it owns, and what it owns cannot be edited here.

#[ownership.account]
#"credit_profile.*" = "billing"
#"@create" = "front"                 # who may create records,
#"@delete" = "front"                 # and who may delete them


# ----------------------------------------------------------------------------------------- the value maps
# How a back office spells our codes, where that differs from what its plugin says.

#[value_map.assurance.severity]
#high = "1-Critical"
#medium = "2-Minor"
#low = "2-Minor"
#inverse = { "2-Minor" = "low" }     # what a spelling that several codes share means when it comes in


# ------------------------------------------------------------------------------------------------ running

[serve]
# Where the gateway listens, for the front office and for what back offices push.
host = "127.0.0.1"
port = 8800
#base_url = "https://backhaul.example"    # under which back offices reach it, if that differs

[hooks]
# Plugins whose hooks must run although no back office uses them; without one of them nothing starts.
plugins = []
#plugins = ["site_hooks"]
"""
