public import Vocabulary

/// Waits and refusals by site and province beside load by doctor, so that nobody loses unseen.
///
/// It is filled from the records of some days: every request asked in them, and every consult that
/// took place.
public struct EquityLedger: Sendable {
    /// What became of the requests of one place.
    public struct Line: Sendable, Equatable, Codable {
        /// Requests.
        public internal(set) var asked = 0
        /// Those that led to a consult that began.
        public internal(set) var served = 0
        /// Those whose deadline passed with nobody.
        public internal(set) var unmatched = 0
        /// Those that were taken back.
        public internal(set) var cancelled = 0
        /// How often a doctor declined one of them, or let the offer run out or did not come.
        public internal(set) var refusals = 0
        /// Those served whose consult did not begin by the deadline.
        public internal(set) var late = 0
        /// The mean wait of those served, in minutes; nil without any.
        public internal(set) var meanWaitMinutes: Double?
        /// The wait that nine of ten did not exceed, in minutes; nil without any.
        public internal(set) var longWaitMinutes: Double?
        /// How many times as long as the whole country those served waited, each compared with its
        /// own urgency; nil without any.
        public internal(set) var waitIndex: Double?
    }

    /// A doctor's work.
    public struct Load: Sendable, Equatable, Codable {
        /// The doctor.
        public let doctor: DoctorID
        /// Consults that took place.
        public internal(set) var consults = 0
        /// Their minutes.
        public internal(set) var minutes = 0
        /// Minutes for which the doctor could be booked in the same days.
        public internal(set) var bookableMinutes = 0
        /// How often the doctor declined, let an offer run out, or did not come.
        public internal(set) var refusals = 0
    }

    private struct Wait {
        let site: SiteID
        let urgency: Urgency
        let minutes: Double
    }

    private let provinceOf: [SiteID: ProvinceID]
    private var bySite: [SiteID: Line] = [:]
    private var waits: [Wait] = []
    /// The waits of the whole country by urgency.
    private var usual: [Urgency: MeanWait] = [:]
    private var loads: [DoctorID: Load] = [:]
    private var requests: [RequestID: ConsultRequest] = [:]

    /// A ledger of nothing, for these sites and doctors and the local days of a range.
    public init(sites: [Site], doctors: [Doctor], days: Range<Int>) {
        provinceOf = Dictionary(sites.map { ($0.id, $0.province) }, uniquingKeysWith: { $1 })
        for doctor in doctors {
            var load = Load(doctor: doctor.id)
            load.bookableMinutes = days.reduce(0) {
                $0 + doctor.availability.bookableMinutes(onDay: $1)
            }
            loads[doctor.id] = load
        }
    }

    /// Counts a request as it stands now.
    public mutating func count(_ request: ConsultRequest) {
        guard request.isProvisional != true else { return }
        requests[request.id] = request
        var line = bySite[request.site] ?? Line()
        line.asked += 1
        line.refusals += request.declinedBy.count + request.unansweredBy.count
        switch request.state {
        case .unmatched: line.unmatched += 1
        case .cancelled: line.cancelled += 1
        case .open, .offered, .matched, .fulfilled: break
        }
        bySite[request.site] = line
        for doctor in request.declinedBy + request.unansweredBy {
            loads[doctor, default: Load(doctor: doctor)].refusals += 1
        }
    }

    /// Counts a consult that took place, of a request that was counted before.
    ///
    /// One of an earlier request is the doctor's work alone.
    public mutating func count(_ consult: Booking) {
        let minutes = Int((consult.end - consult.start).wholeMilliseconds / 60_000)
        loads[consult.doctor, default: Load(doctor: consult.doctor)].consults += 1
        loads[consult.doctor]?.minutes += minutes
        guard let request = requests[consult.request] else { return }
        let since = max(request.openedAt, request.earliest)
        let wait = Double((consult.start - since).wholeMilliseconds) / 60_000
        waits.append(Wait(site: consult.site, urgency: request.urgency, minutes: max(0, wait)))
        usual[request.urgency, default: MeanWait()].add(max(0, wait))
        bySite[consult.site, default: Line()].served += 1
        if consult.start > request.latestStart { bySite[consult.site]?.late += 1 }
    }

    /// The whole country.
    public var country: Line { line(of: Array(bySite.keys), waits) }

    /// Each province that asked, those that waited longest beside the country first.
    public var provinces: [(province: ProvinceID, line: Line)] {
        lines { provinceOf[$0] }.map { (province: $0.key, line: $0.line) }
    }

    /// Each site that asked, of one province or of all, those that waited longest first.
    public func sites(of province: ProvinceID? = nil) -> [(site: SiteID, line: Line)] {
        lines { site in
            province == nil || provinceOf[site] == province ? site : nil
        }.map { (site: $0.key, line: $0.line) }
    }

    /// Each doctor, those with the most minutes first.
    public var doctors: [Load] {
        loads.values.sorted { ($1.minutes, $0.doctor) < ($0.minutes, $1.doctor) }
    }

    private func lines<Key: Hashable & Comparable>(
        _ key: (SiteID) -> Key?
    ) -> [(key: Key, line: Line)] {
        var sites: [Key: [SiteID]] = [:]
        var own: [Key: [Wait]] = [:]
        for site in bySite.keys { if let key = key(site) { sites[key, default: []].append(site) } }
        for wait in waits { if let key = key(wait.site) { own[key, default: []].append(wait) } }
        return sites.map { ($0.key, line(of: $0.value, own[$0.key] ?? [])) }
            .sorted { left, right in
                let (a, b) = (left.line.waitIndex ?? 0, right.line.waitIndex ?? 0)
                return a != b ? a > b : left.key < right.key
            }
    }

    private func line(of sites: [SiteID], _ own: [Wait]) -> Line {
        var line = Line()
        for site in sites {
            guard let part = bySite[site] else { continue }
            line.asked += part.asked
            line.served += part.served
            line.unmatched += part.unmatched
            line.cancelled += part.cancelled
            line.refusals += part.refusals
            line.late += part.late
        }
        let minutes = own.map(\.minutes).sorted()
        guard !minutes.isEmpty else { return line }
        line.meanWaitMinutes = minutes.reduce(0, +) / Double(minutes.count)
        line.longWaitMinutes = minutes[(9 * minutes.count + 9) / 10 - 1]
        let expected = own.reduce(0) { $0 + (usual[$1.urgency]?.mean ?? 0) }
        line.waitIndex = expected > 0 ? minutes.reduce(0, +) / expected : nil
        return line
    }
}
