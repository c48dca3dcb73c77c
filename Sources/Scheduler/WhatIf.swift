public import Vocabulary

/// Something that could be otherwise, for a while.
public enum Supposition: Sendable, Equatable {
    /// A doctor cannot be had.
    case absent(DoctorID)
    /// So many stations of a site do not work.
    case stationsDown(SiteID, count: Int)
    /// One more doctor is there, and available.
    case oneMore(Doctor)
}

/// A booking or a request that the planner may place elsewhere, with what a search may do.
public struct Placed: Sendable {
    /// The request.
    public let waiting: WaitingRequest
    /// Its booking; nil for one that waits.
    public let booking: Booking?

    /// A request with its booking, if it has one.
    public init(_ waiting: WaitingRequest, booking: Booking?) {
        self.waiting = waiting
        self.booking = booking
    }
}

/// What a supposition would change.
public struct WhatIf: Sendable, Equatable {
    /// One that would have another doctor or time than now, or a doctor at all.
    public struct Move: Sendable, Equatable {
        /// The request.
        public let request: RequestID
        /// Its booking now; nil for one that waits.
        public let booking: BookingID?
        /// The doctor now.
        public let fromDoctor: DoctorID?
        /// When it begins now.
        public let fromStart: Instant?
        /// Who would serve.
        public let toDoctor: DoctorID
        /// When that would begin.
        public let toStart: Instant
    }

    /// Bookings that would move, and waiting requests that would be served; by the new start.
    public let moves: [Move]
    /// Requests whose booking would be lost, with nobody else in time; by id.
    public let stranded: [RequestID]
    /// What the moved bookings would cost more in the goals' unit, later starts above all.
    public let cost: Double
    /// By how many minutes the moved bookings would begin later, all together.
    public let laterMinutes: Int
}

extension Matcher {
    /// How many bookings and waiting requests one question looks at.
    public static let whatIfLimit = 200

    /// Who would move if something were otherwise in the half-open range, and what it would cost.
    ///
    /// `placed` are bookings that have not begun and requests that wait. Bookings of an absent
    /// doctor, and those for which the stations that are left do not suffice, are planned again
    /// together; the most urgent keep their station, then those that begin first. With one more
    /// doctor those who wait are planned again, for a told booking never moves by itself.
    public func whatIf(
        _ supposition: Supposition,
        from start: Instant,
        until end: Instant,
        _ placed: [Placed],
        in roster: Roster,
        at now: Instant
    ) -> WhatIf {
        var changed = roster
        let touched = touched(supposition, start, end, placed, roster).prefix(Matcher.whatIfLimit)
        for one in touched { if let booking = one.booking { changed.note(booking.ended) } }
        suppose(supposition, start, end, in: &changed)
        let plan = plan(touched.map(\.waiting), in: changed, at: now)
        return outcome(Array(touched), plan, in: roster, changed, at: now)
    }

    private func touched(
        _ supposition: Supposition,
        _ start: Instant,
        _ end: Instant,
        _ placed: [Placed],
        _ roster: Roster
    ) -> [Placed] {
        switch supposition {
        case .absent(let doctor):
            return placed.filter { one in
                one.booking.map {
                    $0.doctor == doctor && $0.start < end && start < $0.doctorFreeAt
                } ?? false
            }
        case .stationsDown(let id, let count):
            let left = (roster.site(id)?.stations ?? 0) - count
            let inRange = placed.filter { one in
                one.booking.map { $0.site == id && $0.start < end && start < $0.end } ?? false
            }
            return crowdedOut(inRange, stations: left)
        case .oneMore: return placed.filter { $0.booking == nil }
        }
    }

    /// Those for which no station is left, when the most urgent keep theirs.
    private func crowdedOut(_ placed: [Placed], stations: Int) -> [Placed] {
        var kept = SlotRow()
        var out: [Placed] = []
        let order = placed.sorted {
            ($0.waiting.request.urgency, $0.booking?.start ?? .distantPast, $0.waiting.request.id)
                < (
                    $1.waiting.request.urgency, $1.booking?.start ?? .distantPast,
                    $1.waiting.request.id
                )
        }
        for one in order {
            guard let booking = one.booking else { continue }
            let peak = kept.peak(booking.start, booking.end, seenAt: .distantPast)
            if peak < stations {
                kept.insert(
                    SlotRow.Slot(
                        booking: SlotRow.nobody,
                        isRunning: false,
                        start: booking.start,
                        until: booking.end
                    )
                )
            } else {
                out.append(one)
            }
        }
        return out
    }

    /// Makes the supposition true: what cannot be had is taken by nobody's bookings.
    private func suppose(
        _ supposition: Supposition,
        _ start: Instant,
        _ end: Instant,
        in roster: inout Roster
    ) {
        switch supposition {
        case .absent(let doctor):
            roster.note(.nobodys("doctor", doctor: doctor, site: nil, start, end))
        case .stationsDown(let site, let count):
            for number in 0..<max(0, count) {
                roster.note(.nobodys("station-\(number)", doctor: nil, site: site, start, end))
            }
        case .oneMore(var doctor):
            doctor.availability.additions.append(DatedWindow(from: start, until: end))
            roster.update(doctor)
        }
    }

    private func outcome(
        _ touched: [Placed],
        _ plan: JointPlan,
        in roster: Roster,
        _ changed: Roster,
        at now: Instant
    ) -> WhatIf {
        var moves: [WhatIf.Move] = []
        var stranded: [RequestID] = []
        var cost = 0.0
        var later = 0
        for one in touched {
            let request = one.waiting.request
            guard let place = plan.places[request.id] else {
                if one.booking != nil { stranded.append(request.id) }
                continue
            }
            moves.append(
                WhatIf.Move(
                    request: request.id,
                    booking: one.booking?.id,
                    fromDoctor: one.booking?.doctor,
                    fromStart: one.booking?.start,
                    toDoctor: place.doctor,
                    toStart: place.start
                )
            )
            guard let booking = one.booking else { continue }
            later += Int((place.start - booking.start).wholeMilliseconds / 60_000)
            cost += place.cost - self.cost(of: booking, one.waiting, in: roster, at: now)
        }
        moves.sort { ($0.toStart, $0.request) < ($1.toStart, $1.request) }
        return WhatIf(moves: moves, stranded: stranded.sorted(), cost: cost, laterMinutes: later)
    }

    /// What the goals say of a booking as it is.
    private func cost(
        of booking: Booking,
        _ waiting: WaitingRequest,
        in roster: Roster,
        at now: Instant
    ) -> Double {
        var terms = waiting.terms
        terms.without = booking.id
        let specialty = waiting.request.specialty
        guard let entry = roster.entry(booking.doctor),
            let search = Search(
                waiting.request,
                specialty: specialty,
                at: now,
                terms: terms,
                in: roster
            )
        else { return 0 }
        var pairing = search.pairing(with: entry)
        pairing.start = booking.start
        return GoalBook.all.reduce(0) { $0 + $1.cost(pairing, in: roster, weights: weights) }
    }
}

extension Booking {
    /// The booking given back.
    fileprivate var ended: Booking {
        var booking = self
        booking.state = .cancelled
        return booking
    }

    /// A booking that stands for something that cannot be had.
    fileprivate static func nobodys(
        _ name: String,
        doctor: DoctorID?,
        site: SiteID?,
        _ start: Instant,
        _ end: Instant
    ) -> Booking {
        Booking(
            id: BookingID(trusted: "what-if-\(name)"),
            request: RequestID(trusted: "what-if"),
            doctor: doctor ?? DoctorID(trusted: "what-if"),
            site: site ?? SiteID(trusted: "what-if"),
            patient: PatientID(trusted: "what-if"),
            start: start,
            end: end,
            doctorFreeAt: end,
            state: .confirmed,
            answerBy: nil,
            reasons: [],
            madeAt: start
        )
    }
}
