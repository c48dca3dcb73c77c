import Clinical
import EventLoop
import Store
import Vocabulary

/// Alarms per patient-day with the limits in force and with proposed ones, over stored readings.
struct LimitReplay: Encodable {
    struct Alarms: Encodable {
        let cause: String
        let priority: AlarmPriority
        let count: Int
        let perPatientDay: Double
    }

    struct Side: Encodable {
        let total: Int
        let perPatientDay: Double
        let alarms: [Alarms]

        init(_ counts: [ShadowReplay.Count], days: Double) {
            total = counts.reduce(0) { $0 + $1.count }
            perPatientDay = Side.rate(total, days)
            alarms = counts.map {
                Alarms(
                    cause: $0.cause.name,
                    priority: $0.priority,
                    count: $0.count,
                    perPatientDay: Side.rate($0.count, days)
                )
            }
        }

        /// To a hundredth; none where nothing was measured.
        private static func rate(_ count: Int, _ days: Double) -> Double {
            days > 0 ? (Double(count) / days * 100).rounded() / 100 : 0
        }
    }

    let patient: PatientID
    let from: Instant
    let to: Instant
    let readings: Int
    /// Hours of the span in which anything was measured: what a patient-day is made of.
    let monitoredHours: Int
    let before: Side
    let proposed: Side

    /// Readings looked at in one replay; beyond it the call is refused.
    static let readingLimit = 200_000
    /// Readings held in memory at a time.
    private static let pageSize = 10_000

    /// Replays the stored readings of [from, to), on no actor's thread, page by page.
    @concurrent
    init(
        of patient: Patient,
        from: Instant,
        to: Instant,
        proposed limits: AlarmLimits,
        in store: any Store,
        policy: WardPolicy,
        defaults: AlarmLimits
    ) async throws {
        let devices = try await store.devices()
        var current = ShadowReplay(
            patient,
            limits: patient.limits,
            defaults: defaults,
            policy: policy,
            devices: devices
        )
        var proposed = ShadowReplay(
            patient,
            limits: limits,
            defaults: defaults,
            policy: policy,
            devices: devices
        )
        var count = 0
        var hours: Set<Int64> = []
        var start = from
        while start < to {
            var page = try await store.readings(
                of: patient.number,
                from: start,
                until: to,
                limit: LimitReplay.pageSize
            )
            guard let last = page.last?.at else { break }
            if page.count == LimitReplay.pageSize {
                // The last instant may go on beyond the page: it starts the next one.
                page.removeAll { $0.at == last }
                guard !page.isEmpty else { throw LimitReplay.tooMuch }
                start = last
            } else {
                start = to
            }
            count += page.count
            guard count <= LimitReplay.readingLimit else { throw LimitReplay.tooMuch }
            for reading in page {
                current.receive(reading)
                proposed.receive(reading)
                hours.insert(reading.at.milliseconds / 3_600_000)
            }
            await Task.yield()
        }
        let days = Double(hours.count) / 24
        self.patient = patient.id
        self.from = from
        self.to = to
        readings = count
        monitoredHours = hours.count
        before = Side(current.alarms, days: days)
        self.proposed = Side(proposed.alarms, days: days)
    }

    private static let tooMuch = Problem(
        422,
        "tooMuch",
        "more than \(readingLimit) readings lie between from and to; narrow them"
    )
}

/// Lets few replays work at a time, so that they leave the processors to the patients.
enum ReplayTurnstile {
    private static let limit = 2
    private static let inside = Guarded(0)

    /// Whether there is room; call `leave` afterwards if so.
    static func enter() -> Bool {
        inside.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    static func leave() {
        inside.withLock { $0 -= 1 }
    }
}
