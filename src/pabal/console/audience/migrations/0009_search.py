import pabal.console.audience.text_order
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audience', '0008_archiving'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(fields=['list', 'status', 'subscriber'], name='members_by_status'),
        ),
        migrations.AddIndex(
            model_name='subscriber',
            index=models.Index(pabal.console.audience.text_order.FoldedAttribute('name'), models.F('id'), name='subscribers_by_name'),
        ),
    ]
