"""What the application carries, typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeAlias

from aiohttp import web

from reconciler.config import Config
from reconciler.store import Pool

Clock: TypeAlias = Callable[[], datetime]

POOL: Final[web.AppKey[Pool]] = web.AppKey("POOL")
CONFIG: Final[web.AppKey[Config]] = web.AppKey("CONFIG")
CLOCK: Final[web.AppKey[Clock]] = web.AppKey("CLOCK")
REQUEST_ID: Final[web.RequestKey[str]] = web.RequestKey("REQUEST_ID")
