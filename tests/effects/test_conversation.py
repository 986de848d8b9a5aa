"""Conversations are kept in the run's own store: in order, per tenant and key, exactly once."""

from __future__ import annotations

import pytest

from statewright.effects.memory.conversation import Conversations
from statewright.effects.performer import Answer, Refusal
from statewright.kernel.effects import Call
from statewright.kernel.values import Json
from statewright.store.memory import MemoryStore
from tests.effects.performing import work

HELLO = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]


def memory() -> Conversations:
    return Conversations(MemoryStore(hand_back=lambda acknowledge: acknowledge()))


def append(key: Json = "k", *, id: str = "r:1.0", messages: Json = HELLO, expires: int = 0) -> Call:
    request = {"operation": "append", "key": key, "messages": messages, "at": 10, "expires": expires}
    return Call(id=id, kind="memory", target="context", request=request)


def read(key: Json = "k", *, now: int = 20) -> Call:
    return Call(id="r:2.0", kind="memory", target="context", request={"operation": "read", "key": key, "now": now})


def outcome(conversations: Conversations, call: Call) -> Answer | Refusal:
    finished: list[Answer | Refusal] = []
    conversations.begin(call, work(), finished.append)
    [end] = finished
    return end


def messages(conversations: Conversations, key: str = "k", *, now: int = 20) -> Json:
    end = outcome(conversations, read(key, now=now))
    assert isinstance(end, Answer)
    assert end.value["count"] == len(end.value["messages"])
    return end.value["messages"]


def test_what_was_said_is_read_in_order() -> None:
    conversations = memory()
    assert messages(conversations) == []
    assert outcome(conversations, append()) == Answer(value={"appended": 2, "key": "k"})
    outcome(conversations, append(id="r:3.0", messages=[{"role": "user", "content": "Again"}]))
    assert [message["content"] for message in messages(conversations)] == ["Hello", "Hi", "Again"]
    assert messages(conversations, "other") == []


def test_an_append_that_is_repeated_after_a_crash_says_nothing_twice() -> None:
    conversations = memory()
    for _ in range(2):
        assert outcome(conversations, append()) == Answer(value={"appended": 2, "key": "k"})
    assert len(messages(conversations)) == 2


def test_what_has_expired_is_not_read() -> None:
    conversations = memory()
    outcome(conversations, append(expires=15))
    outcome(conversations, append(id="r:3.0", messages=[{"role": "user", "content": "kept"}]))
    assert len(messages(conversations, now=14)) == 3
    assert [message["content"] for message in messages(conversations, now=15)] == ["kept"]


@pytest.mark.parametrize("key", ["", "  ", "*", "a*", "x" * 513, "ä" * 257, "a\nb", "<no value>", "{{ .x }}", None, 5])
def test_a_key_that_is_not_a_name_is_refused(key: Json) -> None:
    for call in (read(key), append(key)):
        end = outcome(memory(), call)
        assert isinstance(end, Refusal)
        assert (end.code, end.left) == ("MEMORY_KEY_INVALID", False)


@pytest.mark.parametrize("key", ["tech_support:c-1", "größe", "x" * 512])
def test_a_key_may_be_any_name(key: str) -> None:
    assert messages(memory(), key) == []
