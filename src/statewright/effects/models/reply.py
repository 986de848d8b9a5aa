"""The one shape in which every model answers the kernel, and the token estimate where a provider counts none."""

from __future__ import annotations

import msgspec

from statewright.effects.performer import Answer
from statewright.kernel.effects import Call
from statewright.kernel.values import Json

# The usual rule of thumb for English text.
BYTES_PER_TOKEN = 4


def reply(call: Call, content: str, object: Json = None) -> Answer:
    """Returns a simulated model's answer with its estimated usage."""
    model = call.request["model"]
    value = {
        "content": content,
        "object": object,
        "provider": model["provider"],
        "model": model["model"],
        "finish": "stop",
    }
    asked = sum(tokens(message["content"]) for message in call.request["messages"])
    return Answer(value=value, usage={"input_tokens": asked, "output_tokens": tokens(content)}, simulated=True)


def tokens(text: str) -> int:
    """Returns an upper estimate of the tokens of a text, the same on every machine."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def wanted_schema(call: Call) -> Json:
    """Returns the schema that the answer must fit; JSON mode without one means any object."""
    schema = call.request["schema"]
    if schema is None and call.request["json_mode"]:
        return {"type": "object", "properties": {"response": {"type": "string"}}, "required": ["response"]}
    return schema


def encode(object: Json) -> str:
    """Returns the compact JSON text that a model would have written."""
    return msgspec.json.encode(object).decode()
