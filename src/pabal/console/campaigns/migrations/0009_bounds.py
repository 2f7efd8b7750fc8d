from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def _keep_segments(apps: Any, schema_editor: Any) -> None:
    campaigns = apps.get_model("campaigns", "Campaign").objects.exclude(segment=None)
    bound = apps.get_model("campaigns", "Bound")
    bound.objects.bulk_create(
        bound(campaign_id=pk, is_without=False, segment_id=segment)
        for pk, segment in campaigns.values_list("pk", "segment_id")
    )


class Migration(migrations.Migration):

    dependencies = [
        ("audience", "0011_imports"),
        ("campaigns", "0008_segment"),
    ]

    operations = [
        migrations.CreateModel(
            name="Bound",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_without", models.BooleanField()),
                ("campaign", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="bound_rows", to="campaigns.campaign")),
                ("former", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.campaign")),
                ("list", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audience.list")),
                ("segment", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audience.segment")),
            ],
        ),
        migrations.RunPython(_keep_segments, migrations.RunPython.noop),
        migrations.RemoveField(model_name="campaign", name="segment"),
    ]
