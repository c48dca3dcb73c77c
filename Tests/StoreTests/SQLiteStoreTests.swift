import Foundation
import SQLite
import Scheduler
import Store
import TestKit
import Testing
import Vocabulary

/// What only the embedded store promises.
@Suite struct SQLiteStoreTests {
    @Test func `the documented schema is the one the program carries`() throws {
        for (name, text) in [
            ("sqlite.sql", SQLiteSchema.version1), ("sqlite-2.sql", SQLiteSchema.version2),
            ("sqlite-commands.sql", SQLiteSchema.commands),
            ("sqlite-content-type.sql", SQLiteSchema.contentType),
            ("sqlite-patient-free.sql", SQLiteSchema.patientFree),
            ("sqlite-claims.sql", SQLiteSchema.claims), ("sqlite-places.sql", SQLiteSchema.places),
            ("sqlite-chat.sql", SQLiteSchema.chat),
            ("partition.sql", PartitionSchema.version1),
        ] {
            let file = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../Config/schema/\(name)").standardized
            #expect(try String(contentsOf: file, encoding: .utf8) == text)
        }
    }

    @Test func `nobody else may read the files`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteStore(directory: folder + "/data")
            try await store.audit(Sample.auditEntry())
            for name in ["", "/telehealth.db", "/telehealth.db-wal"] {
                let path = folder + "/data" + name
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                let rights = try #require(attributes[.posixPermissions] as? Int)
                #expect(rights & 0o077 == 0, "\(name)")
            }
            await store.close()
        }
    }

    @Test func `a second store on the folder is refused until the first is closed`() async throws {
        try await withTemporaryFolder { folder in
            let first = try SQLiteStore(directory: folder)
            #expect(opening(folder) == .inUse)
            await first.close()
            try await SQLiteStore(directory: folder).close()
        }
    }

    @Test func `a store for reading follows the one that writes, and writes nothing`() async throws
    {
        try await withTemporaryFolder { folder in
            let copy = folder + "/copy"
            let writer = try SQLiteStore(directory: folder + "/data")
            let reader = try SQLiteStore(readingFrom: folder + "/data")
            #expect(try await reader.auditEntries(AuditFilter()).isEmpty)
            try await writer.audit(Sample.auditEntry())
            #expect(try await reader.auditEntries(AuditFilter()).count == 1)
            await #expect(throws: StoreError.readOnly) {
                try await reader.audit(Sample.auditEntry())
            }
            await #expect(throws: StoreError.readOnly) {
                try await reader.apply(Sample.registry)
            }
            #expect(try await reader.verify().isSound)
            try await reader.backup(to: copy)
            try await writer.audit(Sample.auditEntry(2))
            await reader.close()
            await writer.close()
            let kept = try SQLiteStore(directory: copy)
            #expect(try await kept.auditEntries(AuditFilter()).count == 1)
            await kept.close()
        }
    }

    @Test func `a store for reading makes no file and takes no foreign or later one`() async throws
    {
        try await withTemporaryFolder { folder in
            #expect(throws: StoreError.self) { try SQLiteStore(readingFrom: folder) }
            #expect(!FileManager.default.fileExists(atPath: folder + "/telehealth.db"))
        }
        try await withStoredFile { path, folder in
            let connection = try Connection(path: path, access: .writing)
            try connection.execute("PRAGMA user_version = 9")
            #expect(throws: StoreError.newerSchema(found: 9, supported: SQLiteSchema.version)) {
                try SQLiteStore(readingFrom: folder)
            }
            try connection.execute(
                "PRAGMA user_version = \(SQLiteSchema.version); PRAGMA application_id = 7"
            )
            #expect(throws: StoreError.corrupt("the file is not a database of telehealth")) {
                try SQLiteStore(readingFrom: folder)
            }
        }
    }

    @Test func `a database of a later version is left alone`() async throws {
        try await withStoredFile { path, folder in
            try Connection(path: path, access: .writing).execute("PRAGMA user_version = 9")
            #expect(
                opening(folder) == .newerSchema(found: 9, supported: SQLiteSchema.version)
            )
        }
    }

    @Test func `another program's database is refused`() async throws {
        try await withTemporaryFolder { folder in
            try Connection(path: folder + "/telehealth.db", access: .creating)
                .execute("CREATE TABLE t (a)")
            guard case .corrupt = opening(folder) else {
                Issue.record("another program's database was taken")
                return
            }
        }
    }

    @Test(arguments: [0, 1, 100, 4_096, 20_000])
    func `a file that was cut off is refused`(size: Int) async throws {
        try await withStoredFile { path, folder in
            let whole = try Data(contentsOf: URL(filePath: path))
            #expect(whole.count > 20_480)
            try whole.prefix(size).write(to: URL(filePath: path))
            guard case .corrupt = opening(folder) else {
                Issue.record("a file of \(size) bytes was taken")
                return
            }
        }
    }

    @Test func `a file with flipped bits in its structure is refused, or serves what it held`()
        async throws
    {
        let seed = TestSeed.take("flipped bits")
        try await withStoredFile { path, folder in
            let whole = try Data(contentsOf: URL(filePath: path))
            var random = SeededRandom(seed: seed)
            let held = (0..<200).map { Facts(Sample.reading(sequence: $0, minute: Int($0))) }
            var refused = 0
            for _ in 0..<60 {
                // The head of a page: its kind, its counts and the places of its cells.
                let page = Int.random(in: 0..<whole.count / 4_096, using: &random)
                var flipped = whole
                let offset = page * 4_096 + Int.random(in: 0..<12, using: &random)
                flipped[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                try flipped.write(to: URL(filePath: path))
                do {
                    let store = try SQLiteStore(directory: folder)
                    let found = try? await store.readings(
                        of: 1,
                        from: .distantPast,
                        until: .distantFuture,
                        limit: 1_000
                    )
                    if let found { #expect(found.map(Facts.init) == held) }
                    await store.close()
                } catch {
                    guard case StoreError.corrupt = error else {
                        Issue.record("byte \(offset): \(error)")
                        continue
                    }
                    refused += 1
                }
            }
            #expect(refused > 20)
        }
    }

    @Test(arguments: [Int64(1), 2, 5])
    func `a change of an audit row is found, and named`(sequence: Int64) async throws {
        try await withTemporaryFolder { folder in
            var store = try SQLiteStore(directory: folder)
            for number in 1...5 { try await store.audit(Sample.auditEntry(number)) }
            await store.close()
            try tamper(folder, "UPDATE audit SET principal = 'x' WHERE sequence = \(sequence)")
            store = try SQLiteStore(directory: folder)
            let report = try await store.verify()
            #expect(!report.isSound)
            #expect(report.databaseProblems.isEmpty)
            #expect(report.firstBadAuditSequence == sequence)
            await store.close()
        }
    }

    @Test(arguments: [Int64(1), 3, 5])
    func `a missing audit row is found, also the last`(sequence: Int64) async throws {
        try await withTemporaryFolder { folder in
            var store = try SQLiteStore(directory: folder)
            for number in 1...5 { try await store.audit(Sample.auditEntry(number)) }
            await store.close()
            try tamper(folder, "DELETE FROM audit WHERE sequence = \(sequence)")
            store = try SQLiteStore(directory: folder)
            #expect(try await store.verify().firstBadAuditSequence == sequence)
            await store.close()
        }
    }

    @Test func `the memory store finds the same change`() async throws {
        let store = MemoryStore()
        for number in 1...5 { try await store.audit(Sample.auditEntry(number)) }
        store.tamper(withAudit: 3)
        #expect(try await store.verify().firstBadAuditSequence == 3)
    }

    @Test func `the schema itself refuses to change the audit chain`() async throws {
        try await withStoredFile { path, _ in
            let connection = try Connection(path: path, access: .writing)
            for sql in ["UPDATE audit SET detail = ''", "DELETE FROM audit"] {
                #expect(message { try connection.execute(sql) } == "the audit chain is append-only")
            }
        }
    }

    @Test func `the schema itself refuses a double booking`() async throws {
        try await withStoredFile { path, _ in
            let connection = try Connection(path: path, access: .writing)
            let copy = """
                INSERT INTO bookings SELECT 'b', request, doctor, SITE, patient, start_at + SHIFT,
                    end_at + SHIFT, free_at + SHIFT, state, live, body FROM bookings
                """
            func insert(site: String, minutes: Int) -> String? {
                let sql = copy.replacing("SITE", with: site)
                    .replacing("SHIFT", with: String(minutes * 60_000))
                return message { try connection.execute(sql) }
            }
            #expect(insert(site: "'site-2'", minutes: 24) == "double booking of a doctor")
            try connection.execute("UPDATE doctors SET id = id")
            #expect(insert(site: "'site-2'", minutes: 25) == nil)
            #expect(
                message {
                    try connection.execute(
                        "UPDATE bookings SET start_at = start_at - 1 WHERE id = 'b'"
                    )
                }
                    == "double booking of a doctor"
            )
            // From here on only the station counts.
            try connection.execute(
                "UPDATE bookings SET doctor = 'doctor-2', patient = 'patient-2' WHERE id = 'b'"
            )
            #expect(
                message {
                    try connection.execute(
                        """
                        UPDATE bookings SET site = 'site-1', start_at = start_at - 360000
                        WHERE id = 'b'
                        """
                    )
                } == "double booking of a station"
            )
            try connection.execute(
                "UPDATE bookings SET site = 'site-1', start_at = start_at - 300000 WHERE id = 'b'"
            )
        }
    }

    @Test func `a full disk refuses whole batches, and works again when there is room`()
        async throws
    {
        try await withTemporaryFolder { folder in
            var settings = SQLiteSettings()
            settings.pageLimit = 120
            let store = try SQLiteStore(directory: folder, settings: settings)
            var stored = 0
            var error: StoreError?
            while error == nil {
                let next = stored
                error = await refusal {
                    _ = try await store.commit(
                        batch((next..<next + 100).map { Sample.reading(sequence: Int64($0)) })
                    )
                }
                if error == nil { stored += 100 }
                #expect(stored < 100_000)
            }
            #expect(error == .diskFull)
            #expect(stored > 0)
            // Reads go on, and the refused batch has left nothing, not even a number.
            #expect(try await store.readingCount() == stored)
            #expect(
                try await store.durableSequences(device: 1, boot: 1) == [0...Int64(stored - 1)]
            )
            await store.setPageLimit(10_000)
            let again = try await store.commit(
                batch((0..<stored + 100).map { Sample.reading(sequence: Int64($0)) })
            )
            #expect(again == IngestOutcome(stored: 100, duplicates: stored))
            #expect(try await store.verify().isSound)
            await store.close()
        }
    }

    @Test func `a copy taken while others write opens whole`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteStore(directory: folder + "/live")
            try await store.apply(Sample.registry)
            try await withThrowingTaskGroup { group in
                group.addTask {
                    for number in 1...100 {
                        _ = try await store.commit(
                            batch([Sample.reading(sequence: Int64(number))])
                        )
                        try await store.audit(Sample.auditEntry(number))
                    }
                }
                for _ in 1...3 { try await store.backup(to: folder + "/copy") }
                try await group.waitForAll()
            }
            try await store.backup(to: folder + "/copy")
            await store.close()
            let copy = try SQLiteStore(directory: folder + "/copy")
            #expect(try await copy.verify().isSound)
            #expect(try await copy.readingCount() == 100)
            #expect(try await copy.sites().count == 2)
            await copy.close()
        }
    }

    @Test func `a copy never takes the place of a database in use`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteStore(directory: folder)
            try await store.audit(Sample.auditEntry())
            guard case .input = await refusal({ try await store.backup(to: folder) }) else {
                Issue.record("the database was written over")
                return
            }
            #expect(try await store.verify().isSound)
            await store.close()
        }
    }

    // MARK: Files

    /// A closed database with a registry, a booking, 200 readings and an audit entry.
    private func withStoredFile(
        _ body: (_ path: String, _ folder: String) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteStore(directory: folder)
            try await store.apply(Sample.registry)
            try await store.apply([
                .booking(Sample.booking(1)), .audit(Sample.auditEntry()),
            ])
            _ = try await store.commit(
                batch((0..<200).map { Sample.reading(sequence: $0, minute: Int($0)) })
            )
            await store.close()
            try await body(folder + "/telehealth.db", folder)
        }
    }

    @Test func `whoever writes past the store cannot book a patient twice`() async throws {
        try await withStoredFile { path, _ in
            // Booking 1 of patient 1 lasts 20 minutes; the copy has another doctor and site.
            let connection = try Connection(path: path, access: .writing)
            func copy(startingAfter minutes: Int) -> String {
                """
                INSERT INTO bookings SELECT 'copy', request, 'doctor-2', 'site-2', patient,
                    start_at + \(minutes * 60_000), end_at + \(minutes * 60_000),
                    free_at + \(minutes * 60_000), state, live, body FROM bookings
                WHERE id = 'booking-1'
                """
            }
            let refused = #expect(throws: SQLiteError.self) {
                try connection.execute(copy(startingAfter: 19))
            }
            #expect(refused?.message.contains("double booking of a patient") == true)
            try connection.execute(copy(startingAfter: 20))
            #expect(throws: SQLiteError.self) {
                try connection.execute(
                    "UPDATE bookings SET start_at = start_at - 60000 WHERE id = 'copy'"
                )
            }
        }
    }

    private func opening(_ folder: String) -> StoreError? {
        do throws(StoreError) {
            _ = try SQLiteStore(directory: folder)
            return nil
        } catch {
            return error
        }
    }

    /// Writes past the schema's own guards, as somebody with the file in hand could.
    private func tamper(_ folder: String, _ sql: String) throws {
        let connection = try Connection(path: folder + "/telehealth.db", access: .writing)
        try connection.execute("DROP TRIGGER audit_is_never_changed")
        try connection.execute("DROP TRIGGER audit_is_never_cut")
        try connection.execute(sql)
    }

    private func message(_ body: () throws -> Void) -> String? {
        do {
            try body()
        } catch let error as SQLiteError {
            return error.message
        } catch {
            Issue.record("not an error of SQLite: \(error)")
        }
        return nil
    }
}
