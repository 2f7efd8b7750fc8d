"""Who made hits, as the ledger's database says it; and a campaign's hits by an index."""

import pabal.console.campaigns.ledger_tables
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0011_on_aws'),
    ]

    operations = [
        migrations.RunPython(
            pabal.console.campaigns.ledger_tables.create_ledger_tables,
            migrations.RunPython.noop,
        ),
        migrations.CreateModel(
            name='LedgerHit',
            fields=[
                ('id', models.CharField(max_length=80, primary_key=True, serialize=False)),
                ('delivery', models.CharField(max_length=32)),
                ('campaign', models.CharField(max_length=8)),
                ('kind', models.CharField(max_length=20)),
                ('link', models.IntegerField()),
                ('sign', models.CharField(max_length=20)),
                ('first_at', pabal.console.campaigns.ledger_tables.InstantField()),
                ('last_at', pabal.console.campaigns.ledger_tables.InstantField()),
                ('times', models.BigIntegerField()),
                ('actor', models.CharField(max_length=20)),
            ],
            options={
                'db_table': 'ledger_hit_told_apart',
                'abstract': False,
                'managed': False,
            },
        ),
    ]
