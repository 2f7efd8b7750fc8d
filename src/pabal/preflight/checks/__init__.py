"""Checks: each reads what is prepared and returns findings."""
