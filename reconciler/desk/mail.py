"""Makes a letter into a mail as RFC 5322 wants it, and reads it back before letting it go."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from email import message_from_bytes
from email.header import Header, decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP, compat32
from email.utils import format_datetime, parseaddr, quote
from typing import Final, NamedTuple

from reconciler.desk.letters import Letter

_MESSAGE_ID: Final = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+>")
_ONE_BOX: Final = re.compile(r'(?P<name>[^<>]*?)\s*<(?P<box>[^\s<>,;"]+)>|(?P<bare>[^\s<>,;"]+)')
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN: Final = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,}")
_HIDDEN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING: Final = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MESSAGE_ID_AT_MOST: Final = 900
_SUBJECT_AT_MOST: Final = 500


class MailError(ValueError):
    """This letter cannot be made into a mail."""


class _Box(NamedTuple):
    name: str
    address: str

    def header(self) -> str:
        if not self.name:
            return self.address
        name = f'"{quote(self.name)}"' if self.name.isascii() and "=?" not in self.name else _encoded(self.name)
        return f"{name}\r\n <{self.address}>"


def compose(
    letter: Letter, sender: str, recipient: str | None, message_id: str, date: datetime, reply_to: str | None = None
) -> bytes:
    """The mail as bytes, text and HTML as alternatives.

    ``sender`` and ``recipient`` are one address each, ``Name <box@domain>`` or bare; without a recipient the
    mail is a draft that names none, for a person to fill in. ``message_id`` has its angle brackets; ``date``
    knows its zone. Raises MailError in one sentence where any of them would break the header, or where the
    bytes do not read back as what was put in.
    """
    if letter.subject is None:
        raise MailError("A phone script has no subject and is not mailed.")
    if date.tzinfo is None:
        raise MailError("The mail's date has no time zone.")
    _refuse_hidden("message id", message_id)
    if not _MESSAGE_ID.fullmatch(message_id) or len(message_id) > _MESSAGE_ID_AT_MOST:
        raise MailError(f"The message id '{message_id}' is not of the form <unique@domain>.")
    _refuse_hidden("subject", letter.subject)
    if not letter.subject.strip() or len(letter.subject) > _SUBJECT_AT_MOST:
        raise MailError(f"The subject is empty or longer than {_SUBJECT_AT_MOST} characters.")
    boxes = {"From": _box("sender's", sender)}
    if recipient is not None:
        boxes["To"] = _box("recipient's", recipient)
    if reply_to is not None:
        boxes["Reply-To"] = _box("reply", reply_to)
    headers = {
        "Date": format_datetime(date),
        **{name: box.header() for name, box in boxes.items()},
        "Subject": _encoded(letter.subject) if _needs_encoding(letter.subject) else letter.subject,
        "Message-ID": message_id,
        "Content-Language": letter.language,
    }
    # Headers are written here: the library folds long names with accents so that they read back changed.
    written = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii") + _body(letter)
    _reread(written, letter, boxes, {"Date": headers["Date"], "Message-ID": message_id, "Content-Language": letter.language})
    return written


def file_name(case: int, letter: Letter) -> str:
    """The name of the letter's file: ``case-41-courier-ro.eml``, a phone script's ``case-41-call-ro.txt``."""
    return f"case-{case}-{letter.audience}-{letter.language}.{'txt' if letter.subject is None else 'eml'}"


def _body(letter: Letter) -> bytes:
    body = EmailMessage(policy=SMTP)
    body.set_content(letter.text)
    if letter.html is not None:
        body.add_alternative(letter.html, subtype="html")
    return body.as_bytes()


def _refuse_hidden(what: str, text: str) -> None:
    for char in text:
        if unicodedata.category(char) in _HIDDEN or char in _TURNING:
            raise MailError(f"The {what} holds the control character U+{ord(char):04X}.")


def _box(whose: str, text: str) -> _Box:
    _refuse_hidden(f"{whose} address", text)
    found = _ONE_BOX.fullmatch(text.strip())
    local, _, domain = ((found["box"] or found["bare"]) if found else "").rpartition("@")
    name = (found["name"] or "").strip() if found else ""
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1].replace('\\"', '"')
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        domain = ""
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain) or len(name) > _SUBJECT_AT_MOST:
        raise MailError(f"The {whose} address '{text}' is not one mail address.")
    return _Box(name, f"{local}@{domain}")


def _needs_encoding(text: str) -> bool:
    return not text.isascii() or "=?" in text or text != text.strip()


def _encoded(text: str) -> str:
    return Header(text, "utf-8", maxlinelen=66).encode(linesep="\r\n")


def _decoded(value: str) -> str:
    return str(make_header(decode_header(re.sub(r"\r?\n(?=[ \t])", "", value))))


def _reread(written: bytes, letter: Letter, boxes: dict[str, _Box], plain: dict[str, str]) -> None:
    mail = message_from_bytes(written, policy=compat32)
    ours = [name for name in mail if name not in ("MIME-Version", "Content-Type", "Content-Transfer-Encoding")]
    if sorted(ours) != sorted([*boxes, *plain, "Subject"]) or mail.defects:
        raise MailError("The mail does not read back with the headers it was given.")
    for name, value in plain.items():
        _compare(name, mail[name], value)
    _compare("Subject", _decoded(mail["Subject"]), letter.subject)
    for name, box in boxes.items():
        shown, address = parseaddr(re.sub(r"\r?\n(?=[ \t])", "", mail[name]))
        _compare(name, (_decoded(shown), address), (box.name, box.address))
    read = message_from_bytes(written, policy=SMTP)
    assert isinstance(read, EmailMessage)
    for kind, sent in (("plain", letter.text), ("html", letter.html)):
        part = read.get_body((kind,))
        _compare(f"{kind} text", None if part is None else _lines(part.get_content()), None if sent is None else _lines(sent))


def _compare(what: str, read: object, written: object) -> None:
    if read != written:
        raise MailError(f"The mail's {what} does not read back as it was written.")


def _lines(text: str) -> list[str]:
    return text.rstrip("\n").splitlines()
