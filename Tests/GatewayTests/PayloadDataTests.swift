import Foundation
import Gateway
import Testing
import Vocabulary

/// The standards' own examples, from the data folder that `TELEHEALTH_DATA` names.
@Suite struct PayloadDataTests {
    private func file(_ path: String) throws -> [UInt8] {
        let folder = try #require(
            ProcessInfo.processInfo.environment["TELEHEALTH_DATA"],
            "TELEHEALTH_DATA names the folder of the recorded data"
        )
        return Array(try Data(contentsOf: URL(filePath: folder).appending(path: path)))
    }

    @Test(arguments: 1...12)
    func `an example of RFC 8428 resolves exactly as its authors resolve it`(number: Int) throws {
        let folder = "senml-rfc8428"
        let expected = try #require(
            try JSONSerialization.jsonObject(
                with: Data(try file("\(folder)/ex\(number).gen.resolved.json"))
            ) as? [[String: Any]]
        )
        // Their tool resolved a time of zero to its own: that is the time of receipt here.
        let receipt = try #require(expected.first?["t"] as? Double)
        let now = Instant(milliseconds: Int64((receipt * 1_000).rounded()))
        for source in ["ex\(number).json", "ex\(number).gen.json"] {
            let report = Decoded(
                try file("\(folder)/\(source)"),
                "application/senml+json",
                at: now
            )
            try compare(report.resolved, expected, source)
        }
        guard number == 3 || number == 5 else { return }
        let report = Decoded(
            try file("\(folder)/ex\(number).gen.cbor"),
            "application/senml+cbor",
            at: now
        )
        try compare(report.resolved, expected, "ex\(number).gen.cbor")
    }

    private func compare(
        _ resolved: [[String: Any]],
        _ expected: [[String: Any]],
        _ source: String
    ) throws {
        // Their tool drops records with data (ex7); links are no part of a measurement (ex8).
        let own = resolved.filter { $0["vd"] == nil }
        #expect(own.count == expected.count, "\(source)")
        for (record, model) in zip(own, expected) {
            #expect(record["n"] as? String == model["n"] as? String, "\(source)")
            #expect(record["u"] as? String == model["u"] as? String, "\(source)")
            #expect(record["t"] as? Double == model["t"] as? Double, "\(source)")
            #expect(record["v"] as? Double == model["v"] as? Double, "\(source)")
            #expect(record["vs"] as? String == model["vs"] as? String, "\(source)")
            #expect(record["vb"] as? Bool == model["vb"] as? Bool, "\(source)")
        }
    }

    @Test func `every blood pressure of the synthetic patients is read`() throws {
        let lines = try file("fhir-r4-examples/synthea-vitals/observations.ndjson")
            .split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == 161)
        for line in lines {
            let report = Decoded(Array(line), "application/fhir+json")
            #expect(report.isGood, "\(report.text)")
            #expect(Set(report.numbers().keys) == ["sys", "dia"], "\(report.text)")
            let source = try #require(
                try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
            )
            let text = try #require(source["effectiveDateTime"] as? String)
            let at = try #require(Instant(rfc3339: text))
            #expect(report.at() == at.rfc3339)
        }
    }

    @Test(arguments: [
        ("fhir-test-cases/bp.json", ["sys": 107.0, "dia": 60]),
        ("fhir-test-cases/observation-example.json", ["weight": 83.914]),
        ("fhir-test-cases/obs-vital-signs-mdc.json", ["pr": 48]),
        ("fhir-server-ms/ObservationWithBloodPressure.json", ["sys": 107, "dia": 60]),
    ])
    func `a good Observation is read`(path: String, expected: [String: Double]) throws {
        let report = Decoded(try file("fhir-r4-examples/\(path)"), "application/fhir+json")
        #expect(report.isGood && report.numbers() == expected, "\(report.text)")
    }

    @Test(arguments: [
        ("fhir-server-ms/InvalidObservation.json", "'text' must be a Narrative"),
        ("fhir-server-ms/ObservationWithInvalidStatus.json", "'status' is none"),
        ("fhir-server-ms/ObservationWithNoCode.json", "has no 'code'"),
        ("fhir-server-ms/ObservationWithInvalidDecimalSpecification.json", "no code of"),
        ("fhir-server-ms/ObservationWithTemperature.json", "entered-in-error"),
        ("fhir-test-cases/observation-decimal.json", "no code of"),
        ("fhir-test-cases/patient-example.json", "'resourceType' must be"),
        ("fhir-test-cases/observation-bp.xml", "not JSON"),
        ("fhir-test-cases/observation-bp-validationfails.xml", "not JSON"),
        ("fhir-test-cases/observation-bp-bad-onlydiastolic.xml", "not JSON"),
    ])
    func `a bad one is refused with a sentence that says why`(path: String, why: String) throws {
        let report = Decoded(try file("fhir-r4-examples/\(path)"), "application/fhir+json")
        #expect(report.code == "undecodable" && report.detail.contains(why), "\(report.text)")
    }
}
