"""What becomes of the records in an inbound message (RULES 7)."""
