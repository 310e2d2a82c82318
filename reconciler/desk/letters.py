"""Writes the letters of a case: official mail, phone script, notice.

The texts are templates in ``templates/letters/<kind>/<audience>.<language>.j2``; a shop may lay its own
over them, so they run in a sandbox, and a name that does not exist or has no value stops the letter
instead of leaving a hole in it. A tag that stands alone on its line leaves no line behind, and neither
does an expression that comes to nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, get_args

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound
from jinja2.exceptions import TemplateSyntaxError
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment

from couriers.facts import Money
from reconciler.desk import formats
from reconciler.desk.formats import LANGUAGES, Language

Audience = Literal["courier", "call", "customer"]
AUDIENCES: Final[tuple[Audience, ...]] = get_args(Audience)
TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates" / "letters"

_PARTS: Final = "_parts"
_NOTHING: Final = "\ue000"  # stands where an expression came to nothing, until its line is judged


class LetterError(ValueError):
    """A letter's template cannot be used."""


@dataclass(frozen=True, slots=True)
class ShopVoice:
    """The shop as letters name it; what is not configured is None, and its sentence falls away."""

    name: str
    legal_name: str | None = None
    tax_number: str | None = None
    official_email: str | None = None
    phone: str | None = None
    contact_name: str | None = None
    hours: str | None = None


@dataclass(frozen=True, slots=True)
class CourierVoice:
    """The courier as its rulebook describes it."""

    title: str
    claims_email: str | None = None
    phone: str | None = None
    phone_hours: str | None = None
    phone_menu: str | None = None
    cod_lower: tuple[str, ...] = ()
    cod_raise: tuple[str, ...] = ()
    cod_until: str | None = None
    cod_papers: tuple[str, ...] = ()
    amount_in_words: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """All that a template sees, under these names."""

    kind: str
    shop: ShopVoice
    courier: CourierVoice
    awb: str
    status: str
    answer_by: datetime
    day: date
    refund_on: date
    today: date
    delivered: bool = False
    correctable: bool = True
    explanations: tuple[str, ...] = ()
    account: tuple[tuple[str, str], ...] = ()
    order_ref: str | None = None
    customer_name: str | None = None
    recipient_name: str | None = None
    recipient_town: str | None = None
    picked_up_on: date | None = None
    tracking_link: str | None = None
    told_address: str | None = None
    booked_address: str | None = None
    pickup_point: str | None = None
    last_event_text: str | None = None
    last_event_at: datetime | None = None
    last_place: str | None = None
    told: Money | None = None
    asked: Money | None = None
    difference: Money | None = None
    pay: Money | None = None
    promised_on: date | None = None
    expires_on: date | None = None
    delivered_on: date | None = None
    paid_on: date | None = None
    payment_reference: str | None = None
    paid_lines: tuple[tuple[date | None, Money, str | None], ...] = ()
    discount: Money | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """One rendered letter. A phone script has neither subject nor HTML."""

    subject: str | None
    text: str
    html: str | None
    audience: Audience
    language: Language


def render(facts: LetterFacts, audience: Audience, language: Language, override: Path | None = None) -> Letter | None:
    """The letter for one reader, or None where this kind of case has none for him.

    ``override`` is a shop's own folder, laid out like ``templates/letters``; what it lacks comes from there.
    Raises LetterError, in one sentence with file and line, where the template is missing or wrong.
    """
    if not formats.is_language(language):
        raise LetterError(f"letters are not written in '{language}', only in {', '.join(LANGUAGES)}")
    name = f"{facts.kind}/{audience}.{language}.j2"
    workshop = _workshop(language, override)
    try:
        written = workshop.get_template(name).render(_plain(facts))
        subject, text = _parted(_tidy(written), scripted=audience == "call")
        html = None if audience == "call" else _html(text, subject or "", facts.tracking_link, language, override)
    except TemplateNotFound as missing:
        if missing.name == name and not _written(facts.kind, audience, override):
            return None
        raise LetterError(f"{name}: the template {missing.name} is missing") from missing
    except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as fault:
        raise LetterError(f"{_place(fault, name)}: {fault}") from fault
    return Letter(subject, text, html, audience, language)


def _written(kind: str, audience: Audience, override: Path | None) -> bool:
    return any((folder / kind / f"{audience}.{each}.j2").is_file() for folder in _folders(override) for each in LANGUAGES)


def _folders(override: Path | None) -> list[Path]:
    return [TEMPLATES] if override is None else [override, TEMPLATES]


@lru_cache(maxsize=64)
def _workshop(language: Language, override: Path | None) -> Environment:
    workshop = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in _folders(override)]),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        finalize=_said,
        extensions=[_TagsAlone],
    )
    workshop.filters |= {
        "money": partial(formats.money, language=language),
        "day": partial(formats.day, language=language),
        "moment": partial(formats.moment, language=language),
        "short_day": partial(formats.short_day, language=language),
        "words": partial(formats.words, language=language),
        "groups": formats.groups,
    }
    for filter_name in ("money", "day", "moment", "short_day", "words", "groups"):
        workshop.filters[filter_name] = _needs_value(filter_name, workshop.filters[filter_name])
    return workshop


def _needs_value(name: str, write: Callable[[Any], str]) -> Callable[[Any], str]:
    def filtered(value: Any) -> str:
        if value is None:
            raise TemplateError(f"'{name}' was given a fact that is not known here; guard it with an if")
        if isinstance(value, StrictUndefined):
            str(value)  # raises, and names what is undefined
        return write(value)

    return filtered


class _TagsAlone(Extension):
    """A line of nothing but tags leaves no line: its newline moves into the last tag, so line numbers stay true."""

    _ALONE: Final = re.compile(r"^[ \t]*((?:\{%(?:(?!%\}).)*%\}[ \t]*)+)$\n?", re.MULTILINE)
    _COMMENT: Final = re.compile(r"^[ \t]*(\{#(?:(?!#\}).)*)#\}[ \t]*\n", re.MULTILINE | re.DOTALL)

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        del filename
        if name is not None and name.endswith(".html.j2"):
            return source
        source = self._COMMENT.sub(lambda found: f"{found[1]}\n#}}", source.replace("\r\n", "\n"))
        return self._ALONE.sub(self._joined, source)

    @staticmethod
    def _joined(found: re.Match[str]) -> str:
        tags = found[1].rstrip()
        newline = "\n" if found[0].endswith("\n") else ""
        close = "-%}" if tags.endswith("-%}") else "%}"
        return f"{tags.removesuffix(close)}{newline}{close}"


def _said(value: Any) -> Any:
    """What an expression puts into the letter: macros without their outer newlines, and never the word None."""
    if value is None:
        raise TemplateError("a fact that is not known here was written out; guard it with an if")
    if isinstance(value, str) and type(value) is str:
        return value.strip("\n") or _NOTHING
    return value


def _plain(value: Any) -> Any:
    """The facts with every text on one line and without control characters: they come from strangers."""
    if isinstance(value, LetterFacts):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{field.name: _plain(getattr(value, field.name)) for field in fields(value)})
    if isinstance(value, Money):
        return value
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    if isinstance(value, str):
        return one_line(value)
    return value


def one_line(text: str) -> str:
    """A text without line breaks, control and direction-changing characters; no-break spaces stay."""
    kept = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text)
    kept = "".join(char for char in kept if unicodedata.category(char) not in ("Cf", "Co", "Cs") or char == "\u00ad")
    return re.sub(r" {2,}", " ", kept).strip()


def _tidy(written: str) -> str:
    lines = []
    for line in written.splitlines():
        bare = line.replace(_NOTHING, "")
        if bare != line and not bare.strip():
            continue
        lines.append(re.sub(r"(?<=\S) {2,}", " ", bare).rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def _parted(written: str, *, scripted: bool) -> tuple[str | None, str]:
    first, _, rest = written.partition("\n")
    has_subject = first.startswith("Subject:")
    if scripted:
        if has_subject:
            raise TemplateError("a phone script has no 'Subject:' line")
        return None, written
    subject = first.removeprefix("Subject:").strip()
    if not has_subject or not subject:
        raise TemplateError("the first line must be 'Subject: ...'")
    if rest[:1] != "\n" or not rest.strip():
        raise TemplateError("an empty line and the letter must follow the 'Subject:' line")
    return subject, rest.lstrip("\n")


def _place(fault: Exception, name: str) -> str:
    """File and line of a template's fault: a syntax error knows them, others left them in the traceback."""
    if isinstance(fault, TemplateSyntaxError):
        return f"{fault.name or name}, line {fault.lineno}"
    place, frame = name, fault.__traceback__
    while frame is not None:
        file = Path(frame.tb_frame.f_code.co_filename)
        if file.suffix == ".j2":
            place = f"{file.parent.name}/{file.name}, line {frame.tb_lineno}"
        frame = frame.tb_next
    return place


class Piece(NamedTuple):
    """A run of text; ``link`` is where it leads, or None."""

    text: str
    link: str | None = None


class Paragraph(NamedTuple):
    """A paragraph of the text: a block of (label, value) rows, or lines."""

    rows: tuple[tuple[str, tuple[Piece, ...]], ...]
    lines: tuple[tuple[Piece, ...], ...]


_ROW: Final = re.compile(r"([^:]{1,60}): (.+)")


def paragraphs(text: str, link: str | None = None) -> tuple[Paragraph, ...]:
    """The text's paragraphs, two or more lines of ``Label: value`` told apart as a block; only ``link`` is clickable."""
    return tuple(_paragraph(chunk.split("\n"), link) for chunk in text.strip("\n").split("\n\n"))


def _paragraph(lines: list[str], link: str | None) -> Paragraph:
    rows = [_ROW.fullmatch(line) for line in lines]
    if len(lines) > 1 and all(rows):
        return Paragraph(tuple((row[1], _pieces(row[2], link)) for row in rows if row is not None), ())
    return Paragraph((), tuple(_pieces(line, link) for line in lines))


def _pieces(line: str, link: str | None) -> tuple[Piece, ...]:
    if link is None or not link.startswith(("https://", "http://")):
        return (Piece(line),)
    found = re.split(f"({re.escape(link)})", line)
    return tuple(Piece(part, link if part == link else None) for part in found if part)


def _html(text: str, subject: str, link: str | None, language: Language, override: Path | None) -> str:
    page = _workshop(language, override).get_template(f"{_PARTS}/letter.html.j2")
    link = None if link is None else one_line(link)
    return page.render(language=language, subject=subject, paragraphs=paragraphs(text, link)).replace(_NOTHING, "")
