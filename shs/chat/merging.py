"""What happens to conversations with the assistant when two people are merged: nothing."""

from shs.chat.models import ChatMessage
from shs.users.merge_rules import stays

people = [*stays(ChatMessage, "user", because="private to the login that asked")]
