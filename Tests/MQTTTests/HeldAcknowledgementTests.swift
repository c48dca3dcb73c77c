import MQTT
import TestKit
import Testing

/// PUBACK is withheld until the receiver says so; everything the ingest rule rests on.
@Suite(.timeLimit(.minutes(1)))
struct HeldAcknowledgementTests {
    private func publish(_ texts: Range<Int>, port: Int, on loop: MQTTLoop) async throws {
        let publisher = try MQTTClient(.publisher(port: port), on: loop)
        await connect(publisher)
        for number in texts {
            try await publisher.publish(MQTTMessage(topic: "t/a", text: "\(number)"))
        }
        await publisher.disconnect()
    }

    @Test func `what was not acknowledged comes again to the next connection of the session`()
        async throws
    {
        try await withBroker { broker, loop in
            let first = Recorder()
            let holding = try MQTTClient(
                .ingest(port: broker.port),
                on: loop,
                received: first.note
            )
            await connect(holding)
            try await publish(0..<10, port: broker.port, on: loop)
            #expect(await first.texts(1).first == "0")
            await holding.vanish()

            let second = Recorder()
            let next = try MQTTClient(.ingest(port: broker.port), on: loop, received: second.note)
            await connect(next)
            #expect(await next.state == .connected(sessionPresent: true))
            var seen = 0
            while seen < 10 {
                seen = await second.texts(seen + 1).count
                await next.acknowledge(second.batch)
            }
            #expect(await second.texts(10) == (0..<10).map(String.init))
            await next.disconnect()
        }
    }

    @Test func `what was acknowledged does not come again`() async throws {
        try await withBroker { broker, loop in
            let first = Recorder()
            let client = try MQTTClient(.ingest(port: broker.port), on: loop, received: first.note)
            await connect(client)
            try await publish(0..<1, port: broker.port, on: loop)
            #expect(await first.texts(1) == ["0"])
            await client.acknowledge(first.batch)
            await client.disconnect()

            try await publish(1..<2, port: broker.port, on: loop)
            let second = Recorder()
            let next = try MQTTClient(.ingest(port: broker.port), on: loop, received: second.note)
            await connect(next)
            #expect(await second.texts(1) == ["1"])
            await next.disconnect()
        }
    }

    @Test func `between two batches lies the interval, so that what comes meanwhile is joined`()
        async throws
    {
        try await withBroker { broker, loop in
            let recorder = Recorder()
            var configuration = MQTTConfiguration.ingest(port: broker.port)
            configuration.batchInterval = .milliseconds(500)
            let client = try MQTTClient(configuration, on: loop, received: recorder.note)
            await connect(client)
            let start = ContinuousClock.now
            async let published: Void = publish(0..<30, port: broker.port, on: loop)
            var seen = 0
            while seen < 30 {
                seen = await recorder.texts(seen + 1).count
                await client.acknowledge(recorder.batch)
            }
            try await published
            #expect(await recorder.texts(30) == (0..<30).map(String.init))
            // However slow the machine: a batch more needs an interval more.
            let intervals = start.duration(to: .now) / .milliseconds(500)
            #expect(Double(recorder.batch - 1) <= intervals)
            await client.disconnect()
        }
    }

    @Test func `a full batch does not wait for the interval`() async throws {
        try await withBroker { broker, loop in
            let recorder = Recorder()
            var configuration = MQTTConfiguration.ingest(port: broker.port, batch: 2)
            configuration.batchInterval = .seconds(3_600)
            let client = try MQTTClient(configuration, on: loop, received: recorder.note)
            await connect(client)
            await client.vanish()
            try await publish(0..<6, port: broker.port, on: loop)
            await connect(client)
            var seen = 0
            while seen < 6 {
                seen = await recorder.texts(seen + 1).count
                await client.acknowledge(recorder.batch)
            }
            #expect(await recorder.texts(6) == (0..<6).map(String.init))
            await client.disconnect()
        }
    }

    @Test func `a batch that is given back comes again by itself`() async throws {
        try await withBroker { broker, loop in
            let recorder = Recorder()
            let client = try MQTTClient(
                .ingest(port: broker.port),
                on: loop,
                received: recorder.note
            )
            await connect(client)
            try await publish(0..<1, port: broker.port, on: loop)
            #expect(await recorder.texts(1) == ["0"])
            await client.redeliver(recorder.batch, reason: "the commit failed")
            #expect(await recorder.texts(2) == ["0", "0"])
            await client.acknowledge(recorder.batch)
            await client.disconnect()
        }
    }

    @Test func `a batch of a connection that is gone cannot let another batch go`() async throws {
        try await withBroker { broker, loop in
            let recorder = Recorder()
            let configuration = MQTTConfiguration.ingest(port: broker.port)
            let client = try MQTTClient(configuration, on: loop, received: recorder.note)
            await connect(client)
            try await publish(0..<1, port: broker.port, on: loop)
            #expect(await recorder.texts(1) == ["0"])
            let gone = recorder.batch
            await client.breakConnection()
            #expect(await recorder.texts(2) == ["0", "0"])
            await client.acknowledge(gone)
            await client.breakConnection()
            // Had the late call let the second batch go, the broker would not send it again.
            #expect(await recorder.texts(3) == ["0", "0", "0"])
            await client.acknowledge(recorder.batch)
            await client.disconnect()
        }
    }

    @Test func `no more than the batch is read before the acknowledgement`() async throws {
        try await withBroker { broker, loop in
            let recorder = Recorder()
            let client = try MQTTClient(
                .ingest(port: broker.port, batch: 10),
                on: loop,
                received: recorder.note
            )
            // Everything waits in the session before the client reads.
            await connect(client)
            await client.disconnect()
            try await publish(0..<50, port: broker.port, on: loop)
            await connect(client)
            var seen = await recorder.texts(1).count
            while seen < 50 {
                #expect(recorder.count == seen)
                await client.acknowledge(recorder.batch)
                let next = await recorder.texts(seen + 1).count
                #expect(next - seen <= 10)
                seen = next
            }
            await client.acknowledge(recorder.batch)
            await client.disconnect()
            #expect(await recorder.texts(50) == (0..<50).map(String.init))
        }
    }

    @Test func `more than the library's own default of 20 are on their way at once`()
        async throws
    {
        try await withBroker { broker, loop in
            let recorder = Recorder()
            let client = try MQTTClient(
                .ingest(port: broker.port, batch: 100),
                on: loop,
                received: recorder.note
            )
            await connect(client)
            await client.disconnect()
            try await publish(0..<60, port: broker.port, on: loop)
            let next = try MQTTClient(
                .ingest(port: broker.port, batch: 100),
                on: loop,
                received: recorder.note
            )
            await connect(next)
            var seen = 0
            var batches = 0
            while seen < 60 {
                seen = await recorder.texts(seen + 1).count
                batches += 1
                await next.acknowledge(recorder.batch)
            }
            // Receive Maximum 20 would need at least three batches of 20, and a window between.
            #expect(batches <= 2)
            await next.disconnect()
        }
    }

    @Test func `batches stay full however many were acknowledged before`() async throws {
        try await withBroker { broker, loop in
            let recorder = Recorder()
            let configuration = MQTTConfiguration.ingest(port: broker.port, batch: 100)
            let away = try MQTTClient(configuration, on: loop)
            await connect(away)
            await away.disconnect()
            // The library keeps a note of each acknowledgement that nobody reads; it holds some
            // three hundred of them.
            try await publish(0..<1_000, port: broker.port, on: loop)
            let client = try MQTTClient(configuration, on: loop, received: recorder.note)
            await client.connect()
            var seen = 0
            var batches = 0
            while seen < 1_000 {
                seen = await recorder.texts(seen + 1).count
                batches += 1
                await client.acknowledge(recorder.batch)
            }
            #expect(batches <= 30)
            await client.disconnect()
        }
    }

    @Test func `a broker that restarts in the middle is found again, and nothing is missing`()
        async throws
    {
        try await withBroker { broker, loop in
            let recorder = Recorder()
            let client = try MQTTClient(
                .ingest(port: broker.port),
                on: loop,
                received: recorder.note
            )
            await connect(client)
            try await publish(0..<5, port: broker.port, on: loop)
            _ = await recorder.texts(1)
            broker.stop()
            try broker.start()
            try await publish(5..<10, port: broker.port, on: loop)
            await client.acknowledge(recorder.batch)
            var seen = 0
            while !Set((0..<10).map(String.init)).isSubset(of: await recorder.texts(seen)) {
                seen = await recorder.texts(seen + 1).count
                await client.acknowledge(recorder.batch)
            }
            await client.disconnect()
        }
    }
}
