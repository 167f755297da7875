from __future__ import annotations

from django.db import migrations, models

import core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0005_screen_pops"),
    ]

    operations = [
        # In two steps: a default that is computed would rewrite the whole table.
        migrations.AddField(
            model_name="contactevent",
            name="written_in",
            field=models.BigIntegerField(null=True, editable=False),
        ),
        migrations.AlterField(
            model_name="contactevent",
            name="written_in",
            field=core.fields.TransactionField(),
        ),
        migrations.AddIndex(
            model_name="contactevent",
            index=models.Index(fields=["written_in"], name="contact_event_written"),
        ),
        migrations.AddField(
            model_name="tracestep",
            name="written_in",
            field=models.BigIntegerField(null=True, editable=False),
        ),
        migrations.AlterField(
            model_name="tracestep",
            name="written_in",
            field=core.fields.TransactionField(),
        ),
        migrations.AddIndex(
            model_name="tracestep",
            index=models.Index(fields=["written_in"], name="trace_step_written"),
        ),
    ]
