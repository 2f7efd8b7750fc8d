"""The start page: what is missing, what goes on, what wants a look.

Knows every part of the console that it leads to. A mail is here a figure.
"""
