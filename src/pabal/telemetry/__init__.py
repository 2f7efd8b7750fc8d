"""Log format and metrics, without a library."""
