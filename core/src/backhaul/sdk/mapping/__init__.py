"""Mapping: wire schemas whose fields know their wire path and work both ways."""

from __future__ import annotations

from backhaul.sdk.mapping.boolean_field import Boolean
from backhaul.sdk.mapping.code_field import Code
from backhaul.sdk.mapping.constant_field import Constant
from backhaul.sdk.mapping.context import Inward, MapContext, Outward
from backhaul.sdk.mapping.date_field import Date
from backhaul.sdk.mapping.difference import advance, difference
from backhaul.sdk.mapping.elements_field import Elements
from backhaul.sdk.mapping.explanation import Explanation, Loss
from backhaul.sdk.mapping.field import FieldOptions, WireField
from backhaul.sdk.mapping.missing import MISSING, MissingType
from backhaul.sdk.mapping.model_schema import ModelSchema, PartSchema
from backhaul.sdk.mapping.moment_field import Moment
from backhaul.sdk.mapping.money_field import MoneyField
from backhaul.sdk.mapping.number_field import Integer, Number
from backhaul.sdk.mapping.parsed import Parsed, Removal
from backhaul.sdk.mapping.reference_field import ExternalId, References, TheirId
from backhaul.sdk.mapping.schema import WireSchema
from backhaul.sdk.mapping.text_field import OurId, Text, TextList
from backhaul.sdk.mapping.value_map import ValueMap, WireCode
from backhaul.sdk.mapping.wire_path import WirePath

__all__ = [
    "MISSING",
    "Boolean",
    "Code",
    "Constant",
    "Date",
    "Elements",
    "Explanation",
    "ExternalId",
    "FieldOptions",
    "Integer",
    "Inward",
    "Loss",
    "MapContext",
    "MissingType",
    "ModelSchema",
    "Moment",
    "MoneyField",
    "Number",
    "OurId",
    "Outward",
    "Parsed",
    "PartSchema",
    "References",
    "Removal",
    "Text",
    "TextList",
    "TheirId",
    "ValueMap",
    "WireCode",
    "WireField",
    "WirePath",
    "WireSchema",
    "advance",
    "difference",
]
