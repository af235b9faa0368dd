from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('communities', '0004_guest_moderators'),
        ('conversations', '0005_followed_apart'),
        ('mail', '0004_signatures'),
        ('people', '0006_who_is_heard'),
    ]

    operations = [
        migrations.AddField(
            model_name='post',
            name='changed',
            field=models.BigIntegerField(default=1),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(fields=['community', 'changed'], name='post_changed'),
        ),
    ]
