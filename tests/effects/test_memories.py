"""Memories are kept in the run's own store: in order, per tenant and key, by their rules, exactly once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from statewright.effects.memory.keeping import MESSAGES_MAX
from statewright.effects.memory.memories import Memories
from statewright.effects.performer import Answer, Refusal
from statewright.kernel.effects import Call
from statewright.kernel.program import Retention
from statewright.kernel.values import Json
from statewright.store.contract import Store
from statewright.store.memory import MemoryStore
from tests.effects.performing import work
from tests.store.journals import Owner, open_store

HELLO = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]
NO_RULES = Retention(max_tokens=0)


def memory(store: Store | None = None) -> Memories:
    return Memories(store or MemoryStore(hand_back=lambda acknowledge: acknowledge()))


def call(operation: str, *, id: str = "r:1.0", key: Json = "k", rules: Retention = NO_RULES, **details: Any) -> Call:
    request = {"operation": operation, "key": key, "at": 20, "rules": msgspec.to_builtins(rules), **details}
    return Call(id=id, kind="memory", target="context", request=request)


def append(*texts: str, **details: Any) -> Call:
    messages = [{"role": "user", "content": text} for text in texts] or HELLO
    return call("append", **{"messages": messages, **details})


def outcome(memories: Memories, asked: Call) -> Answer | Refusal:
    finished: list[Answer | Refusal] = []
    memories.begin(asked, work(), finished.append)
    [end] = finished
    return end


def value(memories: Memories, asked: Call) -> Json:
    end = outcome(memories, asked)
    assert isinstance(end, Answer), end
    return end.value


def contents(memories: Memories, key: str = "k", **details: Any) -> list[str]:
    read = value(memories, call("read", key=key, **details))
    assert read["count"] == len(read["messages"])
    return [message["content"] for message in read["messages"]]


def test_what_was_said_is_read_in_order() -> None:
    memories = memory()
    assert contents(memories) == []
    assert value(memories, append()) == {"success": True, "appended": 2, "total_count": 2, "key": "k"}
    assert value(memories, append("Again", id="r:3.0"))["total_count"] == 3
    assert contents(memories) == ["Hello", "Hi", "Again"]
    assert contents(memories, limit=1) == ["Again"]
    assert contents(memories, "other") == []


def test_writing_replaces_and_deleting_takes_away() -> None:
    memories = memory()
    value(memories, append())
    written = call("write", id="r:2.0", messages=[{"role": "system", "content": "New"}])
    assert value(memories, written) == {"success": True, "count": 1, "key": "k"}
    assert contents(memories) == ["New"]
    for id in ("r:3.0", "r:4.0"):
        assert value(memories, call("delete", id=id)) == {"success": True, "key": "k"}
    assert contents(memories) == []


def test_clearing_says_how_much_went_and_where_the_backup_is() -> None:
    memories = memory()
    value(memories, append())
    cleared = value(memories, call("clear", id="r:2.0", settings={"confirm": True, "backup": True}))
    assert (cleared["messages_cleared"], cleared["backup_created"]) == (2, True)
    assert (contents(memories), contents(memories, cleared["backup_key"])) == ([], ["Hello", "Hi"])
    again = value(memories, call("clear", id="r:3.0", settings={"confirm": True, "backup": True}))
    assert again == {"success": True, "key": "k", "messages_cleared": 0, "backup_created": False}


@pytest.mark.parametrize("operation", ["append", "write", "clear", "flush", "delete"])
def test_a_change_that_is_repeated_after_a_crash_happens_once_and_answers_alike(operation: str) -> None:
    """R35: whatever was said in between, the second attempt neither says nor takes away anything."""
    memories = memory()
    value(memories, append("one", "two", id="r:0.0"))
    repeated = call(operation, id="r:9.0", messages=HELLO, settings={"force": True})
    first = value(memories, repeated)
    value(memories, append("in between", id="r:8.0"))
    before = contents(memories)
    assert value(memories, repeated) == first
    assert contents(memories) == before


def test_a_hundred_appends_at_once_lose_nothing(tmp_path: Path) -> None:
    owner = Owner()
    store = open_store("sqlite", tmp_path / "data", owner)
    memories, ends = memory(store), list[Answer | Refusal]()
    for number in range(100):
        memories.begin(append(f"{number}", id=f"r:{number}.0"), work(), ends.append)
    while len(ends) < 100:
        owner.call_next()
    assert sorted(end.value["total_count"] for end in ends if isinstance(end, Answer)) == list(range(1, 101))
    assert contents(memories) == [f"{number}" for number in range(100)]
    store.close()


def test_a_message_counter_keeps_the_newest_messages() -> None:
    memories, rules = memory(), Retention(max_messages=3, max_tokens=0)
    assert value(memories, append("1", "2", "3", "4", rules=rules))["total_count"] == 3
    value(memories, append("5", id="r:2.0", rules=rules))
    assert contents(memories) == ["3", "4", "5"]


def test_a_token_counter_keeps_what_its_tokens_pay_for() -> None:
    memories, rules = memory(), Retention(max_tokens=10)
    value(memories, append("a" * 20, "b" * 20, rules=rules))
    value(memories, append("c" * 20, id="r:2.0", rules=rules))
    assert contents(memories) == ["b" * 20, "c" * 20]
    assert value(memories, call("stats", rules=rules)) == {
        "key": "k", "token_count": 10, "message_count": 2, "actual_strategy": "simple_fifo",
        "token_counting": "estimated", "last_flush": "1970-01-01T00:00:00.020+00:00", "avg_tokens_per_message": 5.0,
    }  # fmt: skip


def test_a_memory_that_overflows_leaves_what_its_flushing_says() -> None:
    memories, rules = memory(), Retention(max_messages=4, max_tokens=0, keep_messages=2)
    value(memories, append("1", "2", "3", "4", rules=rules))
    assert value(memories, append("5", id="r:2.0", rules=rules))["total_count"] == 2


def test_a_memory_that_never_flushes_still_has_an_end() -> None:
    """B-207: no conversation grows for ever."""
    memories, rules = memory(), Retention(max_messages=1, flushes=False)
    assert value(memories, append(*["x"] * MESSAGES_MAX, rules=rules))["total_count"] == MESSAGES_MAX
    assert value(memories, append("y", id="r:2.0", rules=rules))["total_count"] == MESSAGES_MAX
    assert value(memories, call("flush", id="r:3.0", rules=rules, settings={"force": True}))["messages_flushed"] == 0


def test_a_flush_looks_at_how_full_the_memory_is() -> None:
    memories, rules = memory(), Retention(max_messages=10, max_tokens=0)
    value(memories, append(*map(str, range(8)), rules=rules))
    dry = value(memories, call("flush", rules=rules, settings={"dry_run": True, "threshold": 0.8}))
    assert (dry["dry_run"], dry["would_flush"], dry["message_count"]) == (True, True, 8)
    assert not value(memories, call("flush", rules=rules, settings={"dry_run": True, "threshold": 0.9}))["would_flush"]
    assert value(memories, call("flush", id="r:2.0", rules=rules))["messages_flushed"] == 0
    flushed = value(memories, call("flush", id="r:3.0", rules=rules, settings={"threshold": 0.8}))
    assert (flushed["success"], flushed["messages_flushed"], flushed["message_count"]) == (True, 3, 5)
    assert not flushed["summary_generated"]
    assert contents(memories) == ["3", "4", "5", "6", "7"]


def test_what_is_private_is_never_stored() -> None:
    memories = memory()
    rules = Retention(redact=(r"\d{4}-\d{4}", r"(?i)secret \w+"), redaction=r"[\1 gone]", unkept=("system",))
    messages = [{"role": "system", "content": "card 1111-2222"}, {"role": "user", "content": "1111-2222, SECRET plan"}]
    appended = value(memories, call("append", messages=messages, rules=rules))
    assert (appended["appended"], appended["total_count"]) == (1, 1)
    assert contents(memories) == [r"[\1 gone], [\1 gone]"]


def test_a_conversation_ends_its_time_after_the_last_word() -> None:
    memories, rules = memory(), Retention(ttl=100)
    value(memories, append("one", rules=rules))
    value(memories, append("two", id="r:2.0", rules=rules, at=60))
    assert contents(memories, at=159) == ["one", "two"]
    assert contents(memories, at=160) == []


def test_appending_and_flushing_may_put_the_end_off_by_less() -> None:
    memories, rules = memory(), Retention(ttl=100, append_ttl=30, flush_ttl=50)
    value(memories, append("one", rules=rules))
    value(memories, append("two", id="r:2.0", rules=rules, at=100))
    assert (contents(memories, at=129), contents(memories, at=130)) == (["one", "two"], [])
    value(memories, call("flush", id="r:3.0", rules=rules, at=110))
    assert (contents(memories, at=159), contents(memories, at=160)) == (["one", "two"], [])


def test_stats_tell_what_they_are_asked_for() -> None:
    memories = memory()
    value(memories, append())
    assert "messages" not in value(memories, call("stats"))
    told = value(memories, call("stats", settings={"include_content": True, "group_by": "role"}))
    assert told["messages"] == HELLO
    assert told["groups"] == {
        "user": {"message_count": 1, "token_count": 2},
        "assistant": {"message_count": 1, "token_count": 1},
    }


def test_health_is_the_stores(tmp_path: Path) -> None:
    memories = memory()
    assert value(memories, call("health", settings={"include_stats": True})) == {
        "healthy": True, "key": "k", "token_count": 0, "message_count": 0, "actual_strategy": "simple_fifo",
        "token_counting": "estimated", "last_flush": None, "current_tokens": 0,
    }  # fmt: skip


@pytest.mark.parametrize("key", ["", "  ", "*", "a*", "x" * 513, "ä" * 257, "a\nb", "<no value>", "{{ .x }}", None, 5])
def test_a_key_that_is_not_a_name_is_refused(key: Json) -> None:
    for asked in (call("read", key=key), append(key=key), call("clear", key=key)):
        end = outcome(memory(), asked)
        assert isinstance(end, Refusal)
        assert (end.code, end.left) == ("MEMORY_KEY_INVALID", False)


@pytest.mark.parametrize("key", ["tech_support:c-1", "größe", "x" * 512])
def test_a_key_may_be_any_name(key: str) -> None:
    assert contents(memory(), key) == []


def test_a_store_that_takes_nothing_is_named() -> None:
    store = MemoryStore(hand_back=lambda acknowledge: acknowledge())
    store.close()
    end = outcome(memory(store), append())
    assert isinstance(end, Refusal)
    assert end.code == "STORE_CLOSED"
