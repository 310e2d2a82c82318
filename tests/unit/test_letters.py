"""Every letter on disk, with every turn of facts; the engine's own rules below."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from couriers.facts import Money
from reconciler.desk import formats
from reconciler.desk.formats import LANGUAGES, Language
from reconciler.desk.gate import objections
from reconciler.desk.letters import (
    AUDIENCES,
    TEMPLATES,
    Audience,
    Letter,
    LetterError,
    LetterFacts,
    one_line,
    paragraphs,
    render,
)
from tests.unit.letter_samples import AMOUNT_KINDS, COURIER_KINDS, CUSTOMER_KINDS, bare, full, minimal, variants


def _on_disk() -> list[tuple[str, Audience, Language]]:
    found = []
    for kind, audience, language in product(COURIER_KINDS, AUDIENCES, LANGUAGES):
        if (TEMPLATES / kind / f"{audience}.{language}.j2").is_file():
            found.append((kind, audience, language))
    return found


ON_DISK = _on_disk()
TO_CUSTOMERS = [(kind, language) for kind, audience, language in ON_DISK if audience == "customer"]
TO_COURIERS = [(kind, language) for kind, audience, language in ON_DISK if audience == "courier"]


def _letter(facts: LetterFacts, audience: Audience, language: Language) -> Letter:
    letter = render(facts, audience, language)
    assert letter is not None
    return letter


def test_no_template_lies_under_an_unknown_name() -> None:
    known = {f"{kind}/{audience}.{language}.j2" for kind, audience, language in ON_DISK}
    parts = {f"_parts/{language}.j2" for language in LANGUAGES} | {"_parts/letter.html.j2"}
    assert {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.*")} <= known | parts


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_all_its_readers(language: Language) -> None:
    wanted = {(kind, audience) for kind in COURIER_KINDS for audience in ("courier", "call")}
    wanted |= {(kind, "customer") for kind in CUSTOMER_KINDS}
    assert {(kind, audience) for kind, audience, each in ON_DISK if each == language} == wanted


@pytest.mark.parametrize(("kind", "audience", "language"), ON_DISK)
def test_renders_whole_with_every_turn_of_facts(kind: str, audience: Audience, language: Language) -> None:
    for facts in variants(kind):
        letter = _letter(facts, audience, language)
        assert letter.text.endswith("\n")
        assert "\n\n\n" not in letter.text
        assert not re.search(r"[ \t]$|^[ \t]|  |None|True|False|\{[{%#]|[\ue000]| [,.;](?:\s|$)|,,|\(\)", letter.text, re.MULTILINE)
        assert not re.search(r":$", letter.text.split("\n\n")[0], re.MULTILINE), "a label without its value"
        if audience == "call":
            assert letter.subject is None
            assert letter.html is None
        else:
            assert letter.subject
            assert one_line(letter.subject) == letter.subject
            assert letter.subject[-1] not in "-–,:"
            assert letter.html is not None
            assert f'<html lang="{language}">' in letter.html


@pytest.mark.parametrize(("kind", "language"), TO_CUSTOMERS)
def test_customer_letters_pass_the_gate(kind: str, language: Language) -> None:
    for facts in variants(kind):
        assert facts.pay is not None
        letter = _letter(facts, "customer", language)
        days = {facts.day, facts.refund_on} | ({facts.expires_on} if facts.expires_on else set())
        assert objections(letter.text, language, facts.pay, days) == []
        assert "!" not in (letter.subject or "")


@pytest.mark.parametrize(("kind", "language"), TO_CUSTOMERS)
def test_customer_letters_are_short_and_say_who_to_ring(kind: str, language: Language) -> None:
    facts = full(kind)
    letter = _letter(facts, "customer", language)
    assert 50 <= len(letter.text.split()) <= 170
    for needed in (facts.shop.phone, facts.shop.hours, facts.shop.name, facts.tracking_link):
        assert needed is not None
        assert needed in letter.text


@pytest.mark.parametrize(("kind", "language"), TO_COURIERS)
def test_courier_letters_carry_what_a_clerk_needs(kind: str, language: Language) -> None:
    for correctable in (True, False):
        facts = replace(full(kind), correctable=correctable)
        letter = _letter(facts, "courier", language)
        needed = [facts.awb, "7032158", "C-2021/118", facts.shop.legal_name, facts.shop.tax_number, "Ion Popescu", "Cluj-Napoca"]
        needed += [facts.order_ref, formats.moment(facts.answer_by, language)]
        for each in needed:
            assert each is not None
            assert each in letter.text
        assert letter.subject is not None
        assert facts.awb in letter.subject
        assert len(letter.text.split("\n")) <= 60


@pytest.mark.parametrize(("kind", "language"), [(kind, language) for kind, language in TO_COURIERS if kind in AMOUNT_KINDS])
def test_amount_letters_name_cod_now_and_right_in_figures_and_words(kind: str, language: Language) -> None:
    facts = full(kind)
    letter = _letter(facts, "courier", language)
    for money in (facts.asked, facts.told):
        assert money is not None
        assert formats.money(money, language) in letter.text
        if money.minor:
            assert formats.words(money, language) in letter.text
    plain = _letter(replace(facts, courier=replace(facts.courier, amount_in_words=False)), "courier", language)
    assert facts.told is not None
    assert formats.words(facts.told, language) not in plain.text


@pytest.mark.parametrize(("kind", "language"), [(kind, language) for kind, audience, language in ON_DISK if audience == "call"])
def test_phone_scripts_have_number_hours_client_and_waybill_aloud(kind: str, language: Language) -> None:
    facts = full(kind)
    letter = _letter(facts, "call", language)
    for needed in (facts.courier.phone, facts.courier.phone_hours, "7032158", formats.groups(facts.awb)):
        assert needed is not None
        assert needed in letter.text


def test_a_kind_without_a_letter_for_the_reader_gives_none() -> None:
    assert render(full("remittance_short"), "customer", "en") is None
    assert render(replace(full("late"), kind="no_such_kind"), "courier", "en") is None


def test_a_language_without_letters_is_refused() -> None:
    with pytest.raises(LetterError, match="not written in 'hu'"):
        render(full("late"), "customer", "hu")  # type: ignore[arg-type]


def test_texts_of_strangers_stay_on_their_line_and_out_of_the_markup() -> None:
    facts = replace(
        full("late"),
        recipient_name="Ion\r\nBcc: all@x.example\u2028<script>",
        order_ref="1\n\n2 <b>",
        last_place="\u202eCluj",
    )
    letter = _letter(facts, "courier", "en")
    assert "Ion Bcc: all@x.example <script>, Cluj-Napoca" in letter.text
    assert "Order number: 1 2 <b>" in letter.text
    assert letter.html is not None
    assert "<script>" not in letter.html
    assert "&lt;b&gt;" in letter.html


def test_html_is_the_text_with_blocks_as_tables_and_one_link() -> None:
    facts = replace(full("late"), tracking_link='https://shop.example/o/a"b?x=1&y=2', recipient_name="http://evil.example")
    notice, mail = _letter(facts, "customer", "en"), _letter(facts, "courier", "en")
    assert notice.html is not None
    assert mail.html is not None
    assert notice.html.count("<a ") == 1
    assert 'href="https://shop.example/o/a&#34;b?x=1&amp;y=2"' in notice.html
    assert "<a " not in mail.html
    assert mail.html.count("<table") == 1
    assert '<th scope="row"' in mail.html
    hostile = _letter(replace(facts, tracking_link="javascript:alert(1)"), "customer", "en")
    assert hostile.html is not None
    assert "<a " not in hostile.html


def test_paragraphs_tell_blocks_from_sentences() -> None:
    block, sentence, lone = paragraphs("A: 1\nB: 2\n\nWrite: this\nand that.\n\nLabel: alone\n")
    assert [label for label, _ in block.rows] == ["A", "B"]
    assert [len(part.lines) for part in (sentence, lone)] == [2, 1]


def _own(folder: Path, text: str, name: str = "late/customer.en.j2") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_a_shop_lays_its_own_letter_over_ours(tmp_path: Path) -> None:
    own = _own(tmp_path, '{% import "_parts/en.j2" as part with context %}\nSubject: Ours\n\n{{ part.pays() }}\n')
    letter = render(full("late"), "customer", "en", own)
    assert letter is not None
    assert letter.subject == "Ours"
    assert letter.text.startswith("You pay exactly RON 149.99 at the door.")
    other = render(full("stalled"), "customer", "en", own)
    assert other == render(full("stalled"), "customer", "en")


def test_lines_of_tags_and_empty_expressions_leave_no_lines(tmp_path: Path) -> None:
    own = _own(
        tmp_path,
        "{# a note\nover two lines #}\nSubject: x\n\n"
        "A: 1{% if order_ref %} known{% endif %}\n{% if promised_on %}\nB: {{ promised_on|short_day }}\n{% endif %}\n"
        "{{ order_ref or '' }}\n{% for word in ('C', 'D') %}\n{{ word }}: 3\n{% endfor %}\n\n\n\nEnd {{ '' }}here.",
    )
    letter = render(minimal("late"), "customer", "en", own)
    assert letter is not None
    assert letter.text == "A: 1\nC: 3\nD: 3\n\nEnd here.\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Subject: x\n\na\n{{ foo }}", r"^late/customer\.en\.j2, line 4: 'foo' is undefined"),
        ("Subject: x\n\n{% if kind %}\n{{ foo|money }}\n{% endif %}", r"line 4: 'foo' is undefined"),
        ("Subject: x\n\n{{ promised_on|day }}", "line 3: 'day' was given a fact that is not known"),
        ("Subject: x\n\n{{ order_ref }}", "line 3: a fact that is not known here was written out"),
        ("Subject: x\n\n{% if %}", "line 3: Expected an expression"),
        ("Subject: x\n\n{{ awb.__class__.__mro__ }}", "line 3: .*unsafe"),
        ("Subject: x\n\n{{ pay + 'x' }}", "line 3: can only concatenate"),
        ("Subject: x\n\n{{ 1 / 0 }}", "division by zero"),
        ("Subject: x\n\n{% import '_parts/zz.j2' as p %}", "_parts/zz.j2 is missing"),
        ("Subject: x\n\n{% include '../../../etc/passwd' %}", "is missing"),
        ("Hello,\n\nbody", "first line must be 'Subject: ...'"),
        ("Subject:\n\nbody", "first line must be 'Subject: ...'"),
        ("Subject: x\nbody", "empty line and the letter must follow"),
        ("Subject: x\n\n", "empty line and the letter must follow"),
    ],
)
def test_a_wrong_template_is_named_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(LetterError, match=complaint) as caught:
        render(minimal("late"), "customer", "en", _own(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_phone_script_with_a_subject_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LetterError, match="no 'Subject:' line"):
        render(minimal("late"), "call", "en", _own(tmp_path, "Subject: x\n\nbody", "late/call.en.j2"))


def test_english_letters_follow_the_facts() -> None:
    facts = full("cod_too_high")
    asked = _letter(replace(facts, correctable=False), "customer", "en").text
    assert "The courier will ask you for RON 169.99" in asked
    assert "we return RON 20.00 to you the same day" in asked
    refunded = _letter(replace(facts, delivered=True), "customer", "en").text
    assert "We will return RON 20.00 to you by bank transfer on Wednesday, 25 November" in refunded
    gift = replace(facts, pay=Money(14250, "RON"), discount=Money(749, "RON"))
    assert (
        "You pay exactly RON 142.50 at the door. Your discount of RON 7.49 is already booked."
        in _letter(gift, "customer", "en").text
    )
    assert "You pay nothing at the door: the amount is RON 0.00." in _letter(full("cod_on_prepaid"), "customer", "en").text
    assert "confirm that your address is Str. Memorandumului 28" in _letter(full("misdelivered"), "customer", "en").text
    assert "exactly RON 149.99" in _letter(bare("late"), "customer", "en").text
