"""Phases; those of consultations that were opened are written down as they were."""

import django.db.models.deletion
from django.db import migrations, models


def write_down(apps, schema_editor):
    Consultation, Phase = apps.get_model("consultations", "Consultation"), apps.get_model("consultations", "Phase")
    for of in Consultation.objects.exclude(opened_at=None):
        later = of.stage in ("answering", "review", "final")
        rows = [("comment", of.closes_at, of.opened_at), ("answer", of.answers_due_at, of.closes_at if later else None)]
        if of.review_ends_at:
            rows.append(("review", of.review_ends_at, of.answers_due_at))
        Phase.objects.bulk_create(
            Phase(consultation=of, rule=rule, ends_at=ends_at, begun_at=begun_at) for rule, ends_at, begun_at in rows if ends_at
        )


class Migration(migrations.Migration):
    dependencies = [("consultations", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Phase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.CharField(choices=[("comment", "Comment"), ("answer", "Answer"), ("review", "Review")], max_length=16)),
                ("theme", models.TextField(blank=True)),
                ("ends_at", models.DateTimeField()),
                ("begun_at", models.DateTimeField(null=True)),
                (
                    "consultation",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="phases", to="consultations.consultation"
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["consultation", "ends_at"], name="phases_by_their_ends")]},
        ),
        migrations.RunPython(write_down, migrations.RunPython.noop),
    ]
