"""An MCP server of the standard library alone, which starts at once: `python small_mcp_server.py [flag]...`.

`rubbish` prints to stdout what is no message; `stubborn` does not end when its stdin does.
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


def answer(method: str, params: dict[str, Any]) -> dict[str, Any] | None:
    match method:
        case "initialize":
            server = {"name": "small", "version": "1"}
            version = params["protocolVersion"]
            return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": server}
        case "tools/list":
            schema = {"type": "object", "properties": {"mark": {"type": "string"}}}
            return {"tools": [{**tool, "description": "Test.", "inputSchema": schema} for tool in TOOLS]}
        case "tools/call":
            return {"content": [{"type": "text", "text": call(params)}]}
    return None


def call(params: dict[str, Any]) -> str:
    match params["name"]:
        case "pid":
            return str(os.getpid())
        case "count":
            return count_up(params["_meta"]["progressToken"])
    return die_once(params["arguments"]["mark"])


def main(flags: list[str]) -> None:
    print("starting", file=sys.stderr, flush=True)
    if "rubbish" in flags:
        print("Welcome to the server!\n{}", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "id" not in request:
            continue
        result = answer(request["method"], request.get("params") or {})
        told = {"error": {"code": -32601, "message": "no such method"}} if result is None else {"result": result}
        print(json.dumps({"jsonrpc": "2.0", "id": request["id"], **told}), flush=True)
    if "stubborn" in flags:
        time.sleep(600)


if __name__ == "__main__":
    main(sys.argv[1:])
