"""A customer file becomes subscribers, or a report of why not.

A row passes through: `reading` (file -> rows; what the file really is, its encoding),
`mapping` (column -> field), `cleaning` (row -> SubscriberRow or RefusedRow, with a note for
everything that was changed or looks odd), `storing` (the only module that knows the
database) and `report`. `importing.import_file` puts them in a line. Files are streamed:
memory does not grow with them, but for twenty bytes a row to find duplicates.
"""
