"""The frozen campaign: manifest, compiled template, recipients in shards, and its store.

Knows the domain. A mail is not here yet: only what it will be made from, with a digest,
so that what was approved is what is sent.
"""
