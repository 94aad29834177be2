"""What one would write first: FastAPI, a pydantic model, and one XADD for each event, acknowledged before the 202."""

import asyncio
import os
from datetime import datetime
from typing import Literal

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from redis.asyncio import Redis

from banditctl.serving import address, listen

STREAM = "baseline:events"

redis = Redis.from_url(os.environ["BASELINE_REDIS"])
web = FastAPI()


class Event(BaseModel):
    id: str
    type: Literal["reward"]
    experiment: str
    variant: str
    value: float
    time: datetime


@web.post("/event", status_code=202)
async def event(event: Event) -> dict[str, int]:
    await redis.xadd(STREAM, {"event": event.model_dump_json()})
    return {"accepted": 1}


@web.post("/events", status_code=202)
async def events(events: list[Event]) -> dict[str, int]:
    async with redis.pipeline(transaction=False) as pipe:
        for one in events:
            pipe.xadd(STREAM, {"event": one.model_dump_json()})
        await pipe.execute()
    return {"accepted": len(events)}


def serve() -> None:
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(web, loop="uvloop", http="httptools", lifespan="off", ws="none", log_config=None)
    print(address(listener), flush=True)  # noqa: T201 - as banditctl itself says where it listens
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(uvicorn.Server(config).serve(sockets=[listener]))


if __name__ == "__main__":
    serve()
