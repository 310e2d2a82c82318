"""Rows as COPY's text format, a column at a time: several times quicker than writing CSV cell by cell."""

from __future__ import annotations

from collections.abc import Sequence

_ESCAPES = str.maketrans({"\0": "", "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_text(columns: Sequence[Sequence[str]]) -> bytes:
    """The rows of equally long columns; an empty text is null. Only what holds a special character is escaped.

    What a database's text cannot hold, NUL and halves of characters, is left out.
    """
    plain: list[Sequence[str]] = []
    for column in columns:
        joined = "".join(column)
        clean = "\\" not in joined and joined.isprintable()
        plain.append(column if clean else [text.translate(_ESCAPES) for text in column])
    lines = "\n".join(map("\t".join, zip(*plain, strict=True)))
    return f"{lines}\n".encode("utf-8", "replace") if lines else b""
