import Scheduler
import Testing
import Vocabulary
import Wire

@Suite struct TableTests {
    private let header =
        "id,name,province,provinceName,ward,latitude,longitude,tier,stations,chain\n"

    @Test func `sites are read and written back the same`() throws {
        let text =
            header + "h-1,\"Bệnh viện, A\",p-1,Hà Nội,W,21.5,105.25,central,3,\n"
            + "c-1,Trạm B,p-1,Hà Nội,W,-90,180,commune,1,h-1\n"
        let sites = try SiteTable.read(text)
        #expect(sites.map(\.name) == ["Bệnh viện, A", "Trạm B"])
        #expect(sites[1].chain == [sites[0].id])
        #expect(try SiteTable.read(SiteTable.write(sites)) == sites)
    }

    @Test func `every wrong field of every row is named`() throws {
        let text =
            header + "h-1,A,p-1,P,W,90.001,105,central,1,\n"
            + "H 2,A,p-1,P,W,21,105,huge,0,nowhere\n"
            + "h-1,,p-1,P,W,21,105,central,1,h-1\n"
        let thrown = #expect(throws: TableErrors.self) { try SiteTable.read(text) }
        let places = thrown?.errors.map { "\($0.line) \($0.column ?? "")" }
        #expect(
            places == [
                "2 latitude", "3 id", "3 stations", "3 tier", "4 id", "4 name",
            ]
        )
    }

    @Test func `a chain names known sites only and never its own`() {
        let text = header + "h-1,A,p-1,P,W,21,105,central,1,h-1;h-9;h-0\n"
        let known: Set<SiteID> = [SiteID(trusted: "h-0")]
        let thrown = #expect(throws: TableErrors.self) { try SiteTable.read(text, known: known) }
        #expect(thrown?.errors.count == 2)
    }

    @Test func `another header is one error`() {
        let thrown = #expect(throws: TableErrors.self) { try SiteTable.read("id,name\n") }
        #expect(thrown?.errors.count == 1)
    }

    private let doctors =
        "id,name,hospital,specialties,languages,licensedProvinces,weekly,onCall,bufferMinutes\n"

    @Test func `doctors are read and written back the same`() throws {
        let text =
            doctors
            + "d-1,Dr A,h-central,cardiology;emergency,vi;hmn,p-1;p-2,"
            + "1 07:30-11:30;5 22:00-06:00;6 12:00-24:00,"
            + "2026-11-20T11:00:00Z/2026-11-20T23:00:00Z,10\n"
            + "d-2,Dr B,h-far,imaging,vi,,,,0\n"
        let read = try RosterTable.read(text, sites: Register.sites)
        #expect(read[0].specialties == [.cardiology, .emergency])
        #expect(
            read[0].availability.weekly == [
                WeeklyWindow(weekday: 1, fromMinute: 450, untilMinute: 690),
                WeeklyWindow(weekday: 5, fromMinute: 1_320, untilMinute: 1_800),
                WeeklyWindow(weekday: 6, fromMinute: 720, untilMinute: 1_440),
            ]
        )
        #expect(read[0].availability.onCall.count == 1)
        #expect(read[1].licensedProvinces.isEmpty)
        #expect(read.allSatisfy { $0.presence == .off })
        #expect(try RosterTable.read(RosterTable.write(read), sites: Register.sites) == read)
    }

    @Test func `every wrong field of a doctor is named`() {
        let text =
            doctors + "d-1,A,h-none,magic,VI,p-9,8 07:30-11:30;1 07:60-08:00,x/y,-1\n"
            + "d-1,A,h-far,,vi,,1 08:00-08:00,,5\n"
        let thrown = #expect(throws: TableErrors.self) {
            try RosterTable.read(text, sites: Register.sites)
        }
        let places = thrown?.errors.map { "\($0.line) \($0.column ?? "")" }
        #expect(
            places == [
                "2 bufferMinutes", "2 hospital", "2 languages", "2 licensedProvinces",
                "2 onCall", "2 specialties", "2 weekly", "2 weekly", "3 id", "3 specialties",
                "3 weekly",
            ]
        )
    }
}
