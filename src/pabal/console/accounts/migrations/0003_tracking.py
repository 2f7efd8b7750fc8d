"""What new campaigns record of readers."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_organisation'),
    ]

    operations = [
        migrations.AddField(
            model_name='organisation',
            name='tracking',
            field=models.CharField(blank=True, choices=[('off', 'Nothing'), ('opens', 'Opens'), ('clicks', 'Clicks'), ('on', 'Opens and clicks')], max_length=6, verbose_name='What new campaigns record of readers'),
        ),
    ]
