import CareLoop
import Foundation
import Scheduler
import Simulation
import TestKit
import Testing
import Vocabulary

@Suite struct ConsultDayTests {
    private func day(_ change: (inout DayOptions) -> Void = { _ in }) -> DayReport {
        var options = DayOptions()
        options.sites = SmallNation.sites(40)
        options.doctors = SmallNation.doctors(20, in: options.sites, seed: 7)
        change(&options)
        var day = ConsultDay(options)
        return day.run()
    }

    private func total(_ report: DayReport, _ count: (DayReport.Line) -> Int) -> Int {
        report.lines.reduce(0) { $0 + count($1) }
    }

    @Test func `a day of any seed loses nobody and books nobody twice`() {
        let seed = TestSeed.take("a day loses nobody")
        let report = day {
            $0.seed = seed
            $0.perSite = 3
        }
        #expect(report.overlaps == 0 && report.lost == 0, "seed \(seed)")
        let asked = total(report, \.asked)
        let ended = total(report) { $0.served + $0.cancelled + $0.unmatched + $0.open }
        #expect(asked > 60 && asked == ended, "seed \(seed)")
    }

    @Test func `the same seed gives the same day, another one another`() {
        let one = day { $0.seed = 5 }
        #expect(day { $0.seed = 5 } == one)
        #expect(day { $0.seed = 6 } != one)
    }

    @Test func `what people do shows in the figures`() {
        let calm = day {
            $0.cancelled = 0
            $0.noShow = 0
            $0.declined = 0
            $0.unanswered = 0
            $0.doctorCancelled = 0
            // So short that no consult runs into the doctor's next.
            $0.consultMinutes = 4
        }
        #expect(total(calm, \.cancelled) == 0)
        #expect(calm.noShows == 0 && calm.declined == 0 && calm.moves == 0)
        #expect(total(calm, \.served) > 0 && calm.utilisation > 0)
        #expect(total(day { $0.cancelled = 1 }, \.cancelled) > 0)
        #expect(day { $0.noShow = 1 }.noShows > 0)
        #expect(day { $0.declined = 0.5 }.declined > 0)
        #expect(day { $0.unanswered = 0.5 }.expired > 0)
        #expect(day { $0.doctorCancelled = 1 }.moves > 0)
    }

    @Test func `the report is JSON as well`() throws {
        let report = day()
        let read = try JSONDecoder().decode(DayReport.self, from: Data(report.json().utf8))
        #expect(read == report)
        #expect(report.text.contains("overlaps 0, lost 0"))
    }

    /// Three days of a nation that is busy; the forecast knows the two before the last.
    private func busyDay(_ seed: UInt64) -> DayReport {
        day {
            $0.seed = seed
            $0.days = 3
            $0.perSite = 4
            // Plans for all who wait are what a busy day spends its time on.
            $0.policy.replanning = .minutes(2)
        }
    }

    @Test func `forecasts of arrivals are near what comes`() {
        let report = busyDay(3)
        let expected = report.expectedArrivals
        let actual = Double(report.actualArrivals)
        #expect(abs(expected - actual) < 4 * (2 * actual).squareRoot(), "\(expected) and \(actual)")
    }

    /// The band that the forecast keeps: over all seeds together the mean that was seen is from two
    /// thirds to one and a half of the mean that was said, or within five minutes of it, and of ten
    /// forecasts nine are near.
    @Test func `whoever asks is told about the wait that comes, in any urgency`() {
        let reports = (21...24).map { busyDay(UInt64($0)) }
        let parts = DayReport.calibration(reports)
        let table = DayReport.calibrationText(parts).joined(separator: "\n")
        #expect(parts.map(\.urgency) == Urgency.allCases, "\(table)")
        for part in parts {
            #expect(part.count >= 10, "\(table)")
            let bias = abs(part.saidMinutes - part.seenMinutes)
            #expect(
                (0.66...1.5).contains(part.ratio) || bias <= WaitCalibration.nearMinutes,
                "\(part.urgency)\n\(table)"
            )
            #expect(part.near >= 0.9, "\(part.urgency)\n\(table)")
        }
        #expect(reports[0].text.contains("seen/said"))
    }

    @Test func `a calibration sets what was said against what was seen`() throws {
        func wait(_ said: Int, _ seen: Int, _ urgency: Urgency = .soon) -> ForetoldWait {
            ForetoldWait(
                urgency: urgency,
                specialty: .cardiology,
                askedAt: ConsultDay.start,
                saidSeconds: said * 60,
                slipSeconds: 0,
                plannedSeconds: said * 60,
                seenSeconds: seen * 60
            )
        }
        // Near are: within five minutes, and within a factor of two, both to the last.
        let waits = [wait(0, 5), wait(0, 6), wait(40, 20), wait(41, 20), wait(10, 10, .urgent)]
        let soon = try #require(WaitCalibration(.soon, of: waits))
        #expect(soon.count == 4 && soon.near == 0.5)
        #expect(soon.saidMinutes == 20.25 && soon.seenMinutes == 12.75)
        #expect(soon.saidMedian == 20 && soon.seenMedian == 13)
        #expect(soon.meanErrorMinutes == 13 && soon.ratio == 12.75 / 20.25)
        #expect(WaitCalibration(.urgent, of: waits)?.near == 1)
        #expect(WaitCalibration(.routine, of: waits) == nil)
    }
}
