from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("campaigns", "0009_bounds"),
    ]

    operations = [
        migrations.AddField("campaign", "local_time", models.CharField(blank=True, max_length=16)),
        migrations.AddField("campaign", "zone_attribute", models.CharField(blank=True, max_length=100)),
    ]
