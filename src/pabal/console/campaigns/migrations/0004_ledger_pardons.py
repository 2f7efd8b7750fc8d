"""What a campaign had cost when it was resumed: the ledger's table for it."""

import pabal.console.campaigns.ledger_tables
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0003_ledger_events'),
    ]

    operations = [
        migrations.RunPython(
            pabal.console.campaigns.ledger_tables.create_ledger_tables,
            migrations.RunPython.noop,
        ),
    ]
