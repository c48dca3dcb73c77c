"""Cases of RFC 6455 against WebSocket echo servers, in the manner of the Autobahn test suite.

    python3 Tests/Peers/websocket_cases.py --record 40001 --server 40002 [--all]

`record` is the port of the server to compare with (`echo_libwebsockets.c`), `server` that of the one
in question (`telehealth-bench signalling-part --echo`). Each case ends as `ok`, `lax` (it ends as it
must, but without or with another close code) or `FAILED`; the program fails when a case of the
server is worse than the record's. Binary messages, extensions and messages above 64 KiB are not
spoken and left out. Standard library only.
"""

import argparse
import select
import socket
import struct
import sys

TEXT, CONTINUATION, BINARY, CLOSE, PING, PONG = 1, 0, 2, 8, 9, 10
GRADES = ["ok", "lax", "FAILED"]


def frame(opcode, payload=b"", fin=True, rsv=0, masked=True, width=None):
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    mask, size = 0x80 if masked else 0, len(payload)
    if width == 8 or (width is None and size > 65535):
        head += bytes([mask | 127]) + struct.pack(">Q", size)
    elif width == 2 or size > 125:
        head += bytes([mask | 126]) + struct.pack(">H", size)
    else:
        head += bytes([mask | size])
    if not masked:
        return head + payload
    key = b"\x11\x22\x33\x44"
    stream = (key * (size // 4 + 1))[:size]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")
    return head + key + mixed.to_bytes(size, "big")


def close(code, reason=b""):
    return frame(CLOSE, struct.pack(">H", code) + reason)


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=1)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(
            b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: telehealth.v1\r\n\r\n"
        )
        self.bytes = b""
        while b"\r\n\r\n" not in self.bytes:
            self.bytes += self.more()
        head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101"), head

    def more(self):
        try:
            bytes = self.socket.recv(65536)
        except TimeoutError:
            raise
        except OSError:
            bytes = b""
        if not bytes:
            raise EOFError
        return bytes

    def send(self, bytes, chop, is_fault):
        try:
            for start in range(0, len(bytes), chop or len(bytes) or 1):
                self.socket.sendall(bytes[start : start + chop if chop else None])
                # Whoever goes on after the server's close frame may lose it to a reset.
                if is_fault and chop and select.select([self.socket], [], [], 0.001)[0]:
                    return
        except OSError:
            pass

    def next(self):
        """The next frame as (opcode, payload)."""
        while True:
            if len(self.bytes) >= 2:
                size, head = self.bytes[1] & 127, 2
                if size == 126:
                    size, head = int.from_bytes(self.bytes[2:4], "big"), 4
                elif size == 127:
                    size, head = int.from_bytes(self.bytes[2:10], "big"), 10
                if len(self.bytes) >= head + size:
                    opcode, payload = self.bytes[0] & 15, self.bytes[head : head + size]
                    self.bytes = self.bytes[head + size :]
                    return opcode, payload
            self.bytes += self.more()


def code_of(payload):
    return int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005


def ending(connection):
    """The code with which the server ends the connection, 1006 without, None when it does not."""
    try:
        while True:
            opcode, payload = connection.next()
            if opcode == CLOSE:
                return code_of(payload)
            if opcode in (TEXT, BINARY):
                return None
    except EOFError:
        return 1006
    except TimeoutError:
        return None


def run(port, bytes, chop, expected, codes):
    connection = Connection(port)
    connection.send(bytes, chop, codes is not None and not expected)
    expected = list(expected)
    try:
        while expected:
            got = connection.next()
            if got[0] == CLOSE and codes:
                # What came before a fault may be dropped with it.
                return 1 if code_of(got[1]) in codes else 2
            # A pong may answer the newest of several pings only.
            while got[0] == PONG and got in expected and expected[0][0] == PONG and got != expected[0]:
                expected.pop(0)
            if got != expected.pop(0):
                return 2
    except EOFError:
        return 1 if codes else 2
    except TimeoutError:
        return 2
    if codes is None:
        connection.send(close(1000), None, False)
        return {1000: 0, 1006: 1}.get(ending(connection), 2)
    code = ending(connection)
    return 2 if code is None else 0 if code in codes else 1


def text(payload):
    return TEXT, payload


def cases():
    """(name, bytes, bytes at once, frames expected, codes with which the server must end)"""
    for size in (0, 1, 125, 126, 127, 128, 4095, 4096, 4097, 65535, 65536):
        yield f"1 text of {size}", frame(TEXT, b"*" * size), None, [text(b"*" * size)], None
    for chop in (1, 997):
        for size in (0, 125, 126, 4097):
            whole = frame(TEXT, b"*" * size)
            yield f"1 text of {size} by {chop}", whole, chop, [text(b"*" * size)], None

    for payload in (b"", b"Hello", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", b"\xfe" * 125):
        for chop in (None, 1):
            name = f"2 ping of {len(payload)} by {chop}"
            yield name, frame(PING, payload), chop, [(PONG, payload)], None
    yield "2 ping of 126", frame(PING, b"\xfe" * 126), None, [], {1002}
    hello = frame(TEXT, b"Hello, world!")
    echo = [text(b"Hello, world!")]
    yield "2 pong unasked", frame(PONG) + hello, None, echo, None
    yield "2 pong unasked with text", frame(PONG, b"x") + hello, None, echo, None
    pings = [frame(PING, b"payload-%d" % n) for n in range(10)]
    pongs = [(PONG, b"payload-%d" % n) for n in range(10)]
    yield "2 ten pings", b"".join(pings), None, pongs, None
    yield "2 ten pings by 1", b"".join(pings), 1, pongs, None

    for rsv in range(1, 8):
        for chop in (None, 1):
            bad = frame(TEXT, b"Hello", rsv=rsv)
            yield f"3 reserved bits {rsv} by {chop}", bad, chop, [], {1002}
            yield f"3 text, then {rsv} by {chop}", hello + bad, chop, echo, {1002}
        yield f"3 ping with {rsv}", frame(PING, b"Hello", rsv=rsv), None, [], {1002}
        yield f"3 close with {rsv}", frame(CLOSE, b"\x03\xe8", rsv=rsv), None, [], {1002}

    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        for payload in (b"", b"reserved"):
            bad = frame(opcode, payload)
            yield f"4 opcode {opcode} of {len(payload)}", bad, None, [], {1002}
            yield f"4 text, then {opcode} of {len(payload)}", hello + bad, None, echo, {1002}

    begin, middle = frame(TEXT, b"fragment1", fin=False), frame(CONTINUATION, b"frag", fin=False)
    end = frame(CONTINUATION, b"fragment2")
    joined = [text(b"fragment1fragment2")]
    yield "5 ping in fragments", frame(PING, b"a", fin=False) + frame(0, b"b"), None, [], {1002}
    yield "5 pong in fragments", frame(PONG, b"a", fin=False) + frame(0, b"b"), None, [], {1002}
    yield "5 close in fragments", frame(CLOSE, b"\x03\xe8", fin=False), None, [], {1002}
    for chop in (None, 1):
        yield f"5 text in two by {chop}", begin + end, chop, joined, None
        ping = frame(PING, b"ping payload")
        pong = (PONG, b"ping payload")
        yield f"5 ping between by {chop}", begin + ping + end, chop, [pong] + joined, None
        many = begin + middle * 50 + end
        whole = [text(b"fragment1" + b"frag" * 50 + b"fragment2")]
        yield f"5 fifty between by {chop}", many, chop, whole, None
        pinged = begin + (middle + ping) * 4 + end
        whole = [pong] * 4 + [text(b"fragment1" + b"frag" * 4 + b"fragment2")]
        yield f"5 pings between by {chop}", pinged, chop, whole, None
        yield f"5 continuation first by {chop}", end + hello, chop, [], {1002}
        yield f"5 open continuation first by {chop}", middle + hello, chop, [], {1002}
        yield f"5 text, continuation by {chop}", hello + end, chop, echo, {1002}
        yield f"5 text within by {chop}", begin + hello + end, chop, [], {1002}
    empty = frame(TEXT, fin=False) + frame(0, fin=False) + frame(0)
    yield "5 empty fragments", empty, None, [text(b"")], None
    padded = frame(TEXT, fin=False) + frame(0, b"middle", fin=False) + frame(0)
    yield "5 empty ends", padded, None, [text(b"middle")], None

    yield from utf8_cases()
    yield from close_cases()

    yield "8 unmasked text", frame(TEXT, b"bare", masked=False), None, [], {1002}
    yield "8 unmasked ping", frame(PING, b"bare", masked=False), None, [], {1002}
    yield "8 length in two bytes", frame(TEXT, b"short", width=2), None, [], {1002}
    yield "8 length in eight bytes", frame(TEXT, b"short", width=8), None, [], {1002}
    negative = bytes([0x81, 0xFF]) + b"\xff" * 8 + b"\0" * 4
    yield "8 negative length", negative, None, [], {1002, 1009}
    yield "8 ping of 126 by length", frame(PING, b"p", width=2), None, [], {1002}


def utf8_cases():
    good = {
        "greek": "\u03ba\u1f79\u03c3\u03bc\u03b5".encode(),
        "vietnamese": "Bệnh nhân khó thở".encode(),
        "first of each length": "\x00\x80\u0800\U00010000".encode(),
        "last of each length": "\x7f\u07ff\uffff\U0010ffff".encode(),
        "around the surrogates": "\ud7ff\ue000\ufffd".encode(),
        "noncharacters": "\ufdd0\ufffe\U0001fffe\U0010ffff".encode(),
    }
    for name, payload in good.items():
        yield f"6 {name}", frame(TEXT, payload), None, [text(payload)], None
        yield f"6 {name} by 1", frame(TEXT, payload), 1, [text(payload)], None
        pieces = [bytes([byte]) for byte in payload]
        parts = [
            frame(TEXT if at == 0 else CONTINUATION, piece, fin=at == len(pieces) - 1)
            for at, piece in enumerate(pieces)
        ]
        yield f"6 {name} in fragments", b"".join(parts), None, [text(payload)], None
    bad = {
        "lone continuation": b"\x80",
        "two continuations": b"\x80\xbf",
        "all continuations": bytes(range(0x80, 0xC0)),
        "two-byte heads": b"\xc0 \xc1 \xc2 \xdf ",
        "three-byte heads": b"\xe0 \xe1 \xef ",
        "four-byte heads": b"\xf0 \xf1 \xf7 ",
        "five-byte head": b"\xf8 ",
        "six-byte head": b"\xfc ",
        "two bytes cut": b"\xc2",
        "three bytes cut": b"\xe0\xa0",
        "four bytes cut": b"\xf0\x90\x80",
        "last two bytes cut": b"\xdf",
        "last three bytes cut": b"\xef\xbf",
        "last four bytes cut": b"\xf4\x8f\xbf",
        "fe": b"\xfe",
        "ff": b"\xff",
        "fe and ff": b"\xfe\xfe\xff\xff",
        "slash in two": b"\xc0\xaf",
        "slash in three": b"\xe0\x80\xaf",
        "slash in four": b"\xf0\x80\x80\xaf",
        "slash in five": b"\xf8\x80\x80\x80\xaf",
        "slash in six": b"\xfc\x80\x80\x80\x80\xaf",
        "longest two": b"\xc1\xbf",
        "longest three": b"\xe0\x9f\xbf",
        "longest four": b"\xf0\x8f\xbf\xbf",
        "null in two": b"\xc0\x80",
        "null in three": b"\xe0\x80\x80",
        "above the last": b"\xf4\x90\x80\x80",
        "five bytes": b"\xf8\x88\x80\x80\x80",
        "six bytes": b"\xfc\x84\x80\x80\x80\x80",
        "first surrogate": b"\xed\xa0\x80",
        "last high surrogate": b"\xed\xaf\xbf",
        "first low surrogate": b"\xed\xb0\x80",
        "last surrogate": b"\xed\xbf\xbf",
        "pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80",
        "other pair of surrogates": b"\xed\xaf\xbf\xed\xbf\xbf",
        "greek and a surrogate": "\u03ba\u1f79".encode() + b"\xed\xa0\x80edited",
    }
    for name, payload in bad.items():
        yield f"6 {name}", frame(TEXT, payload), None, [], {1007}
        parts = frame(TEXT, b"first", fin=False) + frame(CONTINUATION, payload)
        yield f"6 {name} in the second", parts, None, [], {1007}
        yield f"6 {name} by 1", frame(TEXT, payload), 1, [], {1007}


def close_cases():
    hello = frame(TEXT, b"Hello, world!")
    echo = [text(b"Hello, world!")]
    yield "7 text, then close", hello + close(1000), None, echo, {1000}
    yield "7 two closes", close(1000) + close(1000), None, [], {1000}
    yield "7 ping after close", close(1000) + frame(PING), None, [], {1000}
    yield "7 text after close", close(1000) + hello, None, [], {1000}
    begin = frame(TEXT, b"fragment1", fin=False)
    yield "7 close within", begin + close(1000) + frame(0, b"fragment2"), None, [], {1000}
    yield "7 close without a code", frame(CLOSE), None, [], {1000, 1005}
    yield "7 close of one byte", frame(CLOSE, b"a"), None, [], {1002}
    yield "7 close with a reason", close(1000, b"Hello World!"), None, [], {1000}
    yield "7 close with the longest reason", close(1000, b"*" * 123), None, [], {1000}
    yield "7 close of 126", close(1000, b"*" * 124), None, [], {1002}
    yield "7 close with a broken reason", close(1000, b"\xce\xba\xed\xa0\x80"), None, [], {1007}
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
        yield f"7 close {code}", close(code), None, [], {code, 1000}
    for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535):
        yield f"7 close {code}, which must not be", close(code), None, [], {1002}
        yield f"7 close {code} with a reason", close(code, b"reason"), None, [], {1002}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--record", type=int, required=True, metavar="PORT")
    parser.add_argument("--server", type=int, required=True, metavar="PORT")
    parser.add_argument("--all", action="store_true", help="print every case")
    words = parser.parse_args()
    counts, worse, better = [[0, 0, 0], [0, 0, 0]], 0, 0
    for name, *case in cases():
        record, server = run(words.record, *case), run(words.server, *case)
        counts[0][record] += 1
        counts[1][server] += 1
        worse += server > record
        better += server < record
        if words.all or server != record:
            print(f"{name}: record {GRADES[record]}, server {GRADES[server]}", flush=True)
    for who, count in zip(("record", "server"), counts):
        print(who.ljust(7), ", ".join(f"{n} {grade}" for n, grade in zip(count, GRADES)))
    print(f"of {sum(counts[0])} cases {worse} worse than the record, {better} better")
    sys.exit(worse > 0)


main()
