"""What sends notices by the clock."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shs.core.due import due
from shs.notices.services import deliver

due("deliver_notices", every=timedelta(minutes=1), label=_("Send the notices that are due"))(deliver)
