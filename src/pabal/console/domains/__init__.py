"""Domains that mails are from, and the keys that sign them."""
