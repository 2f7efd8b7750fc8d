"""The commands. Here console and pipeline are joined.

A command parses, makes one or two calls, and shows the answer: as text in the user's
language, or with --json for programs. Every module is imported when its command is asked
for, after the language is known.
"""
