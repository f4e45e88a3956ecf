"""What Backhaul and back offices agree on: documents as data, and the conformance kit."""
