"""The ledger's own tables, made by the ledger's own statements."""

from django.db import migrations

from pabal.console.campaigns.ledger_tables import create_ledger_tables


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial")]
    operations = [migrations.RunPython(create_ledger_tables, migrations.RunPython.noop)]
