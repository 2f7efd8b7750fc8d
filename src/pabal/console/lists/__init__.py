"""Pages of lists and topics: who, and what about."""
