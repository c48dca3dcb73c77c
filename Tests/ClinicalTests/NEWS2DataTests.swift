import Clinical
import Foundation
import Testing
import Vocabulary
import Wire

/// Every row of the recorded NEWS2 vectors (`news2-vectors/SOURCE.md`).
@Suite struct NEWS2DataTests {
    @Test func `every row of the boundary table agrees`() throws {
        let table = try CSVTable(
            try text("news2_boundaries.csv"),
            columns: [
                "tag", "rr", "spo2", "scale", "on_o2", "sbp", "hr", "acvpu", "temp_c", "s_rr",
                "s_spo2", "s_o2", "s_sbp", "s_hr", "s_acvpu", "s_temp", "total", "risk",
            ]
        )
        #expect(table.rows.count == 90)
        for row in table.rows {
            let score = News2Score(try values(row, scale: "scale"))
            for (parameter, column) in zip(
                News2Parameter.allCases,
                ["s_rr", "s_spo2", "s_o2", "s_sbp", "s_hr", "s_acvpu", "s_temp"]
            ) {
                #expect(score[parameter] == Int(row[column] ?? ""), "line \(row.line) \(column)")
            }
            #expect(score.total == Int(row["total"] ?? ""), "line \(row.line)")
            #expect(score.band.rawValue == row["risk"], "line \(row.line)")
            #expect(score.isComplete && score.low == score.high)
        }
    }

    @Test func `every case of the GDL2 guideline agrees`() throws {
        let table = try CSVTable(
            try text("gdl2_news2_cases.csv"),
            columns: [
                "case", "rr", "spo2", "spo2_scale", "on_o2", "sbp", "hr", "acvpu", "temp_c",
                "gdl_total", "gdl_spo2", "gdl_risk", "ref_total", "ref_spo2", "ref_risk", "agree",
            ]
        )
        #expect(table.rows.count == 19)
        for row in table.rows {
            let score = News2Score(try values(row, scale: "spo2_scale"))
            #expect(score.total == Int(row["gdl_total"] ?? ""), "line \(row.line)")
            #expect(score[.oxygenSaturation] == Int(row["gdl_spo2"] ?? ""), "line \(row.line)")
            #expect(score.band.rawValue == row["ref_risk"], "line \(row.line)")
        }
    }

    private func values(_ row: CSVRow, scale: String) throws -> News2Values {
        // Through the score command's own line format, "N" for "not alert" included.
        let line = """
            {"rr":\(try field(row, "rr")),"spo2":\(try field(row, "spo2")),\
            "scale":\(try field(row, scale)),"o2":\(try field(row, "on_o2") == "1"),\
            "sys":\(try field(row, "sbp")),"hr":\(try field(row, "hr")),\
            "avpu":"\(try field(row, "acvpu"))","temp":\(try field(row, "temp_c"))}
            """
        return try News2Values(line: Array(line.utf8).span)
    }

    private func field(_ row: CSVRow, _ column: String) throws -> String {
        try #require(row[column], "line \(row.line) has no \(column)")
    }

    private func text(_ name: String) throws -> String {
        let folder = try #require(
            ProcessInfo.processInfo.environment["TELEHEALTH_DATA"],
            "set TELEHEALTH_DATA to the folder of the recorded data"
        )
        return try String(contentsOfFile: "\(folder)/news2-vectors/\(name)", encoding: .utf8)
    }
}
