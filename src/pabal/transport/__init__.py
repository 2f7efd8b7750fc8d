"""Submitting mails to a server, which takes over from there (RFC 6409).

Knows the domain. A mail is an envelope and buffers when it enters, and an Outcome when
it leaves; what is done about an outcome is decided elsewhere.
"""
