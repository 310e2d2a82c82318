"""Amounts as people and couriers write them: one meaning, or a refusal; never a guess."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from couriers.amounts import AmountError, amount_of, parse_amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", "0"),
        ("149", "149"),
        ("149,9", "149.9"),
        ("149.99", "149.99"),
        ("149,99", "149.99"),
        ("1234,5", "1234.5"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1 234,50", "1234.5"),
        ("1\u00a0234,50", "1234.5"),
        ("1\u202f234,50", "1234.5"),
        ("1'234.50", "1234.5"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("1.234.567,8", "1234567.8"),
        ("0,500", "0.5"),
        ("0.010", "0.01"),
        ("1234.500", "1234.5"),
        ("149,9900", "149.99"),
        ("-20,00", "-20"),
        ("\u221220,00", "-20"),
        ("+20,00", "20"),
        ("  149,99 ", "149.99"),
        ("149,99 lei", "149.99"),
        ("149,99RON", "149.99"),
        ("RON 149.99", "149.99"),
        ("149,99 zł", "149.99"),
        ("1 499,00 грн", "1499"),
        ("1499 грн.", "1499"),
        ("₴1499", "1499"),
        ("1 490 Kč", "1490"),
        ("1490,-", "1490"),
        ("1 490 Ft", "1490"),
        ("€ 12,30", "12.3"),
        ("9999999999999,99", "9999999999999.99"),
    ],
)
def test_one_meaning(text: str, amount: str) -> None:
    assert parse_amount(text) == Decimal(amount)
    assert amount_of(text) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("RON", "is empty"),
        ("1.234", "can mean two amounts"),
        ("1,234", "can mean two amounts"),
        ("999.999", "can mean two amounts"),
        ("-1.234", "can mean two amounts"),
        ("1.234 lei", "can mean two amounts"),
        ("149,999", "can mean two amounts"),
        ("1234.567", "more than two decimals"),
        ("0,005", "more than two decimals"),
        ("1.234,567", "more than two decimals"),
        ("149,", "ends in its decimal sign"),
        ("1.234,", "ends in its decimal sign"),
        ("1,23,45", "thousands in the wrong places"),
        ("12.34.56", "thousands in the wrong places"),
        ("1234.567,89", "thousands in the wrong places"),
        ("1..2", "thousands in the wrong places"),
        ("1.234,5.6", "more than one decimal sign"),
        ("1 23,50", "blanks where no thousands end"),
        ("12 34", "blanks where no thousands end"),
        ("1 234.567,89", "blanks where no thousands end"),
        ("10000000000000", "too large"),
        ("1e5", "is not an amount"),
        (",50", "is not an amount"),
        ("NaN", "is not an amount"),
        ("Infinity", "is not an amount"),
        ("--5", "is not an amount"),
        ("5 USD", "is not an amount"),
        ("5 RON 7", "is not an amount"),
        ("=1+1", "is not an amount"),
        ("٣", "is not an amount"),
        ("１２", "is not an amount"),
        ("5\x00", "is not an amount"),
        ("5\n7", "is not an amount"),
    ],
)
def test_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(AmountError, match=reason):
        parse_amount(text)


@pytest.mark.parametrize(
    ("text", "decimal", "amount"),
    [
        ("1.234", ",", "1234"),
        ("1,234", ".", "1234"),
        ("1.23", ".", "1.23"),
        ("1.234,5", ",", "1234.5"),
        ("12.345", ",", "12345"),
        ("1 234", ",", "1234"),
    ],
)
def test_a_known_decimal_sign_decides(text: str, decimal: str, amount: str) -> None:
    assert parse_amount(text, decimal) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "decimal"), [("1.23", ","), ("1,5", "."), ("1.234", "."), ("1,234.5", ","), ("1,2,3", ","), ("149.99", ",")]
)
def test_a_known_decimal_sign_refuses_the_other(text: str, decimal: str) -> None:
    with pytest.raises(AmountError):
        parse_amount(text, decimal)


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (None, None),
        (True, None),
        ("", None),
        ("  ", None),
        (0, "0"),
        (149, "149"),
        (149.99, "149.99"),
        (0.1 + 0.2, None),
        (Decimal("149.990"), "149.99"),
        (-20, "-20"),
    ],
)
def test_values_of_json_and_cells(value: object, amount: str | None) -> None:
    if isinstance(value, float) and amount is None:
        with pytest.raises(AmountError, match="more than two decimals"):
            amount_of(value)
    else:
        assert amount_of(value) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), Decimal("NaN"), Decimal("sNaN"), Decimal("1E+400"), 10**13, 0.005, [], {"amount": 1}, b"1"],
)
def test_values_that_are_no_amount(value: object) -> None:
    with pytest.raises(AmountError):
        amount_of(value)


_MINOR = st.integers(-(10**13), 10**13) | st.integers(-(10**6), 10**6)
_UNITS = ["{}", "{} lei", "{} RON", "RON {}", "{} zł", "{} PLN", "{} грн", "{} Kč", "{}\u00a0€", " {} "]


def _written(minor: int, group: str, point: str, decimals: int) -> str:
    whole, cents = divmod(abs(minor), 100)
    fraction = f"{cents:02d}"[:decimals]
    return ("-" if minor < 0 else "") + f"{whole:,}".replace(",", group) + (point + fraction if decimals else "")


@given(
    _MINOR,
    st.sampled_from(
        [(".", ","), (",", "."), ("", ","), ("", "."), *((blank, point) for blank in " \u00a0\u202f\u2009'’" for point in ",.")]
    ),
    st.sampled_from(_UNITS),
)
def test_two_decimals_read_back_exactly_in_every_style(minor: int, style: tuple[str, str], unit: str) -> None:
    text = unit.format(_written(minor, *style, 2))
    assert parse_amount(text) == Decimal(minor).scaleb(-2)
    assert parse_amount(text, style[1]) == Decimal(minor).scaleb(-2)


@given(st.integers(-(10**10), 10**10), st.sampled_from(["", " ", "\u00a0", "'"]), st.sampled_from(_UNITS))
def test_whole_amounts_without_points_read_back(whole: int, group: str, unit: str) -> None:
    assert parse_amount(unit.format(_written(whole * 100, group, ",", 0))) == whole


@given(st.integers(-(10**9), 10**9), st.sampled_from([(".", ","), (",", ".")]))
def test_whole_amounts_with_points_between_thousands(whole: int, style: tuple[str, str]) -> None:
    group, point = style
    text = _written(whole * 100, group, point, 0)
    assert parse_amount(text, point) == whole
    if 1000 <= abs(whole) < 10**6:
        with pytest.raises(AmountError, match="can mean two amounts"):
            parse_amount(text)
    else:
        assert parse_amount(text) == whole


@given(st.integers(-(10**9), 10**9), st.sampled_from(".,"))
def test_one_decimal_reads_back(tenths: int, point: str) -> None:
    assert parse_amount(_written(tenths * 10, "", point, 1)) == Decimal(tenths).scaleb(-1)


@given(
    st.text(max_size=20) | st.text("0123456789., \u00a0'-+−lei RONzł", max_size=20),
    st.sampled_from([None, ",", "."]),
)
@example("1'", None)
@example("1 .5", None)
@example("0" * 40, None)
def test_any_text_is_an_amount_of_two_decimals_or_refused(text: str, decimal: str | None) -> None:
    try:
        amount = parse_amount(text, decimal)
    except AmountError:
        return
    assert amount.is_finite()
    assert amount.as_tuple().exponent == -2
    assert abs(amount) < 10**13


@given(st.text("0123456789.,", min_size=1, max_size=12))
def test_no_reading_changes_the_digits(text: str) -> None:
    """What is read has the digits that were written: nothing is lost but leading and trailing zeros."""
    try:
        amount = parse_amount(text)
    except AmountError:
        return
    digits = "".join(each for each in text if each.isdigit())
    assert str(amount).replace(".", "").strip("0") == digits.strip("0")
