from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audience', '0007_tracking'),
    ]

    operations = [
        migrations.AddField(
            model_name='list',
            name='archived_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='topic',
            name='archived_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
