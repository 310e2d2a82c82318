"""``export``: finance's reports."""

from __future__ import annotations

import click


@click.group()
def export() -> None:
    """Reports for finance."""
