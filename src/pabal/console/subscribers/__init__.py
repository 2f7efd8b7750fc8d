"""The subscribers as a marketer sees them: a table that stays quick, and one person's page.

Knows audience, campaigns and the segments; decides nothing that audience decides.
"""
