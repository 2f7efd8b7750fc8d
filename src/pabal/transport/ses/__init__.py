"""Submitting mails to Amazon SES over its API, version 2."""
