"""What comes back about deliveries: the ledger's tables for it."""

import pabal.console.campaigns.ledger_tables
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0002_ledger'),
    ]

    operations = [
        migrations.RunPython(
            pabal.console.campaigns.ledger_tables.create_ledger_tables,
            migrations.RunPython.noop,
        ),
        migrations.CreateModel(
            name='LedgerEvent',
            fields=[
                ('id', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('delivery', models.CharField(max_length=32)),
                ('kind', models.CharField(max_length=20)),
                ('weight', models.CharField(max_length=20)),
                ('at', pabal.console.campaigns.ledger_tables.InstantField()),
                ('told_at', pabal.console.campaigns.ledger_tables.InstantField()),
                ('label', models.TextField()),
                ('code', models.IntegerField()),
                ('enhanced', models.CharField(max_length=20)),
                ('text', models.TextField()),
            ],
            options={
                'db_table': 'ledger_event',
                'abstract': False,
                'managed': False,
            },
        ),
    ]
