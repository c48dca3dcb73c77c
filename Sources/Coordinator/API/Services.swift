import CareLoop
import Clinical
import Crypto
import EventLoop
import Gateway
import Scheduler
import Signalling
import Store
import Vocabulary

/// What the handlers of the API work with.
struct Services: Sendable {
    let configuration: Configuration
    let store: any Store
    let directory: Directory
    /// The public holidays of the deployment.
    let holidays: HolidayCalendar
    let accounts: Accounts
    let gateway: Gateway
    let care: CareDesk
    let forecasts: ForecastDesk
    let prices = PriceDesk()
    let equity: EquityDesk
    let repeatedCalls = RepeatedCalls()
    /// Mosquitto's password file, when the coordinator keeps it.
    let devicePasswords: DevicePasswords?
    /// The deployment's certificate authorities.
    let authorities: AuthorityFolder
    let switchboard: Switchboard
    /// The relays for the media, nil for none.
    let relay: TurnRelay?
    /// The rooms of the conference server, nil without one.
    let conference: ConferenceDesk?
    let keys: KeyRing
    let clock: any WallClock
    let log: Log
    let version: String
    let startedAt: Instant
    /// The address that browsers reach, without a slash at its end.
    let publicURL: String

    /// Throws unless the caller may do this to the target; a refusal looks like absence.
    func authorise(
        _ call: APICall,
        _ verb: Verb,
        _ resource: Resource,
        _ target: AccessTarget
    ) throws {
        guard Authorisation.allows(try call.principal(), verb, resource, target) else {
            throw Problem.notFound
        }
    }

    /// The patient, when the caller may do this to it.
    func patient(
        _ call: APICall,
        _ id: PatientID,
        _ verb: Verb,
        _ resource: Resource
    ) async throws -> Patient {
        guard let patient = await directory.patient(id) else { throw Problem.notFound }
        let doctors = await treatingDoctors(of: id)
        try authorise(call, verb, resource, AccessTarget(site: patient.site, doctors: doctors))
        return patient
    }

    /// The doctors who hold, or are offered, a live booking of the patient, or are asked about it
    /// in writing.
    func treatingDoctors(of patient: PatientID) async -> [DoctorID] {
        await care.read { loop in
            loop.liveBookings.filter { $0.patient == patient }.flatMap(\.doctors)
                + loop.openSessions.filter { $0.patient == patient }.map(\.doctor)
                + loop.writers(about: patient)
        }
    }

    /// The doctors whom an alarm concerns: those who treat its patient and, while it is open, those
    /// whom a step of its chain was told.
    func doctors(of alarm: Alarm) async -> [DoctorID] {
        let treating = await treatingDoctors(of: alarm.patient)
        guard alarm.closedAt == nil else { return treating }
        return treating + alarm.offeredDoctors.filter { !treating.contains($0) }
    }

    /// An audit entry about this call, for the transaction of what it does.
    func entry(
        _ call: APICall,
        _ action: String,
        _ object: String,
        _ detail: String = ""
    ) throws
        -> AuditEntry
    {
        let principal = try call.principal()
        return AuditEntry(
            at: call.at,
            principal: principal.user.rawValue,
            action: action,
            object: object,
            address: principal.address,
            detail: detail
        )
    }

    /// What belongs into the transaction of a call: its audit entry, and its answer under its key.
    func changes(
        _ call: APICall,
        _ action: String,
        _ object: String,
        _ detail: String = "",
        keeping answer: APIAnswer
    ) throws -> [Change] {
        let entry = Change.audit(try entry(call, action, object, detail))
        guard let key = call.idempotency else { return [entry] }
        return [entry, try key.change(keeping: answer, at: call.at)]
    }

    /// Records that the caller saw an object's data; returns when that is durable.
    func auditRead(_ call: APICall, _ object: String, _ detail: String = "") async throws {
        try await store.audit(try entry(call, "read", object, detail))
    }

    /// Seals free text under the thing it belongs to.
    func seal(_ text: String?, for owner: String) throws -> String? {
        guard let text, !text.isEmpty else { return nil }
        return try keys.sealing.seal(text, for: owner)
    }

    /// Opens sealed text; nil when there is none or the key is another.
    func open(_ sealed: String?, for owner: String) -> String? {
        sealed.flatMap { try? keys.sealing.open($0, for: owner) }
    }
}
