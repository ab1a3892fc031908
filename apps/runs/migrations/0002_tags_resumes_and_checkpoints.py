from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0001_initial"),
        ("runs", "0001_initial"),
    ]

    operations = [
        migrations.AddField("run", "tags", models.JSONField(blank=True, default=list)),
        migrations.AddField("run", "earlier_jobs", models.ManyToManyField(related_name="+", to="jobs.job")),
        migrations.AddField("run", "checkpoint_pinned", models.BooleanField(default=False)),
        migrations.AddField("run", "checkpoint_deleted_at", models.DateTimeField(null=True)),
    ]
