"""The built-in mailbox in the browser: what a mail looks like where it arrives.

A mail is untrusted here as anywhere: its HTML is shown in a frame without scripts.
"""
