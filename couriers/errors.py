"""The one error of talking with a courier, told apart by its kind."""

from __future__ import annotations

from typing import Literal

ErrorKind = Literal["auth", "rate_limit", "refused", "not_found", "server", "malformed"]


class CourierError(Exception):
    """The courier's answer cannot be used.

    ``kind``: auth (credentials refused; ask a person, do not retry), rate_limit (wait
    ``retry_after`` seconds), refused (it said no), not_found, server (it failed; may be retried),
    malformed (not the document it should be). The message is one sentence a user can act on and
    holds no secret.
    """

    def __init__(self, kind: ErrorKind, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind: ErrorKind = kind
        self.message = message
        self.retry_after = retry_after
