"""The ledger: who was sent what, and what became of it. The one authority on it.

Knows the domain. A mail is a delivery here: an id, a state and a history. What it says
is not known.
"""
