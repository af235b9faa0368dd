from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("search", "0002_saved_searches")]

    operations = [
        migrations.AddField("saved", "feed", models.BigIntegerField(null=True, unique=True)),
        migrations.AlterField("saved", "due_at", models.DateTimeField(db_index=True, null=True)),
        migrations.AlterField(
            "saved", "how", models.CharField(choices=[("daily", "Daily"), ("weekly", "Weekly"), ("none", "No Mail")], max_length=6)
        ),
    ]
