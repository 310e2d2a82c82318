"""A policy from its settings: defaults where nothing is said, one sentence where something is wrong."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.policy import STALLED_AFTER, Policy, PolicyError


def test_without_settings_the_documented_defaults_hold() -> None:
    policy = Policy.of({})
    assert policy.stalled_after["picked_up"] == policy.stalled_after["in_transit"] == 3
    assert policy.stalled_after["out_for_delivery"] == 1
    assert policy.stalled_after["returning"] == 10
    assert {policy.stalled_after[each] for each in ("delivery_attempted", "held", "address_problem", "redirected", "unknown")} == {
        2
    }
    assert (policy.not_picked_up_after, policy.pickup_expiring, policy.storage_days, policy.payout_after) == (2, 1, 5, 5)
    assert policy.cod_clock == timedelta(minutes=5)
    assert policy.call_window == (time(9), time(19))


def test_only_what_is_named_changes() -> None:
    policy = Policy.of(
        {"stalled_after": {"held": 4}, "payout_after": 0, "pickup_expiring": 2, "cod_clock": 15, "call_window": "08:30-20:00"}
    )
    assert policy.stalled_after == STALLED_AFTER | {"held": 4}
    assert (policy.payout_after, policy.pickup_expiring, policy.not_picked_up_after) == (0, 2, 2)
    assert policy.cod_clock == timedelta(minutes=15)
    assert policy.call_window == (time(8, 30), time(20))


def test_two_policies_share_no_table() -> None:
    Policy().stalled_after["held"] = 99
    assert Policy().stalled_after["held"] == STALLED_AFTER["held"] == 2


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"stalled": 3}, "unknown key 'stalled'; there are stalled_after, "),
        ({"payout_after": "5"}, "'payout_after' must be a whole number from 0 to 365"),
        ({"payout_after": True}, "'payout_after' must be a whole number from 0 to 365"),
        ({"payout_after": 2.5}, "'payout_after' must be a whole number from 0 to 365"),
        ({"payout_after": -1}, "'payout_after' must be a whole number from 0 to 365"),
        ({"not_picked_up_after": 366}, "'not_picked_up_after' must be a whole number from 0 to 365"),
        ({"cod_clock": "5 min"}, "'cod_clock' must be a whole number from 0 to 365"),
        ({"stalled_after": 3}, "'stalled_after' must be a table with the keys picked_up, in_transit, "),
        ({"stalled_after": {"delivered": 3}}, "'stalled_after' must be a table with the keys picked_up, in_transit, "),
        ({"stalled_after": {"held": "3"}}, "'stalled_after.held' must be a whole number from 0 to 365"),
        ({"call_window": "09:00"}, "'call_window' must look like 09:00-19:00"),
        ({"call_window": "nine to seven"}, "'call_window' must look like 09:00-19:00"),
        ({"call_window": "09:00-12:00-19:00"}, "'call_window' must look like 09:00-19:00"),
        ({"call_window": 9}, "'call_window' must look like 09:00-19:00"),
        ({"call_window": "09:00-24:30"}, "'call_window' must look like 09:00-19:00"),
        ({"call_window": "19:00-09:00"}, "'call_window' must begin before it ends"),
        ({"call_window": "09:00-09:00"}, "'call_window' must begin before it ends"),
        ({"call_window": "09:00+02:00-19:00"}, "'call_window' must begin before it ends"),
    ],
)
def test_what_is_wrong_is_named(raw: dict[str, Any], says: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.of(raw)
    assert str(caught.value).startswith(says)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(sorted(STALLED_AFTER)) | st.text(max_size=6), inner)
    ),
    max_leaves=4,
)
_KEYS = sorted(Policy.__dataclass_fields__)


@given(st.dictionaries(st.sampled_from(_KEYS) | st.text(max_size=8), _VALUES, max_size=4))
def test_any_settings_make_a_policy_or_one_sentence(raw: dict[str, Any]) -> None:
    try:
        policy = Policy.of(raw)
    except PolicyError:
        return
    assert set(policy.stalled_after) == set(STALLED_AFTER)
    assert policy.call_window[0] < policy.call_window[1]
