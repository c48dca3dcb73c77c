"""Cases of telehealth.v1 against a running server: what any client may rely on.

    TELEHEALTH_PASSWORD=… python3 Tests/Peers/signalling_cases.py --url https://consult.example \
        --clinic nurse --doctor doctor --patient p-1 [--specialty emergency] [--ca ca.pem] [--only NAME] [--slow 10]

It signs in as an account of a clinic and one of a doctor (one password), asks for a consult, has it
accepted, and holds every frame of the server against the JSON Schema that the server publishes. The
request and its consult are real: use a patient made for this. `slow` is how many times longer than usual answers
may take. Each case ends as `ok` or `FAILED`, with what
was wrong; the program fails when a case does. Standard library only.
"""

import argparse
import base64
import json
import os
import re
import socket
import ssl
import struct
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

patience = 15
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Fault(Exception):
    """What is not as it must be."""


def expect(condition, text):
    if not condition:
        raise Fault(text)


# The schema


class Schema:
    """As much of JSON Schema 2020-12 as the published document uses."""

    def __init__(self, document):
        self.document = document

    def fault(self, value, schema, place="message"):
        if "$ref" in schema:
            return self.fault(value, self.document["$defs"][schema["$ref"][len("#/$defs/"):]], place)
        for word in ("oneOf", "anyOf"):
            if word in schema:
                faults = [self.fault(value, one, place) for one in schema[word]]
                fits = faults.count(None)
                if fits == 1 or (word == "anyOf" and fits):
                    return None
                return f"{place} fits {fits} of {len(faults)} forms"
        if "const" in schema and value != schema["const"]:
            return f"{place} is {value!r}, not {schema['const']!r}"
        if "enum" in schema and value not in schema["enum"]:
            return f"{place} is {value!r}, none of {schema['enum']}"
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(self.is_a(value, kind) for kind in kinds):
            return f"{place} is no {' or '.join(kinds)}"
        return self.size(value, schema, place) or self.inside(value, schema, place)

    @staticmethod
    def is_a(value, kind):
        if kind in ("integer", "number"):
            numbers = int if kind == "integer" else (int, float)
            return isinstance(value, numbers) and not isinstance(value, bool)
        types = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
        return isinstance(value, types[kind])

    @staticmethod
    def size(value, schema, place):
        if isinstance(value, (int, float)) and value < schema.get("minimum", value):
            return f"{place} is below {schema['minimum']}"
        if isinstance(value, str):
            length = len(value)
            if not schema.get("minLength", 0) <= length <= schema.get("maxLength", length):
                return f"{place} has {length} characters"
            stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
            if schema.get("format") == "date-time" and not re.fullmatch(stamp, value):
                return f"{place} is no time: {value!r}"
        if isinstance(value, list) and len(value) > schema.get("maxItems", len(value)):
            return f"{place} has {len(value)} elements"
        return None

    def inside(self, value, schema, place):
        if isinstance(value, list) and "items" in schema:
            faults = (self.fault(one, schema["items"], place + "[]") for one in value)
            return next((fault for fault in faults if fault), None)
        if not isinstance(value, dict):
            return None
        for name in schema.get("required", []):
            if name not in value:
                return f"{place} has no {name}"
        known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name, member in value.items():
            form = known.get(name, rest)
            if form is False:
                return f"{place} has a {name} that is not in the schema"
            if isinstance(form, dict):
                fault = self.fault(member, form, f"{place}.{name}")
                if fault:
                    return fault
        return None


# The socket


class Socket:
    """A WebSocket that says what a test wants to say, and nothing else."""

    def __init__(self, house, path="/ws", protocol="telehealth.v1", origin=None):
        self.house, self.closed, self.bytes = house, None, b""
        self.frames, self.pieces = [], b""
        raw = socket.create_connection((house.host, house.port), timeout=patience)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = house.trust.wrap_socket(raw, server_hostname=house.host) if house.trust else raw
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1", f"Host: {house.authority}", "Upgrade: websocket",
            "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Protocol: {protocol}",
        ] + ([f"Origin: {origin}"] if origin else [])
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode())
        while b"\r\n\r\n" not in self.bytes:
            more = self.read()
            if not more:
                break
            self.bytes += more
        head, _, self.bytes = self.bytes.partition(b"\r\n\r\n")
        self.status = int(head.split(b" ")[1]) if head else 0
        self.head = head.decode("latin-1").lower()

    def read(self):
        try:
            return self.socket.recv(65536)
        except TimeoutError:
            raise
        except OSError:
            return b""

    def text(self, text):
        payload = text.encode()
        size = len(payload)
        head = bytes([0x80 | TEXT])
        if size > 65535:
            head += bytes([0xFF]) + struct.pack(">Q", size)
        elif size > 125:
            head += bytes([0xFE]) + struct.pack(">H", size)
        else:
            head += bytes([0x80 | size])
        # A mask of zeros is one, too.
        try:
            self.socket.sendall(head + b"\0\0\0\0" + payload)
        except OSError:
            pass

    def cut(self):
        """The network is gone: no goodbye."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def message(self, within=None):
        """The server's next message, held against the schema; None when it closed or is silent."""
        end = time.monotonic() + (within or patience)
        while self.closed is None:
            found = self.frame()
            if found is None:
                left = end - time.monotonic()
                if left <= 0:
                    return None
                self.socket.settimeout(left)
                try:
                    more = self.read()
                except TimeoutError:
                    return None
                if not more:
                    self.closed = 1006
                self.bytes += more
                continue
            opcode, payload = found
            if opcode == CLOSE:
                self.closed = struct.unpack(">H", payload[:2])[0] if len(payload) > 1 else 1005
            elif opcode == TEXT:
                message = json.loads(payload)
                fault = self.house.schema.fault(message, {"$ref": "#/$defs/toClient"})
                if fault:
                    own = {"$ref": f"#/$defs/toClient.{message.get('t')}"}
                    known = own["$ref"][8:] in self.house.schema.document["$defs"]
                    fault = self.house.schema.fault(message, own) if known else fault
                    raise Fault(f"against the schema: {fault}: {payload[:300]!r}")
                return message
        return None

    def frame(self):
        """The next whole frame of what was read, as (opcode, payload)."""
        data = self.bytes
        if len(data) < 2:
            return None
        size, start = data[1] & 0x7F, 2
        if size == 126:
            size, start = struct.unpack(">H", data[2:4])[0] if len(data) > 3 else 1 << 30, 4
        elif size == 127:
            size, start = struct.unpack(">Q", data[2:10])[0] if len(data) > 9 else 1 << 30, 10
        if len(data) < start + size:
            return None
        self.bytes = data[start + size:]
        return data[0] & 0x0F, data[start : start + size]

    def close_code(self, within=None):
        """Reads on until the server closes; the code, None when it does not."""
        end = time.monotonic() + (within or patience)
        while self.closed is None and time.monotonic() < end:
            self.message(end - time.monotonic())
        return self.closed


class Person(Socket):
    """Somebody with a place, who numbers what is said and checks the numbers that come."""

    def __init__(self, house, ticket, before=None):
        super().__init__(house)
        expect(self.status == 101, f"the upgrade was answered {self.status}")
        self.sent, self.last, self.acknowledged, self.seen, self.asked = 0, 0, 0, [], 0
        if before:
            self.sent, self.last = before.sent, before.last
            self.welcome = before.welcome
            self.say("resume", {"token": before.token, "last": before.last, "sent": before.sent})
            first = self.next()
            expect(first and first["t"] == "resumed", f"the first frame of a resume was {first}")
            self.opening = first["b"]
        else:
            self.say("hello", {"ticket": ticket})
            first = self.next()
            expect(first and first["t"] == "welcome", f"hello was answered with {first}")
            self.opening = self.welcome = first["b"]
        self.token = self.opening["token"]
        self.name = self.welcome["participant"]

    def say(self, kind, body=None, q=None, id=None, a=None):
        message = {"t": kind, **({"id": id} if id else {}), **({"q": q} if q else {})}
        message.update({"a": a} if a is not None else {})
        self.text(json.dumps({**message, **({"b": body} if body is not None else {})}))

    def tell(self, kind, body=None, id=None):
        """Says something numbered, as a request; its id."""
        self.sent += 1
        self.asked += 1
        id = id or f"{id_base()}-{self.asked}"
        self.say(kind, body or {}, q=self.sent, id=id, a=self.last)
        return id

    def next(self, within=None):
        message = self.message(within or patience)
        if message is None:
            return None
        self.acknowledged = max(self.acknowledged, message.get("a", 0))
        if "q" in message:
            expect(message["q"] == self.last + 1, f"{message['q']} came after {self.last}")
            self.last = message["q"]
        self.seen.append(message)
        return message

    def wait(self, what, fits, within=None):
        """Reads on until a message fits; it."""
        for message in self.seen:
            if fits(message):
                return message
        end = time.monotonic() + (within or patience)
        while time.monotonic() < end:
            message = self.next(end - time.monotonic())
            if message is None:
                break
            if fits(message):
                return message
        raise Fault(f"{what} did not come; closed: {self.closed}")

    def hears(self, kind, **members):
        return self.wait(
            f"{kind} {members or ''}",
            lambda m: m["t"] == kind and all(m.get("b", {}).get(k) == v for k, v in members.items()),
        )

    def answer(self, id):
        return self.wait(f"the answer to {id}", lambda m: m.get("re") == id)

    def refused(self, id, code):
        answer = self.answer(id)
        got = answer["b"].get("code") if answer["t"] == "err" else "ok"
        expect(got == code, f"the answer was {got}, not {code}")

    def agreed(self, id):
        answer = self.answer(id)
        expect(answer["t"] == "ok", f"it was refused: {answer}")

    def silent(self, kind, within=0.5):
        """No message of the kind comes; what was there before does not count."""
        count, end = len(self.seen), time.monotonic() + within
        while time.monotonic() < end and self.next(end - time.monotonic()):
            pass
        found = [one for one in self.seen[count:] if one["t"] == kind]
        expect(not found, f"{found} should not have come")

    def pulse(self):
        self.say("heartbeat", {"a": self.last}, a=self.last)


serial = 0


def id_base():
    global serial
    serial += 1
    return f"case-{os.getpid()}-{serial}"


# The house


class House:
    """The server, and the two accounts."""

    def __init__(self, arguments):
        self.arguments = arguments
        url = urlsplit(arguments.url)
        self.host, self.secure = url.hostname, url.scheme == "https"
        self.port = url.port or (443 if self.secure else 80)
        self.authority = url.netloc
        self.trust = ssl.create_default_context(cafile=arguments.ca) if self.secure else None
        self.schema = Schema(self.call("GET", "/telehealth.v1.schema.json"))
        self.tokens = {}
        for user in (arguments.clinic, arguments.doctor):
            login = {"user": user, "password": os.environ["TELEHEALTH_PASSWORD"]}
            self.tokens[user] = self.call("POST", "/login", login)["token"]
        self.clinic, self.doctor = arguments.clinic, arguments.doctor

    def call(self, method, path, body=None, user=None):
        request = urllib.request.Request(
            self.arguments.url.rstrip("/") + "/api/v1" + path,
            json.dumps(body).encode() if body is not None else None,
            {"Content-Type": "application/json"} if body is not None else {},
            method=method,
        )
        if user:
            request.add_header("Authorization", f"Bearer {self.tokens[user]}")
        try:
            with urllib.request.urlopen(request, timeout=patience, context=self.trust) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Fault(f"{method} {path}: {error.code} {error.read()[:300]!r}")
        return json.loads(text) if text else None

    def book(self):
        """A consult that both agreed to."""
        doctor = self.call("GET", "/me", user=self.doctor)["doctor"]
        self.call("PUT", f"/doctors/{doctor}/presence", {"state": "onCall"}, self.doctor)
        wish = {"patient": self.arguments.patient, "specialty": self.arguments.specialty,
                "urgency": "urgent", "reason": "conformance"}
        request = self.call("POST", "/requests", wish, self.clinic)["id"]
        end = time.monotonic() + patience
        booking = None
        while not booking and time.monotonic() < end:
            booking = self.call("GET", f"/requests/{request}", user=self.clinic).get("booking")
            time.sleep(0.05)
        expect(booking, "nobody was offered the request")
        self.booking = booking
        self.session = self.call("POST", f"/bookings/{booking}/accept", user=self.doctor)["session"]

    def ticket(self, user):
        return self.call("POST", f"/bookings/{self.booking}/join", user=user)["token"]

    def enter(self, user):
        return Person(self, self.ticket(user))

    def consult(self):
        """Clinic and doctor, who came later, and the link between them."""
        clinic = self.enter(self.clinic)
        doctor = self.enter(self.doctor)
        up = clinic.wait(
            "the doctor",
            lambda m: m["t"] == "peer.up" and m["b"]["participant"] == doctor.name,
        )["b"]
        doctor.hears("snapshot")
        return clinic, doctor, up["link"], up["n"]


# The cases


def subprotocol_is_exact(house):
    for name in ("telehealth.v2", "telehealth.v1x", "TELEHEALTH.V1"):
        expect(Socket(house, protocol=name).status != 101, f"{name} was taken")
    one = Socket(house)
    expect("sec-websocket-protocol: telehealth.v1" in one.head, "the subprotocol is not named")
    expect("sec-websocket-extensions" not in one.head, "an extension was agreed to")


def foreign_origins_are_refused(house):
    expect(Socket(house, origin="https://elsewhere.example").status != 101, "it was let in")


def hello_comes_within_five_seconds(house):
    one = Socket(house)
    begin = time.monotonic()
    code = one.close_code()
    expect(code == 4408, f"closed with {code}")
    expect(4 < time.monotonic() - begin < 12 * house.arguments.slow, "not after five seconds")


def a_ticket_is_good_once(house):
    one = Socket(house)
    one.text('{"t":"hello","b":{"ticket":"guess"}}')
    expect(one.close_code() == 4401, f"a guess: closed with {one.closed}")
    ticket = house.ticket(house.clinic)
    Person(house, ticket)
    again = Socket(house)
    again.text(json.dumps({"t": "hello", "b": {"ticket": ticket}}))
    expect(again.close_code() == 4401, f"a used one: closed with {again.closed}")


def what_is_no_message_is_refused(house):
    for text in ("no json", "[]", '{"t":1}', '{"b":{}}', '{"t":"hello"}'):
        one = Socket(house)
        one.text(text)
        code = one.close_code()
        expect(code in (4400, 4401), f"{text}: closed with {code}")
    clinic = house.enter(house.clinic)
    clinic.text("x" * 65_537)
    expect(clinic.close_code() == 1009, f"64 KiB and one: closed with {clinic.closed}")


def the_later_one_is_polite(house):
    clinic, doctor, link, _ = house.consult()
    up = next(m["b"] for m in clinic.seen if m["t"] == "peer.up" and m["b"]["participant"] == doctor.name)
    shown = doctor.hears("snapshot")["b"]["participants"]
    other = next(one for one in shown if one["participant"] == clinic.name)
    expect(other["link"] == link, "the two ends know the link by different numbers")
    expect(up["polite"] is False and other["polite"] is True, "who came later is polite")


def descriptions_are_relayed_with_their_sender(house):
    clinic, doctor, link, n = house.consult()
    offer = {"to": doctor.name, "link": link, "n": n + 1, "kind": "offer", "sdp": "v=0\r\n"}
    clinic.agreed(clinic.tell("desc", offer))
    got = doctor.hears("desc")["b"]
    expect(got == {**{k: v for k, v in offer.items() if k != "to"}, "from": clinic.name}, f"{got}")
    answer = {"to": clinic.name, "link": link, "n": n + 1, "kind": "answer", "sdp": "v=0\r\n"}
    doctor.agreed(doctor.tell("desc", answer))
    clinic.agreed(clinic.tell("desc", {**offer, "n": n + 2}))
    stale = {"to": clinic.name, "link": link, "n": n + 1, "candidates": [{"candidate": ""}]}
    doctor.refused(doctor.tell("cand", stale), "stale_negotiation")
    clinic.silent("cand")
    many = {**stale, "n": n + 2, "candidates": [{"candidate": ""}] * 21}
    doctor.refused(doctor.tell("cand", many), "bad_message")


def a_repeated_number_is_dropped_and_acknowledged(house):
    clinic, doctor, _, _ = house.consult()
    chat = {"message": id_base(), "text": "một"}
    clinic.agreed(clinic.tell("chat", chat))
    doctor.hears("chat", message=chat["message"])
    clinic.say("chat", {"message": id_base(), "text": "hai"}, q=clinic.sent, id=id_base())
    doctor.silent("chat")
    clinic.acknowledged = 0
    clinic.wait("an acknowledgement", lambda m: m.get("a", 0) >= clinic.sent)


def a_hole_closes_with_4400(house):
    clinic = house.enter(house.clinic)
    clinic.say("join", {}, q=clinic.sent + 2, id=id_base())
    clinic.wait("out_of_order", lambda m: m["t"] == "err" and m["b"]["code"] == "out_of_order")
    expect(clinic.close_code() == 4400, f"closed with {clinic.closed}")


def everything_is_acknowledged_within_a_second(house):
    clinic = house.enter(house.clinic)
    clinic.sent += 1
    clinic.say("quality", {"rttMs": 50, "lossPercent": 0}, q=clinic.sent)
    begin = time.monotonic()
    while clinic.acknowledged < clinic.sent and time.monotonic() - begin < patience:
        clinic.next(0.2)
    expect(clinic.acknowledged == clinic.sent, "it was not acknowledged")
    expect(time.monotonic() - begin < 2 * house.arguments.slow, "it took longer than a second")


def a_request_said_again_has_the_same_answer(house):
    clinic, doctor, _, _ = house.consult()
    id, chat = id_base(), {"message": id_base(), "text": "một lần"}
    clinic.agreed(clinic.tell("chat", chat, id=id))
    doctor.hears("chat", message=chat["message"])
    clinic.seen = []
    clinic.agreed(clinic.tell("chat", {"message": id_base(), "text": "x"}, id=id))
    doctor.silent("chat")


def a_lost_socket_goes_on_where_it_was(house):
    clinic, doctor, _, _ = house.consult()
    doctor.pulse()
    doctor.cut()
    clinic.wait("away", lambda m: m["t"] == "peer.state" and m["b"].get("state") == "away")
    ids = [id_base() for _ in range(20)]
    for id in ids:
        clinic.agreed(clinic.tell("chat", {"message": id, "text": id}))
    back = Person(house, None, before=doctor)
    expect(back.opening["gap"] is False, "a gap was told where there is none")
    back.hears("chat", message=ids[-1])
    got = [m["b"]["message"] for m in back.seen if m["t"] == "chat"]
    expect(got == ids, f"{len(got)} of {len(ids)} came, or in another order")
    clinic.wait("connected", lambda m: m["t"] == "peer.state" and m["b"].get("state") == "connected")
    # The old token was good until something came on the new socket.
    back.pulse()
    back.agreed(back.tell("join"))
    late = Socket(house)
    late.text(json.dumps({"t": "resume", "b": {"token": doctor.token, "last": 0, "sent": 0}}))
    expect(late.close_code() == 4440, f"an old token: closed with {late.closed}")


def a_ring_that_ran_over_is_told_as_a_gap(house):
    clinic, doctor, _, _ = house.consult()
    doctor.cut()
    body = "x" * 3_900
    # 256 KiB in fewer than 256 messages, within the rate.
    for number in range(75):
        clinic.agreed(clinic.tell("chat", {"message": id_base(), "text": f"{number}{body}"}))
        time.sleep(0.055)
    back = Person(house, None, before=doctor)
    expect(back.opening["gap"] is True, "messages were lost and no gap was told")
    back.seen = []
    first = back.wait("a numbered message", lambda m: "q" in m)
    expect(first["t"] == "snapshot", f"after a gap came {first['t']}")


def a_second_socket_takes_the_place(house):
    clinic = house.enter(house.clinic)
    other = Person(house, None, before=clinic)
    expect(clinic.close_code() == 4409, f"the older one: closed with {clinic.closed}")
    other.agreed(other.tell("join"))


def who_says_too_much_is_closed(house):
    clinic = house.enter(house.clinic)
    for _ in range(200):
        clinic.pulse()
    expect(clinic.close_code() == 4429, f"closed with {clinic.closed}")
    time.sleep(1)


def unknown_types_and_missing_rights_are_refused(house):
    clinic, doctor, _, _ = house.consult()
    clinic.refused(clinic.tell("dance"), "unknown_type")
    clinic.refused(clinic.tell("handover", {"to": doctor.name}), "forbidden")
    clinic.refused(clinic.tell("mod", {"act": "lock"}), "forbidden")
    clinic.refused(clinic.tell("outcome", {"disposition": "transfer", "note": "x"}), "forbidden")
    doctor.refused(doctor.tell("consent", {"purpose": "vitals", "grant": True}), "forbidden")
    doctor.refused(doctor.tell("mod", {"act": "mute", "participant": "nobody"}), "no_peer")


def a_consent_that_is_taken_back_stops_what_it_allowed(house):
    clinic, doctor, link, n = house.consult()
    patient = {"patient": house.arguments.patient}
    doctor.agreed(doctor.tell("vitals.subscribe", patient))
    clinic.agreed(clinic.tell("consent", {"purpose": "vitals", "grant": False}))
    doctor.hears("notice", what="consent", purpose="vitals", grant=False)
    doctor.refused(doctor.tell("vitals.subscribe", patient), "consent_required")
    clinic.agreed(clinic.tell("consent", {"purpose": "vitals", "grant": True}))
    doctor.agreed(doctor.tell("vitals.subscribe", patient))


def a_pause_sends_everybody_but_the_doctor_to_the_lobby(house):
    clinic, doctor, _, _ = house.consult()
    doctor.agreed(doctor.tell("hold"))
    clinic.hears("lobby")
    clinic.refused(clinic.tell("chat", {"message": id_base(), "text": "x"}), "not_admitted")
    clinic.seen = []
    doctor.agreed(doctor.tell("recall"))
    clinic.hears("snapshot")


def an_outcome_ends_it(house):
    clinic, doctor, _, _ = house.consult()
    doctor.tell("outcome", {"disposition": "treatLocally", "note": "conformance"})
    for one in (clinic, doctor):
        one.hears("notice", what="ended")
        expect(one.close_code() == 4410, f"closed with {one.closed}")
    record = house.call("GET", f"/sessions/{house.session}", user=house.clinic)
    expect(record["state"] == "ended", f"the record says {record['state']}")


CASES = [
    subprotocol_is_exact, foreign_origins_are_refused, hello_comes_within_five_seconds,
    a_ticket_is_good_once, what_is_no_message_is_refused, the_later_one_is_polite,
    descriptions_are_relayed_with_their_sender, a_repeated_number_is_dropped_and_acknowledged,
    a_hole_closes_with_4400, everything_is_acknowledged_within_a_second,
    a_request_said_again_has_the_same_answer, a_lost_socket_goes_on_where_it_was,
    a_ring_that_ran_over_is_told_as_a_gap, a_second_socket_takes_the_place,
    who_says_too_much_is_closed, unknown_types_and_missing_rights_are_refused,
    a_consent_that_is_taken_back_stops_what_it_allowed,
    a_pause_sends_everybody_but_the_doctor_to_the_lobby, an_outcome_ends_it,
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--url", required=True)
    parser.add_argument("--clinic", required=True)
    parser.add_argument("--doctor", required=True)
    parser.add_argument("--patient", required=True)
    parser.add_argument("--specialty", default="emergency")
    parser.add_argument("--ca")
    parser.add_argument("--only")
    parser.add_argument("--slow", type=int, default=1)
    global patience
    house = House(parser.parse_args())
    patience *= house.arguments.slow
    house.book()
    failed = 0
    chosen = [case for case in CASES if house.arguments.only in (None, case.__name__)]
    for case in chosen:
        try:
            case(house)
            result = "ok"
        except (Fault, OSError, KeyError, ValueError) as fault:
            failed += 1
            result = f"FAILED: {fault!r}"
        print(f"{case.__name__.replace('_', ' ')}: {result}", flush=True)
    print(f"{len(chosen) - failed} of {len(chosen)} cases are as they should be")
    sys.exit(1 if failed or not chosen else 0)


main()
