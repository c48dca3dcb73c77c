public import Clinical
import EventLoop
public import Scheduler
public import Store
public import Vocabulary

/// A patient as lists show them.
public struct PatientSnapshot: Sendable {
    /// The patient.
    public let patient: PatientID
    /// The score with its provenance; nil when the patient is unknown here.
    public let assessment: News2Assessment?
    /// The newest sample of each sign.
    public let latest: [LatestSign]
}

/// What became of a payload that was taken out of quarantine.
public enum ReplayOutcome: Sendable, Equatable {
    /// It is stored; call `Store.apply` with `.quarantineResolved`.
    case stored(readings: Int)
    /// It is refused still.
    case refused(code: QuarantineCode, detail: String)
}

/// What the coordinator tells and asks.
extension Gateway {
    // MARK: Registry: store the change first, then tell the gateway

    /// Takes a site, new or changed.
    public func register(_ site: Site) {
        machine.register(site)
    }

    /// Takes a patient, new or changed; changed limits hold from now on.
    public func register(_ patient: Patient) {
        machine.register(patient)
        timePassed()
    }

    /// Takes a device, new, changed or removed.
    public func register(_ device: Device) {
        machine.register(device, at: clock.now())
    }

    /// Takes other device profiles; they hold from the next payload on.
    public func setProfiles(_ profiles: [DeviceProfile]) {
        machine.setProfiles(profiles)
    }

    /// The names of the device profiles that are known, the native form first.
    public var profileNames: [String] { machine.profileNames }

    /// Takes a binding; an open one of the device ends where this one starts.
    public func bind(_ binding: DeviceBinding) {
        machine.bind(binding, at: clock.now())
        timePassed()
    }

    /// Takes a patient's own limits, nil for the defaults; they hold from now on.
    public func setLimits(_ limits: AlarmLimits?, of patient: PatientID) {
        guard var record = machine.registry.patient(patient) else { return }
        record.limits = limits
        register(record)
    }

    // MARK: Alarms: each returns when the change is durable

    /// Somebody takes notice of an alarm; again changes nothing.
    @discardableResult
    public func acknowledge(
        _ alarm: AlarmID,
        by user: UserID
    ) async throws(GatewayError) -> Alarm {
        do throws(WardError) {
            try machine.acknowledge(alarm, by: user, at: clock.now())
        } catch {
            throw .ward(error)
        }
        return try await durable(alarm)
    }

    /// Notes which doctors a step of an alarm's chain is told.
    @discardableResult
    public func choose(
        _ doctors: [DoctorID],
        forOffer number: Int,
        of alarm: AlarmID
    ) async throws(GatewayError) -> Alarm {
        machine.choose(doctors, forOffer: number, of: alarm, at: clock.now())
        return try await durable(alarm)
    }

    /// Somebody passes an alarm on; the next of its chain is told at once.
    @discardableResult
    public func reject(_ alarm: AlarmID, by user: UserID) async throws(GatewayError) -> Alarm {
        do throws(WardError) {
            try machine.reject(alarm, by: user, at: clock.now())
        } catch {
            throw .ward(error)
        }
        return try await durable(alarm)
    }

    /// Somebody silences an alarm's signal for a time, after which it reminds.
    @discardableResult
    public func pause(
        _ alarm: AlarmID,
        seconds: Int,
        by user: UserID
    ) async throws(GatewayError) -> Alarm {
        do throws(WardError) {
            try machine.pause(alarm, seconds: seconds, by: user, at: clock.now())
        } catch {
            throw .ward(error)
        }
        return try await durable(alarm)
    }

    /// Notes the consult request that an alarm caused; it keeps the alarm open.
    @discardableResult
    public func attach(
        _ request: RequestID,
        to alarm: AlarmID
    ) async throws(GatewayError) -> Alarm {
        machine.attach(request, to: alarm, at: clock.now())
        return try await durable(alarm)
    }

    /// Notes that a consult has its outcome, or will never take place.
    @discardableResult
    public func consultEnded(
        _ request: RequestID,
        of alarm: AlarmID
    ) async throws(GatewayError) -> Alarm {
        machine.consultEnded(request, of: alarm, at: clock.now())
        return try await durable(alarm)
    }

    /// Every open alarm.
    public func openAlarms() -> [Alarm] {
        machine.ward.openAlarms()
    }

    /// The alarm as it is durable now; it may just have closed.
    private func durable(_ alarm: AlarmID) async throws(GatewayError) -> Alarm {
        try await untilDurable()
        if let open = machine.ward.openAlarms().first(where: { $0.id == alarm }) { return open }
        do throws(StoreError) {
            if let closed = try await store.alarm(alarm) { return closed }
        } catch {
            throw .store(error)
        }
        throw .unknownAlarm(alarm)
    }

    // MARK: Patients and devices

    /// The patient's score now, with its provenance; nil for a patient who is unknown here.
    public func assessment(of patient: PatientID) -> News2Assessment? {
        machine.registry.patient(patient).flatMap {
            machine.ward.assessment(of: $0.number, at: clock.now())
        }
    }

    /// A child's PEWS now, with its bounds; nil when it is off, or for whoever is 16.
    public func pews(of patient: PatientID) -> PewsScore? {
        machine.registry.patient(patient).flatMap {
            machine.ward.pews(of: $0.number, at: clock.now())
        }
    }

    /// The newest sample of each sign of the patient.
    public func latest(of patient: PatientID) -> [LatestSign] {
        machine.registry.patient(patient).map { machine.ward.latest(of: $0.number) } ?? []
    }

    /// Scores and newest samples of many patients at once.
    public func snapshots(of patients: [PatientID]) -> [PatientSnapshot] {
        patients.map {
            PatientSnapshot(patient: $0, assessment: assessment(of: $0), latest: latest(of: $0))
        }
    }

    /// Whether each device is there.
    public func presence() -> [DevicePresence] {
        machine.presence()
    }

    /// Whether a device is there; nil for one that is not registered.
    public func presence(of device: DeviceID) -> DevicePresence? {
        machine.presence(of: device)
    }

    /// How a device and the gateway stand with each other; nil for one that is not registered.
    public func link(of device: DeviceID) -> DeviceLink? {
        machine.link(of: device)
    }

    /// How many devices of a site are online, and when one was last heard from.
    public func sitePresence(_ site: SiteID) -> (devicesOnline: Int, lastSeenAt: Instant?) {
        let devices = machine.presence().filter { $0.site == site }
        return (devices.count(where: \.isOnline), devices.compactMap(\.lastSeenAt).max())
    }

    // MARK: Quarantine

    /// Takes a payload out of quarantine once more, after its cause was mended.
    ///
    /// Returns when its readings are durable; the caller then marks the payload as resolved.
    public func replay(_ payload: QuarantinedPayload) async throws(GatewayError) -> ReplayOutcome {
        let (readings, refusal) = machine.replay(payload)
        if readings > 0 { try await untilDurable() }
        if let refusal { return .refused(code: refusal.code, detail: refusal.detail) }
        return .stored(readings: readings)
    }
}
