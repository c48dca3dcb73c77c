import Vocabulary

/// What a doctor has to do and has done: minutes of consults by local day, and the consults of late
/// that are over, which the occupancy no longer knows.
struct DoctorWork: Sendable {
    /// A consult with the buffer after it, half-open.
    struct Stretch: Sendable, Equatable {
        let booking: BookingID
        let from: Instant
        let until: Instant
    }

    /// How far back consults that are over are remembered: further than any run reaches.
    private static let memory: Duration = .hours(48)

    private var minutesByDay: [Int: Int] = [:]
    /// Consults that took place, oldest first.
    private(set) var done: [Stretch] = []

    func minutes(onDay day: Int) -> Int { minutesByDay[day] ?? 0 }

    /// Takes a booking of the doctor that is live or took place.
    mutating func add(_ booking: Booking, of doctor: DoctorID) {
        let day = LocalTime.dayNumber(of: booking.start)
        minutesByDay[day, default: 0] += booking.lengthMinutes
        // A year of days is more than anything books ahead; drop what lies furthest back.
        if minutesByDay.count > 400, let oldest = minutesByDay.keys.min() {
            minutesByDay[oldest] = nil
        }
        if booking.state == .fulfilled { remember(booking, of: doctor) }
    }

    /// Takes back what was added when the booking was live.
    mutating func remove(_ booking: Booking) {
        let day = LocalTime.dayNumber(of: booking.start)
        guard let minutes = minutesByDay[day] else { return }
        let rest = minutes - booking.lengthMinutes
        minutesByDay[day] = rest > 0 ? rest : nil
    }

    private mutating func remember(_ booking: Booking, of doctor: DoctorID) {
        let own = booking.taken.first { $0.claimant == .doctor(doctor) }
        let stretch = Stretch(
            booking: booking.id,
            from: booking.start,
            until: own?.until ?? booking.doctorFreeAt
        )
        done.removeAll {
            $0.booking == booking.id || $0.until < stretch.from - DoctorWork.memory
        }
        let place = done.firstIndex { $0.from > stretch.from } ?? done.endIndex
        done.insert(stretch, at: place)
    }
}

extension Booking {
    /// The planned length in whole minutes.
    var lengthMinutes: Int { Int((end - start).wholeMilliseconds / 60_000) }
}
