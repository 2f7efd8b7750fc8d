"""Proofs before the first mail leaves.

Knows message, package, transport and ledger. Every mail is rendered here once, measured
and thrown away.
"""
