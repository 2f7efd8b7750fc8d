"""The pages on which an owner sets Pabal up: the organisation, senders, domains, members.

Knows people (accounts), sender identities (campaigns) and sending domains (domains). A mail
never comes here, but for the one that tries the server out.
"""
