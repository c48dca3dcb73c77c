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

    /// The forecast against days that it does not know, of a nation that is busy.
    @Test func `forecasts of waits and arrivals are near what comes`() throws {
        let report = day {
            $0.seed = 3
            $0.days = 3
            $0.perSite = 4
        }
        let expected = report.expectedArrivals
        let actual = Double(report.actualArrivals)
        #expect(abs(expected - actual) < 4 * (2 * actual).squareRoot(), "\(expected) and \(actual)")
        let pressing = report.calibration.filter { $0.urgency <= .urgent }
        #expect(!pressing.isEmpty)
        for part in pressing {
            let error = abs(part.expectedMinutes - part.actualMinutes)
            #expect(error < 30, "\(part)")
        }
    }
}
