"""Sends one request, and again without what the server refuses of it."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from pipeline.messages import Prompt, Tool
from pipeline.providers._http_errors import RemoteService
from pipeline.providers.openai.wire import answer_error, own_fields, refused_field, refuses_tools, request_body

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

TOOLS_REFUSED = (
    "the language model refuses the tools, and the conversation goes on without them (%s): choose a model or a server "
    "that calls tools (LLM_MODEL, OPENAI_BASE_URL), or correct the tool that it names"
)

log = logging.getLogger(__name__)


class Posting:
    """Remembers what one server refuses: fields of ours that nobody asked for, and tools."""

    def __init__(self, service: RemoteService, model: str, extra: Mapping[str, object]) -> None:
        """Add the fields of `extra` to each request; one that is refused is an error."""
        self._service, self._model, self._extra = service, model, dict(extra)
        self._own = {name: value for name, value in own_fields(service).items() if name not in self._extra}
        self._refused_tools: tuple[Tool, ...] = ()

    async def post(self, client: "AsyncOpenAI", prompt: Prompt) -> "httpx2.Response":
        """Send the request; return when the head of the answer is there. Raises openai.APIError.

        A server that refuses the tools is asked without them, now and for as long as they are the same.
        """
        import openai

        if prompt.tools == self._refused_tools:
            prompt = replace(prompt, tools=())
        try:
            return await self._send(client, prompt)
        except openai.APIStatusError as error:
            if not (prompt.tools and refuses_tools(error.status_code, error.body)):
                raise
            try:
                response = await self._send(client, replace(prompt, tools=()))
            except openai.APIStatusError:
                raise error from None
            self._refused_tools = prompt.tools
            log.error(TOOLS_REFUSED, answer_error(error.status_code, error.body, self._service))
            return response

    async def _send(self, client: "AsyncOpenAI", prompt: Prompt) -> "httpx2.Response":
        """Send it; again without a field of ours that the server does not know, which is remembered."""
        import httpx2
        import openai

        while True:
            own = dict(self._own)
            try:
                response = await client.post(
                    "/chat/completions",
                    cast_to=httpx2.Response,
                    body=request_body(self._model, prompt, {**own, **self._extra}),
                    stream=True,
                    stream_cls=openai.AsyncStream[Any],
                )
                return cast("httpx2.Response", response)  # asked for by cast_to, which wins over stream_cls
            except openai.APIStatusError as error:
                field = refused_field(error.status_code, error.body, own)
                if field is None:
                    raise
                self._own.pop(field, None)
