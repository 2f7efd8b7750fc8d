"""The tables fit the models."""

import pytest
from django.core.management import call_command
from django.db import connection

from pabal.console.campaigns.ledger_tables import LedgerRow


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_the_ledgers_tables_have_what_pages_read() -> None:
    """They are the ledger's own; only a look at the database shows that they fit."""
    for model in LedgerRow.__subclasses__():
        with connection.cursor() as cursor:
            described = connection.introspection.get_table_description(cursor, model._meta.db_table)
        columns = {column.name for column in described}
        assert {field.column for field in model._meta.concrete_fields} <= columns
