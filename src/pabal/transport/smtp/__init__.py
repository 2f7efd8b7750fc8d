"""SMTP (RFC 5321): a conversation without a socket, and the sockets that carry it."""
