import Clinical
import EventLoop
import Foundation
import Gateway
import MQTT
import Store
import TestKit
import Testing
import Vocabulary

/// The first incident that the gateway tells of.
private func incident(of gateway: Gateway) async -> BrokerIncident? {
    for await event in gateway.events {
        if case .incidents(let incidents) = event { return incidents.first }
    }
    return nil
}

private func filled() async throws -> MemoryStore {
    let store = MemoryStore()
    try await Ground.fill(store)
    return store
}

/// A broker that keeps `queued` messages for a session that is away, and tells every second.
private func broker(queued: Int = 0, persistence: Bool = true) throws -> BrokerProcess {
    try BrokerProcess { directory, port in
        """
        listener \(port) 127.0.0.1
        user root
        allow_anonymous true
        persistence \(persistence)
        persistence_location \(directory.path)/
        max_inflight_messages 0
        max_queued_messages \(queued)
        sys_interval 1
        log_dest file \(directory.path)/mosquitto.log

        """
    }
}

@Suite(.timeLimit(.minutes(5)))
struct BrokerWatchTests {
    @Test func `messages that the broker dropped are an incident with their number`() async throws {
        let store = try await filled()
        let broker = try broker(queued: 5)
        try await Rig.run(store, broker: broker) { rig in
            while await rig.gateway.statistics.broker.dropped == nil { try await pause() }
            // A subscriber that is away: the broker keeps five of twelve for it.
            let loop = MQTTLoop()
            loop.start()
            var configuration = MQTTConfiguration(port: broker.port, clientID: "away")
            configuration.cleanStart = false
            configuration.sessionExpirySeconds = 600
            configuration.subscriptions = [MQTTSubscription("elsewhere")]
            let away = try MQTTClient(configuration, on: loop)
            await away.connect()
            try await away.connected()
            await away.disconnect()
            for _ in 1...12 {
                try await rig.device.publish(MQTTMessage(topic: "elsewhere", text: "x"))
            }
            let incident = try #require(await incident(of: rig.gateway))
            #expect(incident.kind == .messagesDropped)
            #expect(incident.messages > 0)
            while await rig.gateway.statistics.broker.droppedSeen < 7 { try await pause() }
            #expect(await rig.gateway.statistics.broker.droppedSeen == 7)
            await loop.stop()
        }
    }

    @Test
    func `a session that a restarted broker has forgotten is an incident, one it kept is none`()
        async throws
    {
        for isKept in [true, false] {
            let store = try await filled()
            let broker = try broker(persistence: isKept)
            try await Rig.run(store, broker: broker) { rig in
                try await rig.publish(sequences: 1...3)
                await rig.answers.wait("d-1/receipt", containing: #""seqHigh":3"#)
                let count = rig.answers.count("d-1/receipt")
                broker.stop()
                while await rig.gateway.isConnected { try await pause() }
                try broker.start()
                try await rig.untilConnected()
                #expect(await rig.gateway.statistics.broker.sessionsLost == (isKept ? 0 : 1))
                guard !isKept else { return }
                #expect(await incident(of: rig.gateway)?.kind == .sessionLost)
                // The device is asked by its receipt, without having sent anything. A device that comes
                // back after that is asked when the broker forgets once more.
                var patience = ContinuousClock.now + .seconds(15)
                while rig.answers.count("d-1/receipt") == count {
                    try await pause()
                    guard ContinuousClock.now > patience else { continue }
                    broker.stop()
                    while await rig.gateway.isConnected { try await pause() }
                    try broker.start()
                    try await rig.untilConnected()
                    patience = .now + .seconds(15)
                }
            }
        }
    }

    @Test func `a session that was lost while the gateway was down is noticed at its start`()
        async throws
    {
        let store = try await filled()
        let broker = try broker(persistence: false)
        for run in 1...2 {
            let gateway = Rig.gateway(
                on: store,
                port: broker.port,
                memoryFile: broker.directory.path + "/broker.json"
            )
            try await gateway.start()
            async let running: Void = gateway.run()
            while await !gateway.isConnected { try await pause() }
            #expect(await gateway.statistics.broker.sessionsLost == run - 1)
            await gateway.stop()
            await running
            broker.stop()
            try broker.start()
        }
    }

    @Test func `an alarm state is published again to a broker that has forgotten it`() async throws
    {
        let store = try await filled()
        let broker = try broker(persistence: false)
        try await Rig.run(store, broker: broker) { rig in
            try await rig.publish(#"{"event":"sos"}"#, leaf: "events")
            await rig.answers.wait("alarms/p-1", containing: #""cause":"sos""#)
            let shown = rig.answers.count("alarms/p-1")
            broker.stop()
            try broker.start()
            while rig.answers.count("alarms/p-1") == shown { try await pause() }
            // And so is the one that says that all is well again.
            let alarm = try #require(await rig.gateway.openAlarms().first)
            try await rig.gateway.acknowledge(alarm.id, by: UserID(trusted: "nurse"))
            await rig.answers.wait("alarms/p-1", containing: #""alarms":[]"#)
            let closed = rig.answers.count("alarms/p-1")
            broker.stop()
            try broker.start()
            while rig.answers.count("alarms/p-1") == closed { try await pause() }
            #expect(rig.answers.last("alarms/p-1")?.contains(#""alarms":[]"#) == true)
        }
    }

    @Test func `a broker that is silent on an open connection is given up and found again`()
        async throws
    {
        let store = try await filled()
        let broker = try broker()
        try await Rig.run(store, broker: broker, keepAliveSeconds: 5) { rig in
            try await rig.publish(sequences: 1...3)
            await rig.answers.wait("d-1/receipt", containing: #""seqHigh":3"#)
            broker.freeze()
            while await rig.gateway.isConnected { try await pause() }
            #expect(await !rig.gateway.isReady)
            broker.thaw()
            try await rig.untilConnected()
            while await !rig.deviceIsConnected { try await pause() }
            try await rig.publish(sequences: 4...6)
            await rig.answers.wait("d-1/receipt", containing: #""seqHigh":6,"gaps":[]"#)
        }
    }

    @Test func `a broker that comes after the gateway is connected to, whenever it comes`()
        async throws
    {
        let store = try await filled()
        let broker = try broker()
        broker.stop()
        let gateway = Rig.gateway(on: store, port: broker.port)
        try await gateway.start()
        async let running: Void = gateway.run()
        while await gateway.connectionProblem == nil { try await pause() }
        #expect(await !gateway.isReady)
        try broker.start()
        while await !gateway.isReady { try await pause() }
        #expect(await gateway.statistics.broker.sessionsLost == 0)
        await gateway.stop()
        await running
    }
}
