"""/metrics for a monitoring system: what the database knows, and the worker beside the pages."""
