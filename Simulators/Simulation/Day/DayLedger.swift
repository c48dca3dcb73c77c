import CareLoop
import Scheduler
import Vocabulary

/// Keeps the books of a simulated day from what the loop stores, and from nothing else.
///
/// It knows none of the loop's rules: it sees which bookings take time and which lie over one
/// another, and which requests are neither over nor anybody's any more.
struct DayLedger {
    private let stations: [SiteID: Int]
    private(set) var requests: [RequestID: ConsultRequest] = [:]
    private(set) var bookings: [BookingID: Booking] = [:]
    private var ofDoctor: [DoctorID: Set<BookingID>] = [:]
    private var ofSite: [SiteID: Set<BookingID>] = [:]
    private var ofPatient: [PatientID: Set<BookingID>] = [:]
    /// Live bookings that lay over another of the doctor or the patient, or had no station.
    private(set) var overlaps = 0

    init(sites: [Site]) {
        stations = Dictionary(sites.map { ($0.id, $0.stations) }, uniquingKeysWith: { $1 })
    }

    /// Takes a record, and counts what a new or moved booking lies over.
    mutating func write(_ record: CareRecord) {
        switch record {
        case .request(let request): requests[request.id] = request
        case .session: break
        case .booking(let booking):
            let before = bookings.updateValue(booking, forKey: booking.id)
            guard booking.takesTime else { return remove(booking) }
            ofDoctor[booking.doctor, default: []].insert(booking.id)
            ofSite[booking.site, default: []].insert(booking.id)
            ofPatient[booking.patient, default: []].insert(booking.id)
            let isWhereItWas =
                before.map {
                    $0.takesTime && $0.start == booking.start && $0.end == booking.end
                } ?? false
            if !isWhereItWas { check(booking) }
        }
    }

    /// Requests of which the loop knows nothing although they are not over.
    func lost(in loop: CareLoop) -> Int {
        requests.values.count { !$0.state.isFinal && loop.request($0.id) == nil }
    }

    private mutating func remove(_ booking: Booking) {
        ofDoctor[booking.doctor]?.remove(booking.id)
        ofSite[booking.site]?.remove(booking.id)
        ofPatient[booking.patient]?.remove(booking.id)
    }

    private mutating func check(_ booking: Booking) {
        func others(_ ids: Set<BookingID>?) -> [Booking] {
            (ids ?? []).filter { $0 != booking.id }.compactMap { bookings[$0] }
        }
        let isDoctorTaken = others(ofDoctor[booking.doctor]).contains {
            $0.start < booking.doctorFreeAt && booking.start < $0.doctorFreeAt
        }
        let isPatientTaken = others(ofPatient[booking.patient]).contains {
            $0.start < booking.end && booking.start < $0.end
        }
        let meetings = others(ofSite[booking.site]).filter {
            $0.start < booking.end && booking.start < $0.end
        }
        // A station too few can only show where a meeting begins.
        let peak =
            ([booking.start] + meetings.map { max($0.start, booking.start) })
            .map { at in meetings.count { $0.start <= at && at < $0.end } }.max() ?? 0
        let hasStation = peak < stations[booking.site] ?? 0
        if isDoctorTaken || isPatientTaken || !hasStation { overlaps += 1 }
    }
}
