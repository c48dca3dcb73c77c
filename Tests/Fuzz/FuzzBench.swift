import Clinical
import Foundation
import Gateway
import ICalendar
import Scheduler
import Signalling
import Store
import TestKit
import Vocabulary
import Wire

/// What is fuzzed.
enum FuzzTarget: String, CaseIterable {
    /// The forms of payloads, each by its content type.
    case native
    case senMLJSON = "senml-json"
    case senMLCBOR = "senml-cbor"
    case fhir
    /// Payloads without a content type.
    case sniffed
    /// Payloads of devices with each of the shipped profiles.
    case profile
    /// Topics, in front of a good payload.
    case topic
    /// Status and events.
    case signal
    /// Frames of the signalling socket.
    case envelope
    /// Doctors' own calendars.
    case calendar
}

/// A gateway with one patient and a device for each profile, to which anything may be said.
struct FuzzBench {
    private let profiles: [DeviceProfile]
    private var machine: IngestMachine
    private var inputs = 0
    /// A second passes with each input, so that the limits on rates let the next one in.
    private var now = Sample.start
    private let prefix = "telehealth/v1/44/site-1"

    /// Sequence numbers and boots pile up, so the gateway is made anew now and then.
    private static let lifetime = 2_000

    init() {
        profiles = FuzzBench.shippedProfiles()
        machine = FuzzBench.machine(profiles, at: now)
    }

    mutating func run(_ target: FuzzTarget, _ bytes: [UInt8]) {
        inputs += 1
        now = now + .seconds(1)
        if inputs % FuzzBench.lifetime == 0 {
            now = Sample.start
            machine = FuzzBench.machine(profiles, at: now)
        }
        switch target {
        case .native: decode(bytes, "application/json")
        case .senMLJSON: decode(bytes, "application/senml+json")
        case .senMLCBOR: decode(bytes, "application/senml+cbor")
        case .fhir: decode(bytes, "application/fhir+json")
        case .sniffed: decode(bytes, nil)
        case .profile:
            for profile in profiles {
                report(bytes, nil, profile)
                receive(bytes, nil, "\(prefix)/\(profile.name)/vitals")
            }
        case .topic:
            receive(Array(#"{"hr":72}"#.utf8), nil, bytes)
        case .signal:
            receive(bytes, nil, "\(prefix)/native/status")
            receive(bytes, nil, "\(prefix)/native/events")
        case .envelope: _ = try? Envelope(bytes.span)
        case .calendar: readCalendar(bytes)
        }
    }

    /// What is taken in lies in the range, in order, and apart.
    private func readCalendar(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        let end = now + .hours(24 * 400)
        guard let calendar = try? BusyCalendar(text, from: now, until: end) else { return }
        var last = now
        for span in calendar.busy {
            precondition(
                last <= span.from && span.from < span.until && span.until <= end,
                "a busy time lies outside the range or over another"
            )
            last = span.until
        }
    }

    private mutating func decode(_ bytes: [UInt8], _ contentType: String?) {
        report(bytes, contentType, nil)
        receive(bytes, contentType, "\(prefix)/native/vitals")
    }

    /// The report is JSON whatever the payload is.
    private func report(_ bytes: [UInt8], _ contentType: String?, _ profile: DeviceProfile?) {
        let text = decodeReport(
            payload: bytes.span,
            contentType: contentType,
            profile: profile,
            at: now
        )
        let json = Array(text.utf8)
        precondition((try? FuzzBench.readJSON(json.span)) != nil, "the report is no JSON: \(text)")
    }

    private static func readJSON(_ bytes: Span<UInt8>) throws(JSONError) {
        var cursor = JSONCursor()
        try cursor.skipValue(bytes)
        try cursor.finish(bytes)
    }

    private mutating func receive(_ bytes: [UInt8], _ contentType: String?, _ topic: String) {
        receive(bytes, contentType, Array(topic.utf8))
    }

    private mutating func receive(_ bytes: [UInt8], _ contentType: String?, _ topic: [UInt8]) {
        let type = Array((contentType ?? "").utf8)
        machine.receive(
            topic: topic.span,
            contentType: type.span,
            payload: bytes.span,
            at: now
        )
        judge()
    }

    /// Nothing wrong is scored.
    private mutating func judge() {
        let turn = machine.takeTurn()
        for reading in turn.live {
            let (probeOff, implausible) = Plausibility.standard.judge(reading)
            precondition(
                probeOff.isEmpty && implausible.isEmpty,
                "a reading is scored that no patient shows"
            )
            precondition(reading.at <= now + .seconds(5), "a reading lies in the future")
        }
        for missing in turn.missing { machine.restore(missing, []) }
        let outcome = IngestOutcome(stored: turn.batch.readings.count, duplicates: 0)
        _ = machine.committed(turn, outcome, at: now)
    }

    /// The profiles of the checkout; the fuzzer is no program without it.
    private static func shippedProfiles() -> [DeviceProfile] {
        let folder = URL(filePath: #filePath)
            .appending(path: "../../../Config/device-profiles").standardized
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        do {
            return try FileManager.default
                .contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == "json5" }
                .sorted { $0.path < $1.path }
                .map {
                    let source = try Data(contentsOf: $0)
                    return try DeviceProfile(
                        try decoder.decode(DeviceProfileSource.self, from: source)
                    )
                }
        } catch {
            preconditionFailure("the profiles in \(folder.path) cannot be read: \(error)")
        }
    }

    private static func machine(_ profiles: [DeviceProfile], at now: Instant) -> IngestMachine {
        var machine = IngestMachine(profiles: profiles, seed: 1)
        let site = Sample.site()
        let patient = Sample.patient()
        machine.register(site)
        machine.register(patient)
        for (index, name) in machine.profileNames.enumerated() {
            let device = Device(
                id: DeviceID(trusted: name),
                number: DeviceNumber(index + 1),
                site: site.id,
                profile: name
            )
            machine.register(device, at: now)
            machine.bind(
                DeviceBinding(device: device.id, patient: patient.id, from: now - .hours(24_000)),
                at: now
            )
        }
        return machine
    }
}
