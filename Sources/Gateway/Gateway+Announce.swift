import Clinical
import EventLoop
import Foundation
import MQTT
import Store
import Vocabulary
import Wire

/// What leaves the gateway after a commit, through the connection that holds nothing back.
extension Gateway {
    func announce(_ turn: IngestTurn, _ outcome: IngestOutcome) {
        let now = clock.now()
        publish(machine.committed(turn, outcome, at: now))
        for alarm in turn.batch.alarms { stand(alarm) }
        announceAlarms()
        let presence = machine.presence(changedIn: turn)
        events.add(
            alarms: turn.batch.alarms,
            readings: turn.live,
            presence: presence,
            commands: turn.batch.commands
        )
        publishCommands(to: presence)
    }

    /// How long a changed alarm state is published again after a reconnect: longer than the half
    /// hour after which a broker that nobody configured saves what it retains.
    private static let settledFor = Duration.seconds(3_600)
    /// The most patients remembered for that.
    private static let settledLimit = 10_000

    /// The most announcements that wait for a connection; a device that gets no receipt sends again.
    private static let unsentLimit = 10_000

    /// Publishes receipts and rejections; without a connection the newest receipt of each boot and
    /// the newest rejection of each device wait.
    func publish(_ announcements: [Announcement]) {
        guard let publisher, !announcements.isEmpty else { return }
        guard canPublish else {
            for announcement in announcements
            where unsent.count < Gateway.unsentLimit || unsent[announcement.subject] != nil {
                unsent[announcement.subject] = announcement
            }
            return
        }
        publisher.assumeIsolated { client in
            client.send(
                announcements.lazy.map { MQTTMessage(topic: $0.topic, payload: $0.payload) }
            )
        }
    }

    func publisherChanged(_ state: MQTTState) {
        guard case .connected = state else { return }
        let waiting = Array(unsent.values)
        unsent = [:]
        publish(waiting)
        // A broker that was killed, or keeps nothing, has forgotten what was retained.
        forgetSettled()
        unannounced.formUnion(standing.keys)
        unannounced.formUnion(settled.keys)
        announceAlarms()
        publish(commands: machine.commands.unanswered)
    }

    var canPublish: Bool {
        publisher?.assumeIsolated { client in
            if case .connected = client.state { true } else { false }
        } ?? false
    }

    private func stand(_ alarm: Alarm) {
        var alarms = standing[alarm.patient] ?? []
        alarms.removeAll { $0.id == alarm.id }
        if alarm.closedAt == nil { alarms.append(alarm) }
        standing[alarm.patient] = alarms.isEmpty ? nil : alarms
        unannounced.insert(alarm.patient)
        if settled.count >= Gateway.settledLimit { forgetSettled() }
        if settled.count < Gateway.settledLimit || settled[alarm.patient] != nil {
            settled[alarm.patient] = alarm.changedAt
        }
    }

    private func forgetSettled() {
        let horizon = clock.now() - Gateway.settledFor
        settled = settled.filter { $0.value > horizon }
    }

    /// Publishes the alarm state of each patient that the broker has not confirmed, retained.
    private func announceAlarms() {
        guard let publisher, canPublish else { return }
        let patients = unannounced
        unannounced = []
        for patient in patients {
            guard let record = machine.registry.patient(patient),
                let province = machine.registry.province(of: record.site)
            else { continue }
            let message = MQTTMessage(
                topic: "telehealth/v1/\(province)/\(record.site)/alarms/\(patient)",
                payload: alarmState(of: patient),
                retain: true
            )
            publisher.assumeIsolated { client in
                client.send(message) { [weak self] result in
                    guard case .failure = result else { return }
                    self?.assumeIsolated { _ = $0.unannounced.insert(patient) }
                }
            }
        }
    }

    /// `{"patient":"…","alarms":[…]}`: every open alarm of the patient, none when all is well.
    private func alarmState(of patient: PatientID) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("patient")
            writer.value(patient.rawValue)
            writer.key("alarms")
            writer.array { writer in
                for alarm in standing[patient] ?? [] {
                    guard let json = try? encoder.encode(alarm) else { continue }
                    writer.raw(String(decoding: json, as: UTF8.self))
                }
            }
        }
        return writer.bytes
    }
}
