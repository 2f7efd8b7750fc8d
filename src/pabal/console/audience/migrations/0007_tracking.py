"""Since when a subscriber does not want to be tracked."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audience', '0006_erasure'),
    ]

    operations = [
        migrations.AddField(
            model_name='subscriber',
            name='objected_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
