"""Two streams with FastAPI: events (GET /stream) and a token-by-token answer (POST /ask).

Run: uvicorn main:app --port 8000
"""

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from typing import Optional

from fastapi import FastAPI, Header, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

INTERVAL_MS = int(os.environ.get("INTERVAL_MS", "500"))
COUNT = int(os.environ.get("COUNT", "0"))  # 0 = endless
HEARTBEAT_MS = int(os.environ.get("HEARTBEAT_MS", "15000"))
OPT_OUT = os.environ.get("OPT_OUT", "1") != "0"

# A proxy that stores answers or compresses them must leave this one alone.
STREAM_HEADERS = {"Cache-Control": "no-cache, no-transform"}
if OPT_OUT:
    # nginx collects an answer before it sends it on, unless the answer says this.
    STREAM_HEADERS["X-Accel-Buffering"] = "no"

app = FastAPI()


class Ask(BaseModel):
    prompt: str = Field(min_length=1, max_length=100_000)


@app.get("/stream")
async def stream(
    interval_ms: int = Query(INTERVAL_MS, ge=1),
    count: int = Query(COUNT, ge=0),
    last_event_id: Optional[str] = Header(None),
) -> StreamingResponse:
    known = last_event_id is not None and re.fullmatch("[0-9]{1,15}", last_event_id)
    last_seen = int(last_event_id) if known else 0
    return event_stream(ticks(interval_ms, count, last_seen + 1))


@app.post("/ask")
async def ask(question: Ask, interval_ms: int = Query(50, ge=1)) -> StreamingResponse:
    return event_stream(answer(question.prompt, interval_ms))


def event_stream(source: AsyncIterator[str]) -> StreamingResponse:
    return StreamingResponse(
        with_heartbeat(source), media_type="text/event-stream", headers=STREAM_HEADERS
    )


async def ticks(interval_ms: int, count: int, first: int) -> AsyncIterator[str]:
    """Stands for whatever your events come from: a queue, a database, a message broker."""
    seq = first
    while count == 0 or seq < first + count:
        if seq > first:
            await asyncio.sleep(interval_ms / 1000)
        data = json.dumps({"seq": seq, "sentAt": time.time_ns() // 1_000_000})
        yield f"id: {seq}\ndata: {data}\n\n"
        seq += 1


async def answer(prompt: str, interval_ms: int) -> AsyncIterator[str]:
    """Stands for a language model: it thinks, then the answer comes word by word."""
    for word in f"You asked: {prompt}".split():
        await asyncio.sleep(interval_ms / 1000)
        data = json.dumps({"token": word + " "}, ensure_ascii=False)
        yield f"data: {data}\n\n"
    yield "data: [DONE]\n\n"


async def with_heartbeat(source: AsyncIterator[str]) -> AsyncIterator[str]:
    """Passes events on, adds a comment when it is quiet, and notices a client that leaves.

    Starlette cancels this generator as soon as the connection is gone, also while it waits:
    the place to give back what the stream holds (a subscription, a running model).
    """
    sent = 0
    event = asyncio.ensure_future(source.__anext__())
    try:
        while True:
            # Not wait_for(): at its timeout that would cancel the source.
            done, _ = await asyncio.wait({event}, timeout=HEARTBEAT_MS / 1000)
            if not done:
                # A comment: clients skip it, idle timers on the way start again.
                yield ": heartbeat\n\n"
                continue
            try:
                text = event.result()
            except StopAsyncIteration:
                return
            # Each yield is one write to the connection: Uvicorn collects nothing.
            yield text
            sent += 1
            event = asyncio.ensure_future(source.__anext__())
    except (asyncio.CancelledError, GeneratorExit):
        print(f"client left after {sent} events", file=sys.stderr, flush=True)
        raise
    finally:
        event.cancel()
