"""The ledger in SQL: SQLite and PostgreSQL, one file of statements."""
