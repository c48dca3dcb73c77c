import Foundation
import Testing
import Wire

/// `telehealth score` against every row of the recorded NEWS2 vectors.
@Suite struct ScoreDataTests {
    private static let inputs = ["rr", "spo2", "on_o2", "sbp", "hr", "acvpu", "temp_c"]

    @Test func `the command agrees with every row of both tables`() throws {
        let folder = try #require(
            ProcessInfo.processInfo.environment["TELEHEALTH_DATA"],
            "set TELEHEALTH_DATA to the folder of the recorded data"
        )
        let points = ["s_rr", "s_spo2", "s_o2", "s_sbp", "s_hr", "s_acvpu", "s_temp"]
        let tables = [
            (
                "news2_boundaries.csv", "scale", 90, "total",
                ["tag", "scale"] + points + ["total", "risk"]
            ),
            (
                "gdl2_news2_cases.csv", "spo2_scale", 19, "gdl_total",
                [
                    "case", "spo2_scale", "gdl_total", "gdl_spo2", "gdl_risk", "ref_total",
                    "ref_spo2", "ref_risk", "agree",
                ]
            ),
        ]
        for (file, scale, count, total, columns) in tables {
            let path = "\(folder)/news2-vectors/\(file)"
            let table = try CSVTable(
                try String(contentsOfFile: path, encoding: .utf8),
                columns: columns + ScoreDataTests.inputs
            )
            #expect(table.rows.count == count)
            let lines = try table.rows.map { try line($0, scale: scale) }
            let result = try run(
                Deployment.programs + "/telehealth",
                ["score"],
                input: lines.joined(separator: "\n") + "\n"
            )
            #expect(result.code == 0, "\(result.error)")
            let answers = try result.output.split(separator: "\n").map {
                try JSONObject(Array($0.utf8))
            }
            try #require(answers.count == count)
            for (row, answer) in zip(table.rows, answers) {
                let place = "\(file), line \(row.line)"
                #expect(answer.integer("total") == Int(row[total] ?? ""), "\(place)")
                #expect(answer["band"] == (row["risk"] ?? row["ref_risk"]), "\(place)")
                #expect(answer["state"] == "complete", "\(place)")
                guard row["s_rr"] != nil else { continue }
                for (name, column) in zip(
                    ["rr", "spo2", "o2", "sys", "hr", "avpu", "temp"],
                    points
                ) {
                    #expect(
                        answer.object("points")?.integer(name) == Int(row[column] ?? ""),
                        "\(place), \(column)"
                    )
                }
            }
        }
    }

    private func line(_ row: CSVRow, scale: String) throws -> String {
        func field(_ column: String) throws -> String {
            try #require(row[column], "line \(row.line) has no \(column)")
        }
        return """
            {"rr":\(try field("rr")),"spo2":\(try field("spo2")),"scale":\(try field(scale)),\
            "o2":\(try field("on_o2") == "1"),"sys":\(try field("sbp")),"hr":\(try field("hr")),\
            "avpu":"\(try field("acvpu"))","temp":\(try field("temp_c"))}
            """
    }
}
