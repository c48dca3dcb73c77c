import Clinical
import EventLoop
import Gateway
import MQTT
import Store
import TestKit
import Testing
import Vocabulary

private func command(
    _ number: Int = 1,
    to device: String = "d-1",
    _ order: DeviceCommand.Order = .setInterval(seconds: 30),
    at now: Instant = Ground.now,
    lifetime: Duration = .seconds(300)
) -> DeviceCommand {
    DeviceCommand(
        id: CommandID(trusted: "cm-\(number)"),
        device: DeviceID(trusted: device),
        order: order,
        by: UserID(trusted: "nurse"),
        issuedAt: now,
        expiresAt: now + lifetime
    )
}

struct CommandBookTests {
    private let now = Ground.now

    /// What changes the book cannot stand inside `#expect`.
    private func holds(
        _ condition: Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(condition, sourceLocation: sourceLocation)
    }

    @Test func `a command is sent again after ten, twenty and forty seconds until it is answered`()
        throws
    {
        var book = CommandBook()
        let id = command().id
        holds(book.add(command()))
        holds(book.send(id, at: now)?.id == id)
        var at = now
        for wait in [10, 20, 40] {
            holds(book.advance(to: at + .seconds(wait) - .milliseconds(1)).again.isEmpty)
            at = at + .seconds(wait)
            holds(book.advance(to: at).again == [id])
            holds(book.send(id, at: at) != nil)
        }
        let changed = book.take(
            .accepted,
            to: id,
            of: DeviceID(trusted: "d-1"),
            detail: nil,
            at: at
        )
        holds(changed?.state == .acknowledged)
        holds(book.unanswered.isEmpty)
        holds(book.send(id, at: at) == nil)
        holds(book.advance(to: at + .seconds(100)).again.isEmpty)
    }

    @Test func `a command expires at its time and not before, acknowledged or not`() {
        for isAcknowledged in [false, true] {
            var book = CommandBook()
            let id = command().id
            holds(book.add(command()))
            _ = book.send(id, at: now)
            if isAcknowledged {
                _ = book.take(
                    .accepted,
                    to: id,
                    of: DeviceID(trusted: "d-1"),
                    detail: nil,
                    at: now
                )
            }
            let end = now + .seconds(300)
            holds(book.advance(to: end - .milliseconds(1)).expired.isEmpty)
            let expired = book.advance(to: end).expired
            holds(expired.map(\.state) == [.expired])
            holds(book.send(id, at: end) == nil)
            let late = book.take(.done, to: id, of: expired[0].device, detail: nil, at: end)
            holds(late == nil)
        }
    }

    @Test func `a device has twenty commands under way, and not one more`() {
        var book = CommandBook()
        for number in 1...20 { holds(book.add(command(number))) }
        holds(!book.add(command(21)))
        holds(book.add(command(22, to: "d-2")))
        let first = CommandID(trusted: "cm-1")
        let answered = book.take(
            .failed,
            to: first,
            of: DeviceID(trusted: "d-1"),
            detail: "no",
            at: now
        )
        holds(answered?.state == .failed)
        holds(book.add(command(21)))
    }

    @Test func `nobody answers for another device, and a second answer changes nothing`() {
        var book = CommandBook()
        let id = command().id
        holds(book.add(command()))
        let own = DeviceID(trusted: "d-1")
        let other = DeviceID(trusted: "d-2")
        holds(book.take(.done, to: id, of: other, detail: nil, at: now) == nil)
        holds(book.take(.done, to: id, of: own, detail: nil, at: now)?.state == .answered)
        holds(book.take(.failed, to: id, of: own, detail: nil, at: now) == nil)
    }

    @Test func `of what a device says besides, two hundred bytes are kept`() {
        var command = command()
        let long = String(repeating: "ă", count: 300)
        holds(command.take(.failed, detail: long, at: now))
        holds(command.detail?.utf8.count == 200)
    }
}

@Suite(.timeLimit(.minutes(5)))
struct CommandTests {
    private func filled() async throws -> MemoryStore {
        let store = MemoryStore()
        try await Ground.fill(store)
        return store
    }

    /// A device that notes what it is told, on its own connection.
    private struct Listener {
        let client: MQTTClient
        let loop: MQTTLoop
        let heard: Guarded<[(topic: String, text: String, answer: MQTTMessage)]>

        init(port: Int, version: MQTTVersion = .five) async throws {
            let heard = Guarded<[(topic: String, text: String, answer: MQTTMessage)]>([])
            loop = MQTTLoop(name: "listener")
            loop.start()
            var configuration = MQTTConfiguration(port: port, clientID: "listener")
            configuration.version = version
            configuration.subscriptions = [MQTTSubscription("\(Ground.prefix)/d-1/commands")]
            client = try MQTTClient(
                configuration,
                on: loop,
                received: { batch in
                    for (index, entry) in batch.entries.enumerated() {
                        let topic = String(
                            decoding: batch.bytes[entry.responseTopic],
                            as: UTF8.self
                        )
                        var answer = MQTTMessage(topic: topic, text: "")
                        answer.correlation = Array(batch.bytes[entry.correlation])
                        let text = String(decoding: batch.payloadBytes(index), as: UTF8.self)
                        let heardTopic = batch.topicText(index)
                        heard.withLock { $0.append((heardTopic, text, answer)) }
                    }
                }
            )
            self.heard = heard
            await client.connect()
            try await client.connected()
        }

        func first() async throws -> (topic: String, text: String, answer: MQTTMessage) {
            while true {
                if let first = heard.withLock(\.first) { return first }
                try await pause()
            }
        }

        func end() async {
            await client.disconnect()
            await loop.stop()
        }
    }

    private func state(_ id: CommandID, in store: any Store) async throws -> DeviceCommand.State? {
        try await store.command(id)?.state
    }

    private func until(
        _ state: DeviceCommand.State,
        _ id: CommandID,
        in store: any Store
    ) async throws {
        while try await self.state(id, in: store) != state { try await pause() }
    }

    @Test func `a device is asked with a response topic and correlation data, and its answer kept`()
        async throws
    {
        let store = try await filled()
        try await Rig.run(store) { rig in
            let listener = try await Listener(port: rig.broker.port)
            let asked = command(at: SteadyClock().now())
            try await rig.gateway.send(asked)
            #expect(try await state(asked.id, in: store) == .sent)
            let heard = try await listener.first()
            #expect(heard.text.contains(#""id":"cm-1","kind":"setInterval","seconds":30"#))
            #expect(heard.answer.topic == "\(Ground.prefix)/d-1/responses")
            #expect(heard.answer.correlation == Array("cm-1".utf8))
            // The correlation alone says which command it is.
            var answer = heard.answer
            answer.payload = Array(#"{"state":"accepted"}"#.utf8)
            try await listener.client.publish(answer)
            try await until(.acknowledged, asked.id, in: store)
            answer.payload = Array(#"{"state":"done","detail":"every 30 s"}"#.utf8)
            try await listener.client.publish(answer)
            try await until(.answered, asked.id, in: store)
            #expect(try await store.command(asked.id)?.detail == "every 30 s")
            #expect(try await store.openCommands().isEmpty)
            await listener.end()
        }
    }

    @Test func `a device that speaks MQTT 3.1.1 answers with the id from the payload`()
        async throws
    {
        let store = try await filled()
        try await Rig.run(store) { rig in
            let listener = try await Listener(port: rig.broker.port, version: .threeOneOne)
            let asked = command(1, .showMessage(text: "Ngồi thẳng lên"), at: SteadyClock().now())
            try await rig.gateway.send(asked)
            let heard = try await listener.first()
            #expect(heard.text.contains(#""text":"Ngồi thẳng lên""#))
            #expect(heard.text.contains(#""responseTopic":"\#(Ground.prefix)/d-1/responses""#))
            #expect(heard.answer.correlation.isEmpty)
            try await rig.publish(#"{"id":"cm-1","state":"failed"}"#, leaf: "responses")
            try await until(.failed, asked.id, in: store)
            await listener.end()
        }
    }

    @Test func `a device that was away gets the command when it comes online`() async throws {
        let store = try await filled()
        try await Rig.run(store) { rig in
            let asked = command(1, .measure(signs: [.heartRate]), at: SteadyClock().now())
            try await rig.gateway.send(asked)
            let listener = try await Listener(port: rig.broker.port)
            try await rig.publish(#"{"state":"online"}"#, leaf: "status")
            #expect(try await listener.first().text.contains(#""kind":"measure","signs":["hr"]"#))
            await listener.end()
        }
    }

    @Test func `a command that was under way goes out again after a restart of the gateway`()
        async throws
    {
        let store = try await filled()
        let broker = try BrokerProcess()
        let asked = command(at: SteadyClock().now())
        for run in 1...2 {
            let listener = try await Listener(port: broker.port)
            let gateway = Rig.gateway(on: store, port: broker.port)
            try await gateway.start()
            async let running: Void = gateway.run()
            while await !gateway.isConnected { try await pause() }
            if run == 1 { try await gateway.send(asked) }
            #expect(try await listener.first().text.contains(#""id":"cm-1""#))
            await gateway.stop()
            await running
            await listener.end()
        }
    }

    @Test func `an answer is acknowledged only after its commit`() async throws {
        let memory = try await filled()
        let store = FaultyStore(memory)
        try await Rig.run(store) { rig in
            let asked = command(at: SteadyClock().now())
            try await rig.gateway.send(asked)
            store.failNext(2)
            try await rig.publish(#"{"id":"cm-1","state":"done"}"#, leaf: "responses")
            try await until(.answered, asked.id, in: memory)
            #expect(await rig.gateway.statistics.commitFailures == 2)
        }
    }

    @Test func `a command that cannot be stored is not sent`() async throws {
        let memory = try await filled()
        let store = FaultyStore(memory)
        try await Rig.run(store) { rig in
            let listener = try await Listener(port: rig.broker.port)
            store.failNext(1)
            let now = SteadyClock().now()
            await #expect(throws: GatewayError.self) {
                try await rig.gateway.send(command(at: now))
            }
            try await rig.gateway.send(command(2, at: now))
            #expect(try await listener.first().text.contains(#""id":"cm-2""#))
            await listener.end()
        }
    }

    @Test(arguments: [
        #"{"state":"done"}"#, #"{"id":"cm-1"}"#, #"{"id":"cm-1","state":"maybe"}"#,
        #"{"id":"Nguyễn","state":"done"}"#, #"{"id":"cm-1","id":"cm-1","state":"done"}"#, "no JSON",
    ])
    func `an answer that names no command or no state is quarantined`(payload: String) {
        var machine = Ground.machine()
        machine.receive(payload, leaf: "responses")
        let (turn, _) = machine.commit()
        #expect(turn.batch.quarantined.map(\.code) == [.undecodable])
    }
}
