"""A worker whose jobs a function serves: each caller is greeted by name, and asked about their own order.

python examples/worker.py --agent-name orders     (server and keys as for `python -m bot`)

A dispatch says who calls, such as {"memoryKey": "customer-7"}; all else that docs/deploy.md lists may stand there, too.
"""

from dataclasses import dataclass

from bot import Agent, tool
from bot.worker import JobContext, ProcessContext, SessionRefused, run

INSTRUCTIONS = "You answer the telephone of a bicycle shop. Say how the caller's order stands. Answer in one sentence."


@dataclass(frozen=True)
class Customer:
    """What the shop knows of somebody."""

    name: str
    order: str


def prewarm(process: ProcessContext) -> dict[str, Customer]:
    """Open, in each process before it has a job, what takes time. Yours is a database."""
    return {"customer-7": Customer("Ann", "the blue bicycle is ready"), "customer-8": Customer("Bob", "not paid yet")}


async def entry(job: JobContext) -> None:
    """Serve one room. The job ends when this returns, and has failed when it raises."""
    customer = job.prewarmed.get(job.config.memory_key)
    if customer is None:
        raise SessionRefused(f"there is no customer {job.config.memory_key!r}: name one as memoryKey")

    @tool
    def order_status() -> str:
        """Tell how the caller's order stands."""
        return str(customer.order)

    agent = Agent("orders", INSTRUCTIONS, tools=[order_status, "end_call"], greeting=f"Hello, {customer.name}.")
    async with job.bot(agent=agent) as bot:
        await bot.wait_closed()


if __name__ == "__main__":
    run(entry, prewarm=prewarm)
