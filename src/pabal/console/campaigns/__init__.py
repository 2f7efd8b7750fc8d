"""Campaigns as a marketer decides them, and the ledger's tables as pages read them."""
