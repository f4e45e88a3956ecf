"""Ways to pay."""

from __future__ import annotations

from enum import StrEnum


class PaymentMethod(StrEnum):
    """How money is paid, or is expected to be."""

    CASH = "cash"
    CHECK = "check"
    POSTAL_ORDER = "postal_order"
    CREDIT_CARD = "credit_card"
    DEBIT_CARD = "debit_card"
    DIRECT_DEBIT = "direct_debit"
    WIRE_TRANSFER = "wire_transfer"
    VOUCHER = "voucher"
    INVOICE = "invoice"
    PREPAID = "prepaid"
    SUBORDINATE = "subordinate"
    """Not paid here: a parent account pays."""
