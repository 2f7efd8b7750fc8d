"""The five steps of a campaign (prepare, package, enqueue, send, finish), and the ways to
run them.

Knows every room below; reaches the console through ports that the console implements.
"""
