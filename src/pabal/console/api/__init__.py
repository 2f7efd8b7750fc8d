"""The REST API under /api/v1/, and the pages on which owners make and revoke its keys."""
