"""What the DNS says of a sending domain, and what it ought to say.

Asks (`lookups`), reads (`spf`, `dkim`, `dmarc`, `server`) and writes (`records`) the records
by which receivers tell a sender from an impostor. Gives values, never a finding; knows no
mail.
"""
