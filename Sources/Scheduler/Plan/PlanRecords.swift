import Vocabulary

/// What a planning problem is made of: requests, doctors, sites, hospitals and weights.
extension PlanProblem {
    /// One consult that is wanted.
    public struct Request: Sendable {
        /// 1 emergency … 4 routine.
        public var urgency: Int
        /// The first tick at which it may start.
        public var earliest: Int
        /// The tick by which it must have ended.
        public var deadline: Int
        /// Its length in ticks.
        public var duration: Int
        /// The site that asks.
        public var site: Int
        /// The specialty asked for.
        public var specialty: Int
        /// Which languages serve, a bit each.
        public var languages: UInt64

        /// A wanted consult.
        public init(
            urgency: Int,
            earliest: Int,
            deadline: Int,
            duration: Int,
            site: Int,
            specialty: Int,
            languages: UInt64
        ) {
            self.urgency = urgency
            self.earliest = earliest
            self.deadline = deadline
            self.duration = duration
            self.site = site
            self.specialty = specialty
            self.languages = languages
        }
    }

    /// One doctor's day.
    public struct Doctor: Sendable {
        /// Specialties, a bit each.
        public var specialties: UInt64
        /// Languages, a bit each.
        public var languages: UInt64
        /// The windows in which a consult must lie whole, half-open.
        public var windows: [Range<Int>]
        /// Where the doctor works.
        public var hospital: Int

        /// A doctor's day.
        public init(
            specialties: UInt64,
            languages: UInt64,
            windows: [Range<Int>],
            hospital: Int
        ) {
            self.specialties = specialties
            self.languages = languages
            self.windows = windows
            self.hospital = hospital
        }
    }

    /// One asking site.
    public struct Site: Sendable {
        /// Its region.
        public var region: Int
        /// How many consults it can hold at a time.
        public var stations: Int
        /// The hospitals it is twinned with.
        public var chain: [Int]

        /// An asking site.
        public init(region: Int, stations: Int, chain: [Int]) {
            self.region = region
            self.stations = stations
            self.chain = chain
        }
    }

    /// One hospital.
    public struct Hospital: Sendable {
        /// 1 central, 2 provincial, 3 below.
        public var tier: Int
        /// Its region.
        public var region: Int

        /// A hospital.
        public init(tier: Int, region: Int) {
            self.tier = tier
            self.region = region
        }
    }

    /// What a plan costs; by urgency means the place urgency − 1.
    public struct Weights: Sendable {
        /// For each request that is left out, by urgency.
        public var unserved: [Int]
        /// For each tick after `earliest`, by urgency.
        public var wait: [Int]
        /// A doctor of the site's chain, of its region, of elsewhere.
        public var affinity: (chain: Int, region: Int, far: Int)
        /// More for a doctor of a central hospital on a routine request.
        public var centralRoutine: Int
        /// For each tick of a doctor's load beyond the share.
        public var overload: Int
        /// The share of a doctor's windows, rounded down, that costs nothing.
        public var overloadShare: Double

        /// The weights of `Docs/benchmarks.md`.
        public init(
            unserved: [Int] = [40_000, 12_000, 4_000, 1_000],
            wait: [Int] = [12, 6, 3, 1],
            affinity: (chain: Int, region: Int, far: Int) = (0, 2, 5),
            centralRoutine: Int = 4,
            overload: Int = 2,
            overloadShare: Double = 0.8
        ) {
            self.unserved = unserved
            self.wait = wait
            self.affinity = affinity
            self.centralRoutine = centralRoutine
            self.overload = overload
            self.overloadShare = overloadShare
        }

        /// Every weight that is a whole number.
        var all: [Int] {
            unserved + wait
                + [affinity.chain, affinity.region, affinity.far, centralRoutine, overload]
        }
    }
}

/// Where a request is served: a doctor and the tick at which the consult starts.
public struct PlanPlace: Sendable, Equatable {
    var doctorNumber: Int32
    var startTick: Int32

    /// The doctor's place in the problem's list.
    public var doctor: Int { Int(doctorNumber) }
    /// The first tick of the consult.
    public var start: Int { Int(startTick) }

    /// A doctor and a start.
    public init(doctor: Int, start: Int) {
        doctorNumber = Int32(doctor)
        startTick = Int32(start)
    }

    /// Left out.
    static let unserved = PlanPlace(doctor: -1, start: -1)
    var isServed: Bool { doctorNumber >= 0 }
}

/// Why a planning problem cannot be planned.
public struct PlanError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, and where.
    public let description: String

    /// An error with its sentence.
    public init(_ description: String) {
        self.description = description
    }
}
