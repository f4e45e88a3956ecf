"""How a send can be repeated, and what a system stamps: declared truthfully, proven by the kit."""

from __future__ import annotations

from enum import StrEnum


class Repeat(StrEnum):
    """What keeps a repeated request from making a second object (RULES 4)."""

    MESSAGE_ID = "message_id"
    OUR_ID = "our_id"
    NATURAL_KEY = "natural_key"
    NONE = "none"


class Change(StrEnum):
    """What a send does to the object at the other side."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    COMMAND = "command"


class Stamps(StrEnum):
    """Whether a system says when (or as which revision) it last changed an object (RULES 5, 7).

    EVERYWHERE: replies and messages; MESSAGES: messages only, so a completed send is read back; NEVER.
    """

    EVERYWHERE = "everywhere"
    MESSAGES = "messages"
    NEVER = "never"
