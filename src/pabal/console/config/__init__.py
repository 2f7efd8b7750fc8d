"""The Django project: settings, the map of addresses, how it starts.

Knows every app. Reads pabal.configuration; nothing else here reads the environment.
"""
