"""Settings: what good ones come to, and the one sentence each kind of bad ones gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from couriers.registry import all_couriers
from reconciler.config import Config, Shop, _build, load
from reconciler.errors import WrongCall
from reconciler.model.policy import Policy

GOOD = """
[shops.demo]
name = "Magazin Demo"
legal_name = "Demo SRL"
tax_number = "RO12345678"
official_email = "comenzi@demo.example"

[shops.polska]
country = "PL"

[shops.polska.policy]
payout_after = 7
stalled_after = { held = 4 }

[accounts.fan-main]
courier = "fan"
shop = "demo"
client_id = 7012345
username_env = "FAN_USERNAME"
password_file = "fan.password"

[accounts.files]
courier = "generic"
shop = "polska"
columns = { awb = "Numer przesyłki" }

[policy]
payout_after = 6
stalled_after = { picked_up = 5 }

[nightly]
at = "01:30"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _settings(folder: Path, text: str, **environment: str) -> Config:
    (folder / "reconciler.toml").write_text(text, encoding="utf-8")
    return load(environment)


def test_without_any_file_there_is_one_romanian_shop(folder: Path) -> None:
    config = load({})
    assert config.shops == {"default": Shop(key="default", name="default")}
    assert (config.shop(None).country, config.shop(None).language, config.shop(None).timezone) == ("RO", "ro", "Europe/Bucharest")
    assert config.accounts == {}
    assert config.database_url is None
    assert (config.nightly_at, config.source) == ("02:00", "built-in defaults")
    assert config.data.name == "reconciler"


def test_good_settings(folder: Path) -> None:
    (folder / "fan.password").write_text("secret\n", encoding="utf-8")
    config = _settings(folder, GOOD, FAN_USERNAME="magazin", RECONCILER_DATA="data", RECONCILER_DATABASE_URL="postgres:///x")
    assert list(config.shops) == ["demo", "polska"]
    demo, polska = config.shop("demo"), config.shop("polska")
    assert (demo.name, demo.legal_name, demo.language, demo.timezone) == ("Magazin Demo", "Demo SRL", "ro", "Europe/Bucharest")
    assert (polska.name, polska.language, polska.timezone) == ("polska", "pl", "Europe/Warsaw")
    fan = config.account("fan-main")
    assert (fan.courier, fan.shop, fan.account.base_url) == ("fan", "demo", all_couriers()["fan"].base_url)
    assert fan.account.settings == {"client_id": "7012345", "username": "magazin", "password": "secret"}
    assert config.account("files").account.columns == {"awb": "Numer przesyłki"}
    assert (config.data, config.database_url, config.nightly_at) == (Path("data"), "postgres:///x", "01:30")
    assert config.source == "reconciler.toml"


def test_a_shop_has_its_own_policy_over_the_shared_one(folder: Path) -> None:
    (folder / "fan.password").write_text("secret", encoding="utf-8")
    config = _settings(folder, GOOD)
    demo, polska = config.shop("demo").policy, config.shop("polska").policy
    assert (demo.payout_after, polska.payout_after) == (6, 7)
    assert (demo.stalled_after["picked_up"], demo.stalled_after["held"]) == (5, 2)
    assert (polska.stalled_after["picked_up"], polska.stalled_after["held"]) == (5, 4)
    assert (polska.stalled_after["returning"], polska.storage_days) == (10, Policy().storage_days)


def test_the_file_named_by_the_environment_is_read(folder: Path) -> None:
    (folder / "elsewhere.toml").write_text("[shops.one]\n", encoding="utf-8")
    config = load({"RECONCILER_CONFIG": "elsewhere.toml"})
    assert list(config.shops) == ["one"]
    assert config.source == "elsewhere.toml"


def test_secrets_stay_out_of_representations(folder: Path) -> None:
    text = '[accounts.a]\ncourier = "fan"\npassword_env = "FAN_PASSWORD"\n'
    assert "hunter2" not in repr(_settings(folder, text, FAN_PASSWORD="hunter2"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[shops\n", "reconciler.toml cannot be read: "),
        ("[shop.demo]\n", "reconciler.toml: unknown section [shop]."),
        ("shops = 3\n", "reconciler.toml: [shops] must be a table of keys and values."),
        ("policy = 3\n", "reconciler.toml: [policy] must be a table of keys and values."),
        ("accounts = []\n", "reconciler.toml: [accounts] must be a table of keys and values."),
        ("nightly = '02:00'\n", "reconciler.toml: [nightly] must be a table of keys and values."),
        ("[nightly]\nat = '2 o clock'\n", "reconciler.toml: [nightly] at must be a time of the day in UTC, like '02:00'."),
        ("[nightly]\nat = '24:00'\n", "reconciler.toml: [nightly] at must be a time of the day in UTC, like '02:00'."),
        ("[nightly]\nat = 02:00:00\n", "reconciler.toml: [nightly] at must be a time of the day in UTC, like '02:00'."),
        ("[shops]\ndemo = 'x'\n", "reconciler.toml: [shops.demo] must be a table of keys and values."),
        ("[shops.demo]\nvat = 'x'\n", "reconciler.toml: [shops.demo] has an unknown key; there are name, country, language, "),
        ("[shops.demo]\nkey = 'x'\n", "reconciler.toml: [shops.demo] has an unknown key; there are name, country, language, "),
        ("[shops.demo]\nphone = 40\n", "reconciler.toml: [shops.demo] phone must be a text in quotes."),
        ("[shops.demo]\ncountry = 'Romania'\n", "reconciler.toml: [shops.demo] country 'Romania' is not a country's two capital"),
        ("[shops.demo]\ntimezone = 'Bucharest'\n", "reconciler.toml: [shops.demo] timezone 'Bucharest' is not known; "),
        ("[shops.demo]\ntimezone = 'Europe'\n", "reconciler.toml: [shops.demo] timezone 'Europe' is not known; "),
        ("[shops.demo]\ntimezone = '../etc'\n", "reconciler.toml: [shops.demo] timezone '../etc' is not known; "),
        ("[shops.demo]\nlanguage = 'hu'\n", "reconciler.toml: [shops.demo] language 'hu' is not one of ro, pl, uk, cs, en."),
        ("[shops.demo]\npolicy = 3\n", "reconciler.toml: [shops.demo.policy] must be a table of keys and values."),
        ("[shops.demo.policy]\nlate = 1\n", "reconciler.toml: [shops.demo.policy] unknown key 'late'; there are "),
        ("[policy]\npayout_after = 'x'\n", "reconciler.toml: [policy] 'payout_after' must be a whole number from 0 to 365."),
        ("[policy]\nlate = 1\n[shops.a.policy]\n", "reconciler.toml: [policy] unknown key 'late'; there are "),
        ("[accounts]\na = 1\n", "reconciler.toml: [accounts.a] must be a table of keys and values."),
        ("[accounts.a]\n", "reconciler.toml: [accounts.a] There is no courier ''; there are "),
        ("[accounts.a]\ncourier = 'dhl'\n", "reconciler.toml: [accounts.a] There is no courier 'dhl'; there are "),
        ("[accounts.a]\ncourier = ['fan']\n", "reconciler.toml: [accounts.a] courier must be one value, not several."),
        (
            "[accounts.a]\ncourier = 'fan'\nshop = 'b'\n",
            "reconciler.toml: [accounts.a] names the shop 'b', which has no [shops.b].",
        ),
        (
            "[shops.one]\n[shops.two]\n[accounts.a]\ncourier = 'fan'\n",
            "reconciler.toml: [accounts.a] names the shop 'None', which has no [shops.None].",
        ),
        ("[accounts.a]\ncourier = 'fan'\nusername = { a = 1 }\n", "reconciler.toml: [accounts.a] username must be one value, not"),
        (
            "[accounts.a]\ncourier = 'fan'\npassword_file = 'gone'\n",
            "reconciler.toml: [accounts.a] password_file names gone, which cannot",
        ),
        (
            "[accounts.a]\ncourier = 'fan'\npassword_file = 'binary'\n",
            "reconciler.toml: [accounts.a] password_file names binary, which",
        ),
        ("[accounts.a]\ncourier = 'generic'\ncolumns = 'awb'\n", "reconciler.toml: [accounts.a] columns must be a table like "),
    ],
)
def test_bad_settings_get_one_sentence(folder: Path, text: str, says: str) -> None:
    (folder / "binary").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(WrongCall) as caught:
        _settings(folder, text)
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read(folder: Path) -> None:
    with pytest.raises(WrongCall, match=r"^RECONCILER_CONFIG names gone.toml, which does not exist\.$"):
        load({"RECONCILER_CONFIG": "gone.toml"})
    (folder / "reconciler.toml").write_bytes(b"[shops.\xff]")
    with pytest.raises(WrongCall, match=r"^reconciler.toml cannot be read: "):
        load({})
    (folder / "a-folder").mkdir()
    with pytest.raises(WrongCall, match=r"^a-folder cannot be read: "):
        load({"RECONCILER_CONFIG": "a-folder"})


def test_names_that_are_not_there(folder: Path) -> None:
    two = _settings(folder, "[shops.a]\n[shops.b]\n")
    with pytest.raises(WrongCall, match=r"^There are several shops; add --shop with one of a, b\.$"):
        two.shop(None)
    with pytest.raises(WrongCall, match=r"^There is no shop 'c'; reconciler.toml has a, b\.$"):
        two.shop("c")
    with pytest.raises(WrongCall, match=r"^There is no account 'x'; reconciler.toml has none\.$"):
        two.account("x")


_SCALARS = st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates() | st.times()
_TABLES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["demo", "courier", "shop", "policy", "country", "timezone", "at", "columns", "x_env"]), inner
        )
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["shops", "accounts", "smtp", "policy", "nightly", "x"]), _TABLES))
def test_whatever_the_file_holds_is_settings_or_one_sentence(raw: dict[str, Any]) -> None:
    assert _outcome(raw).startswith("reconciler.toml")


def _outcome(raw: dict[str, Any]) -> str:
    try:
        return _build(raw, {}, "reconciler.toml").source
    except WrongCall as error:
        return str(error)
