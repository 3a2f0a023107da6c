"""An MCP server of the standard library alone, which starts at once: `python small_mcp_server.py [flag]...`.

`rubbish` prints to stdout what is no message; `stubborn` does not end when its stdin does; `odd` has more tools, whose
answers do not keep what it says of them; `broken` lists what is no tool.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

TOOLS: list[dict[str, Any]] = [
    {"name": "pid", "annotations": {"readOnlyHint": False}},
    {"name": "read_or_die", "annotations": {"readOnlyHint": True}},
    {"name": "write_or_die"},
    {"name": "count"},
]

ODD_TOOLS: list[dict[str, Any]] = [
    {"name": "misfit", "outputSchema": {"type": "object", "properties": {"price": {"type": "integer"}}}},
    {"name": "garbled"},
    {"name": "grow"},
    {"name": "task", "execution": {"taskSupport": "required"}},
    {"name": "either", "inputSchema": {"type": "object", "anyOf": [{"properties": {"name": {"type": "string"}}}]}},
]


def die_once(mark: str) -> str:
    """End in the first call."""
    path = Path(mark)
    if path.exists():
        return "lives"
    path.touch()
    os._exit(1)


def count_up(token: object) -> str:
    """Report progress, in words and without."""
    for number in (1, 2):
        told: dict[str, object] = {"progressToken": token, "progress": number, "total": 2}
        told |= {"message": "Half of it."} if number == 1 else {}
        print(json.dumps({"jsonrpc": "2.0", "method": "notifications/progress", "params": told}), flush=True)
    return "counted"


def call(name: str, arguments: dict[str, Any], token: object) -> dict[str, Any]:
    match name:
        case "pid":
            text = str(os.getpid())
        case "misfit":
            return {"content": [], "structuredContent": {"price": "seven"}}
        case "garbled":
            return {"content": "seven"}
        case "count":
            text = count_up(token)
        case "either":
            text = json.dumps(arguments)
        case "grow":
            ODD_TOOLS.append({"name": "grown"})
            tell({"method": "notifications/tools/list_changed"})
            text = "grown"
        case _:
            text = die_once(arguments["mark"])
    return {"content": [{"type": "text", "text": text}]}


def tell(message: dict[str, Any]) -> None:
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def listed(flags: list[str]) -> list[dict[str, Any]]:
    schema = {"type": "object", "properties": {"mark": {"type": "string"}}}
    broken = [{"name": "broken", "inputSchema": {}}] if "broken" in flags else []
    tools = [*broken, *TOOLS, *(ODD_TOOLS if "odd" in flags else ())]
    return [{"description": "Test.", "inputSchema": schema, **tool} for tool in tools]


def answer(method: str, params: dict[str, Any], flags: list[str]) -> dict[str, Any] | None:
    match method:
        case "initialize":
            server = {"name": "small", "version": "1"}
            version = params["protocolVersion"]
            return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": server}
        case "tools/list":
            return {"tools": listed(flags)}
        case "tools/call":
            return call(params["name"], params["arguments"], params.get("_meta", {}).get("progressToken"))
    return None


def main(flags: list[str]) -> None:
    print("starting", file=sys.stderr, flush=True)
    if "rubbish" in flags:
        print("Welcome to the server!\n{}", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "id" not in request:
            continue
        result = answer(request["method"], request.get("params") or {}, flags)
        told = {"error": {"code": -32601, "message": "no such method"}} if result is None else {"result": result}
        tell({"id": request["id"], **told})
    if "stubborn" in flags:
        time.sleep(600)


if __name__ == "__main__":
    main(sys.argv[1:])
