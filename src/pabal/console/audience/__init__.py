"""Subscribers, lists, topics and what people agreed to.

Knows accounts and the ledger, whose suppressions are the last word on who is mailed.
"""
