package import Store
public import Vocabulary

/// What a call is about.
public enum Resource: String, Sendable, CaseIterable {
    /// Sites and doctors as listed.
    case directory
    /// A doctor's availability, presence and calendar.
    case schedule
    /// A site's opening hours; they are read with the directory.
    case opening
    /// A patient: record, vitals, score, limits.
    case patient
    /// A patient's alarm limits.
    case limits
    /// A device and its binding.
    case device
    /// A command to a device.
    case command
    /// Refused payloads.
    case quarantine
    /// The MQTT broker's figures and losses.
    case broker
    /// An alarm.
    case alarm
    /// A consult request.
    case request
    /// A booking.
    case booking
    /// A session.
    case session
    /// Questions about what would move.
    case whatIf
    /// Programme figures without patient data.
    case statistics
    /// The audit chain.
    case audit
    /// An account.
    case account
}

/// What a call does to a resource.
public enum Verb: String, Sendable, CaseIterable {
    /// Looks.
    case read
    /// Makes a new one.
    case create
    /// Changes or acts on one.
    case change
}

/// How far a grant reaches.
package enum Reach {
    /// Every object.
    case all
    /// Objects of the principal's own site.
    case ownSite
    /// Objects of the principal as a doctor: own schedule, own bookings and sessions, and the
    /// patients, alarms and requests of consults that the doctor holds or is offered.
    case ownDoctor
    /// Bookings of the principal as an interpreter, and the own schedule.
    case ownInterpreter
}

/// What decides whether an object is within reach.
public struct AccessTarget: Sendable {
    /// The site it belongs to.
    public var site: SiteID?
    /// Further sites that take part in it.
    public var furtherSites: [SiteID] = []
    /// The doctors it concerns.
    public var doctors: [DoctorID]
    /// The interpreters it concerns.
    public var interpreters: [InterpreterID]

    /// A target of a site, doctors and interpreters.
    public init(
        site: SiteID? = nil,
        doctors: [DoctorID] = [],
        interpreters: [InterpreterID] = []
    ) {
        self.site = site
        self.doctors = doctors
        self.interpreters = interpreters
    }
}

/// The one authorisation function; every call goes through it (`Docs/security.md` has its table).
public enum Authorisation {
    /// Whether the principal may do this to the target.
    public static func allows(
        _ principal: Principal,
        _ verb: Verb,
        _ resource: Resource,
        _ target: AccessTarget = AccessTarget()
    ) -> Bool {
        principal.roles.contains { role in
            switch reach(role, verb, resource) {
            case nil: false
            case .all: true
            case .ownSite:
                principal.site.map { $0 == target.site || target.furtherSites.contains($0) }
                    ?? false
            case .ownDoctor: principal.doctor.map { target.doctors.contains($0) } ?? false
            case .ownInterpreter:
                principal.interpreter.map { target.interpreters.contains($0) } ?? false
            }
        }
    }

    /// Whether any object of the resource could be within the principal's reach.
    public static func mayEver(_ principal: Principal, _ verb: Verb, _ resource: Resource) -> Bool {
        principal.roles.contains { reach($0, verb, resource) != nil }
    }

    /// The table: how far a role's grant reaches, nil for no grant.
    package static func reach(_ role: Role, _ verb: Verb, _ resource: Resource) -> Reach? {
        switch role {
        case .administrator: administrator(verb, resource)
        case .clinic: clinic(verb, resource)
        case .doctor: doctor(verb, resource)
        case .interpreter: interpreter(verb, resource)
        case .observer: resource == .directory || resource == .statistics ? readOnly(verb) : nil
        case .auditor: resource == .directory || resource == .audit ? readOnly(verb) : nil
        case .integration: resource == .directory ? readOnly(verb) : nil
        case .device: nil
        }
    }

    private static func readOnly(_ verb: Verb) -> Reach? {
        verb == .read ? .all : nil
    }

    /// Sets the deployment up; sees no vitals, and joins no consult.
    private static func administrator(_ verb: Verb, _ resource: Resource) -> Reach? {
        switch resource {
        case .directory, .schedule, .opening, .device, .command, .quarantine, .account: .all
        case .patient: verb == .create ? .all : nil
        case .limits: nil
        case .alarm, .request, .booking, .session, .broker, .whatIf: readOnly(verb)
        case .statistics, .audit: readOnly(verb)
        }
    }

    private static func clinic(_ verb: Verb, _ resource: Resource) -> Reach? {
        switch resource {
        case .directory: readOnly(verb)
        case .schedule, .quarantine, .broker, .whatIf, .audit, .statistics, .account: nil
        case .limits: verb == .read ? .ownSite : nil
        case .opening: verb == .change ? .ownSite : nil
        case .patient, .device, .command, .alarm, .request, .booking: .ownSite
        // The responsible doctor gives the outcome.
        case .session: verb == .read ? .ownSite : nil
        }
    }

    /// Sees when and where to come, and not who the patient is.
    private static func interpreter(_ verb: Verb, _ resource: Resource) -> Reach? {
        switch resource {
        case .directory: readOnly(verb)
        case .schedule, .booking: verb == .create ? nil : .ownInterpreter
        case .opening, .patient, .limits, .device, .command, .quarantine, .broker, .alarm,
            .request, .session, .whatIf, .statistics, .audit, .account:
            nil
        }
    }

    private static func doctor(_ verb: Verb, _ resource: Resource) -> Reach? {
        switch resource {
        case .directory: readOnly(verb)
        case .schedule, .limits, .booking, .session: .ownDoctor
        // The asking clinic takes a request back; its doctor cancels or declines the booking.
        case .patient, .request: verb == .read ? .ownDoctor : nil
        case .alarm: verb == .create ? nil : .ownDoctor
        case .opening, .device, .command, .quarantine, .broker, .whatIf, .audit, .statistics,
            .account:
            nil
        }
    }
}
