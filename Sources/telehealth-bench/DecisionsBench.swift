import Arguments
import Glibc
import Scheduler
import Vocabulary

/// Decides single requests against a national day that is booked, and explains them.
let decisionsCommand = Command(
    "decisions",
    "Decide and explain single requests against a national day that is booked, on line.",
    options: [
        .option("--decisions", "N", "decisions of each kind (10000)"),
        .option("--explanations", "N", "explanations of each kind (1000)"),
        .option("--seed", "N", "the day's seed; the requests have the next one (1)"),
        .flag("--limits", "every doctor has a longest run and a daily load"),
        .flag("--json", "print one line of JSON"),
    ]
) { arguments in
    let seed = UInt64(try arguments.integer("--seed", in: 0...1_000_000) ?? 1)
    let bench = DecisionsBench(
        nation: try BookedNation(seed: seed, isLimited: arguments.has("--limits")),
        decisions: try arguments.integer("--decisions", in: 100...1_000_000) ?? 10_000,
        explanations: try arguments.integer("--explanations", in: 10...100_000) ?? 1_000,
        seed: seed + 1
    )
    let result = bench.result()
    writeLine(arguments.has("--json") ? try result.json() : result.text)
}

/// The live matcher beside a clock.
struct DecisionsBench {
    let nation: BookedNation
    let decisions: Int
    let explanations: Int
    let seed: UInt64

    func result() -> DecisionsResult {
        let matcher = Matcher()
        let roster = nation.roster
        let asked = nation.requests(decisions, seed: seed, at: BookedNation.busy)
        let late = nation.requests(decisions, seed: seed, at: BookedNation.evening).filter {
            $0.urgency <= .urgent
        }
        var nobody: [ConsultRequest] = []
        var parts: [DecisionsResult.Part] = []
        for urgency in Urgency.allCases {
            parts.append(
                time("decided, \(urgency.rawValue)", asked.filter { $0.urgency == urgency }) {
                    let match = matcher.match(
                        $0,
                        in: roster,
                        at: BookedNation.busy,
                        terms: BookedNation.terms($0)
                    )
                    if match.best == nil { nobody.append($0) }
                }
            )
        }
        parts.append(
            time("decided, all off", late) {
                _ = matcher.match(
                    $0,
                    in: roster,
                    at: BookedNation.evening,
                    terms: BookedNation.terms($0)
                )
            }
        )
        parts.append(explained("explained, nobody", nobody, at: BookedNation.busy))
        parts.append(explained("explained, all off", late, at: BookedNation.evening))
        let ahead = nation.bookings.filter { $0.booking.start > BookedNation.busy }
        parts.append(
            time("explained, booked", Array(ahead.prefix(explanations))) {
                _ = matcher.explain(
                    $0.request,
                    booking: $0.booking,
                    in: roster,
                    at: BookedNation.busy,
                    terms: BookedNation.terms($0.request)
                )
            }
        )
        return DecisionsResult(
            doctors: roster.doctorCount,
            bookings: nation.bookings.count,
            unserved: nobody.count,
            maximumResidentMegabytes: maximumResidentMegabytes(),
            parts: parts
        )
    }

    private func explained(
        _ name: String,
        _ requests: [ConsultRequest],
        at now: Instant
    ) -> DecisionsResult.Part {
        let matcher = Matcher()
        return time(name, Array(requests.prefix(explanations))) {
            _ = matcher.explain(
                $0,
                booking: nil,
                in: nation.roster,
                at: now,
                terms: BookedNation.terms($0),
                substitutes: [Specialty(rawValue: "internal")]
            )
        }
    }

    /// By the wall, and by the thread's own processor time, which others on the machine do not
    /// lengthen.
    private func time<Item>(
        _ name: String,
        _ items: [Item],
        _ body: (Item) -> Void
    ) -> DecisionsResult.Part {
        var wall: [Double] = []
        var processor: [Double] = []
        for item in items {
            let before = threadMicroseconds()
            let start = ContinuousClock.now
            body(item)
            wall.append(start.duration(to: .now).seconds * 1e6)
            processor.append(threadMicroseconds() - before)
        }
        return DecisionsResult.Part(name: name, wall: wall.sorted(), processor: processor.sorted())
    }

    private func threadMicroseconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }
}

/// What the decisions bench found.
struct DecisionsResult: BenchResult {
    /// One kind of question.
    struct Part: Encodable {
        var name: String
        var count: Int
        var p50Microseconds: Double
        var p99Microseconds: Double
        var processorP99Microseconds: Double
        var maximumMicroseconds: Double

        init(name: String, wall: [Double], processor: [Double]) {
            self.name = name
            count = wall.count
            p50Microseconds = Part.quantile(wall, 0.5)
            p99Microseconds = Part.quantile(wall, 0.99)
            processorP99Microseconds = Part.quantile(processor, 0.99)
            maximumMicroseconds = wall.last ?? 0
        }

        private static func quantile(_ sorted: [Double], _ share: Double) -> Double {
            guard !sorted.isEmpty else { return 0 }
            return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
        }
    }

    var doctors: Int
    var bookings: Int
    /// Of the requests asked by day, how many nobody can serve.
    var unserved: Int
    var maximumResidentMegabytes: Double
    var parts: [Part]

    var text: String {
        let lines = parts.map { part in
            "\(part.name): \(part.count), p50 \(rounded(part.p50Microseconds)) µs, "
                + "p99 \(rounded(part.p99Microseconds)) µs "
                + "(processor \(rounded(part.processorP99Microseconds)) µs), "
                + "at most \(rounded(part.maximumMicroseconds)) µs"
        }
        return """
            \(doctors) doctors, \(bookings) bookings of the day; memory \
            \(rounded(maximumResidentMegabytes)) MiB; \(unserved) requests nobody can serve
            \(lines.joined(separator: "\n"))
            """
    }
}
