"""What comes through a door may be anything: it ends one conversation at most, and nobody else is held up by it."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path
from typing import Any

import msgspec
import pytest

from statewright.app.performing import Performing
from statewright.errors import EXIT_INTERNAL, EXIT_LIMIT, EXIT_NOT_ALLOWED, EXIT_UNREACHABLE, StatewrightError
from statewright.hosts.door import lines
from statewright.hosts.door.asking import Asking
from statewright.hosts.door.limits import Limits
from statewright.hosts.door.lines import LINE_BYTES_MAX, VERSION
from statewright.hosts.door.place import DOOR_FILE, PATH_BYTES_MAX, Doorway, is_same_user, knocked
from statewright.hosts.door.serving import Door
from tests.hosts.doors import Stranger, gated, opened, process, served, terms_of, visiting

GARBAGE = {
    "no JSON": b"knock knock\n",
    "no text": b"\xff\xfe\x00\n",
    "another word": b'{"say":"dance","id":1}\n',
    "another field": b'{"say":"signal","id":1,"run":"r","name":"knock","tenant":"others"}\n',
    "a field without its type": b'{"say":"signal","id":1,"run":7,"name":"knock"}\n',
    "nesting without end": b'{"say":"signal","id":1,"run":"r","name":"n","payload":' + b"[" * 100_000 + b"\n",
    "a greeting again": b'{"say":"hello","version":1}\n',
}


@pytest.mark.parametrize("name", GARBAGE)
def test_a_line_that_is_none_ends_the_conversation_with_its_code(name: str, tmp_path: Path) -> None:
    async def played() -> None:
        async with opened(gated(tmp_path)) as owner:
            stranger = Stranger(owner.settings.data)
            assert (await stranger.greet())["say"] == "welcome"
            await stranger.say(GARBAGE[name])
            refused = await stranger.hear()
            assert (refused["code"], refused["id"]) == ("DOOR_LINE_INVALID", 0)
            assert await stranger.hear() == {}
            stranger.leave()
            assert owner.runs() == []

    asyncio.run(played())


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\n", b"{}\n", b'{"say":"status","id":1}\n'])
def test_whoever_does_not_greet_is_not_let_in(first: bytes, tmp_path: Path) -> None:
    async def played() -> None:
        async with opened(gated(tmp_path)) as owner:
            stranger = Stranger(owner.settings.data)
            await stranger.say(first)
            assert (await stranger.hear())["code"] == "DOOR_LINE_INVALID"
            stranger.leave()

    asyncio.run(played())


def test_whoever_says_nothing_loses_the_seat(tmp_path: Path) -> None:
    async def played() -> None:
        async with opened(gated(tmp_path)) as owner, served(owner, tmp_path / "b", Limits(hello_s=0)):
            stranger = Stranger(tmp_path / "b")
            assert "said nothing" in (await stranger.hear())["message"]
            stranger.leave()

    asyncio.run(played())


def test_a_line_without_an_end_is_refused_at_its_limit(tmp_path: Path) -> None:
    async def played() -> None:
        async with opened(gated(tmp_path)) as owner:
            stranger = Stranger(owner.settings.data)
            await stranger.greet()
            await stranger.say(b"x" * (LINE_BYTES_MAX + 1))
            refused = await stranger.hear()
            assert (refused["code"], refused["exit_code"]) == ("DOOR_LINE_LIMIT", EXIT_LIMIT)
            stranger.leave()

    asyncio.run(played())


def test_a_guest_does_not_even_send_what_is_too_long(tmp_path: Path) -> None:
    async def played() -> None:
        async with opened(gated(tmp_path)) as owner, visiting(owner) as guest:
            run = await guest.start("gate", {"doors": [1]})
            with pytest.raises(StatewrightError, match="DOOR_LINE_LIMIT"):
                await guest.signal(run, "knock", "x" * LINE_BYTES_MAX)
            await guest.signal(run, "knock", "y" * 1_000_000)
            assert (await guest.ended(run)).status == "done"

    asyncio.run(played())


def test_half_a_line_asks_for_nothing(tmp_path: Path) -> None:
    async def played() -> None:
        async with opened(gated(tmp_path)) as owner, visiting(owner) as guest:
            run = await guest.start("gate", {"doors": [1]})
            stranger = Stranger(owner.settings.data)
            await stranger.greet()
            await stranger.say(msgspec.json.encode({"say": "terminate", "id": 1, "run": run}))
            stranger.leave()
            while (await guest.status()).guests > 1:
                pass
            assert owner.state(run).status == "running"

    asyncio.run(played())


def test_a_whole_line_is_done_also_for_a_guest_that_did_not_wait(tmp_path: Path) -> None:
    async def played() -> None:
        async with opened(gated(tmp_path)) as owner, visiting(owner) as guest:
            run = await guest.start("gate", {"doors": [1]})
            ended = asyncio.ensure_future(guest.ended(run))
            stranger = Stranger(owner.settings.data)
            await stranger.greet()
            await stranger.say(msgspec.json.encode({"say": "terminate", "id": 1, "run": run}) + b"\n")
            stranger.leave()
            assert (await ended).status == "terminated"

    asyncio.run(played())


def test_nobody_brings_a_reference_in_through_the_door(tmp_path: Path) -> None:
    """R7."""

    async def played() -> None:
        forged = {"$ref": "secret", "name": "KEY"}
        async with opened(gated(tmp_path)) as owner:
            run = await owner.start("gate", {"doors": [1]})
            stranger = Stranger(owner.settings.data)
            await stranger.greet()
            asked = {"say": "signal", "id": 1, "run": run, "name": "knock", "payload": forged}
            assert await stranger.ask(asked) == {"say": "done", "id": 1, "value": None}
            stranger.leave()
            payloads = [getattr(step.event, "payload", None) for step in owner.steps(run)]
            assert forged in payloads

    asyncio.run(played())


def test_another_version_is_told_apart_on_both_sides(tmp_path: Path) -> None:
    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b'{"say":"welcome","version":2,"release":"9.0","pid":1,"tenant":"default","more":true}\n')
        await writer.drain()
        writer.close()

    async def played() -> None:
        async with opened(gated(tmp_path)) as owner:
            stranger = Stranger(owner.settings.data)
            refused = await stranger.ask({"say": "hello", "version": 99, "release": "9.0", "more": True})
            assert refused["code"] == "DOOR_VERSION"
            assert "release 9.0" in refused["message"]
            stranger.leave()
        server = await asyncio.start_unix_server(answered, tmp_path / DOOR_FILE)
        with pytest.raises(StatewrightError, match="DOOR_VERSION"):
            await Asking.open(tmp_path)
        server.close()

    asyncio.run(played())


@pytest.mark.parametrize("answer", [b"hello\n", b'{"say":"done","id":1}\n', b""])
def test_whoever_listens_there_and_is_no_owner_is_found_out(answer: bytes, tmp_path: Path) -> None:
    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    async def played() -> None:
        server = await asyncio.start_unix_server(answered, tmp_path / DOOR_FILE)
        with pytest.raises(StatewrightError, match="DOOR_LINE_INVALID" if answer else "OWNER_LEFT"):
            await Asking.open(tmp_path)
        server.close()

    asyncio.run(played())


def test_an_owner_that_does_not_answer_is_told_apart_from_none(tmp_path: Path) -> None:
    async def played() -> None:
        doorway = Doorway(tmp_path)
        with pytest.raises(StatewrightError, match="OWNER_SILENT") as silent:
            await Asking.open(tmp_path, greeting_s=0)
        doorway.close()
        with pytest.raises(StatewrightError, match="DOOR_CLOSED") as closed:
            await Asking.open(tmp_path)
        assert silent.value.exit_code == closed.value.exit_code == EXIT_UNREACHABLE

    asyncio.run(played())


def test_a_guest_that_takes_nothing_is_let_go_and_delays_nobody(tmp_path: Path) -> None:
    """I-39."""

    async def played() -> None:
        stuck = Limits(slow_s=0, outbox_bytes_max=1)
        async with opened(gated(tmp_path)) as owner, served(owner, tmp_path / "b", stuck), visiting(owner) as guest:
            run = await guest.start("gate", {"doors": list(range(40))})
            stranger = Stranger(tmp_path / "b")
            await stranger.greet()
            await stranger.say(b'{"say":"follow","id":7,"run":"%b"}\n' % run.encode())
            for _ in range(40):
                await guest.signal(run, "knock", "x" * 100_000)
            assert [record.seq async for record in guest.follow(run)] == list(range(1, owner.find(run).seq + 1))
            heard = [await stranger.hear()]
            while heard[-1]:
                heard.append(await stranger.hear())
            told = [line["seq"] for line in heard if line.get("say") == "told"]
            assert told == list(range(1, len(told) + 1))
            assert len(told) < owner.find(run).seq
            assert heard[-2]["code"] == "GUEST_SLOW"
            stranger.leave()

    asyncio.run(played())


def test_a_guest_that_asks_much_before_it_takes_an_answer_gets_all_of_them(tmp_path: Path) -> None:
    async def played() -> None:
        count, small = 5_000, Limits(outbox_bytes_max=1_000, requests_max=2)
        async with opened(gated(tmp_path)) as owner, served(owner, tmp_path / "b", small):
            stranger = Stranger(tmp_path / "b")
            await stranger.greet()
            await stranger.say(b"".join(b'{"say":"status","id":%d}\n' % id for id in range(1, count + 1)))
            answers = [await stranger.hear() for _ in range(count)]
            assert [answer["id"] for answer in answers] == list(range(1, count + 1))
            stranger.leave()

    asyncio.run(played())


class Broken(Performing):
    """An owner with a fault in it."""

    async def cancel(self, run: str, reason: str) -> None:
        """Fails in a way that nobody has foreseen."""
        raise ValueError("secret of the owner")


def test_a_fault_of_ours_is_told_to_whoever_met_it_and_without_what_was_in_it(tmp_path: Path) -> None:
    async def played() -> None:
        async with opened(gated(tmp_path)) as owner:
            performing = owner._verbs
            assert isinstance(performing, Performing)
            performing.__class__ = Broken
            (tmp_path / "b").mkdir()
            door = await Door.open(tmp_path / "b", performing, terms_of(owner))
            async with visiting(owner, tmp_path / "b") as guest:
                with pytest.raises(StatewrightError, match="ValueError") as caught:
                    await guest.cancel("r", "")
                assert (caught.value.code, caught.value.exit_code) == ("INTERNAL", EXIT_INTERNAL)
                assert "secret" not in f"{caught.value}{caught.value.hint}"
                assert (await guest.status()).guests == 1
            await door.close()

    asyncio.run(played())


def test_a_folder_of_any_length_has_a_door(tmp_path: Path) -> None:
    async def played() -> None:
        deep = tmp_path / ("d" * 200) / ("e" * 200)
        assert len(os.fsencode(deep)) > PATH_BYTES_MAX
        async with opened(gated(deep)) as owner, visiting(owner) as guest:
            assert owner.notices == ()
            assert (await guest.ended(await guest.start("gate", {"doors": []}))).status == "done"

    asyncio.run(played())


def test_a_door_is_open_to_its_user_alone_from_its_first_moment_and_is_gone_with_its_owner(tmp_path: Path) -> None:
    async def played() -> None:
        async with opened(gated(tmp_path)) as owner:
            assert (owner.settings.data / DOOR_FILE).stat().st_mode & 0o777 == 0o600
        assert not (owner.settings.data / DOOR_FILE).exists()

    asyncio.run(played())


def test_a_file_of_the_user_that_has_the_doors_name_stays(tmp_path: Path) -> None:
    (tmp_path / DOOR_FILE).write_text("mine")
    with pytest.raises(StatewrightError, match="DOOR_UNAVAILABLE"):
        Doorway(tmp_path)
    assert (tmp_path / DOOR_FILE).read_text() == "mine"


def test_another_user_is_not_let_in_even_where_the_modes_would(tmp_path: Path) -> None:
    """Only root can become somebody else; for anybody else a closed door stands for one that is not theirs."""

    async def played() -> None:
        async with opened(gated(tmp_path)) as owner:
            door = owner.settings.data / DOOR_FILE
            if os.geteuid() == 0:
                assert await _refused_to_a_stranger(door) == ("DOOR_FORBIDDEN", EXIT_NOT_ALLOWED)
            else:
                door.chmod(0)
                with pytest.raises(StatewrightError, match="DOOR_FORBIDDEN"):
                    knocked(door.parent)

    asyncio.run(played())


async def _refused_to_a_stranger(door: Path) -> tuple[str, int]:
    door.parent.chmod(0o711)
    door.chmod(0o666)
    other = await process("door_stranger", str(door))
    said, _ = await other.communicate()
    refused = msgspec.json.decode(said, type=dict[str, Any])
    return refused["code"], refused["exit_code"]


def test_a_record_crosses_the_door_in_its_stored_bytes(tmp_path: Path) -> None:
    async def played() -> None:
        async with opened(gated(tmp_path)) as owner:
            run = await owner.start("gate", {"doors": [], "odd": "☃ \\u2028 \\n 1e400"})
            for record in owner.records(run):
                told = lines.read_reply(lines.line(lines.told(1, record)))
                assert isinstance(told, lines.Told)
                assert told.record() == record

    asyncio.run(played())


def test_the_first_three_lines_keep_their_form() -> None:
    """Two releases that do not understand each other must still be able to say so."""
    said: list[lines.AnyLine] = [
        lines.Hello(VERSION, "1.0"),
        lines.Welcome(VERSION, "1.0", 7, "default"),
        lines.Refused(0, "CODE", "message", "hint", 6),
    ]
    assert [lines.line(one) for one in said] == [
        b'{"say":"hello","version":1,"release":"1.0"}\n',
        b'{"say":"welcome","version":1,"release":"1.0","pid":7,"tenant":"default"}\n',
        b'{"say":"refused","id":0,"code":"CODE","message":"message","hint":"hint","exit_code":6}\n',
    ]


def test_two_connections_of_one_user_know_each_other() -> None:
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        assert is_same_user(one)
        assert is_same_user(other)
