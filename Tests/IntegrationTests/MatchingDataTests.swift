import Foundation
import TestKit
import Testing

/// `telehealth-bench matching` on the generator's instances, checked by the independent checker.
///
/// Generator, checker and reference results lie in `bench/matching` beside the data folder.
@Suite struct MatchingDataTests {
    /// How far above the best known cost a plan of that many rounds may be, in percent.
    private static let instances = [
        (n: 50, seed: 1, percent: 1.0), (n: 50, seed: 2, percent: 1.0),
        (n: 50, seed: 3, percent: 1.0),
        (n: 200, seed: 1, percent: 3.0), (n: 200, seed: 2, percent: 3.0),
    ]

    @Test(arguments: instances)
    func `a plan keeps every rule and comes near the best known`(
        n: Int,
        seed: Int,
        percent: Double
    ) async throws {
        try await withTemporaryFolder { folder in
            let instance = "\(folder)/instance.json"
            let solution = "\(folder)/solution.json"
            try script(["gen", "--n", "\(n)", "--seed", "\(seed)", "--out", instance])
            let result = try run(
                Deployment.programs + "/telehealth-bench",
                [
                    "matching", "--instance", instance, "--solution", solution,
                    "--rounds", "2000", "--threads", "1", "--json",
                ]
            )
            try #require(result.code == 0, "\(result.error)")
            let found = try number("cost", in: result.output)
            #expect(try number("cost", in: script(["check", instance, solution])) == found)
            let best = try reference("n\(n)s\(seed)")
            #expect(found <= best * (1 + percent / 100), "n=\(n) seed=\(seed)")
            #expect(try number("bound", in: result.output) <= best)
            #expect(try number("bound", in: result.output) >= best * 0.9)
        }
    }

    @discardableResult
    private func script(_ words: [String]) throws -> String {
        let path = try bench("instance.py")
        let result = try run("/usr/bin/env", ["python3", path] + words)
        try #require(result.code == 0, "python3 \(path): \(result.error)\(result.output)")
        return result.output
    }

    private func reference(_ name: String) throws -> Double {
        let text = try String(contentsOfFile: try bench("references.json"), encoding: .utf8)
        let all = try JSONDecoder().decode(References.self, from: Data(text.utf8))
        return try #require(all.best[name], "references.json has no \(name)")
    }

    private func bench(_ file: String) throws -> String {
        let data = try #require(
            ProcessInfo.processInfo.environment["TELEHEALTH_DATA"],
            "set TELEHEALTH_DATA to the folder of the recorded data"
        )
        let path = "\(data)/../bench/matching/\(file)"
        try #require(FileManager.default.fileExists(atPath: path), "there is no \(path)")
        return path
    }

    private func number(_ key: String, in text: String) throws -> Double {
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return try #require(object?[key] as? NSNumber, "no \(key) in \(text)").doubleValue
    }

    /// `references.json`: a comment, and an object for each instance.
    private struct References: Decodable {
        let best: [String: Double]

        private struct Entry: Decodable { let best: Double }
        private struct Name: CodingKey {
            let stringValue: String
            let intValue: Int? = nil
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Name.self)
            var best: [String: Double] = [:]
            for key in values.allKeys where key.stringValue != "comment" {
                best[key.stringValue] = try values.decode(Entry.self, forKey: key).best
            }
            self.best = best
        }
    }
}
