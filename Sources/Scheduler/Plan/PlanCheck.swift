import Vocabulary

/// What a problem must fulfil before it is planned, with a sentence for each thing that is not so.
extension PlanProblem {
    /// The longest horizon: a week of five-minute ticks.
    public static let horizonLimit = 2_016
    /// The most ticks times doctors or sites.
    public static let tickLimit = 64 << 20
    /// The largest weight.
    public static let weightLimit = 1_000_000_000
    /// The most specialties and the most languages.
    public static let nameLimit = 64

    static func check(_ horizon: Int, _ buffer: Int, _ weights: Weights) throws(PlanError) {
        guard (1...horizonLimit).contains(horizon) else {
            throw PlanError(
                "the horizon is \(horizon) ticks; from 1 to \(horizonLimit) are planned"
            )
        }
        guard (0...horizon).contains(buffer) else {
            throw PlanError("the buffer is \(buffer) ticks; it must lie within the horizon")
        }
        guard weights.all.allSatisfy({ (0...weightLimit).contains($0) }) else {
            throw PlanError("a weight is not from 0 to \(weightLimit)")
        }
        guard (0...1_000).contains(weights.overloadShare) else {
            throw PlanError("the share of a load that costs nothing is not a number from 0 on")
        }
    }

    static func check(
        _ requests: [Request],
        _ sites: [Site],
        _ weights: Weights
    ) throws(PlanError) {
        let urgencies = min(weights.unserved.count, weights.wait.count)
        for (number, request) in requests.enumerated() {
            guard request.urgency >= 1, request.urgency <= urgencies else {
                throw PlanError("request \(number): urgency \(request.urgency) has no weights")
            }
            guard request.duration >= 1 else {
                throw PlanError("request \(number): a duration of \(request.duration) ticks")
            }
            guard request.earliest >= 0, request.deadline >= 0 else {
                throw PlanError("request \(number): earliest or deadline is below tick 0")
            }
            guard sites.indices.contains(request.site) else {
                throw PlanError("request \(number): there is no site \(request.site)")
            }
            guard (0..<nameLimit).contains(request.specialty) else {
                throw PlanError("request \(number): more than \(nameLimit) specialties")
            }
        }
    }

    static func check(
        _ doctors: [Doctor],
        _ sites: [Site],
        _ hospitals: [Hospital],
        _ horizon: Int
    ) throws(PlanError) {
        for (number, doctor) in doctors.enumerated() {
            guard hospitals.indices.contains(doctor.hospital) else {
                throw PlanError("doctor \(number): there is no hospital \(doctor.hospital)")
            }
            guard doctor.windows.allSatisfy({ $0.lowerBound >= 0 && $0.upperBound <= horizon })
            else { throw PlanError("doctor \(number): a window leaves the horizon") }
        }
        guard sites.allSatisfy({ (0...Int(UInt16.max)).contains($0.stations) }) else {
            throw PlanError("a site has stations below 0 or more than \(UInt16.max)")
        }
        guard max(sites.count, doctors.count) * horizon <= tickLimit else {
            throw PlanError("doctors or sites times ticks are more than \(tickLimit)")
        }
    }
}
