"""The pages: for those who send, and for those who receive.

Django lives here and nowhere below. The sending side sees this room through
pipeline.ports, which `adapters` implements; `cli` puts the two together.
"""
