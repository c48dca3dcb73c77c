import Foundation
import Testing
import Vocabulary

@Suite struct IdentifierTests {
    @Test(arguments: ["a", "0", "-", "site-17", String(repeating: "x", count: 40)])
    func `one to forty of a-z, 0-9 and hyphen name a thing`(text: String) {
        #expect(SiteID(rawValue: text)?.rawValue == text)
    }

    @Test(arguments: [
        "", String(repeating: "x", count: 41), "A", "a b", "a_b", "a/b", "a+b", "#", "a.b", "é",
        "ａ",
        "a\u{0}", "a\n", "аbc", "a\u{301}", "../x",
    ])
    func `anything else names nothing`(text: String) {
        #expect(SiteID(rawValue: text) == nil)
    }

    @Test func `fresh names differ and are names`() {
        var random = SeededRandom(seed: 7)
        let names = (0..<10_000).map { _ in AlarmID.fresh("a", using: &random) }
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.rawValue.utf8.count == 18 && $0.rawValue.hasPrefix("a-") })
        var again = SeededRandom(seed: 7)
        #expect(AlarmID.fresh("a", using: &again) == names.first)
    }

    @Test func `a name the program did not write properly traps`() async {
        await #expect(processExitsWith: .failure) { _ = SiteID(trusted: "Not a name") }
    }

    @Test func `it is a string in JSON, as a value and as a key`() throws {
        let id = SiteID(trusted: "site-1")
        let data = try JSONEncoder().encode([id: [id]])
        #expect(String(decoding: data, as: UTF8.self) == #"{"site-1":["site-1"]}"#)
        #expect(try JSONDecoder().decode([SiteID: [SiteID]].self, from: data) == [id: [id]])
        for bad in [#"["A"]"#, #"["x/y"]"#, "[1]"] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode([SiteID].self, from: Data(bad.utf8))
            }
        }
    }

    @Test func `equal names hash alike and order by their text`() {
        #expect(SiteID(trusted: "a").hashValue == SiteID(trusted: "a").hashValue)
        #expect(SiteID(trusted: "a") < SiteID(trusted: "a-1"))
        #expect(!(SiteID(trusted: "b") < SiteID(trusted: "a")))
    }

    @Test func `the same seed gives the same run`() {
        var random = SeededRandom(seed: 1_234_567)
        // The first outputs of SplitMix64 as its authors publish them for this seed.
        #expect(random.next() == 6_457_827_717_110_365_317)
        #expect(random.next() == 3_203_168_211_198_807_973)
    }
}
