import tomllib

from django.conf import settings
from django.db import migrations


def bring_along(apps, schema_editor):
    """Words for signs and parts of the body, and rules that combine them, for databases old and new. What a clinic has
    changed is kept: words and phrases are added, and those that raised false alarms are dropped."""
    bring(apps, "red_flags_5.toml")


def bring(apps, name):
    data = tomllib.loads((settings.BASE_DIR / "fixtures" / name).read_text(encoding="utf-8"))
    lists, flags = apps.get_model("predict", "WordList"), apps.get_model("predict", "RedFlag")
    for slug in {**data["words"], **data["dropped"]}:
        added, dropped = _listed(data["words"].get(slug, "")), _listed(data["dropped"].get(slug, ""))
        row = lists.objects.filter(slug=slug).first() or lists(slug=slug, words=[])
        row.words = [word for word in dict.fromkeys([*row.words, *added]) if word not in dropped]
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
        fields = {name: value for name, value in rule.items() if name not in ("slug", "groups")}
        groups = [list(dict.fromkeys(group)) for group in rule["groups"]]
        flags.objects.get_or_create(slug=rule["slug"], defaults={**fields, "groups": groups})


def _listed(text):
    return [word.strip() for word in text.split(",") if word.strip()]


class Migration(migrations.Migration):
    dependencies = [("predict", "0010_questions_without_names")]
    operations = [migrations.RunPython(bring_along, migrations.RunPython.noop)]
