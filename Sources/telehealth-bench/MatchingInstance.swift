import Foundation
import Scheduler
import Vocabulary

/// An instance file of the matching bench, as its generator writes it.
struct MatchingInstance: Codable {
    struct Hospital: Codable {
        var id: Int?
        let tier: Int
        let region: Int
    }

    struct Site: Codable {
        var id: Int?
        let region: Int
        let stations: Int
        let chain: [Int]
    }

    struct Doctor: Codable {
        var id: Int?
        let specs: [String]
        let langs: [String]
        let windows: [[Int]]
        let hosp: Int
    }

    struct Request: Codable {
        var id: Int?
        let spec: String
        let urg: Int
        let earliest: Int
        let deadline: Int
        let dur: Int
        let site: Int
        let langs: [String]
    }

    struct Weights: Codable {
        let unserved: [String: Int]
        let wait: [String: Int]
        let over: Int
        let overFrac: Double
        let aff: [Int]

        private enum CodingKeys: String, CodingKey {
            case unserved, wait, over, aff
            case overFrac = "over_frac"
        }
    }

    let horizon: Int
    let buffer: Int
    let hospitals: [Hospital]
    let sites: [Site]
    let doctors: [Doctor]
    let requests: [Request]
    let weights: Weights

    private enum CodingKeys: String, CodingKey {
        case horizon = "H"
        case buffer, hospitals, sites, doctors, requests, weights
    }

    /// The instance of a file; throws `PlanError` with one line when it is none.
    init(file: String) throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw PlanError("cannot read \(file)")
        }
        do {
            self = try JSONDecoder().decode(MatchingInstance.self, from: data)
        } catch let error as DecodingError {
            throw PlanError("\(file) is no instance: \(error.sentence)")
        }
    }

    init(
        horizon: Int,
        buffer: Int,
        hospitals: [Hospital],
        sites: [Site],
        doctors: [Doctor],
        requests: [Request],
        weights: Weights
    ) {
        self.horizon = horizon
        self.buffer = buffer
        self.hospitals = hospitals
        self.sites = sites
        self.doctors = doctors
        self.requests = requests
        self.weights = weights
    }

    /// The instance as a planning problem; numbers stand for its names.
    func problem() throws -> PlanProblem {
        try checkIDs("hospital", hospitals.map(\.id))
        try checkIDs("site", sites.map(\.id))
        try checkIDs("doctor", doctors.map(\.id))
        try checkIDs("request", requests.map(\.id))
        var specialties = Numbering("specialties")
        var languages = Numbering("languages")
        return try PlanProblem(
            horizon: horizon,
            buffer: buffer,
            requests: try requests.map { request in
                PlanProblem.Request(
                    urgency: request.urg,
                    earliest: request.earliest,
                    deadline: request.deadline,
                    duration: request.dur,
                    site: request.site,
                    specialty: try specialties.number(of: request.spec),
                    languages: try languages.bits(of: request.langs)
                )
            },
            doctors: try doctors.enumerated().map { number, doctor in
                PlanProblem.Doctor(
                    specialties: try specialties.bits(of: doctor.specs),
                    languages: try languages.bits(of: doctor.langs),
                    windows: try doctor.windows.map { try range($0, of: number) },
                    hospital: doctor.hosp
                )
            },
            sites: sites.map {
                PlanProblem.Site(region: $0.region, stations: $0.stations, chain: $0.chain)
            },
            hospitals: hospitals.map { PlanProblem.Hospital(tier: $0.tier, region: $0.region) },
            weights: try planWeights()
        )
    }

    private func checkIDs(_ kind: String, _ ids: [Int?]) throws {
        for (place, id) in ids.enumerated() where id ?? place != place {
            throw PlanError("\(kind) at place \(place) has another id; ids must be places")
        }
    }

    private func range(_ window: [Int], of doctor: Int) throws -> Range<Int> {
        guard window.count == 2, window[0] <= window[1] else {
            throw PlanError("doctor \(doctor): a window is [first tick, tick after the last]")
        }
        return window[0]..<window[1]
    }

    private func planWeights() throws -> PlanProblem.Weights {
        guard weights.aff.count == 4 else {
            throw PlanError("weights.aff is [chain, region, elsewhere, central for routine]")
        }
        return PlanProblem.Weights(
            unserved: try byUrgency(weights.unserved),
            wait: try byUrgency(weights.wait),
            affinity: (weights.aff[0], weights.aff[1], weights.aff[2]),
            centralRoutine: weights.aff[3],
            overload: weights.over,
            overloadShare: weights.overFrac
        )
    }

    private func byUrgency(_ table: [String: Int]) throws -> [Int] {
        try (0..<table.count).map { place in
            guard let weight = table["\(place + 1)"] else {
                throw PlanError("the weights have no urgency \(place + 1)")
            }
            return weight
        }
    }
}

/// Numbers for names, from 0.
private struct Numbering {
    private let kind: String
    private var numbers: [String: Int] = [:]

    init(_ kind: String) {
        self.kind = kind
    }

    mutating func number(of name: String) throws -> Int {
        if let number = numbers[name] { return number }
        guard numbers.count < PlanProblem.nameLimit else {
            throw PlanError("more than \(PlanProblem.nameLimit) \(kind)")
        }
        numbers[name] = numbers.count
        return numbers.count - 1
    }

    mutating func bits(of names: [String]) throws -> UInt64 {
        try names.reduce(0) { try $0 | 1 << UInt64(number(of: $1)) }
    }
}

extension DecodingError {
    /// What is missing or wrong, and where, in one line.
    fileprivate var sentence: String {
        switch self {
        case .keyNotFound(let key, let context):
            return "\(context.place) has no \"\(key.stringValue)\""
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\(context.place) is not what it must be"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty ? "it is not JSON" : "\(context.place) is damaged"
        @unknown default:
            return "it cannot be read"
        }
    }
}

extension DecodingError.Context {
    fileprivate var place: String {
        let path = codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
        return path.isEmpty ? "the file" : path.joined(separator: ".")
    }
}
