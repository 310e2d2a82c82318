"""What the letter gate refuses, and what it lets pass."""

from __future__ import annotations

from datetime import date

import pytest

from couriers.facts import Money
from reconciler.desk import formats
from reconciler.desk.formats import LANGUAGES, Language
from reconciler.desk.gate import objections, vague_words

DAY = date(2026, 11, 23)
PAY: dict[Language, Money] = {
    "ro": Money(14999, "RON"),
    "pl": Money(14999, "PLN"),
    "uk": Money(149900, "UAH"),
    "cs": Money(149000, "CZK"),
    "en": Money(14999, "RON"),
}
CLEAN: dict[Language, str] = {
    "ro": "Plătiți exact 149,99 lei la ușă. Coletul ajunge luni, 23 noiembrie. Curierul are aviz de scurtă durată.",
    "pl": "Płacą Państwo przy drzwiach dokładnie 149,99 zł. Paczka dotrze w poniedziałek, 23 listopada. Najbliższy sklep obok; "
    "przesyłka stała od kilku dni.",
    "uk": "Ви платите рівно 1 499,00 грн. Посилка буде у вас у понеділок, 23 листопада. Скорочений номер, робочими днями.",
    "cs": "Zaplatíte přesně 1 490 Kč. Zásilka dorazí v pondělí 23. listopadu. Nejbližší výdejna, brzdy, předminulé dny.",
    "en": "You pay exactly RON 149.99. The parcel arrives on Monday, 23 November, some days after the last few days of rain.",
}
VAGUE: dict[Language, str] = {
    "ro": "în curând; curând; In curand; cât mai curând; cât mai curând posibil; cât de curând; cât mai repede; în scurt timp; "
    "în cel mai scurt timp; ÎN CEL MAI SCURT TIMP POSIBIL; zilele următoare; în zilele următoare; în următoarele zile; "
    "zilele care urmează; în perioada următoare; perioada imediat următoare; în câteva zile; peste câteva ore; "
    "în viitorul apropiat; cât se poate de repede",
    "pl": "wkrótce; Wkrotce; niebawem; niedługo; jak najszybciej; możliwie najszybciej; jak najszybszym terminie; "
    "w najbliższym czasie; najbliższego czasu; w najbliższych dniach; najbliższymi dniami; w ciągu najbliższych dni; "
    "w najbliższych kilku dniach; lada dzień; lada moment; za kilka dni; w ciągu kilku dni; w niedługim czasie; "
    "w najbliższym możliwym terminie; jak najprędzej",
    "uk": "незабаром; Незабаром; скоро; невдовзі; найближчим часом; найближчого часу; у найближчий час; найближчими днями; "
    "у найближчі дні; найближчих днів; найближчими кількома днями; якнайшвидше; якнайскоріше; якомога швидше; "
    "якомога скоріше; найшвидше; протягом кількох днів; через кілька днів; наступними днями; ось-ось; "
    "у найближчому майбутньому; щонайшвидше",
    "cs": "brzy; Brzy; v brzké době; zanedlouho; co nejdříve; co nejdřív; co nejrychleji; co možná nejdříve; jak nejrychleji; "
    "v nejbližší době; v nejbližších dnech; nejbližšími dny; během několika dnů; za několik dní; během pár dní; "
    "v příštích dnech; v dohledné době; v krátké době; každým dnem; v nejbližším možném termínu; co nejdrive",
    "en": "soon; Soon; sooner; soonest; shortly; as soon as possible; asap; ASAP; A.S.A.P.; in due course; in the coming days; "
    "in the next few days; over the coming weeks; in the near future; within a few days; in a few days; any day now; "
    "before long; as quickly as possible; at our earliest convenience",
}
VAGUE["ro"] = VAGUE["ro"].replace("", "")
CASES = [(language, vague.strip()) for language, listed in VAGUE.items() for vague in listed.split(";")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_clean_letter_passes(language: Language) -> None:
    assert objections(CLEAN[language], language, PAY[language], [DAY]) == []


@pytest.mark.parametrize(("language", "vague"), CASES)
def test_each_vague_word_is_refused_in_every_form(language: Language, vague: str) -> None:
    for text in (f"{CLEAN[language]} {vague}.", f"{CLEAN[language]}\n{vague.capitalize()}, {vague}", f"({vague})"):
        assert vague_words(text, language), text
    found = objections(f"{CLEAN[language]} {vague}", language, PAY[language], [DAY])
    assert len(found) == 1
    assert "names no day" in found[0]


@pytest.mark.parametrize(("language", "vague"), CASES)
def test_the_customers_own_words_are_exempt(language: Language, vague: str) -> None:
    for quoted in (f"\n> {vague}\n", f" „{vague}” ", f" „{vague}“ ", f" «{vague}» ", f' "{vague}" ', f" “{vague}” "):
        assert objections(CLEAN[language] + quoted, language, PAY[language], [DAY]) == []


def test_a_vague_word_cannot_hide() -> None:
    assert vague_words("w\u00a0najbliższych\ndniach", "pl") == ["najbliższych dniach"]
    assert vague_words("so\u00adon and sho\u200brtly", "en") == ["soon", "shortly"]
    assert vague_words("cât mai curând, cât mai curând", "ro") == ["cât mai curând"]
    assert vague_words('a stray " mark, soon\nand another " here', "en") == ["soon"]
    assert vague_words("see https://shop.example/soon/asap", "en") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_exact_amount_must_be_there(language: Language) -> None:
    right = formats.money(PAY[language], language)
    for wrong in ("", right.replace("9", "8"), f"1{right}" if language != "en" else f"{right}9"):
        text = CLEAN[language].replace(right.replace("\u00a0", " "), wrong)
        assert any("exact amount" in each for each in objections(text, language, PAY[language], [DAY])), text
    spaced = CLEAN[language].replace(right.replace("\u00a0", " "), right.replace(" ", "\u00a0"))
    assert objections(spaced, language, PAY[language], [DAY]) == []


def test_part_of_a_longer_amount_is_not_the_amount() -> None:
    text = "luni, 23 noiembrie, 1 149,99 lei"
    assert "exact amount" in objections(text, "ro", PAY["ro"], [DAY])[0]
    assert "exact amount" in objections("Monday, 23 November: RON 149.999", "en", PAY["en"], [DAY])[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_with_its_weekday_must_be_there(language: Language) -> None:
    other = date(2026, 11, 24)
    assert any("weekday" in each for each in objections(CLEAN[language], language, PAY[language], [other]))
    assert objections(CLEAN[language], language, PAY[language], [other, DAY]) == []
    assert any("weekday" in each for each in objections(CLEAN[language], language, PAY[language], []))


def test_a_day_may_stand_after_other_prepositions() -> None:
    for language, text in (
        ("pl", "do poniedziałku, 23 listopada"),
        ("uk", "до понеділка, 23 листопада"),
        ("cs", "nejpozději do pondělí 23. listopadu"),
        ("pl", "do 23 listopada (poniedziałek)"),
    ):
        found = objections(text, language, PAY[language], [DAY])  # type: ignore[arg-type, index]
        assert not any("weekday" in each for each in found), text


def test_exclamation_marks_are_refused_outside_quotes() -> None:
    for mark in ("!", "\uff01"):
        assert objections(f"{CLEAN['en']} Thanks{mark}", "en", PAY["en"], [DAY]) == ["The letter has an exclamation mark."]
    assert objections(f"{CLEAN['en']} «Late!» https://shop.example/!x", "en", PAY["en"], [DAY]) == []
