"""The pipeline on hosts of our own: a worker, a database, a directory."""
