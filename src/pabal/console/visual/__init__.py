"""A mail's source as blocks that are pointed at, filled in and moved."""
