"""ISO 4217 currencies and their minor units."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

_BY_MINOR_UNIT: Mapping[int | None, str] = MappingProxyType(
    {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        2: (
            "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
            "CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
            "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK "
            "LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO "
            "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS "
            "SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST "
            "XAD XCD XCG YER ZAR ZMW ZWG"
        ),
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
        None: "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX",
    }
)
# Withdrawn since 2020, but old bills and adjustments still carry them.
_WITHDRAWN = "ANG BGN CUC HRK SLL ZWL"

MINOR_UNITS: Mapping[str, int | None] = MappingProxyType(
    {code: decimals for decimals, codes in _BY_MINOR_UNIT.items() for code in codes.split()}
    | dict.fromkeys(_WITHDRAWN.split(), 2)
)
"""Decimals of the minor unit of each currency; None where ISO 4217 states none (gold, SDR)."""


def known_currency(code: str) -> str:
    """Return the code unchanged. Raises ValueError when it is not an ISO 4217 code in capitals."""
    if code not in MINOR_UNITS:
        hint = f"; did you mean {code.upper()}?" if code.upper() in MINOR_UNITS else ", such as EUR"
        msg = f"not an ISO 4217 currency code{hint}"
        raise ValueError(msg)
    return code


def minor_unit(code: str) -> int | None:
    """Return the decimals of the minor unit, None where there is none. Raises ValueError if unknown."""
    return MINOR_UNITS[known_currency(code)]


CurrencyCode = Annotated[
    str, AfterValidator(known_currency), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})
]
"""An ISO 4217 alphabetic code, current or withdrawn since 2020."""
