import Crypto
import Scheduler
import Store
import Vocabulary

/// Bookings as iCalendar: a doctor's feed, with log-in or by a secret address, and invitations.
enum CalendarRoutes {
    static var routes: [Route] {
        [
            Route(
                "GET",
                "/doctors/{id}/calendar.ics",
                "The doctor's bookings as an iCalendar feed.",
                access: .granted(.read, .schedule),
                answer: .string,
                mediaType: "text/calendar"
            ) { call, services in
                let id: DoctorID = try call.id()
                try services.authorise(call, .read, .schedule, AccessTarget(doctors: [id]))
                return try await feed(id, call, services)
            },
            Route(
                "POST",
                "/doctors/{id}/calendar-address",
                "Make the address from which a calendar program reads the feed; an older one ends.",
                access: .granted(.change, .schedule),
                answer: .named("CalendarAddress")
            ) { call, services in
                let doctor = try await changeAddress(call, services) {
                    CalendarAddress(number: ($0?.number ?? 0) + 1, isOpen: true)
                }
                return try .json(AddressView(url: services.calendarURL(of: doctor)))
            },
            Route(
                "GET",
                "/doctors/{id}/calendar-address",
                "The address from which a calendar program reads the feed.",
                access: .granted(.read, .schedule),
                answer: .named("CalendarAddress")
            ) { call, services in
                let id: DoctorID = try call.id()
                try services.authorise(call, .read, .schedule, AccessTarget(doctors: [id]))
                guard let doctor = await services.directory.doctor(id) else {
                    throw Problem.notFound
                }
                return try .json(AddressView(url: services.calendarURL(of: doctor)))
            },
            Route(
                "DELETE",
                "/doctors/{id}/calendar-address",
                "End the address; the feed needs a log-in again.",
                access: .granted(.change, .schedule),
                status: 204
            ) { call, services in
                // The number stays used, so that the old address never opens again.
                _ = try await changeAddress(call, services) {
                    $0.map { CalendarAddress(number: $0.number, isOpen: false) }
                }
                return .none
            },
            Route(
                "GET",
                "/calendars/{id}/{key}",
                "The feed for calendar programs that cannot log in; the address is the secret.",
                access: .open,
                answer: .string,
                mediaType: "text/calendar"
            ) { call, services in
                let id: DoctorID = try call.id()
                let doctor = await services.directory.doctor(id)
                // Who does not exist costs the same as who does.
                let key = services.calendarKey(of: id, number: doctor?.calendarAddress?.number ?? 0)
                guard constantTimeEquals(call.path["key"] ?? "", key),
                    doctor?.calendarAddress?.isOpen == true
                else { throw Problem.notFound }
                return try await feed(id, call, services)
            },
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
            },
        ]
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

    private static func changeAddress(
        _ call: APICall,
        _ services: Services,
        _ next: (CalendarAddress?) -> CalendarAddress?
    ) async throws -> Doctor {
        let id = try DirectoryRoutes.own(call, services)
        guard var doctor = await services.directory.doctor(id) else { throw Problem.notFound }
        doctor.calendarAddress = next(doctor.calendarAddress)
        let entry = try services.entry(call, "change", "doctor/\(id)", "calendar address")
        try await services.directory.put(doctor, with: [.audit(entry)])
        return doctor
    }

    private static func feed(
        _ id: DoctorID,
        _ call: APICall,
        _ services: Services
    ) async throws -> APIAnswer {
        guard let doctor = await services.directory.doctor(id) else { throw Problem.notFound }
        let bookings = try await services.store.bookings(
            BookingFilter(
                doctor: id,
                from: call.at - .hours(24 * 31),
                until: call.at + .hours(24 * 366),
                limit: 5_000
            )
        )
        let names = Dictionary(
            await services.directory.allSites().map { ($0.id, $0.name) },
            uniquingKeysWith: { $1 }
        )
        return calendar(CalendarFeed.write(bookings, of: doctor) { names[$0] })
    }

    private static func calendar(_ text: String) -> APIAnswer {
        APIAnswer(contentType: "text/calendar; charset=utf-8", body: Array(text.utf8))
    }
}

extension Services {
    /// The secret part of a doctor's calendar address: 256 bits that follow from the deployment's
    /// key, so that nothing secret is stored and a new number ends the old address.
    fileprivate func calendarKey(of doctor: DoctorID, number: Int) -> String {
        Base64.encodeURL(HMAC.sha256(key: keys.tokens, Array("calendar.\(doctor).\(number)".utf8)))
    }

    /// The address of the doctor's feed; nil when there is none.
    fileprivate func calendarURL(of doctor: Doctor) -> String? {
        guard let address = doctor.calendarAddress, address.isOpen else { return nil }
        let key = calendarKey(of: doctor.id, number: address.number)
        return "\(publicURL)/api/v1/calendars/\(doctor.id)/\(key)"
    }
}
