"""What a campaign tracks, and the ledger's tables of opens and clicks."""

from django.db import migrations, models

from pabal.console.campaigns.ledger_tables import create_ledger_tables


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0005_automatic'),
    ]

    operations = [
        migrations.RunPython(create_ledger_tables, migrations.RunPython.noop),
        migrations.AddField(
            model_name='campaign',
            name='links',
            field=models.JSONField(blank=True, default=tuple),
        ),
        migrations.AddField(
            model_name='campaign',
            name='tracked',
            field=models.CharField(choices=[('off', 'Nothing'), ('opens', 'Opens'), ('clicks', 'Clicks'), ('on', 'Opens and clicks')], default='off', max_length=6),
        ),
        migrations.AddField(
            model_name='campaign',
            name='tracking',
            field=models.CharField(blank=True, choices=[('off', 'Nothing'), ('opens', 'Opens'), ('clicks', 'Clicks'), ('on', 'Opens and clicks')], max_length=6),
        ),
    ]
