from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_invitations_and_tokens"),
        ("jobs", "0002_workers_and_peak_memory"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(model_name="job", name="seen_at", field=models.DateTimeField(null=True)),
        # What was over before there were notices is no news.
        migrations.RunSQL(
            "UPDATE jobs_job SET seen_at = finished_at WHERE finished_at IS NOT NULL", migrations.RunSQL.noop
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                models.F("created_by"),
                condition=models.Q(("finished_at__isnull", False), ("seen_at__isnull", True)),
                name="job_news",
            ),
        ),
    ]
