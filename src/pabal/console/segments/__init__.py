"""Segments: questions about subscribers, made by a form and answered by the database.

Knows audience and, for what somebody was sent, the ledger's tables of campaigns.
"""
