"""An API to stand behind a proxy: plain answers, uploads, a websocket, and the streams of two providers of models."""

import asyncio
import hashlib
import json

from hypercorn.asyncio import serve
from hypercorn.config import Config

TOKENS = [f"token{number} " for number in range(10)]


def openai_chunk(token, finish=None):
    delta = {"content": token} if token else {}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def openai_events():
    for token in TOKENS:
        yield f"data: {json.dumps(openai_chunk(token))}\n\n"
    yield f"data: {json.dumps(openai_chunk(None, 'stop'))}\n\n"
    yield "data: [DONE]\n\n"


def openai_answer():
    message = {"role": "assistant", "content": "".join(TOKENS)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}


def anthropic_answer(text="".join(TOKENS)):
    return {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": text}] if text else [],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }


def anthropic_events():
    start = anthropic_answer("") | {"stop_reason": None}
    parts = [{"type": "message_start", "message": start}]
    block = {"type": "text", "text": ""}
    parts.append({"type": "content_block_start", "index": 0, "content_block": block})
    for token in TOKENS:
        delta = {"type": "text_delta", "text": token}
        parts.append({"type": "content_block_delta", "index": 0, "delta": delta})
    parts.append({"type": "content_block_stop", "index": 0})
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    parts.append({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 1}})
    parts.append({"type": "message_stop"})
    for part in parts:
        yield f"event: {part['type']}\ndata: {json.dumps(part)}\n\n"


class Api:
    """The application. `seen` lists the requests that reached it, as method and path."""

    def __init__(self):
        self.seen = []

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return await self.live(receive, send)
        if scope["type"] == "websocket":
            return await self.echo(receive, send)
        self.seen.append(f"{scope['method']} {scope['path']}")
        body, size, digest = bytearray(), 0, hashlib.sha256()
        while True:
            event = await receive()
            if event["type"] != "http.request":
                return None
            part = event.get("body", b"")
            size += len(part)
            digest.update(part)
            body += part[: 65536 - len(body)]
            if not event.get("more_body"):
                break
        await self.answer(scope["path"], (body, size, digest), send)

    async def live(self, receive, send):
        while True:
            event = await receive()
            await send({"type": event["type"] + ".complete"})
            if event["type"] == "lifespan.shutdown":
                return

    async def echo(self, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            message = {key: value for key, value in event.items() if value is not None}
            await send(message | {"type": "websocket.send"})

    async def answer(self, path, upload, send):
        body, size, digest = upload
        wants_stream = b'"stream":true' in bytes(body).replace(b" ", b"")
        if path == "/v1/chat/completions" and wants_stream:
            return await self.stream(openai_events(), send)
        if path == "/v1/messages" and wants_stream:
            return await self.stream(anthropic_events(), send)
        answers = {"/v1/chat/completions": openai_answer, "/v1/messages": anthropic_answer}
        made = answers.get(path, lambda: {"path": path, "size": size, "sha256": digest.hexdigest()})()
        text = json.dumps(made).encode()
        fields = [(b"content-type", b"application/json"), (b"content-length", str(len(text)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": text})

    async def stream(self, events, send):
        fields = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        for event in events:
            await send({"type": "http.response.body", "body": event.encode(), "more_body": True})
            await asyncio.sleep(0.005)
        await send({"type": "http.response.body", "body": b""})


def run(api, port, end):
    """Serves until the event `end` is set."""
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.errorlog = None
    config.graceful_timeout = 0.1

    async def until_end():
        while not end.is_set():
            await asyncio.sleep(0.05)

    asyncio.run(serve(api, config, shutdown_trigger=until_end))
