import Clinical
import Foundation
import Store
import Testing
import Vocabulary

extension Deployment {
    /// The folder of the database and the keys.
    var data: String { folder + "/data" }

    /// Starts the coordinator and returns at once, ready or not.
    func spawnCoordinator() throws -> RunningProgram {
        try RunningProgram(
            Deployment.programs + "/telehealth",
            ["serve", "--config", configuration],
            errors: folder + "/coordinator.log"
        )
    }

    /// Writes a file into the deployment's folder and returns its path.
    @discardableResult
    func file(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
        return folder + "/" + name
    }

    /// A monitor that has published a failing patient's readings.
    func failingMonitor(
        topic: String = Deployment.topic,
        device: String = Deployment.device
    ) async throws -> Monitor {
        let monitor = try await Monitor(port: brokerPort, topic: topic, clientID: device)
        let start = now() - .seconds(40)
        for second in 0..<5 {
            try await monitor.publish(
                seq: second + 1,
                at: start + .seconds(second * 10),
                "\"hr\":135,\"spo2\":84,\"rr\":28,\"sys\":88,\"dia\":50,\"temp\":39.4,"
                    + "\"avpu\":\"V\",\"o2\":false"
            )
        }
        return monitor
    }

    /// Registers patients `p-2` … and devices `m-2` … bound to them, up to `count` of each.
    func addDevices(upTo count: Int) throws {
        let patients = (2...count).map { "p-\($0),hn-0001,1960,female,1,,vi" }
        let devices = (2...count).map { "m-\($0),hn-0001,native,p-\($0),2020-01-01T00:00:00Z" }
        let tables = [
            (
                "patients", "id,site,birthYear,sex,spo2Scale,scalePrescriber,languages",
                patients
            ),
            ("device", "device,site,profile,patient,boundFrom", devices),
        ]
        for (table, header, rows) in tables {
            let path = try file(
                "more-\(table).csv",
                ([header] + rows).joined(separator: "\n") + "\n"
            )
            let result = try telehealth([table, "import", path])
            try #require(result.code == 0, "\(result.error)")
        }
    }

    /// Lends the store of a coordinator that has stopped.
    func withStore<Result>(
        in directory: String? = nil,
        _ body: (SQLiteStore) async throws -> Result
    ) async throws -> Result {
        let store = try SQLiteStore(directory: directory ?? data)
        do {
            let result = try await body(store)
            await store.close()
            return result
        } catch {
            await store.close()
            throw error
        }
    }
}

extension Store {
    /// Every stored reading under its name, and how many rows there are.
    func everyReading() async throws -> (rates: [ReadingKey: Int], rows: Int) {
        let devices = Dictionary(
            uniqueKeysWithValues: try await devices().map { ($0.number, $0.id.rawValue) }
        )
        let boots = Dictionary(
            uniqueKeysWithValues: try await boots().map {
                (BootKey(device: $0.device, number: $0.number), $0.boot)
            }
        )
        var rates: [ReadingKey: Int] = [:]
        var rows = 0
        var cursor: ReadingPage.Cursor?
        repeat {
            let page = try await readings(since: .distantPast, page: cursor)
            for reading in page.readings {
                rows += 1
                let device = try #require(devices[reading.device])
                let boot = BootKey(device: reading.device, number: reading.boot)
                let key = ReadingKey(
                    device: device,
                    boot: try #require(boots[boot]),
                    sequence: reading.sequence
                )
                rates[key] = reading[.heartRate]?.rounded
            }
            cursor = page.next
        } while cursor != nil
        return (rates, rows)
    }
}

private struct BootKey: Hashable {
    let device: DeviceNumber
    let number: Int32
}
