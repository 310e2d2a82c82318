"""The errors a user can act on; the command line prints their sentence and no traceback."""

from __future__ import annotations


class ReconcilerError(Exception):
    """The work failed; the message says what, where, and what mends it. Exit code 1."""


class WrongCall(ReconcilerError):
    """The call or the settings are wrong. Exit code 2."""


class BadFile(ReconcilerError):
    """The file cannot be taken in at all. Exit code 2, or 1 where parts of it were."""


class OldSchema(ReconcilerError):
    """The database's schema is not the one this version needs. Run: reconciler migrate."""
