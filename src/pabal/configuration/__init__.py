"""The settings of an operator: names, defaults, what is allowed.

Knows nothing else. Environment variables and `.env` are read here and nowhere else.
"""
