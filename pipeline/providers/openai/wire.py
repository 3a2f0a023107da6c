"""The wire, without any I/O: prompts to requests, answers that are none to errors."""

import json
import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from pipeline.errors import Declined, ProviderError
from pipeline.messages import Prompt, PromptMessage, Tool
from pipeline.providers._address import Address, parse_address
from pipeline.providers._http_errors import RemoteService
from pipeline.text.encodable import encodable

PROVIDER = "OpenAI"

DEFAULT_MODEL = "gpt-6-luna"
"""OpenAI's small model of the current generation: about 0.7 s to the first token without reasoning, and what OpenAI
names to replace gpt-4.1-mini and gpt-4o-mini, which it shuts down on 14 January 2027."""

OPENAI_URL = "https://api.openai.com/v1"
OWN_PATH = "/v1"

_NO_CREDIT = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
_OF_THE_PROMPT = {
    "context_length_exceeded": "the conversation is longer than the model can read",
    "string_above_max_length": "a message is longer than the model can read",
    "content_filter": "the provider's content filter stopped it",
    "content_policy_violation": "the provider's content filter stopped it",
}
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "tokens": 429,
    "requests": 429,
}


def service(base_url: str | None, key: str | None) -> RemoteService:
    """Return the service at an address, with or without `/chat/completions`; without a path it gets the usual /v1."""
    address = parse_address(base_url, OPENAI_URL, "/chat/completions")
    if not address.path:
        address = Address(address.is_secure, f"{address.place}{OWN_PATH}", address.is_given)
    return RemoteService(
        name=PROVIDER,
        address=address,
        key_variable="OPENAI_API_KEY",
        url_variable="OPENAI_BASE_URL",
        key=key,
        own_path=OWN_PATH,
        not_found="there is no such model: check LLM_MODEL",
        advice={403: "not allowed: check the rights and the project of OPENAI_API_KEY, and the country"},
    )


def request_body(model: str, prompt: Prompt, extra: Mapping[str, object]) -> dict[str, object]:
    """Return the JSON of one request; `extra` adds fields, and wins."""
    body: dict[str, object] = {
        "model": model,
        "messages": [
            *([{"role": "system", "content": prompt.instructions}] if prompt.instructions else []),
            *(_message(message) for message in prompt.messages),
        ],
        "stream": True,
    }
    if prompt.tools:
        body["tools"] = [_tool(tool) for tool in prompt.tools]
    if prompt.temperature is not None:
        body["temperature"] = prompt.temperature
    whole: dict[str, object] = _encodable({**body, **extra})
    return whole


def _encodable(value: Any) -> Any:
    """The same, with ? for each half of a surrogate pair: UTF-8 has none, and a tool or a program may give one."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Mapping):
        return {_encodable(key): _encodable(each) for key, each in value.items()}
    return [_encodable(each) for each in value] if isinstance(value, list | tuple) else value


def _message(message: PromptMessage) -> dict[str, object]:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": _id(message.tool_call_id), "content": message.text}
    if not message.tool_requests:
        return {"role": message.role, "content": message.text}
    calls = [
        {
            "id": _id(call.id),
            "type": "function",
            "function": {"name": _name(call.name), "arguments": _arguments(call.arguments)},
        }
        for call in message.tool_requests
    ]
    return {"role": message.role, "content": message.text or None, "tool_calls": calls}


def _id(given: str | None) -> str | None:
    """The id of a call: OpenAI takes up to 40 characters, and another provider may have given a longer one."""
    is_taken = given is None or len(given) <= 40
    return given if is_taken else blake2b(str(given).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _name(written: str) -> str:
    """The name of a call. A model may call what was never offered, and OpenAI refuses other names than it takes."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", written)[:64] or "_"


def _arguments(written: str) -> str:
    """The arguments of a call, none where the model wrote no object: some servers refuse a request for that."""
    try:
        return written if isinstance(json.loads(written), dict) else "{}"
    except (ValueError, RecursionError):
        return "{}"


def _tool(tool: Tool) -> dict[str, object]:
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": {**function, "strict": True} if tool.strict else function}


def own_fields(service: RemoteService) -> dict[str, object]:
    """Return fields that nobody asked for, and that are left out when a server refuses them by name.

    Usage, for the metrics; and no reasoning with OpenAI's models, most of which would think for seconds before they
    speak, and refuse tools in chat completions when they reason. Other servers know too many other ways to say so.
    """
    fields: dict[str, object] = {"stream_options": {"include_usage": True}}
    host = service.address.host
    if host == "api.openai.com" or host.endswith(".api.openai.com"):
        fields["reasoning_effort"] = "none"
    return fields


def answer_error(
    status: int, body: object, service: RemoteService, headers: Mapping[str, str] = MappingProxyType({})
) -> ProviderError:
    """Return what an HTTP answer that is no reply means; `body` is its JSON, or text."""
    error = body.get("error", body) if isinstance(body, Mapping) else body
    fields: Mapping[str, object] = error if isinstance(error, Mapping) else {"message": error}
    said = fields.get("message")
    names = {str(fields.get("code")), str(fields.get("type"))}
    if why := next((text for name, text in _OF_THE_PROMPT.items() if name in names), None):
        return Declined(PROVIDER, f"{why} (HTTP {status}){service.quote(said)}")
    if status == 413:
        return Declined(PROVIDER, f"the conversation is longer than the server reads (HTTP 413){service.quote(said)}")
    if _NO_CREDIT & names:
        status = 402
    # With 401 OpenAI repeats parts of the key.
    return service.status_error(status, None if status == 401 else said, headers)


def stream_error(error: object, service: RemoteService) -> ProviderError:
    """Return what an error means that came in mid-stream, where its HTTP status can only be guessed."""
    fields = error if isinstance(error, Mapping) else {}
    code = fields.get("code")
    if isinstance(code, int) and 400 <= code < 600:
        return answer_error(code, {"error": error}, service)
    known = (_STATUS_OF_TYPE.get(str(name)) for name in (code, fields.get("type")))
    return answer_error(next((status for status in known if status), 500), {"error": error}, service)


def refuses_tools(status: int, body: object) -> bool:
    """Whether an answer may mean that the server takes no tools, or not these.

    Ollama says "does not support tools", vLLM "tool choice requires ...", llama.cpp, with status 500, "tools param
    requires ...", OpenRouter, with 404, "No endpoints found that support tool use", OpenAI "Invalid schema for
    function".
    """
    said = json.dumps(body, default=str)
    return status in (400, 404, 422, 500, 501) and bool(re.search(r"tool|function", said, re.IGNORECASE))


def refused_field(status: int, body: object, fields: Iterable[str]) -> str | None:
    """Return the one of our fields that a server refuses by name: some answer 400 or 422 to what they do not know."""
    if status not in (400, 422):
        return None
    said = json.dumps(body, default=str)
    return next((field for field in fields if field in said), None)
