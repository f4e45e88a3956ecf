"""Text on the wire."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal, TypeAlias, Unpack

from marshmallow import ValidationError

from backhaul.sdk.json import Json
from backhaul.sdk.mapping.context import Inward, MapContext, Outward
from backhaul.sdk.mapping.field import FieldOptions, WireField
from backhaul.sdk.mapping.missing import MISSING, MissingType
from backhaul.sdk.mapping.wire_step import kind_of
from backhaul.sdk.mapping.wiring import TextForm

Case: TypeAlias = Literal["upper", "lower"]

# XML 1.0, production Char; a carriage return would come back as a line feed.
_FORBIDDEN: Final[Mapping[TextForm, re.Pattern[str]]] = MappingProxyType(
    {
        "json": re.compile(r"[\ud800-\udfff]"),
        "xml": re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]"),
        "line": re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]"),
    }
)
_CASES: Final[Mapping[str | None, Callable[[str], str]]] = MappingProxyType(
    {"upper": str.upper, "lower": str.lower}
)


def carried(text: str, form: TextForm) -> str:
    """Return the text unchanged. Raises marshmallow.ValidationError on what the wire cannot carry."""
    found = _FORBIDDEN[form].search(text)
    if found is not None:
        raise ValidationError(
            f"the character U+{ord(found.group()):04X} at position {found.start()} cannot stand on this "
            "wire; remove it"
        )
    return text


def expected_text(value: Any) -> str:
    """Return the value as text. Raises marshmallow.ValidationError when it is none."""
    if not isinstance(value, str):
        raise ValidationError(f"expected text, found {kind_of(value)}")
    return str(value)


class Text(WireField):
    """Text; `max_length` in characters, `case` and `strip` as the system normalises.

    Text that is too long is an error, or with `too_long="truncate"` a declared loss.
    """

    wire_type: ClassVar[str] = "text"

    def __init__(
        self,
        *,
        max_length: int | None = None,
        too_long: Literal["error", "truncate"] = "error",
        case: Case | None = None,
        strip: bool = False,
        **options: Unpack[FieldOptions],
    ) -> None:
        super().__init__(**options)
        self.max_length = max_length
        self.truncates = too_long == "truncate"
        self.case = case
        self.strip = strip

    def to_wire(self, value: Any, scope: Outward) -> Json:  # noqa: ARG002
        """Return the text as the system will show it."""
        text = carried(self._normalised(expected_text(value)), self.text)
        if self.max_length is not None and len(text) > self.max_length:
            if not self.truncates:
                raise ValidationError(
                    f"{len(text)} characters, but the wire has room for {self.max_length}; shorten it"
                )
            text = text[: self.max_length].strip() if self.strip else text[: self.max_length]
        return text

    def _normalised(self, text: str) -> str:
        if self.strip:
            text = text.strip()
        return _CASES[self.case](text) if self.case else text

    def from_wire(self, value: Json, scope: Inward) -> Json | MissingType:  # noqa: ARG002
        """Return the text."""
        return value

    def normal(self, value: Json) -> Json:
        """Return the text in the system's own case, without spaces that it does not keep."""
        return self._normalised(expected_text(value))

    def understood(self, value: Json, context: MapContext) -> Json | MissingType:
        """Return the text as we shall send it: cut off, where it is longer than we say it can be."""
        return self.to_wire(value, Outward(context, None)) if self.truncates else value

    def rule(self) -> str:
        """Say what is done to the text."""
        limit = f"at most {self.max_length} characters" if self.max_length is not None else ""
        said = (self.case and f"{self.case} case", "stripped" if self.strip else "", limit)
        return ", ".join(part for part in said if part) or "as it stands"

    def losses(self) -> tuple[str, ...]:
        """Say what does not come back."""
        said = (
            f"case: {self.case} there" if self.case else "",
            "white space at the ends" if self.strip else "",
            f"what follows character {self.max_length}"
            if self.truncates and self.max_length is not None
            else "",
            "empty text reads back as not set" if self.options.get("cleared") == "" else "",
        )
        return tuple(part for part in said if part)


class TextList(Text):
    """A list of texts that is compared and replaced as a whole; with `separator`, one text on the wire."""

    wire_type: ClassVar[str] = "list of text"

    def __init__(self, *, separator: str | None = None, **options: Unpack[FieldOptions]) -> None:
        super().__init__(**options)
        self.separator = separator

    def to_wire(self, value: Any, scope: Outward) -> Json:
        """Return the texts, or one text of them; None for an empty list."""
        texts = [expected_text(Text.to_wire(self, text, scope)) for text in value]
        if self.separator is None:
            return list(texts)
        if any(self.separator in text or not text for text in texts):
            raise ValidationError(
                f"one of the texts is empty or holds {self.separator!r}, which parts them there"
            )
        return self.separator.join(texts) or None

    def normal(self, value: Json) -> Json:
        """Return the list, or the one text."""
        if self.separator is not None:
            return expected_text(value)
        if not isinstance(value, list):
            raise ValidationError(f"expected a list of text, found {kind_of(value)}")
        return [expected_text(text) for text in value]

    def from_wire(self, value: Json, scope: Inward) -> Json | MissingType:  # noqa: ARG002
        """Return the list."""
        if self.separator is None:
            return value
        return list(expected_text(value).split(self.separator))

    def rule(self) -> str:
        """Say how the list is written."""
        return "the whole list" if self.separator is None else f"joined by {self.separator!r}"

    def wire_types(self) -> tuple[str, ...]:
        """Return list or text."""
        return ("list of text" if self.separator is None else "text",)


class OurId(Text):
    """Our id, in a place where the system keeps it; a message never changes it here."""

    def __init__(self, **options: Unpack[FieldOptions]) -> None:
        options.setdefault("source", "id")
        super().__init__(**options)

    def from_wire(self, value: Json, scope: Inward) -> Json | MissingType:  # noqa: ARG002
        """Change nothing."""
        return MISSING

    def rule(self) -> str:
        """Say whose id it is."""
        return "our id"
