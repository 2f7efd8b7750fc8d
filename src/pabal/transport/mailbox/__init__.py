"""The built-in mailbox: an SMTP server on loopback that keeps what it gets."""
