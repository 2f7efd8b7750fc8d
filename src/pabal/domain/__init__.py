"""The nouns and rules of bulk mail, with no I/O.

Knows the standard library, and `email_validator` for the grammar of addresses. A mail
is not here at all: only who it is for, what became of it, and what may happen next.
Clock and dice are arguments, never imports.
"""
