"""Pabal: bulk e-mail that a small company runs itself."""

__version__ = "0.1.0"
