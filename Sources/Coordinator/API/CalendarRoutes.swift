import Crypto
import Scheduler
import Store
import Vocabulary

/// Bookings as iCalendar: the feed of a doctor or an interpreter, with log-in or by a secret address,
/// and invitations.
enum CalendarRoutes {
    static var routes: [Route] {
        feeds("/doctors/{id}", "the doctor") { try .doctor($0.id()) }
            + feeds("/interpreters/{id}", "the interpreter") { try .interpreter($0.id()) }
            + [secret, invitation]
    }

    private typealias Owner = @Sendable (APICall) throws -> CalendarOwner

    private static func feeds(
        _ path: String,
        _ person: String,
        _ owner: @escaping Owner
    ) -> [Route] {
        [
            Route(
                "GET",
                path + "/calendar.ics",
                "The bookings of \(person) as an iCalendar feed.",
                access: .granted(.read, .schedule),
                answer: .string,
                mediaType: "text/calendar"
            ) { call, services in
                try await feed(allowed(owner(call), .read, call, services), call, services)
            },
            Route(
                "POST",
                path + "/calendar-address",
                "Make the address from which a calendar program reads the feed; an older one ends.",
                access: .granted(.change, .schedule),
                answer: .named("CalendarAddress")
            ) { call, services in
                let whose = try allowed(owner(call), .change, call, services)
                let address = try await change(whose, call, services) {
                    CalendarAddress(number: ($0?.number ?? 0) + 1, isOpen: true)
                }
                return try .json(AddressView(url: services.url(of: whose, address)))
            },
            Route(
                "GET",
                path + "/calendar-address",
                "The address from which a calendar program reads the feed.",
                access: .granted(.read, .schedule),
                answer: .named("CalendarAddress")
            ) { call, services in
                let whose = try allowed(owner(call), .read, call, services)
                let found = try await record(whose, services)
                return try .json(AddressView(url: services.url(of: whose, found.address)))
            },
            Route(
                "DELETE",
                path + "/calendar-address",
                "End the address; the feed needs a log-in again.",
                access: .granted(.change, .schedule),
                status: 204
            ) { call, services in
                // The number stays used, so that the old address never opens again.
                let whose = try allowed(owner(call), .change, call, services)
                _ = try await change(whose, call, services) {
                    $0.map { CalendarAddress(number: $0.number, isOpen: false) }
                }
                return .none
            },
        ]
    }

    private static var secret: Route {
        Route(
            "GET",
            "/calendars/{id}/{key}",
            "The feed for calendar programs that cannot log in; the address is the secret.",
            access: .open,
            answer: .string,
            mediaType: "text/calendar"
        ) { call, services in
            let owners: [CalendarOwner] = [.doctor(try call.id()), .interpreter(try call.id())]
            var found: CalendarOwner?
            for owner in owners {
                let address = try? await record(owner, services).address
                // Who does not exist costs the same as who does.
                let key = services.key(of: owner, number: address?.number ?? 0)
                if constantTimeEquals(call.path["key"] ?? "", key), address?.isOpen == true {
                    found = owner
                }
            }
            guard let found else { throw Problem.notFound }
            return try await feed(found, call, services)
        }
    }

    private static var invitation: Route {
        Route(
            "GET",
            "/bookings/{id}/invitation.ics",
            "The booking as an invitation to its doctor and its site, or its cancellation.",
            access: .granted(.read, .booking),
            answer: .string,
            mediaType: "text/calendar"
        ) { call, services in
            let booking = try await BookingRoutes.booking(call, .read, services)
            let names = await services.directory.names(of: booking)
            let text = CalendarFeed.invitation(
                to: booking,
                doctorName: names[.doctor(booking.doctor)],
                siteName: names[.site(booking.site)],
                names: { names[$0] },
                api: services.publicURL + "/api/v1"
            )
            return calendar(text)
        }
    }

    private struct AddressView: Encodable {
        /// Null while there is none.
        let url: String?

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(url, forKey: .url)
        }

        private enum Key: String, CodingKey {
            case url
        }
    }

    private static func allowed(
        _ owner: CalendarOwner,
        _ verb: Verb,
        _ call: APICall,
        _ services: Services
    ) throws -> CalendarOwner {
        try services.authorise(call, verb, .schedule, owner.target)
        return owner
    }

    private static func record(
        _ owner: CalendarOwner,
        _ services: Services
    ) async throws -> CalendarRecord {
        let record: CalendarRecord? =
            switch owner {
            case .doctor(let id): await services.directory.doctor(id).map { .doctor($0) }
            case .interpreter(let id):
                await services.directory.interpreter(id).map { .interpreter($0) }
            }
        guard let record else { throw Problem.notFound }
        return record
    }

    private static func change(
        _ owner: CalendarOwner,
        _ call: APICall,
        _ services: Services,
        _ next: (CalendarAddress?) -> CalendarAddress?
    ) async throws -> CalendarAddress? {
        let record = try await record(owner, services)
        let address = next(record.address)
        let entry = try services.entry(call, "change", owner.object, "calendar address")
        switch record {
        case .doctor(var doctor):
            doctor.calendarAddress = address
            try await services.directory.put(doctor, with: [.audit(entry)])
        case .interpreter(var interpreter):
            interpreter.calendarAddress = address
            try await services.directory.put(interpreter, with: [.audit(entry)])
        }
        return address
    }

    private static func feed(
        _ owner: CalendarOwner,
        _ call: APICall,
        _ services: Services
    ) async throws -> APIAnswer {
        let record = try await record(owner, services)
        let bookings = try await services.store.bookings(
            BookingFilter(
                doctor: owner.doctor,
                interpreter: owner.interpreter,
                from: call.at - .hours(24 * 31),
                until: call.at + .hours(24 * 366),
                limit: 5_000
            )
        )
        let names = Dictionary(
            await services.directory.allSites().map { ($0.id, $0.name) },
            uniquingKeysWith: { $1 }
        )
        switch record {
        case .doctor(let doctor):
            return calendar(CalendarFeed.write(bookings, of: doctor) { names[$0] })
        case .interpreter(let interpreter):
            return calendar(CalendarFeed.write(bookings, of: interpreter) { names[$0] })
        }
    }

    private static func calendar(_ text: String) -> APIAnswer {
        APIAnswer(contentType: "text/calendar; charset=utf-8", body: Array(text.utf8))
    }
}

/// Whose calendar it is.
private enum CalendarOwner: Sendable {
    case doctor(DoctorID)
    case interpreter(InterpreterID)

    var doctor: DoctorID? { if case .doctor(let id) = self { id } else { nil } }
    var interpreter: InterpreterID? { if case .interpreter(let id) = self { id } else { nil } }

    var target: AccessTarget {
        AccessTarget(
            doctors: [doctor].compactMap(\.self),
            interpreters: [interpreter].compactMap(\.self)
        )
    }

    /// The object of an audit entry.
    var object: String {
        switch self {
        case .doctor(let id): "doctor/\(id)"
        case .interpreter(let id): "interpreter/\(id)"
        }
    }
}

/// The record that a calendar is made of.
private enum CalendarRecord: Sendable {
    case doctor(Doctor)
    case interpreter(Interpreter)

    var address: CalendarAddress? {
        switch self {
        case .doctor(let doctor): doctor.calendarAddress
        case .interpreter(let interpreter): interpreter.calendarAddress
        }
    }
}

extension Services {
    /// The secret part of a calendar address: 256 bits that follow from the deployment's key, so
    /// that nothing secret is stored and a new number ends the old address.
    fileprivate func key(of owner: CalendarOwner, number: Int) -> String {
        let name =
            switch owner {
            case .doctor(let id): "\(id)"
            // No doctor's id has a full stop.
            case .interpreter(let id): "interpreter.\(id)"
            }
        return Base64.encodeURL(
            HMAC.sha256(key: keys.tokens, Array("calendar.\(name).\(number)".utf8))
        )
    }

    /// The address of the feed; nil when there is none.
    fileprivate func url(of owner: CalendarOwner, _ address: CalendarAddress?) -> String? {
        guard let address, address.isOpen,
            let id = owner.doctor?.rawValue ?? owner.interpreter?.rawValue
        else { return nil }
        let key = key(of: owner, number: address.number)
        return "\(publicURL)/api/v1/calendars/\(id)/\(key)"
    }
}
