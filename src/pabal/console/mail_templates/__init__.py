"""Mails to begin from, rather than from an empty page."""
