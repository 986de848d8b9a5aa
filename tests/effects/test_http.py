"""HTTP tools against a real service on loopback that the operator maps a name to."""

from __future__ import annotations

import asyncio
import email.utils
import gzip

import pytest

from statewright.effects.operator import Operator
from statewright.effects.tools.http import HttpTools
from statewright.effects.tools.tool import ToolPerformer
from statewright.kernel.program import Tool
from statewright.kernel.values import Concat, Json, Secret
from tests.effects.performing import answer, now, refusal, tool_call, work
from tests.effects.service import Service, reply, service

BASE = "https://billing.internal.com/api/v1"


def billing(running: Service | None = None, **config: Json) -> tuple[ToolPerformer, Tool]:
    hosts = {"billing.internal.com": running.origin} if running else {}
    tools = ToolPerformer({"http": HttpTools(Operator(hosts=hosts))}, secrets={"TOKEN": "canary-4711"}.get, clock=now)
    return tools, Tool(id="billing", kind="http", config={"base_url": BASE, **config})


async def test_an_endpoint_is_asked_below_the_base_address() -> None:
    async with service(reply({"id": 1}, headers="X-Request: r-1\r\nSet-Cookie: session=1\r\n")) as running:
        tools, tool = billing(running)
        call = tool_call(tool, {"endpoint": "/items", "method": "POST", "data": {"name": "ä"}})
        value = await answer(tools, call, work(tool))
    assert (value["status_code"], value["data"], value["headers"]["x-request"]) == (200, {"id": 1}, "r-1")
    assert "set-cookie" not in value["headers"]
    [asked] = running.asked
    assert (asked.method, asked.target, asked.body) == ("POST", "/api/v1/items", '{"name":"ä"}'.encode())
    assert asked.headers["idempotency-key"] == "run-1:7.0"
    assert asked.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("input", "target"),
    [
        ({"endpoint": "items"}, "/api/v1/items"),
        ({}, "/api/v1"),
        ({"endpoint": "/items?a=1#part", "data": {"q": "x y", "n": 2}}, "/api/v1/items?a=1%23part&q=x+y&n=2"),
        ({"endpoint": "/items", "data": {"a": [1]}}, "/api/v1/items?a=%5B1%5D"),
        ({"endpoint": "/größe/1 2"}, "/api/v1/gr%C3%B6%C3%9Fe/1%202"),
        ({"endpoint": "/@scope/name"}, "/api/v1/@scope/name"),
    ],
)
async def test_a_get_carries_its_data_in_the_query(input: Json, target: str) -> None:
    async with service(reply("text")) as running:
        tools, tool = billing(running)
        await answer(tools, tool_call(tool, input), work(tool))
    assert running.asked[0].target == target
    assert running.asked[0].body == b""


async def test_an_action_is_posted_with_the_other_fields_and_its_object_is_the_answer() -> None:
    async with service(reply({"balance": 5})) as running:
        tools, tool = billing(running)
        call = tool_call(tool, {"action": "get_account_status", "customer_id": "c-1"})
        assert await answer(tools, call, work(tool)) == {"balance": 5}
    [asked] = running.asked
    assert (asked.method, asked.target) == ("POST", "/api/v1/get_account_status")
    assert asked.body == b'{"customer_id":"c-1"}'


async def test_a_secret_reaches_the_service_and_comes_back_masked() -> None:
    echo = reply({"echo": "Bearer canary-4711", "code": "Y2FuYXJ5LTQ3MTE="}, headers="X-Echo: canary-4711\r\n")
    async with service(echo, reply({"token": "canary-4711"}, status=400)) as running:
        tools, tool = billing(running, headers={"Authorization": Concat(("Bearer ", Secret("TOKEN")))})
        value = await answer(tools, tool_call(tool, {"endpoint": "/a"}), work(tool))
        end = await refusal(tools, tool_call(tool, {"endpoint": "/a"}), work(tool))
    assert running.asked[0].headers["authorization"] == "Bearer canary-4711"
    assert value["data"] == {"echo": "Bearer [secret TOKEN]", "code": "[secret TOKEN]"}
    assert end.details == {"status_code": 400, "data": {"token": "[secret TOKEN]"}}
    assert "canary" not in repr(value) + repr(end)


@pytest.mark.parametrize(
    ("status", "headers", "retryable", "after"),
    [
        (400, "", False, 0),
        (404, "Retry-After: 5\r\n", False, 0),
        (304, "", False, 0),
        (429, "Retry-After: 5\r\n", True, 5_000),
        (429, "Retry-After: 999999\r\n", True, 60_000),
        (429, "Retry-After: -1\r\n", True, 0),
        (429, "Retry-After: soon\r\n", True, 0),
        (429, f"Retry-After: {email.utils.formatdate(0, usegmt=True)}\r\n", True, 0),
        (429, f"Retry-After: {email.utils.formatdate(4e9, usegmt=True)}\r\n", True, 60_000),
        (500, "", True, 0),
        (529, "", True, 0),
    ],
)
async def test_a_status_is_a_refusal_that_says_whether_to_try_again(
    status: int, headers: str, retryable: bool, after: int
) -> None:
    async with service(reply(b"" if status == 304 else {"problem": 1}, status=status, headers=headers)) as running:
        tools, tool = billing(running)
        end = await refusal(tools, tool_call(tool, {"action": "x"}), work(tool))
    assert (end.code, end.retryable, end.retry_after, end.left) == ("TOOL_HTTP_STATUS", retryable, after, True)


async def test_a_service_that_cannot_be_reached_was_surely_not_asked() -> None:
    async with service(None) as running:
        pass
    tools, tool = billing(running)
    end = await refusal(tools, tool_call(tool, {"action": "x"}), work(tool))
    assert (end.code, end.retryable, end.left) == ("TOOL_UNREACHABLE", True, False)


@pytest.mark.parametrize("words", [None, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nxx", b"garbage\r\n\r\n"])
async def test_a_service_that_goes_silent_may_have_acted(words: bytes | None) -> None:
    async with service(words) as running:
        tools, tool = billing(running)
        end = await refusal(tools, tool_call(tool, {"action": "x"}), work(tool))
    assert (end.code, end.retryable, end.left, end.unknown) == ("TOOL_CONNECTION_LOST", True, True, True)


async def test_an_answer_that_does_not_come_in_time_is_given_up() -> None:
    never = asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.read()
        writer.close()
        never.set()

    async with await asyncio.start_server(wait, "127.0.0.1", 0) as server:
        running = Service([])
        running.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        tools, tool = billing(running)
        end = await refusal(tools, tool_call(tool, {"action": "x"}, deadline=now() + 200), work(tool))
        await never.wait()
    assert (end.code, end.retryable) == ("TOOL_TIMEOUT", True)


async def test_a_body_beyond_the_limit_is_not_read_to_its_end() -> None:
    flood = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * (11 * 1024 * 1024)
    bomb = reply(gzip.compress(b"x" * (11 * 1024 * 1024)), headers="Content-Encoding: gzip\r\n")
    for raw in (flood, bomb):
        async with service(raw) as running:
            tools, tool = billing(running)
            end = await refusal(tools, tool_call(tool, {"action": "x"}), work(tool))
        assert end.code == "TOOL_OUTPUT_LIMIT"


async def test_a_compressed_body_is_read() -> None:
    async with service(reply(gzip.compress(b'{"a":1}'), headers="Content-Encoding: gzip\r\n")) as running:
        tools, tool = billing(running)
        assert await answer(tools, tool_call(tool, {"action": "x"}), work(tool)) == {"a": 1}


async def test_a_redirect_is_followed_on_the_same_origin_only() -> None:
    near = reply(b"", status=302, headers="Location: /api/v1/there\r\n")
    far = reply(b"", status=302, headers="Location: https://evil.example/\r\n")
    async with service(near, reply({"a": 1}), far) as running:
        tools, tool = billing(running)
        value = await answer(tools, tool_call(tool, {"endpoint": "/here"}), work(tool))
        assert value["data"] == {"a": 1}
        end = await refusal(tools, tool_call(tool, {"endpoint": "/here"}), work(tool))
    assert [asked.target for asked in running.asked] == ["/api/v1/here", "/api/v1/there", "/api/v1/here"]
    assert end.code == "URL_FORBIDDEN"


async def test_a_circle_of_redirects_ends() -> None:
    async with service(reply(b"", status=302, headers="Location: /api/v1/here\r\n")) as running:
        tools, tool = billing(running)
        end = await refusal(tools, tool_call(tool, {"endpoint": "/here"}), work(tool))
    assert (end.code, len(running.asked)) == ("TOOL_REDIRECTS", 4)


@pytest.mark.parametrize(
    "input",
    [
        {"endpoint": "//evil.example/x"},
        {"endpoint": "https://evil.example/x"},
        {"endpoint": "@evil.example/x"},
        {"endpoint": ".evil.example@x"},
        {"endpoint": ":8080/x"},
        {"endpoint": "\\evil.example"},
        {"endpoint": "../../admin"},
        {"endpoint": "/a/%2e%2e/%252e%252e/admin"},
        {"endpoint": 5},
        {"action": "../admin"},
        {"action": "a/b"},
        {"action": ""},
        {"action": None},
    ],
)
async def test_an_input_never_chooses_another_host_or_a_way_up(input: Json) -> None:
    async with service(reply({})) as running:
        tools, tool = billing(running)
        end = await refusal(tools, tool_call(tool, input), work(tool))
    assert (end.code, end.left, running.asked) == ("URL_FORBIDDEN", False, [])


@pytest.mark.parametrize(
    "headers", [{"X": "a\r\nHost: evil"}, {"X\n": "a"}, {"Host": "evil"}, {"Transfer-Encoding": "chunked"}]
)
async def test_a_header_cannot_change_the_message(headers: dict[str, str]) -> None:
    async with service(reply({})) as running:
        tools, tool = billing(running, headers=headers)
        end = await refusal(tools, tool_call(tool, {"action": "x"}), work(tool))
    assert (end.code, running.asked) == ("HEADER_INVALID", [])


async def test_a_tool_without_a_base_address_says_so() -> None:
    tools, _ = billing()
    for config in (None, {}, {"base_url": ""}):
        tool = Tool(id="billing", kind="http", config=config)
        assert (await refusal(tools, tool_call(tool, {}), work(tool))).code == "TOOL_CONFIG_INVALID"


async def test_a_method_that_does_not_exist_is_refused() -> None:
    tools, tool = billing()
    end = await refusal(tools, tool_call(tool, {"method": "STEAL"}), work(tool))
    assert end.code == "TOOL_INPUT_INVALID"
