"""The engine: claim, render, submit, settle; at pace, under leases.

Knows message, transport and ledger by their ports. A mail enters as a claimed delivery
and leaves as a settlement.
"""
