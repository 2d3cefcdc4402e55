"""What happens to comments and reports when two people are merged: they stay with the account that wrote them."""

from shs.blog.models import BlogPost, Comment, Report
from shs.users.merge_rules import stays

people = [
    *stays(Comment, "user", because="it was published under that name"),
    *stays(Report, "reporter", because="who reported it, which counts once for each account"),
    *stays(BlogPost, "reviewed_by", because="which moderator reviewed it"),
]
