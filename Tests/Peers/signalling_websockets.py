"""The same relay on Python's `websockets`, for `telehealth-bench signalling --python`.

It does what the load needs of telehealth.v1 and no more: single-use tickets, rooms of two, numbered
messages with acknowledgements, `desc` and `cand` handed on with `from` in the place of `to`. It
keeps nothing for a participant that is away and checks no link.
"""

import asyncio
import json
import secrets
import sys

import websockets

tickets = {}
rooms = {}


class Person:
    def __init__(self, name, room):
        self.name, self.room = name, room
        self.socket, self.sent, self.received, self.told = None, 0, 0, 0

    async def send(self, kind, body):
        self.sent += 1
        self.told = self.received
        await self.socket.send(
            json.dumps({"t": kind, "q": self.sent, "a": self.received, "b": body})
        )


async def serve(socket):
    try:
        await converse(socket)
    except websockets.ConnectionClosed:
        pass


async def converse(socket):
    hello = json.loads(await socket.recv())
    person = tickets.pop(hello["b"]["ticket"], None) if hello["t"] == "hello" else None
    if person is None:
        await socket.close(4401)
        return
    person.socket = socket
    await socket.send(
        json.dumps({"t": "welcome", "b": {"participant": person.name, "token": "none"}})
    )
    room = rooms.setdefault(person.room, {})
    room[person.name] = person
    for other in list(room.values()):
        if other is not person:
            body = {"participant": other.name, "link": 1}
            await person.send("snapshot", {"participants": [body]})
            await other.send("peer.up", {"participant": person.name, "link": 1})
    async for text in socket:
        message = json.loads(text)
        if "q" in message:
            if message["q"] != person.received + 1:
                continue
            person.received += 1
        if message["t"] not in ("desc", "cand"):
            continue
        body = message["b"]
        other = room.get(body.pop("to"))
        if other is not None:
            body["from"] = person.name
            await other.send(message["t"], body)
        if person.received - person.told >= 8:
            person.told = person.received
            await socket.send(json.dumps({"t": "heartbeat", "a": person.received, "b": {}}))


async def main():
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with websockets.serve(
        serve, "127.0.0.1", 0, subprotocols=["telehealth.v1"], compression=None
    ) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        count = 0
        while line := await reader.readline():
            for _ in range(int(line.split()[1])):
                count += 1
                for role in ("clinic", "doctor"):
                    token = secrets.token_urlsafe(32)
                    tickets[token] = Person(f"pa-{count}-{role}", count)
                    print(f"pa-{count}-{role} {token}", flush=True)


asyncio.run(main())
