from django.db import migrations

CATEGORIES = {
    "children": "Children",
    "heart-and-circulation": "Heart and circulation",
    "infections": "Infections",
    "long-term-illness": "Long-term illness",
    "medicines": "Medicines",
    "mental-health": "Mental health",
    "mothers": "Mothers",
    "nutrition": "Nutrition",
    "prevention": "Prevention",
    "safety": "Safety and first aid",
    "vaccination": "Vaccination",
    "water-and-air": "Water and air",
}
WORDS = (
    "(setweight(to_tsvector('english'::regconfig, COALESCE(published_title, '')), 'A') || "
    "setweight(to_tsvector('english'::regconfig, COALESCE(search_text, '')), 'D'))"
)


def load_categories(apps, schema_editor):
    """The categories that a bare `migrate` has; more are added in the admin."""
    category = apps.get_model("blog", "Category")
    category.objects.bulk_create([category(slug=slug, name=name) for slug, name in CATEGORIES.items()])


def index_search(apps, schema_editor):
    """Exactly the expression of shs.blog.search.vector(), or PostgreSQL does not use the index. SQLite reads the column,
    which is fast at its size."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"CREATE INDEX blogpost_words ON blog_blogpost USING gin ({WORDS})")


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX blogpost_words")


class Migration(migrations.Migration):
    dependencies = [("blog", "0001_initial")]
    operations = [
        migrations.RunPython(load_categories, migrations.RunPython.noop),
        migrations.RunPython(index_search, drop_index),
    ]
