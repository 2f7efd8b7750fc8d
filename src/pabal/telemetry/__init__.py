"""The form of log lines, and metrics: what is counted, and how it is shown."""
