import json
import tomllib

from django.conf import settings
from django.db import migrations
from django.utils import timezone

FOLDER = settings.BASE_DIR / "fixtures"


def bring_along(apps, schema_editor):
    """Everyday words, word lists, red flags and triage for databases old and new. What a clinic has changed is kept: of
    a red flag, phrases are added and those that raised false alarms are dropped."""
    _word_lists(apps.get_model("predict", "WordList"))
    _everyday_words(apps.get_model("predict", "Symptom"))
    _triage(apps.get_model("predict", "Condition"))
    _red_flags(apps.get_model("predict", "RedFlag"))


def _read(name):
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def _listed(text):
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _word_lists(model):
    for slug, words in _read("urgent_words.toml")["lists"].items():
        model.objects.get_or_create(slug=slug, defaults={"words": _listed(words)})


def _everyday_words(model):
    for slug, words in _read("romanised_words.toml")["words"].items():
        model.objects.filter(slug=slug).update(synonyms_roman=_listed(words), updated_at=timezone.now())


def _triage(model):
    data = _read("triage.toml")
    for level, slugs in data["triage"].items():
        for row in model.objects.filter(slug__in=slugs):
            row.triage, row.triage_source = level, row.source
            row.save()
    for who, slugs in data["affects"].items():
        model.objects.filter(slug__in=slugs).update(affects=who, updated_at=timezone.now())


def _red_flags(model):
    shipped = {entry["slug"]: entry for entry in json.loads((FOLDER / "red_flags.json").read_text(encoding="utf-8"))}
    data = _read("red_flags_2.toml")
    for more in data["more"]:
        row = model.objects.filter(slug=more["slug"]).first()
        if row is None or len(row.groups) != len(more["groups"]):
            continue  # a clinic has removed or rebuilt it
        dropped = set(more.get("drop", ()))
        row.groups = [
            list(dict.fromkeys(phrase for phrase in [*old, *new] if phrase not in dropped))
            for old, new in zip(row.groups, more["groups"])
        ]
        for name in ("message", "message_bn"):
            if name in more and getattr(row, name) == shipped[row.slug][name]:
                setattr(row, name, more[name])
        row.shows_hotline = more.get("shows_hotline", False)
        row.save()
    for rule in data["rule"]:
        fields = {name: value for name, value in rule.items() if name != "slug"}
        model.objects.get_or_create(slug=rule["slug"], defaults=fields)


class Migration(migrations.Migration):
    dependencies = [("predict", "0004_triage_and_words")]
    operations = [migrations.RunPython(bring_along, migrations.RunPython.noop)]
