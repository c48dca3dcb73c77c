public import Vocabulary

/// Everything the matcher decides on: doctors, sites, and what live bookings occupy.
///
/// Doctors are indexed by specialty, so that a decision looks only at those who could serve.
public struct Roster: Sendable {
    private var siteByID: [SiteID: Site] = [:]
    private var doctorByID: [DoctorID: Doctor] = [:]
    private var bySpecialty: [Specialty: [DoctorID]] = [:]
    private var occupancy = Occupancy()
    private var counted: [BookingID: Booking] = [:]
    private var load: [DoctorID: DayLoad] = [:]
    private var lastDoctor: [PatientID: DoctorID] = [:]

    /// A roster without bookings.
    public init(sites: [Site] = [], doctors: [Doctor] = []) {
        for site in sites { siteByID[site.id] = site }
        for doctor in doctors { doctorByID[doctor.id] = doctor }
        for doctor in doctorByID.values.sorted(by: { $0.id < $1.id }) {
            for specialty in Set(doctor.specialties) {
                bySpecialty[specialty, default: []].append(doctor.id)
            }
        }
    }

    /// Every site, by id.
    public var sites: [Site] { siteByID.values.sorted { $0.id < $1.id } }
    /// Every doctor, by id.
    public var doctors: [Doctor] { doctorByID.values.sorted { $0.id < $1.id } }
    /// How many doctors there are.
    public var doctorCount: Int { doctorByID.count }

    /// One site, or nil.
    public func site(_ id: SiteID) -> Site? { siteByID[id] }
    /// One doctor, or nil.
    public func doctor(_ id: DoctorID) -> Doctor? { doctorByID[id] }

    /// The doctors who have the specialty, by id.
    public func doctors(of specialty: Specialty) -> [DoctorID] { bySpecialty[specialty] ?? [] }

    /// Adds a site or takes its new record.
    public mutating func update(_ site: Site) {
        siteByID[site.id] = site
    }

    /// Adds a doctor or takes the doctor's new record.
    public mutating func update(_ doctor: Doctor) {
        let before = Set(doctorByID[doctor.id]?.specialties ?? [])
        let after = Set(doctor.specialties)
        doctorByID[doctor.id] = doctor
        for specialty in before.subtracting(after) {
            bySpecialty[specialty]?.removeAll { $0 == doctor.id }
        }
        for specialty in after.subtracting(before) {
            var doctors = bySpecialty[specialty] ?? []
            let place = doctors.firstIndex { $0 > doctor.id } ?? doctors.endIndex
            doctors.insert(doctor.id, at: place)
            bySpecialty[specialty] = doctors
        }
    }

    /// Takes a booking's new record: a live one occupies, a fulfilled one counts as the day's
    /// work and for continuity, any other frees what it held.
    public mutating func note(_ booking: Booking) {
        if let before = counted.removeValue(forKey: booking.id) {
            occupancy.free(before)
            load[before.doctor]?.remove(before)
        }
        if booking.takesTime { occupancy.take(booking) }
        if booking.state == .fulfilled { lastDoctor[booking.patient] = booking.doctor }
        if booking.takesTime || booking.state == .fulfilled {
            load[booking.doctor, default: DayLoad()].add(booking)
        }
        if booking.takesTime { counted[booking.id] = booking }
    }

    /// Keeps the station and the patient's time for a request, once for all its rings.
    ///
    /// The doctors stay free, for all but one will not come.
    public mutating func keepPlace(of ring: Booking) { occupancy.takePlace(ring) }

    /// Gives the place back that was kept for a ring.
    public mutating func givePlaceBack(of ring: Booking) { occupancy.free(ring) }

    /// The doctor who last brought a consult of the patient to its end.
    public func lastDoctor(of patient: PatientID) -> DoctorID? { lastDoctor[patient] }

    /// Minutes of consults that the doctor has or had on the local day.
    public func loadMinutes(of doctor: DoctorID, onDay day: Int) -> Int {
        load[doctor]?.minutes(onDay: day) ?? 0
    }

    /// Whether no live booking but `ignored` keeps the doctor in the half-open range.
    public func isFree(
        _ doctor: DoctorID,
        from start: Instant,
        until end: Instant,
        at now: Instant,
        ignoring ignored: BookingID? = nil
    ) -> Bool {
        !occupancy.slots(of: doctor).contains {
            $0.booking != ignored && $0.overlaps(start, end, seenAt: now)
        }
    }

    /// The live bookings that keep the doctor in the half-open range.
    public func inTheWay(
        of doctor: DoctorID,
        from start: Instant,
        until end: Instant,
        at now: Instant
    ) -> [BookingID] {
        occupancy.slots(of: doctor).filter { $0.overlaps(start, end, seenAt: now) }.map(\.booking)
    }

    /// Whether no live booking but `ignored` keeps the patient in the half-open range.
    public func isFree(
        _ patient: PatientID,
        from start: Instant,
        until end: Instant,
        at now: Instant,
        ignoring ignored: BookingID? = nil
    ) -> Bool {
        !occupancy.slots(of: patient).contains {
            $0.booking != ignored && $0.overlaps(start, end, seenAt: now)
        }
    }

    /// Whether the site has a station that nobody but `ignored` uses in the half-open range.
    public func hasFreeStation(
        _ site: SiteID,
        from start: Instant,
        until end: Instant,
        at now: Instant,
        ignoring ignored: BookingID? = nil
    ) -> Bool {
        guard let stations = siteByID[site]?.stations else { return false }
        let slots = occupancy.slots(of: site).filter { $0.booking != ignored }
        return Occupancy.peak(of: slots, from: start, until: end, seenAt: now) < stations
    }

    /// The first instant after `instant` at which a booking of the doctor ends.
    func nextRelease(of doctor: DoctorID, after instant: Instant, at now: Instant) -> Instant? {
        Roster.nextEnd(of: occupancy.slots(of: doctor), after: instant, at: now)
    }

    /// The first instant after `instant` at which a booking of the patient ends.
    func nextRelease(of patient: PatientID, after instant: Instant, at now: Instant) -> Instant? {
        Roster.nextEnd(of: occupancy.slots(of: patient), after: instant, at: now)
    }

    /// The first instant after `instant` at which a station of the site is given back.
    func nextRelease(of site: SiteID, after instant: Instant, at now: Instant) -> Instant? {
        Roster.nextEnd(of: occupancy.slots(of: site), after: instant, at: now)
    }

    private static func nextEnd(
        of slots: [Occupancy.Slot],
        after instant: Instant,
        at now: Instant
    ) -> Instant? {
        slots.map { $0.end(seenAt: now) }.filter { $0 > instant }.min()
    }
}

/// Minutes of consults by local day; only the last days are kept.
private struct DayLoad: Sendable {
    private var minutesByDay: [Int: Int] = [:]

    func minutes(onDay day: Int) -> Int { minutesByDay[day] ?? 0 }

    mutating func add(_ booking: Booking) {
        let day = LocalTime.dayNumber(of: booking.start)
        minutesByDay[day, default: 0] += booking.lengthMinutes
        // A year of days is more than anything books ahead; drop what lies furthest back.
        if minutesByDay.count > 400, let oldest = minutesByDay.keys.min() {
            minutesByDay[oldest] = nil
        }
    }

    mutating func remove(_ booking: Booking) {
        let day = LocalTime.dayNumber(of: booking.start)
        guard let minutes = minutesByDay[day] else { return }
        let rest = minutes - booking.lengthMinutes
        minutesByDay[day] = rest > 0 ? rest : nil
    }
}

extension Booking {
    /// The planned length in whole minutes.
    var lengthMinutes: Int { Int((end - start).wholeMilliseconds / 60_000) }
}
