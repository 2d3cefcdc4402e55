from shs.blog.admin.comments import CommentScreen
from shs.blog.admin.posts import PostScreen
from shs.blog.admin.queue import moderation
from shs.blog.admin.reports import ReportScreen
from shs.blog.admin.topics import CategoryScreen, ImageScreen, TagScreen

__all__ = [
    "CategoryScreen",
    "CommentScreen",
    "ImageScreen",
    "PostScreen",
    "ReportScreen",
    "TagScreen",
    "moderation",
]
