"""A sample row of each model, for the generated tests."""

import io
from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from shs.blog import services
from shs.core.discovery import Case


def articles(case: Case, now: datetime) -> None:
    """Carol's published article with an image, Bob's comment and Alice's report of it; and a draft."""
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    upload = SimpleUploadedFile("picture.png", picture.getvalue())
    case.picture = services.add_image(user=case.carol, upload=upload)
    content = f'<p>Wash your hands.</p><img src="{case.picture.url}" alt="Hands">'
    case.article = services.write(
        user=case.carol, title="Clean hands", content=content, tags=["Hygiene"], submit=True, now=now
    )
    services.publish(post=case.article, by=case.henry, now=now)
    case.draft = services.write(user=case.carol, title="Salt", content="<p>Less salt.</p>", now=now)
    case.comment = services.comment(post=case.article, user=case.bob, content="Buy my pills!", now=now)
    case.report = services.report(
        user=case.alice, kind="comment", object_id=case.comment.pk, reason="advertising", now=now
    )


samples = [articles]
