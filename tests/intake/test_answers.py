"""Couriers' recorded answers and statements as files: taken once, what is not understood set aside."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from couriers.registry import courier
from reconciler.errors import BadFile
from reconciler.intake.answers import ManifestSource, import_answer, import_manifest
from reconciler.intake.rejects import Counts
from tests.intake.conftest import MakeFile
from tests.rules.books import FACT_TABLES, Books

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TRACKING = """awb,at,status,text
A1,2026-11-19 10:00,in_transit,on its way
A1,2026-11-19 12:00,flying,?
A2,2026-11-19 10:00,delivered,given
"""
STATEMENT = """awb,collected,remitted,currency,paid_on
A1,149.99,149.99,RON,2026-11-19
A2,ten,10,RON,2026-11-19
A3,5,5,RON,2026-11-19
Total,159.99,,,
"""
Kind = Literal["tracking", "parcels"]


async def answer(
    books: Books, make: MakeFile, kind: Kind, body: bytes | str, *, name: str = "generic", awb: str | None = None
) -> Counts:
    """Imports an answer of a courier."""
    path = make("answer.csv", body)
    return await import_answer(books.pool, path, kind, courier(name), None, books.shop_ids["default"], awb=awb, now=NOW)


async def statement(books: Books, make: MakeFile, body: bytes | str, *, name: str = "statement.csv", of: str = "generic") -> Counts:
    """Imports a COD statement."""
    return await import_manifest(
        books.pool, make(name, body), ManifestSource(courier(of), None, books.shop_ids["default"]), now=NOW
    )


def cells(counts: Counts) -> list[list[str]]:
    """What the rejects file holds."""
    assert counts.rejects_file is not None
    with counts.rejects_file.open(encoding="utf-8-sig", newline="") as source:
        return list(csv.reader(source))


async def test_an_answer_is_taken_once(books: Books, make: MakeFile) -> None:
    first = await answer(books, make, "tracking", TRACKING)
    assert (first.new, first.changed, first.unchanged, first.rejected) == (2, 0, 0, 0)
    assert (await books.parcel("A1"))["status"] == "unknown"  # an unlisted status is the newest word
    before = await books.tables(*FACT_TABLES)
    again = await answer(books, make, "tracking", TRACKING)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    assert await books.tables(*FACT_TABLES) == before
    more = await answer(books, make, "tracking", TRACKING + "A2,2026-11-20 10:00,returning,back\n")
    assert (more.new, more.changed, more.unchanged) == (0, 1, 1)


async def test_what_is_not_understood_is_set_aside(books: Books, make: MakeFile) -> None:
    counts = await answer(books, make, "tracking", TRACKING + ",2026-11-19 10:00,held,\nA3,someday,held,\nA4,2026-11-19 10:00,,\n")
    assert counts.new >= 2
    assert cells(counts)[0][-1] == "reason"
    assert [row[0] for row in cells(counts)[1:]] == ["line 5", "line 6", "line 7"]
    assert counts.rejected == 3


async def test_a_list_of_parcels_books_claims_and_addresses(books: Books, make: MakeFile) -> None:
    await answer(books, make, "parcels", "awb,cod,currency,city\nA1,149.99,RON,Iași\nA2,,RON,Cluj\n")
    one, two = await books.parcel("A1"), await books.parcel("A2")
    assert (one["claim_minor"], one["booked_city"], one["status"], one["tracked_at"]) == (14999, "Iași", "created", None)
    assert two["claim_minor"] == 0


async def test_an_answer_that_names_no_parcel_needs_a_name(books: Books, make: MakeFile) -> None:
    body = "at,status\n2026-11-19 10:00,held\n"
    with pytest.raises(BadFile):
        await answer(books, make, "tracking", body)
    assert (await answer(books, make, "tracking", body, awb="A1")).new == 1
    assert (await answer(books, make, "tracking", body, awb="A2")).new == 1  # the same bytes about another parcel


@pytest.mark.parametrize("name", ["fan", "inpost", "nova_poshta", "packeta", "generic"])
@pytest.mark.parametrize("body", [b"", b"<html><body>Bad Gateway</body></html>", b"{", b"\x00\xff", b"[[[["])
async def test_what_is_no_answer_is_one_sentence(books: Books, make: MakeFile, name: str, body: bytes) -> None:
    for kind in ("tracking", "parcels"):
        with pytest.raises(BadFile) as caught:
            await answer(books, make, "tracking" if kind == "tracking" else "parcels", body, name=name)
        assert "\n" not in str(caught.value)
    with pytest.raises(BadFile):
        await statement(books, make, body, of=name)
    assert not any((await books.tables(*FACT_TABLES)).values())


async def test_a_statement_is_taken_once_and_kept_as_it_came(books: Books, make: MakeFile) -> None:
    first = await statement(books, make, STATEMENT)
    assert (first.new, first.unchanged, first.rejected) == (2, 0, 1)
    assert cells(first) == [["line", "reason"], ["3", "the currency 'ten' is not known"]]
    before = await books.tables(*FACT_TABLES)
    again = await statement(books, make, STATEMENT, name="renamed.csv")
    assert (again.new, again.unchanged, again.rejected) == (0, 2, 1)
    assert await books.tables(*FACT_TABLES) == before
    kept = await books.pool.fetchrow("select name, complete, total_minor, currency from manifests")
    assert kept is not None
    assert tuple(kept) == ("statement.csv", True, 15999, "RON")


async def test_rows_shuffled_and_saved_anew_are_the_same_payouts(books: Books, make: MakeFile) -> None:
    await statement(books, make, STATEMENT)
    header, one, two, three, _ = STATEMENT.splitlines()
    for order in ((three, one), (one, two, three), (three,)):
        counts = await statement(books, make, "\r\n".join([header, *order]).replace(",", ";"))
        assert counts.new == 0
    assert await books.pool.fetchval("select count(*) from manifest_lines") == 2


_ROWS = st.lists(
    st.lists(
        st.sampled_from(
            [
                "A1",
                "A2",
                "10",
                "149,99",
                "RON",
                "EUR",
                "2026-11-19",
                "19.11.2026 10:00",
                "held",
                "delivered",
                "Total",
                "",
                "-5",
                "x\x00y",
            ]
        )
        | st.text(max_size=6),
        max_size=8,
    ),
    max_size=6,
)
_HEADS = st.sampled_from(
    ["awb,collected,remitted,fee,currency,paid_on,delivered_on,reference", "awb,at,status,code,text,place,reason",
    "awb,cod,currency,state,city,street",
     "awb;amount", "AWB,Suma,Data", "x,y"]
)  # fmt: skip


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=_HEADS, rows=_ROWS, torn=st.binary(max_size=12))
async def test_any_bytes_give_counts_or_one_sentence(
    books: Books, make: MakeFile, head: str, rows: list[list[str]], torn: bytes
) -> None:
    body = "\n".join([head, *(",".join(row) for row in rows)]).encode("utf-8", "replace") + torn
    for kind, awb in (("tracking", None), ("parcels", "A9"), ("statement", None)):
        try:
            if kind == "statement":
                counts = await statement(books, make, body)
            else:
                counts = await answer(books, make, "tracking" if kind == "tracking" else "parcels", body, awb=awb)
        except BadFile as error:
            said = str(error)
            assert "\n" not in said
            continue
        assert min(counts.new, counts.changed, counts.unchanged, counts.rejected) >= 0
        assert (counts.rejects_file is not None) == (counts.rejected > 0)
