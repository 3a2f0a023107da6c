"""A request for a summary gives way to a reply, through the real SDK."""

import asyncio
from dataclasses import replace

from pipeline.messages import Message, Prompt, PromptMessage
from pipeline.ports import TextDelta
from pipeline.providers.openai import OpenAIChat
from pipeline.resilience.model_use import ModelUse
from pipeline.stages.summarize import Summarizer
from tests.support.providers.openai import OpenAISimulator
from tests.support.providers.profile import FIXED, Always

KEY = "sk-proj-0123456789abcdef"
PROFILE = replace(FIXED, llm_first_token_delay=Always(0.01), llm_token_interval=Always(0.01))
HELLO = Prompt("Be brief.", (PromptMessage("user", "Hello there."),))


async def test_the_server_is_rid_of_a_summary_before_it_answers_a_reply() -> None:
    use, costs = ModelUse(), list[bool]()
    async with OpenAISimulator(PROFILE, api_key=KEY) as sim:
        model = OpenAIChat(api_key=KEY, base_url=sim.url)
        summarizer = Summarizer(model, lambda used: costs.append(used.is_estimated))
        record = [Message("user", "I would like a pizza.", 0.0)]
        async with asyncio.TaskGroup() as group:
            summary = group.create_task(use.when_free(lambda: summarizer.attempt(record)))
            while not sim.requests:  # noqa: ASYNC110 - the simulator has no event for it
                await asyncio.sleep(0.005)
            with use.of_reply():
                answer = "".join([it.text async for it in model.generate(HELLO) if isinstance(it, TextDelta)])
                assert len(sim.requests) == 2, "the summary waits"
                assert sim.requests[0].gone_at is not None
        await model.aclose()
    assert answer.startswith("You said Hello there.")
    assert summary.result()
    assert len(sim.requests) == 3, "it is begun again"
    assert costs == [True, False]
