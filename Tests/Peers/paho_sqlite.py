#!/usr/bin/env python3
"""The peer of `telehealth-bench ingest --peer`: paho-mqtt and SQLite, as a consumer is commonly written.

Subscribes at QoS 1 with a persistent session, decodes each reading and inserts it, and commits every
100 ms. It scores nothing and judges nothing. Acknowledgements are the library's: sent when the callback
returns, which is before the commit. Needs paho-mqtt (pip install paho-mqtt); the rest is Python's own.

Writes `ready` when it receives, and one line of JSON when it has everything or nothing came for 10 s.
"""
import argparse
import json
import resource
import sqlite3
import sys
import time

try:
    import paho.mqtt.client as mqtt
except ImportError:
    sys.exit("paho-mqtt is missing; install it with: pip install paho-mqtt")

COMMIT_SECONDS, PATIENCE_SECONDS = 0.1, 10.0
SIGNS = ("hr", "spo2", "rr", "sys", "dia", "temp")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--ca")
    options = parser.parse_args()

    database = sqlite3.connect(options.database, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute(
        "CREATE TABLE IF NOT EXISTS readings (device TEXT, boot TEXT, seq INTEGER, at INTEGER, "
        "hr REAL, spo2 REAL, rr REAL, sys REAL, dia REAL, temp REAL, PRIMARY KEY (device, boot, seq)) WITHOUT ROWID"
    )
    state = {"open": False, "last": time.monotonic()}

    def received(client, userdata, message):
        reading = json.loads(message.payload)
        device = message.topic.split("/")[4]
        if not state["open"]:
            database.execute("BEGIN")
            state["open"] = True
        database.execute(
            "INSERT OR IGNORE INTO readings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (device, reading["boot"], reading["seq"], reading["at"], *(reading.get(sign) for sign in SIGNS)),
        )
        state["last"] = time.monotonic()

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="bench-peer", protocol=mqtt.MQTTv5)
    if options.ca:
        client.tls_set(ca_certs=options.ca)
    client.on_message = received
    client.on_connect = lambda c, *rest: c.subscribe("telehealth/v1/+/+/+/vitals", qos=1)
    client.on_subscribe = lambda *rest: print("ready", flush=True)
    properties = mqtt.Properties(mqtt.PacketTypes.CONNECT)
    properties.SessionExpiryInterval = 3600
    properties.ReceiveMaximum = 2000
    client.connect("127.0.0.1", options.port, clean_start=False, properties=properties)

    stored, next_commit = 0, time.monotonic() + COMMIT_SECONDS
    while stored < options.messages and time.monotonic() - state["last"] < PATIENCE_SECONDS:
        client.loop(timeout=COMMIT_SECONDS)
        if time.monotonic() >= next_commit:
            if state["open"]:
                database.execute("COMMIT")
                state["open"] = False
                stored = database.execute("SELECT count(*) FROM readings").fetchone()[0]
            next_commit = time.monotonic() + COMMIT_SECONDS
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"stored": stored, "cpuSeconds": usage.ru_utime + usage.ru_stime}), flush=True)


main()
