"""The import wizard: upload, say what the columns are, check, import, read the report.

A page never imports. It orders, and a worker does it (audience/importing/jobs.py), so that
leaving the page, or the page's process ending, changes nothing.
"""
