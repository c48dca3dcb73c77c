import Clinical
import Simulation
import Testing
import Vocabulary
import Wire

@Suite struct RecordingTests {
    let start = Instant(seconds: 1_763_600_000)
    let header = "icustay_id,t_min,store_delay_min,vital,value,unit,itemid,error\n"

    @Test
    func `values of one stay, measured and entered together, are one entry in order of entering`()
        throws
    {
        let chart =
            header + """
                7,10,60,HR,80,/min,211,
                7,10,60,SpO2,97,%,646,
                8,10,5,HR,70,/min,211,
                7,30,5,HR,90,/min,211,1

                """
        let stays = try Recordings.chart(chart)
        #expect(stays.map(\.name) == ["7", "8"])
        let entries = stays[0].entries
        #expect(entries.map(\.measuredMinute) == [30, 10])
        #expect(entries.map(\.enteredMinute) == [35, 70])
        #expect(entries[1].values.count == 2)
        #expect(stays[0].firstMinute == 10)
    }

    @Test func `a chart with another header or a short row is refused with its line`() {
        #expect(throws: CSVError.self) { try Recordings.chart("a,b\n1,2\n") }
        #expect(throws: CSVError(line: 2, column: nil, message: "2 fields, the header has 8")) {
            try Recordings.chart(header + "7,10\n")
        }
    }

    @Test func `lines may end as in DOS`() throws {
        let chart = header + "7,10,60,HR,80,/min,211,\n"
        let stays = try Recordings.chart(chart.split(separator: "\n").joined(separator: "\r\n"))
        #expect(stays.map(\.entries.count) == [1])
    }

    @Test func `signs keep what was recorded, typing errors and zeros included`() {
        let measurement = Measurement(
            [
                RecordedValue(name: "HR", value: 0),
                RecordedValue(name: "NBPs", value: 11_647),
                RecordedValue(name: "ABPm", value: -8),
                RecordedValue(name: "TempF", value: 98.6),
                RecordedValue(name: "O2flow", value: 2),
                RecordedValue(name: "GCS", value: 14),
                RecordedValue(name: "GCSeye", value: 4),
            ],
            at: start
        )
        #expect(measurement[.heartRate] == Magnitude(0))
        #expect(measurement[.systolicPressure] == Magnitude(11_647))
        #expect(measurement[.meanPressure] == Magnitude(-8))
        #expect(measurement[.temperature] == Magnitude(37))
        #expect(measurement[.supplementalOxygen] == Magnitude(1))
        #expect(measurement[.consciousness] == Magnitude(Int(ACVPU.confused.rawValue)))
        #expect(measurement.reading.questionable.contains(.consciousness))
        #expect(measurement[.oxygenSaturation] == nil)
    }

    @Test func `the arterial line wins over the cuff in either order`() {
        let line = RecordedValue(name: "ABPs", value: 120)
        let cuff = RecordedValue(name: "NBPs", value: 99)
        for values in [[line, cuff], [cuff, line]] {
            #expect(Measurement(values, at: start)[.systolicPressure] == Magnitude(120))
        }
    }

    @Test(arguments: [
        (15, ACVPU.alert), (14, .confused), (13, .voice), (9, .voice), (8, .pain), (4, .pain),
        (3, .unresponsive),
    ])
    func `a coma score gives about a level of consciousness`(_ score: Int, _ level: ACVPU) {
        let value = RecordedValue(name: "GCS", value: Double(score))
        let measurement = Measurement([value], at: start)
        #expect(measurement[.consciousness] == Magnitude(Int(level.rawValue)))
    }

    @Test(arguments: [0.0, 2, 16])
    func `a number that is no coma score gives none`(_ score: Double) {
        let measurement = Measurement([RecordedValue(name: "GCS", value: score)], at: start)
        #expect(measurement[.consciousness] == nil)
    }

    @Test func `a played stay enters late and out of order, hastened alike`() throws {
        let stay = RecordedStay(
            name: "s",
            entries: [
                RecordedEntry(
                    measuredMinute: 0,
                    enteredMinute: 60,
                    values: [RecordedValue(name: "HR", value: 80)]
                ),
                RecordedEntry(
                    measuredMinute: 30,
                    enteredMinute: 40,
                    values: [RecordedValue(name: "HR", value: 90)]
                ),
            ]
        )
        var device = PlayedDevice(stay, boot: "b", start: start, speed: 60)
        _ = device.connected(at: start)
        #expect(device.nextDue == start + .seconds(40))
        #expect(device.advance(to: start + .milliseconds(39_999)).isEmpty)
        let first = device.advance(to: start + .seconds(40))
        let second = device.advance(to: start + .seconds(60))
        #expect(device.isFinished)
        let payloads = (first + second).compactMap { effect -> JSONValue? in
            guard case .publish(.vitals, let payload) = effect else { return nil }
            return JSONValue(payload)
        }
        #expect(payloads.map { $0["seq"]?.integer } == [1, 2])
        #expect(payloads.map { $0["hr"]?.integer } == [90, 80])
        #expect(
            payloads.map { $0["at"]?.text } == [
                (start + .seconds(30)).rfc3339, start.rfc3339,
            ]
        )
    }

    @Test func `monitor numerics are entered at once, empty cells are no values`() throws {
        let text = """
            t_min,HR,ABPSys,ABPDias,ABPMean,PULSE,RESP,SpO2,NBPSys,NBPDias,NBPMean
            0,0,0,0,0,0,23,0,,,
            1,62.8,0,0,0,0,12.7,0,110,60,75

            """
        let stay = try Recordings.numerics(text, name: "m")
        #expect(stay.entries.count == 2)
        #expect(stay.entries[0].values.map(\.name).contains("NBPs") == false)
        #expect(stay.entries[1].values.contains(RecordedValue(name: "RR", value: 12.7)))
    }
}
