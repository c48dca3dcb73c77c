import Coordinator
import Foundation
import TestKit
import Testing

/// The folder of device profiles, as `devices.profiles` names it.
@Suite struct DeviceProfilesTests {
    private func profiles(_ folder: String) throws -> DeviceProfiles {
        let configuration = try Configuration(
            file: nil,
            environment: [:],
            settings: ["devices.profiles=\(folder)"]
        )
        return try DeviceProfiles(configuration)
    }

    @Test func `the shipped profiles are loaded, and at least three of them read other payloads`()
        throws
    {
        let folder = URL(filePath: #filePath)
            .appending(path: "../../../Config/device-profiles").standardized
        let names = try profiles(folder.path).names
        #expect(
            names == [
                "native", "lifetouch-flat", "mindpoint-list", "senml-clinical", "wardlink-nested",
            ]
        )
    }

    @Test func `a profile that cannot be used is named with its file and what is wrong`()
        async throws
    {
        let good = #"{ name: "a", summary: "", signs: { hr: { path: "h", unit: "/min" } } }"#
        let cases = [
            ("b.json5", good, "must be a.json5"), ("a.json5", "{ name: ", "is not JSON5"),
            ("a.json5", "{}", "'name' is missing"),
            ("a.json5", good.replacing("/min", with: "kg"), "does not measure 'hr'"),
            ("a.json5", good.replacing("signs", with: "sings"), "unknown member 'sings'"),
        ]
        for (file, text, words) in cases {
            try await withTemporaryFolder { folder in
                let path = folder + "/" + file
                try text.write(toFile: path, atomically: true, encoding: .utf8)
                let error = #expect(throws: ConfigurationError.self) { try profiles(folder) }
                let line = error?.description ?? ""
                #expect(line.hasPrefix(path) && line.contains(words), "\(line)")
            }
        }
        let absent = #expect(throws: ConfigurationError.self) { try profiles("/nowhere/at/all") }
        #expect(absent?.description.contains("cannot read the folder") == true)
    }
}
