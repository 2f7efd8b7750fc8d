"""The ledger's own tables, made by the ledger's own statements."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def create(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    from pabal.ledger.sql.dialect import POSTGRESQL, SQLITE
    from pabal.ledger.sql.schema import statements

    dialect = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements(dialect):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
