"""What a tool of an MCP server answered, as a text that the model reads."""

import json
from collections.abc import Sequence
from typing import Any

from mcp.types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
)

from pipeline.errors import ToolError
from pipeline.text.secrets import hide_secrets


def answer_of(result: CallToolResult) -> object:
    """Return the answer: structured content where there is some, else the texts, with descriptions of what is none.

    It is None without any content, as of a function that returns nothing.
    Raises ToolError where the server says that the call has failed.
    """
    text = "\n".join(filter(None, (_described(block) for block in result.content)))
    if result.is_error:
        raise ToolError(text or "The tool has failed, and does not say why.")
    if result.structured_content is not None:
        return _unwrapped(result.structured_content)
    return text or None


def hide_in_answer(answer: Any, keys: Sequence[str]) -> Any:
    """Return an answer without the keys that its server was given."""
    match answer:
        case str():
            return hide_secrets(answer, keys)
        case list():
            return [hide_in_answer(item, keys) for item in answer]
        case dict():
            return {name: hide_in_answer(item, keys) for name, item in answer.items()}
    return answer


def _unwrapped(content: Any) -> Any:
    """SDKs wrap a result that is no object into one of this key, as older protocols want an object."""
    return content["result"] if isinstance(content, dict) and content.keys() == {"result"} else content


def _described(block: ContentBlock) -> str:
    match block:
        case TextContent(text=text):
            return _compact(text)
        case ImageContent(data=data, mime_type=kind):
            return f"[an image, {kind}, {_size(data)}: it cannot be shown here]"
        case AudioContent(data=data, mime_type=kind):
            return f"[a recording, {kind}, {_size(data)}: it cannot be played here]"
        case ResourceLink(name=name, uri=uri, description=description):
            return f"[a link to {name}: {uri}{f', {description}' if description else ''}]"
        case EmbeddedResource(resource=BlobResourceContents() as file):
            return f"[a file {file.uri}, {file.mime_type or 'of an unknown type'}, {_size(file.blob)}]"
        case EmbeddedResource(resource=TextResourceContents(text=text)):
            return _compact(text)
    return ""


def _compact(text: str) -> str:
    """JSON without the white space in which most servers write it: it counts against the bound of a result."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return text


def _size(base64: str) -> str:
    return f"{max(1, round(len(base64) * 3 / 4 / 1024)):,} kB"
