import Clinical
import EventLoop
import Gateway
import MQTT
import Scheduler
import Store
import Synchronization
import TestKit
import Vocabulary

/// One province, two sites, two patients and three devices, the third bound to nobody.
enum Ground {
    static let now = Instant(seconds: 1_795_132_800)
    static let prefix = "telehealth/v1/yen-bai/site-a"

    static let sites = [site("site-a"), site("site-b")]
    static let patients = [patient("p-1", 1), patient("p-2", 2)]
    static let devices = [device("d-1", 1), device("d-2", 2), device("d-3", 3)]
    static let bindings = [
        DeviceBinding(
            device: DeviceID(trusted: "d-1"),
            patient: PatientID(trusted: "p-1"),
            from: now - .hours(24)
        ),
        DeviceBinding(
            device: DeviceID(trusted: "d-2"),
            patient: PatientID(trusted: "p-2"),
            from: now - .hours(24)
        ),
    ]

    static func site(_ id: String, province: String = "yen-bai") -> Site {
        Site(
            id: SiteID(trusted: id),
            name: id,
            province: ProvinceID(trusted: province),
            provinceName: "Yên Bái",
            ward: "",
            latitude: 21.7,
            longitude: 104.9,
            tier: .commune,
            stations: 1,
            chain: []
        )
    }

    static func patient(_ id: String, _ number: PatientNumber) -> Patient {
        Patient(
            id: PatientID(trusted: id),
            number: number,
            site: SiteID(trusted: "site-a"),
            birthYear: 1960,
            sex: .female
        )
    }

    static func device(_ id: String, _ number: DeviceNumber) -> Device {
        Device(id: DeviceID(trusted: id), number: number, site: SiteID(trusted: "site-a"))
    }

    static func machine(limits: IngestLimits = IngestLimits()) -> IngestMachine {
        var machine = IngestMachine(limits: limits, seed: 1)
        for site in sites { machine.register(site) }
        for patient in patients { machine.register(patient) }
        for device in devices { machine.register(device, at: now) }
        for binding in bindings { machine.bind(binding, at: now) }
        return machine
    }

    static func fill(_ store: any Store) async throws {
        try await store.apply(
            sites.map(Change.site) + patients.map(Change.patient) + devices.map(Change.device)
                + bindings.map(Change.binding)
        )
    }
}

extension IngestMachine {
    /// Takes a payload on one of the device's topics.
    mutating func receive(
        _ payload: String,
        from device: String = "d-1",
        leaf: String = "vitals",
        topic: String? = nil,
        isRetained: Bool = false,
        at now: Instant = Ground.now
    ) {
        let topic = Array((topic ?? "\(Ground.prefix)/\(device)/\(leaf)").utf8)
        let bytes = Array(payload.utf8)
        let type: [UInt8] = []
        receive(
            topic: topic.span,
            contentType: type.span,
            payload: bytes.span,
            isRetained: isRetained,
            at: now
        )
    }

    /// Commits what was collected, as if the store had taken all of it.
    mutating func commit(at now: Instant = Ground.now) -> (IngestTurn, [Announcement]) {
        let turn = takeTurn()
        for missing in turn.missing { restore(missing, []) }
        let outcome = IngestOutcome(stored: turn.batch.readings.count, duplicates: 0)
        return (turn, committed(turn, outcome, at: now))
    }
}

extension Announcement {
    var text: String { String(decoding: payload, as: UTF8.self) }
}
