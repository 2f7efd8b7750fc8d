"""Who has used each mail, as the ledger's database says it."""

import pabal.console.campaigns.ledger_tables
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0012_hits'),
    ]

    operations = [
        migrations.RunPython(
            pabal.console.campaigns.ledger_tables.create_ledger_tables,
            migrations.RunPython.noop,
        ),
        migrations.CreateModel(
            name='LedgerUse',
            fields=[
                ('id', models.CharField(max_length=60, primary_key=True, serialize=False)),
                ('campaign', models.CharField(max_length=8)),
                ('kind', models.CharField(max_length=20)),
                ('actor', models.CharField(max_length=20)),
                ('at', pabal.console.campaigns.ledger_tables.InstantField()),
            ],
            options={
                'db_table': 'ledger_use',
                'abstract': False,
                'managed': False,
            },
        ),
    ]
