from shs.blog.models.comment import Comment
from shs.blog.models.image import PostImage
from shs.blog.models.post import BlogPost, PostStatus
from shs.blog.models.report import Report
from shs.blog.models.topic import Category, Tag

__all__ = ["BlogPost", "Category", "Comment", "PostImage", "PostStatus", "Report", "Tag"]
