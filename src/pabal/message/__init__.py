"""From a campaign's source to a wire-ready mail for each recipient.

Knows the domain. A mail enters as a template and one recipient's attributes and leaves
as buffers that go to the socket without being joined. `compile` runs once a campaign,
`render` once a recipient; the second never imports what only the first needs.
"""
