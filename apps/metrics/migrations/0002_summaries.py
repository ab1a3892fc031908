"""Each series keeps its last, lowest and highest value; those that there are get theirs from their chunks."""

from django.db import connection, migrations, models

BATCH = 2000


def fill(apps, schema_editor):
    from apps.metrics import summaries

    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM metrics_series ORDER BY id")
        series = [row[0] for row in cursor.fetchall()]
    for start in range(0, len(series), BATCH):
        summaries.anew(series[start : start + BATCH])


class Migration(migrations.Migration):
    dependencies = [("metrics", "0001_initial")]

    operations = [
        migrations.AddField(model_name="series", name="last", field=models.FloatField(null=True)),
        migrations.AddField(model_name="series", name="lowest", field=models.FloatField(null=True)),
        migrations.AddField(model_name="series", name="highest", field=models.FloatField(null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
