public import Vocabulary

/// Everything the matcher decides on: doctors, sites, and what live bookings occupy.
///
/// Doctors are indexed by specialty and in cohorts, so that a decision looks only at those who
/// could serve, and asks once what is the same for all of a cohort.
public struct Roster: Sendable {
    private var siteByID: [SiteID: Site] = [:]
    private var bySpecialty: [Specialty: [DoctorID]] = [:]
    private var index = DoctorIndex()
    /// By number; nil for one whom only bookings name.
    private var entries: [DoctorEntry?] = []
    private var numberOf: [DoctorID: Int] = [:]
    private(set) var interpreterBook = InterpreterBook()
    private var occupancy = Occupancy()
    /// What a search asks before it fetches a record.
    private(set) var board = DayBoard()
    private var work: [DoctorWork] = []
    private var lastDoctor: [PatientID: DoctorID] = [:]
    /// The local day from which doctors' windows are worked out; nil before the first.
    private var today: Int?
    /// How long provinces have waited of late, for the goal of fair waits.
    public var waits = ProvinceWaits()
    /// The public holidays, which every doctor's record here knows of.
    public let holidays: HolidayCalendar

    /// A roster without bookings.
    public init(
        sites: [Site] = [],
        doctors: [Doctor] = [],
        interpreters: [Interpreter] = [],
        holidays: HolidayCalendar = HolidayCalendar()
    ) {
        self.holidays = holidays
        for site in sites { siteByID[site.id] = site }
        for interpreter in interpreters { update(interpreter) }
        var doctorByID: [DoctorID: Doctor] = [:]
        for doctor in doctors { doctorByID[doctor.id] = doctor }
        // Who is looked at together lies together: a search waits for memory more than for anything.
        let shelves = doctorByID.values.map { (Roster.shelf($0, siteByID), $0) }
        for (_, doctor) in shelves.sorted(by: { ($0.0, $0.1.id) < ($1.0, $1.1.id) }) {
            enter(doctor)
        }
        for doctor in doctorByID.values.sorted(by: { $0.id < $1.id }) {
            for specialty in Set(doctor.specialties) {
                bySpecialty[specialty, default: []].append(doctor.id)
            }
        }
    }

    /// Every site, by id.
    public var sites: [Site] { siteByID.values.sorted { $0.id < $1.id } }
    /// Every doctor, by id.
    public var doctors: [Doctor] {
        entries.compactMap { $0?.doctor }.sorted { $0.id < $1.id }
    }
    /// How many doctors there are.
    public var doctorCount: Int { entries.count { $0 != nil } }

    /// One site, or nil.
    public func site(_ id: SiteID) -> Site? { siteByID[id] }
    /// One doctor, or nil.
    public func doctor(_ id: DoctorID) -> Doctor? { entry(id)?.doctor }

    /// The doctors who have the specialty, by id.
    public func doctors(of specialty: Specialty) -> [DoctorID] { bySpecialty[specialty] ?? [] }

    /// Works out the doctors' windows of the next days, once a local day; decisions of other days
    /// are the same, but slower.
    public mutating func prepare(at now: Instant) {
        let day = LocalTime.dayNumber(of: now)
        guard day != today else { return }
        today = day
        let grid = DayGrid(from: day)
        board.begin(grid)
        occupancy.begin(grid)
        for entry in entries { if let entry { enter(entry.doctor) } }
        for number in work.indices { noteLoad(of: number) }
        interpreterBook.prepare(from: day)
    }

    /// Adds an interpreter or takes the interpreter's new record.
    public mutating func update(_ interpreter: Interpreter) {
        interpreterBook.enter(interpreter.knowing(holidays), from: today)
    }

    /// Adds a site or takes its new record.
    public mutating func update(_ site: Site) {
        siteByID[site.id] = site
        for entry in entries {
            if let entry, entry.doctor.hospital == site.id { enter(entry.doctor) }
        }
    }

    /// Adds a doctor or takes the doctor's new record.
    public mutating func update(_ doctor: Doctor) {
        let before = Set(self.doctor(doctor.id)?.specialties ?? [])
        let after = Set(doctor.specialties)
        enter(doctor)
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
        if let before = occupancy.freeWork(booking.id) {
            for doctor in before.doctors {
                let number = number(of: doctor)
                work[number].remove(before)
                noteLoad(of: number)
            }
        }
        if booking.state == .fulfilled { lastDoctor[booking.patient] = booking.doctor }
        guard booking.keepsDoctor || booking.state == .fulfilled else { return }
        let doctors = booking.doctors.map { number(of: $0) }
        for (doctor, number) in zip(booking.doctors, doctors) {
            work[number].add(booking, of: doctor)
            noteLoad(of: number)
        }
        if booking.keepsDoctor { occupancy.take(booking, doctors: doctors) }
    }

    /// Keeps the station and the patient's time for a request, once for all its rings.
    ///
    /// The doctors stay free, for all but one will not come.
    public mutating func keepPlace(of ring: Booking) { occupancy.take(ring, doctors: []) }

    /// Gives the place back that was kept for a ring.
    public mutating func givePlaceBack(of ring: Booking) { occupancy.free(ring.id) }

    /// The doctor who last brought a consult of the patient to its end.
    public func lastDoctor(of patient: PatientID) -> DoctorID? { lastDoctor[patient] }

    /// Minutes of consults that the doctor has or had on the local day.
    public func loadMinutes(of doctor: DoctorID, onDay day: Int) -> Int {
        numberOf[doctor].map { work[$0].minutes(onDay: day) } ?? 0
    }

    /// Whether no live booking but `ignored` keeps the doctor in the half-open range.
    public func isFree(
        _ doctor: DoctorID,
        from start: Instant,
        until end: Instant,
        at now: Instant,
        ignoring ignored: BookingID? = nil
    ) -> Bool {
        guard let number = numberOf[doctor] else { return true }
        let ignored = occupancy.number(of: ignored)
        return occupancy.row(doctor: number).isFree(start, end, seenAt: now, ignoring: ignored)
    }

    /// The live bookings that keep the doctor in the half-open range.
    public func inTheWay(
        of doctor: DoctorID,
        from start: Instant,
        until end: Instant,
        at now: Instant
    ) -> [BookingID] {
        bookings(of: doctor, from: start, until: end, at: now).map(\.id)
    }

    /// Whether no live booking but `ignored` keeps the patient in the half-open range.
    public func isFree(
        _ patient: PatientID,
        from start: Instant,
        until end: Instant,
        at now: Instant,
        ignoring ignored: BookingID? = nil
    ) -> Bool {
        let ignored = occupancy.number(of: ignored)
        return occupancy.row(patient).isFree(start, end, seenAt: now, ignoring: ignored)
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
        let ignored = occupancy.number(of: ignored)
        return occupancy.row(site).peak(start, end, seenAt: now, ignoring: ignored) < stations
    }

    /// The doctor's live bookings that claim any of the half-open range, by start.
    public func bookings(
        of doctor: DoctorID,
        from start: Instant,
        until end: Instant,
        at now: Instant
    ) -> [Booking] {
        guard let number = numberOf[doctor] else { return [] }
        return bookings(occupancy.row(doctor: number), start, end, now)
    }

    /// The site's live bookings that claim any of the half-open range, by start.
    public func bookings(
        at site: SiteID,
        from start: Instant,
        until end: Instant,
        at now: Instant
    ) -> [Booking] {
        bookings(occupancy.row(site), start, end, now)
    }

    private func bookings(
        _ row: SlotRow,
        _ start: Instant,
        _ end: Instant,
        _ now: Instant
    ) -> [Booking] {
        row.slots.filter { $0.overlaps(start, end, seenAt: now) }
            .compactMap { occupancy.booking($0.booking) }
    }
}

/// What a search reads, by number instead of by id.
extension Roster {
    func entry(_ id: DoctorID) -> DoctorEntry? { numberOf[id].flatMap { entries[$0] } }

    /// No doctor's number is so great.
    var numberLimit: Int { entries.count }

    func cohorts(of specialty: Specialty) -> [Cohort] { index.cohorts(of: specialty) }

    /// The specialties that somebody has, by key.
    var specialties: [Specialty] { index.specialties }

    /// Ticks of the board's days that doctors are booked for.
    var claimed: TickSet { occupancy.claimed }

    func row(_ entry: DoctorEntry) -> SlotRow { occupancy.row(doctor: entry.number) }
    func row(_ site: SiteID) -> SlotRow { occupancy.row(site) }
    func row(_ patient: PatientID) -> SlotRow { occupancy.row(patient) }
    func row(_ interpreter: InterpreterID) -> SlotRow { occupancy.row(interpreter) }

    /// What the doctor has to do and has done.
    func work(of entry: DoctorEntry) -> DoctorWork { work[entry.number] }

    /// The doctor's minutes on the local day, but for the booking that the terms leave out.
    func loadMinutes(of pairing: Pairing, onDay day: Int) -> Int {
        let minutes = work(of: pairing.entry).minutes(onDay: day)
        guard pairing.ignored != SlotRow.nobody, let booking = occupancy.booking(pairing.ignored),
            booking.doctors.contains(pairing.doctor.id),
            LocalTime.dayNumber(of: booking.start) == day
        else { return minutes }
        return minutes - booking.lengthMinutes
    }

    /// The first instant after `instant` at which a booking of the doctor ends.
    func nextRelease(of doctor: DoctorID, after instant: Instant, at now: Instant) -> Instant? {
        numberOf[doctor].flatMap {
            occupancy.row(doctor: $0).nextEnd(after: instant, seenAt: now)
        }
    }

    func number(of booking: BookingID?) -> Int32 { occupancy.number(of: booking) }

    /// The numbers of the doctors of the live booking with this number; none for no booking.
    func doctorNumbers(of booking: Int32) -> [Int] {
        guard booking != SlotRow.nobody, let known = occupancy.booking(booking) else { return [] }
        return known.doctors.compactMap { numberOf[$0] }
    }

    /// A key by which doctors of a cohort come together.
    private static func shelf(_ doctor: Doctor, _ sites: [SiteID: Site]) -> String {
        let tier = sites[doctor.hospital].map { String($0.tier.rawValue) } ?? ""
        let languages = doctor.languages.map(\.rawValue).sorted()
        let provinces = doctor.licensedProvinces.map(\.rawValue).sorted()
        return ([doctor.specialties.first?.rawValue ?? "", tier] + languages + provinces)
            .joined(separator: " ")
    }

    private mutating func enter(_ record: Doctor) {
        let doctor = record.knowing(holidays)
        let number = number(of: doctor.id)
        if let before = entries[number] { index.remove(before) }
        let known = entries[number]?.duty
        let isKnown = known?.isOf(doctor.availability, from: today) ?? false
        let duty = isKnown ? known : nil
        let entry = DoctorEntry(
            number: number,
            doctor,
            hospital: siteByID[doctor.hospital],
            duty: duty ?? Duty(doctor.availability, from: today)
        )
        entries[number] = entry
        index.insert(entry)
        board.enter(entry)
    }

    private mutating func number(of doctor: DoctorID) -> Int {
        if let number = numberOf[doctor] { return number }
        numberOf[doctor] = entries.count
        entries.append(nil)
        work.append(DoctorWork())
        occupancy.append()
        board.append()
        return entries.count - 1
    }

    private mutating func noteLoad(of number: Int) {
        let known = work[number]
        board.note(load: known.minutes(onDay:), of: number)
    }
}
