"""Records: bytes that are written once, chained, and refused where they are not what was written."""

from __future__ import annotations

import hashlib
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statewright.kernel.events import Received, encode_event
from statewright.kernel.journal import (
    FINGERPRINTS_MAX,
    GENESIS,
    REST,
    ChainBroken,
    Digest,
    Record,
    digest_of,
    first_difference,
    open_record,
    seal,
)

CHANGES = {"status": "running", "frames.process[3]": {"a": 1}}
Changes = dict[str, str | None]
CHANGES_ST = st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.none(), max_size=6)


def event(payload: object = None) -> bytes:
    return encode_event(Received(at=7, name="go", payload=payload))


def chain(count: int) -> list[Record]:
    records: list[Record] = []
    prev = GENESIS
    for seq in range(1, count + 1):
        records.append(seal(prev, seq, event({"n": seq}), digest_of(CHANGES), at=7))
        prev = records[-1].hash
    return records


def test_a_record_holds_the_bytes_of_its_event_as_given() -> None:
    data = event({"z": 1, "a": 2.0, "ä": "\u2028"})
    record = seal(GENESIS, 1, data, digest_of(CHANGES), at=7)
    assert data in record.body
    assert list(json.loads(record.body)["event"]["payload"]) == ["z", "a", "ä"]


def test_a_hash_is_sha256_over_the_hash_before_and_the_stored_bytes() -> None:
    first, second = chain(2)
    assert first.hash == hashlib.sha256(bytes(32) + first.body).digest()
    assert second.hash == hashlib.sha256(first.hash + second.body).digest()


def test_a_chain_opens_as_it_was_sealed() -> None:
    prev = GENESIS
    for seq, record in enumerate(chain(5), 1):
        entry = open_record(prev, record, seq)
        assert (entry.seq, entry.at, entry.suspended) == (seq, 7, "")
        assert entry.decoded() == Received(at=7, name="go", payload={"n": seq})
        digest = digest_of(CHANGES)
        assert (entry.digest, entry.keys) == (digest.whole, digest.keys)
        prev = record.hash


def test_a_record_says_for_which_fault_its_run_was_suspended() -> None:
    record = seal(GENESIS, 1, event(), Digest("", b"{}"), at=7, suspended='DECIDE_"FAILED"')
    assert open_record(GENESIS, record, 1).suspended == 'DECIDE_"FAILED"'


def test_every_flipped_bit_breaks_the_chain() -> None:
    (record,) = chain(1)
    for place in range(8 * len(record.body)):
        body = bytearray(record.body)
        body[place // 8] ^= 1 << place % 8
        with pytest.raises(ChainBroken, match="record 1"):
            open_record(GENESIS, Record(1, bytes(body), record.hash), 1)
    for place in range(8 * len(record.hash)):
        damaged = bytearray(record.hash)
        damaged[place // 8] ^= 1 << place % 8
        with pytest.raises(ChainBroken):
            open_record(GENESIS, Record(1, record.body, bytes(damaged)), 1)


@pytest.mark.parametrize(("first", "second"), [(0, 2), (1, 0), (2, 1)])
def test_a_record_in_another_place_breaks_the_chain(first: int, second: int) -> None:
    records = chain(3)
    prev = records[first - 1].hash if first else GENESIS
    with pytest.raises(ChainBroken) as broken:
        open_record(prev, records[second], first + 1)
    assert broken.value.seq == first + 1


def test_a_record_under_a_forged_hash_must_still_be_a_record_of_its_place() -> None:
    def forged(body: bytes) -> Record:
        return Record(1, body, hashlib.sha256(GENESIS + body).digest())

    (record,) = chain(1)
    with pytest.raises(ChainBroken, match="are not a record"):
        open_record(GENESIS, forged(b'{"seq":1}'), 1)
    with pytest.raises(ChainBroken, match="says that it is number 2"):
        open_record(GENESIS, forged(record.body.replace(b'"seq":1', b'"seq":2')), 1)


def test_a_key_that_changed_is_named() -> None:
    recorded = digest_of(CHANGES)
    decided = digest_of({**CHANGES, "frames.process[3]": {"a": 2}})
    assert recorded.whole != decided.whole
    assert first_difference(recorded.keys, decided.keys) == "frames.process[3]"


@pytest.mark.parametrize("decided", [{"status": CHANGES["status"]}, {**CHANGES, "more": 1}])
def test_a_key_that_only_one_decision_has_is_named(decided: dict[str, bytes]) -> None:
    (odd,) = CHANGES.keys() ^ decided.keys()
    assert first_difference(digest_of(CHANGES).keys, digest_of(decided).keys) == odd


def test_equal_decisions_have_no_difference() -> None:
    assert first_difference(digest_of(CHANGES).keys, digest_of(dict(CHANGES)).keys) == ""


def test_a_decision_with_very_many_keys_fingerprints_the_rest_together() -> None:
    parts = {f"k{number}": number for number in range(FINGERPRINTS_MAX + 10)}
    recorded = digest_of(parts)
    assert len(recorded.keys) == FINGERPRINTS_MAX + 1
    last = digest_of({**parts, f"k{FINGERPRINTS_MAX + 9}": "other"})
    assert first_difference(recorded.keys, last.keys) == REST
    renamed = digest_of({("x" if key == f"k{FINGERPRINTS_MAX}" else key): value for key, value in parts.items()})
    assert first_difference(recorded.keys, renamed.keys) == REST
    assert recorded.whole != renamed.whole


@given(CHANGES_ST, CHANGES_ST)
def test_two_decisions_have_one_digest_only_if_they_are_equal(one: Changes, two: Changes) -> None:
    assert (digest_of(one).whole == digest_of(two).whole) == (list(one.items()) == list(two.items()))


def test_a_digest_cannot_be_moved_between_a_key_and_its_value() -> None:
    assert digest_of({"a": "b=1:c"}).whole != digest_of({"a=b": "1:c"}).whole
    assert digest_of({"ab": "", "c": ""}).whole != digest_of({"a": "", "bc": ""}).whole


def test_a_record_cannot_be_changed() -> None:
    (record,) = chain(1)
    with pytest.raises(AttributeError):
        record.seq = 2  # type: ignore[misc]
    assert isinstance(open_record(GENESIS, record, 1).event, msgspec.Raw)
