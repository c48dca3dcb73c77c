import Foundation
import Scheduler
import Testing
import Vocabulary

/// `Config/sites` as it is shipped.
@Suite struct SitesFileTests {
    static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Config/sites")

    /// Both tables, read once for all tests.
    static let tables = Result {
        func text(_ name: String) throws -> String {
            try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        }
        let sites = try SiteTable.read(text("sites.csv"))
        return (sites, try RosterTable.read(text("doctors.csv"), sites: sites))
    }

    let sites: [Site]
    let doctors: [Doctor]
    let byID: [SiteID: Site]

    init() throws {
        (sites, doctors) = try Self.tables.get()
        byID = Dictionary(sites.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    @Test func `there are fifteen hundred sites in all 34 provinces`() {
        #expect(sites.count == 1_500)
        #expect(byID.count == 1_500)
        #expect(Set(sites.map(\.province)).count == 34)
        for (province, group) in Dictionary(grouping: sites, by: \.province) {
            #expect(Set(group.map(\.provinceName)).count == 1, "\(province)")
            for tier in [SiteTier.provincial, .regional, .commune] {
                #expect(group.contains { $0.tier == tier }, "\(province) \(tier)")
            }
        }
    }

    @Test func `the tiers are filled as in a national programme`() {
        let counts = Dictionary(grouping: sites, by: \.tier).mapValues(\.count)
        #expect((27...40).contains(counts[.central] ?? 0))
        #expect((150...300).contains(counts[.provincial] ?? 0))
        #expect((400...700).contains(counts[.regional] ?? 0))
        #expect((500...900).contains(counts[.commune] ?? 0))
    }

    @Test func `every site lies in Viet Nam and has a name, a ward and a station`() {
        for site in sites {
            #expect((8.0...23.5).contains(site.latitude), "\(site.id)")
            // Trường Sa lies far out at sea.
            let isFarOut = site.ward == "Đặc khu Trường Sa"
            #expect((102.0...(isFarOut ? 115.0 : 109.6)).contains(site.longitude), "\(site.id)")
            #expect(!site.name.isEmpty)
            #expect(
                ["Phường ", "Xã ", "Đặc khu "].contains { site.ward.hasPrefix($0) },
                "\(site.id)"
            )
            #expect((1...12).contains(site.stations))
        }
    }

    @Test func `no two sites share name and ward`() {
        let places = sites.map { "\($0.name)|\($0.ward)|\($0.province)" }
        #expect(Set(places).count == places.count)
    }

    @Test func `a chain leads upwards and ends in a central hospital`() {
        for site in sites {
            let tiers = site.chain.compactMap { byID[$0]?.tier }
            #expect(tiers.count == site.chain.count)
            guard site.tier != .central else {
                #expect(site.chain.isEmpty, "\(site.id)")
                continue
            }
            #expect((1...3).contains(tiers.count), "\(site.id)")
            #expect(tiers.last == .central, "\(site.id)")
            #expect(tiers.first.map { $0 < site.tier } == true, "\(site.id)")
            #expect(zip(tiers, tiers.dropFirst()).allSatisfy { $0 > $1 }, "\(site.id)")
        }
    }

    @Test func `every specialty is staffed where urgent consults may go`() {
        for specialty in Specialty.all {
            let staff = doctors.filter { $0.specialties.first == specialty }
            #expect(staff.count >= 40, "\(specialty.rawValue)")
            let upper = staff.filter { doctor in
                byID[doctor.hospital].map { $0.tier <= .provincial } ?? false
            }
            #expect(upper.count >= 20, "\(specialty.rawValue)")
        }
    }

    @Test func `an emergency doctor of the upper tiers works in every province`() {
        let provinces = doctors.compactMap { doctor -> ProvinceID? in
            guard doctor.specialties.contains(.emergency), let site = byID[doctor.hospital],
                site.tier <= .provincial
            else { return nil }
            return site.province
        }
        #expect(Set(provinces).count == 34)
    }

    @Test func `every language is spoken by an emergency doctor whom anybody may ask`() {
        for language in [Language.vietnamese, .hmong, .tay, .thai, .khmer, .ede, .english] {
            let staff = doctors.filter { doctor in
                doctor.languages.contains(language) && doctor.specialties.contains(.emergency)
                    && doctor.licensedProvinces.isEmpty
            }
            #expect(!staff.isEmpty, "\(language.rawValue)")
        }
    }

    @Test func `every doctor has hours, speaks Vietnamese and works above a commune`() {
        #expect((2_400...3_200).contains(doctors.count))
        for doctor in doctors {
            #expect(!doctor.availability.weekly.isEmpty, "\(doctor.id)")
            #expect(doctor.languages.first == .vietnamese, "\(doctor.id)")
            #expect(byID[doctor.hospital].map { $0.tier < .commune } == true, "\(doctor.id)")
            #expect(doctor.bufferMinutes > 0)
        }
    }

    @Test func `the tables are written as they were read`() throws {
        let sitesAgain = try SiteTable.read(SiteTable.write(sites))
        #expect(sitesAgain == sites)
        let doctorsAgain = try RosterTable.read(RosterTable.write(doctors), sites: sites)
        #expect(doctorsAgain == doctors)
    }
}
