"""Letters as mail: what is put in is what is read, and nothing can be smuggled into a header."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP, compat32
from email.utils import parseaddr
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.desk.letters import Letter, render
from reconciler.desk.mail import MailError, compose, file_name
from tests.unit.letter_samples import full

WHEN = datetime(2026, 11, 23, 8, 30, tzinfo=ZoneInfo("Europe/Bucharest"))
SENDER, RECIPIENT, ID = "Magazin Demo <comenzi@magazin-demo.example>", "reclamatii@fan.example", "<case-41.1@magazin-demo.example>"
LETTER = Letter(
    "Modificare ramburs - AWB 7000000000101 - 149,99 lei", "Bună ziua,\n\nluni\n", "<p>Bună ziua</p>\n", "courier", "ro"
)


def _read(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=SMTP)
    assert isinstance(mail, EmailMessage)
    return mail


def test_a_letter_becomes_a_mail_with_two_readings() -> None:
    letter = render(full("cod_too_high"), "courier", "en")
    assert letter is not None
    mail = _read(compose(letter, SENDER, RECIPIENT, ID, WHEN, reply_to="ana@magazin-demo.example"))
    assert mail["Subject"] == letter.subject
    assert mail["From"] == SENDER
    assert mail["To"] == RECIPIENT
    assert mail["Reply-To"] == "ana@magazin-demo.example"
    assert mail["Date"] == "Mon, 23 Nov 2026 08:30:00 +0200"
    assert mail["Message-ID"] == ID
    assert mail["Content-Language"] == "en"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == letter.text.splitlines()
    assert "<table" in html.get_content()


@pytest.mark.parametrize("language", ["ro", "pl", "uk", "cs"])
def test_every_script_survives(language: str) -> None:
    word = {"ro": "Țânțar șaptezeci", "pl": "Zażółć gęślą jaźń", "uk": "Щедрий п'ять їжак ґанок", "cs": "Příliš žluťoučký kůň"}[
        language
    ]
    letter = replace(LETTER, subject=f"{word} - 1\u00a0499,00 " * 6 + "x", text=f"{word}\n" * 300 + word * 200 + "\n")
    raw = compose(letter, f'"{word}, SRL" <a@b.example>', RECIPIENT, ID, WHEN)
    mail = _read(raw)
    assert mail["Subject"] == letter.subject
    sender = message_from_bytes(raw, policy=compat32)["From"].replace("\r\n", "")
    assert str(make_header(decode_header(parseaddr(sender)[0]))) == f"{word}, SRL"  # policy SMTP parts long names with a blank
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


_SHOWN = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cf", "Co", "Cn"])
_SUBJECTS = st.text(_SHOWN, min_size=1, max_size=200).map(lambda text: " ".join(text.split())).filter(bool)


@settings(max_examples=150, deadline=None)
@given(_SUBJECTS, _SUBJECTS)
def test_any_subject_and_name_reads_back(subject: str, name: str) -> None:
    name = re.sub(r'[<>"\\]', "", name).strip("' ")
    mail = _read(compose(replace(LETTER, subject=subject), f"{name} <a@b.example>" if name else "a@b.example", RECIPIENT, ID, WHEN))
    assert mail["Subject"] == subject
    assert mail["From"].addresses[0].addr_spec == "a@b.example"


@pytest.mark.parametrize(
    "smuggled", ["a\r\nBcc: x@y.example", "a\nb", "a\rb", "a\x00b", "a\u2028b", "a\u0085b", "a\u202eb", "a\tb\x0b"]
)
def test_header_injection_is_refused(smuggled: str) -> None:
    for letter, sender, recipient, message_id, reply_to in (
        (replace(LETTER, subject=smuggled), SENDER, RECIPIENT, ID, None),
        (LETTER, f"{smuggled} <a@b.example>", RECIPIENT, ID, None),
        (LETTER, SENDER, f"{smuggled}@b.example", ID, None),
        (LETTER, SENDER, RECIPIENT, f"<{smuggled}@b.example>", None),
        (LETTER, SENDER, RECIPIENT, ID, f"{smuggled}@b.example"),
    ):
        with pytest.raises(MailError) as caught:
            compose(letter, sender, recipient, message_id, WHEN, reply_to)
        assert "\n" not in str(caught.value)
        assert str(caught.value).endswith(".")
        assert "control character" in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b",
        "@b.example",
        "a@b.example, c@d.example",
        "a b@c.example",
        "a@b@c.example",
        "ș@b.example",
        "a@.example",
        "<a@b.example> x",
        "A <a@b.example>, B <c@d.example>",
        "a@b..example",
    ],
)
def test_an_address_is_one_box(address: str) -> None:
    with pytest.raises(MailError, match="address"):
        compose(LETTER, SENDER, address, ID, WHEN)


def test_a_domain_of_another_script_is_encoded() -> None:
    assert _read(compose(LETTER, SENDER, "hello@крамниця.укр", ID, WHEN))["To"] == "hello@xn--80aqejfp0c4d.xn--j1amh"


@pytest.mark.parametrize("message_id", ["", "a@b.example", "<a>", "<a b@c.example>", "<a@b.example><c@d.example>", "<ș@b.example>"])
def test_a_message_id_has_its_form(message_id: str) -> None:
    with pytest.raises(MailError, match="message id"):
        compose(LETTER, SENDER, RECIPIENT, message_id, WHEN)


def test_a_long_message_id_reads_back() -> None:
    message_id = f"<{'a' * 120}@{'b' * 60}.example>"
    assert _read(compose(LETTER, SENDER, RECIPIENT, message_id, WHEN))["Message-ID"] == message_id


def test_phone_scripts_and_bare_dates_are_refused() -> None:
    with pytest.raises(MailError, match="phone script"):
        compose(replace(LETTER, subject=None), SENDER, RECIPIENT, ID, WHEN)
    with pytest.raises(MailError, match="time zone"):
        compose(LETTER, SENDER, RECIPIENT, ID, WHEN.replace(tzinfo=None))


def test_a_letter_without_html_is_plain() -> None:
    mail = _read(compose(replace(LETTER, html=None), SENDER, RECIPIENT, ID, WHEN))
    assert mail.get_content_type() == "text/plain"


def test_files_are_named_for_case_reader_and_language() -> None:
    assert file_name(41, LETTER) == "case-41-courier-ro.eml"
    assert file_name(41, replace(LETTER, subject=None, html=None, audience="call")) == "case-41-call-ro.txt"


def test_a_draft_may_name_no_recipient() -> None:
    letter = Letter("Modificare ramburs - AWB 1", "Bună ziua", None, "courier", "ro")
    written = compose(
        letter, "Magazin <comenzi@magazin.example>", None, "<1@magazin.example>", datetime(2026, 11, 23, 9, tzinfo=UTC)
    )
    assert b"\r\nTo:" not in written
    assert b"\r\nFrom:" in b"\r\n" + written
