"""Docs that cannot rot: what the program has, its documents name, and what they name, it has."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from typing import get_args

import click
import pytest

from couriers.registry import all_couriers
from reconciler.cli import cli
from reconciler.config import Shop, load
from reconciler.desk.letters import AUDIENCES, TEMPLATES
from reconciler.desk.words import KINDS
from reconciler.detect.rules import ASPECTS, rules
from reconciler.intake.order_columns import NEEDED, OPTIONAL
from reconciler.intake.order_file import OrderFile
from reconciler.model.explanations import Explanation
from reconciler.model.policy import STALLED_AFTER, Policy
from reconciler.reports.cod import COLUMNS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
KINDS_PAGE = (ROOT / "docs" / "reference" / "kinds.md").read_text(encoding="utf-8")
POLICY_KEYS = [each.name for each in fields(Policy)]
SHOP_KEYS = [each.name for each in fields(Shop) if each.name != "key"]
ACCOUNT_KEYS = ["courier", "shop", "base_url", "per_second", "claims_email", "claims_phone", "columns"]


def leaves(command: click.Command = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its whole name."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            each = command.get_command(context, name)
            assert each is not None
            yield from leaves(each, (*path, name))
    else:
        yield " ".join(("reconciler", *path)), command


LEAVES = dict(leaves())


def sections(text: str, level: int = 2) -> dict[str, str]:
    """The text under each heading of a level, by the heading."""
    parts = re.split(rf"(?m)^{'#' * level} (.+)$", text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(text: str) -> dict[str, list[str]]:
    """The rows of all tables in a text by each name in their first cell; the other cells."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("| "):
            first, *others = (cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|")))
            found |= dict.fromkeys(re.findall(r"`([^`]+)`", first), others)
    return found


def blocks(text: str) -> Iterator[str]:
    """The code of a document: fenced or indented, without the fences."""
    fenced = re.findall(r"(?ms)^```\w*\n(.*?)^```", text)
    yield from fenced
    yield from re.findall(r"(?m)(?:^    \S.*\n)+", re.sub(r"(?ms)^```.*?^```", "", text))


def quoted_commands() -> list[tuple[str, str]]:
    """Every line of code in the documents that calls the program."""
    return [
        (document.name, line.strip())
        for document in DOCUMENTS
        for block in blocks(document.read_text(encoding="utf-8"))
        for line in block.splitlines()
        if line.strip().startswith("reconciler ")
    ]


def parsed(words: list[str]) -> None:
    """Parses a call as click would, without running it. Raises click.ClickException where it would refuse it."""
    command: click.Command = cli
    name, parent = "reconciler", None
    while True:
        parent = command.make_context(name, words, parent=parent)
        if not isinstance(command, click.Group):
            return
        words = [*parent._protected_args, *parent.args]
        found, inner, words = command.resolve_command(parent, words)
        assert inner is not None
        assert found is not None
        command, name = inner, found


def test_the_readme_s_two_commands_are_make_targets() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z]+):", makefile))
    named = set(re.findall(r"\bmake ([a-z]+)\b", "\n".join([*blocks(README), *re.findall(r"`[^`]+`", README)])))
    assert named == {"demo", "test"}
    assert named <= targets


@pytest.mark.parametrize(("document", "line"), quoted_commands())
def test_every_quoted_command_parses(document: str, line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    try:
        parsed(words)
    except click.ClickException as error:
        pytest.fail(f"{document}: {line}: {error.format_message()}")


def test_a_wrong_command_would_be_seen() -> None:
    assert len(LEAVES) > 10
    assert len(quoted_commands()) > 20
    for wrong in ("cases --colour red", "export aging", "import orders", "nosuch"):
        with pytest.raises(click.ClickException):
            parsed(wrong.split())


def test_every_command_has_its_section_and_no_other_is_described() -> None:
    described = {heading for heading in sections(COMMANDS) if heading.startswith("reconciler")}
    assert described == set(LEAVES)


@pytest.mark.parametrize("name", LEAVES)
def test_every_option_has_its_row_and_no_other_is_described(name: str) -> None:
    section = sections(COMMANDS)[name]
    options = [each for each in LEAVES[name].params if isinstance(each, click.Option)]
    spelled = {option for each in options for option in each.opts}
    described = {first.split()[0] for first in rows(section) if first.startswith("--")}
    assert described == spelled


@pytest.mark.parametrize("name", LEAVES)
def test_every_default_is_told(name: str) -> None:
    described = {first.split()[0]: cells for first, cells in rows(sections(COMMANDS)[name]).items()}
    for each in LEAVES[name].params:
        if isinstance(each, click.Option) and each.show_default:
            assert str(each.default) in described[each.opts[0]][0], each.opts[0]


def test_every_command_s_help_has_an_example_that_parses() -> None:
    for name, command in LEAVES.items():
        example = re.search(r"Example:\s+(.*)", command.help or "")
        assert example, f"{name} has no example"
        words = shlex.split(example[1])
        parsed(words[words.index("reconciler") + 1 :])


def test_every_export_column_is_described() -> None:
    described = rows(sections(COMMANDS)["reconciler export cod"])
    assert [each for each in described if not each.startswith(("--", ";"))][-len(COLUMNS) :] == list(COLUMNS)


@pytest.mark.parametrize(
    ("section", "keys"),
    [("shops", SHOP_KEYS), ("accounts", ACCOUNT_KEYS), ("policy", [*POLICY_KEYS, *STALLED_AFTER]), ("nightly", ["at"])],
)
def test_every_setting_has_its_row(section: str, keys: list[str]) -> None:
    assert list(rows(sections(SETTINGS)[section])) == keys


@pytest.mark.parametrize("keys", [SHOP_KEYS, ACCOUNT_KEYS, POLICY_KEYS, ["at"]])
def test_the_readme_has_every_setting_too(keys: list[str]) -> None:
    described = rows(sections(README)["Settings"])
    assert set(keys) <= set(described)


def test_policy_defaults_are_the_program_s() -> None:
    policy = Policy()
    start, end = policy.call_window
    defaults = {
        name: str(getattr(policy, name)) for name in ("not_picked_up_after", "pickup_expiring", "storage_days", "payout_after")
    } | {"cod_clock": str(int(policy.cod_clock.total_seconds() // 60)), "call_window": f"`{start:%H:%M}-{end:%H:%M}`"}
    for described in (rows(sections(SETTINGS)["policy"]), rows(sections(README)["Settings"])):
        assert {name: described[name][0] for name in defaults} == defaults
    assert {status: int(rows(SETTINGS)[status][0]) for status in STALLED_AFTER} == STALLED_AFTER


def test_every_variable_is_described() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "reconciler").rglob("*.py"))
    read = set(re.findall(r"environ\w*(?:\.get\(|\[)\"(RECONCILER_\w+)\"", sources))
    assert read
    assert read == {name for name in rows(SETTINGS) if name.startswith("RECONCILER_")}
    assert read == {name for name in rows(README) if name.startswith("RECONCILER_")}


def test_the_readme_s_settings_are_accepted(tmp_path: Path) -> None:
    for number, block in enumerate(re.findall(r"(?ms)^```toml\n(.*?)^```", README + SETTINGS)):
        path = tmp_path / f"{number}.toml"
        path.write_text(block, encoding="utf-8")
        assert load({"RECONCILER_CONFIG": str(path), "FAN_USERNAME": "u", "FAN_PASSWORD": "p"}).shops
    shop = load({"RECONCILER_CONFIG": str(tmp_path / "0.toml")}).shop("demo")
    assert (shop.policy.payout_after, shop.legal_name) == (7, "Demo Comerț SRL")


def test_every_orders_column_is_described() -> None:
    assert set(rows(sections(README)["Files it reads"])) == {*NEEDED, *OPTIONAL}


def test_the_readme_s_orders_are_accepted() -> None:
    [block] = re.findall(r"(?ms)^```csv\n(.*?)^```", README)
    file = OrderFile(BytesIO(block.encode()), "README.md", {"default": (1, Shop("default", "default"))}, "default", all_couriers())
    chunks = list(file.chunks())
    assert [chunk.refused for chunk in chunks] == [[]] * len(chunks)
    assert sum(chunk.rows for chunk in chunks) == 2


def test_every_rule_has_its_row_with_its_letters() -> None:
    described = rows(KINDS_PAGE)
    for rule in rules():
        assert rule.kind in described, f"docs/reference/kinds.md has no row for {rule.kind}"
        written = {path.name.split(".")[0] for path in (TEMPLATES / rule.kind).glob("*.j2")}
        told = {each.strip() for each in described[rule.kind][-1].split(",")}
        assert told == written & set(AUDIENCES), rule.kind


def test_no_kind_is_described_that_no_rule_finds() -> None:
    found = {rule.kind for rule in rules()}
    described = set(rows(KINDS_PAGE)) - set(get_args(Explanation))
    assert described == found
    waiting = sections(KINDS_PAGE)["Known by name, not looked for yet"]
    assert set(re.findall(r"`(\w+)`", waiting)) == set(KINDS) - found


def test_every_explanation_has_its_row() -> None:
    assert set(rows(sections(KINDS_PAGE)["Why the amounts differ"])) == set(get_args(Explanation))


def test_every_aspect_a_rule_may_read_is_described() -> None:
    text = (ROOT / "docs" / "how-to" / "add-a-kind-of-case.md").read_text(encoding="utf-8")
    assert all(f"`{aspect}`" in text for aspect in ASPECTS)


def test_every_package_has_its_place_in_the_architecture() -> None:
    packages = {path.parent.name for path in (ROOT / "reconciler").glob("*/__init__.py")}
    described = set(re.findall(r"`reconciler/(\w+)/`", ARCHITECTURE))
    assert described == packages


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        linked = document.parent / path if path else document
        assert linked.exists(), f"{target} leads nowhere"
        if anchor:
            headings = re.findall(r"(?m)^#+ (.+)$", linked.read_text(encoding="utf-8"))
            assert anchor in {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}, (
                f"{target} leads nowhere"
            )
    for path in re.findall(r"`((?:couriers|reconciler|sql|templates|tests|docs)/[\w/.-]+)`", text):
        assert (ROOT / path).exists(), f"{document.name} names {path}, which is not there"


def test_the_picture_is_small() -> None:
    assert (ROOT / "docs" / "queue.png").stat().st_size < 300_000
