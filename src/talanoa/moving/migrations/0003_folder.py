from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('moving', '0002_mailed_meanwhile'),
    ]

    operations = [
        migrations.RenameField(model_name='handed', old_name='file', new_name='folder'),
    ]
