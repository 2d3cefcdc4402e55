import tomllib

from django.conf import settings
from django.db import migrations


def bring_along(apps, schema_editor):
    """More phrases of red flags and words of their lists, for databases old and new. What a clinic has changed is kept:
    phrases are added, and those that raised false alarms are dropped."""
    data = tomllib.loads((settings.BASE_DIR / "fixtures" / "red_flags_3.toml").read_text(encoding="utf-8"))
    lists, flags = apps.get_model("predict", "WordList"), apps.get_model("predict", "RedFlag")
    for slug, words in data["words"].items():
        for row in lists.objects.filter(slug=slug):
            row.words = list(dict.fromkeys([*row.words, *(word.strip() for word in words.split(","))]))
            row.save()
    for more in data["more"]:
        for row in flags.objects.filter(slug=more["slug"]):
            if len(row.groups) != len(more["groups"]):
                continue  # a clinic has rebuilt it
            row.groups = [
                [phrase for phrase in dict.fromkeys([*old, *new]) if phrase not in more.get("drop", ())]
                for old, new in zip(row.groups, more["groups"], strict=True)
            ]
            row.save()
    for rule in data["rule"]:
        fields = {name: value for name, value in rule.items() if name != "slug"}
        flags.objects.get_or_create(slug=rule["slug"], defaults=fields)


class Migration(migrations.Migration):
    dependencies = [("predict", "0006_changes_by_two")]
    operations = [migrations.RunPython(bring_along, migrations.RunPython.noop)]
