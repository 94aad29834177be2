"""For applications: events go out in the background, and no request waits for them.

Standard library only, and nothing else of banditctl: the folder may be copied into another project, which is why it
names its own files relatively.
"""

from .clients import AsyncBanditClient, BanditClient, Reporter
from .outbox import Stats
from .wrapping import wrap

__all__ = ["AsyncBanditClient", "BanditClient", "Reporter", "Stats", "wrap"]
