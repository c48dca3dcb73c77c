public import Wire

/// Reads the recordings that the data folder holds.
public enum Recordings {
    /// The MIMIC-III demo's chart: `icustay_id,t_min,store_delay_min,vital,value,unit,itemid,error`.
    ///
    /// Values of one stay that were measured and entered at the same minutes become one entry.
    public static func chart(_ text: String) throws(CSVError) -> [RecordedStay] {
        let header = "icustay_id,t_min,store_delay_min,vital,value,unit,itemid,error"
        let rows = try rows(of: text, header: header)
        var order: [String] = []
        var stays: [String: [Minutes: [RecordedValue]]] = [:]
        for (number, fields) in rows {
            guard let measured = Double(fields[1]), let delay = Double(fields[2]),
                let value = Double(fields[4])
            else { throw CSVError(line: number, column: nil, message: "a number is expected") }
            let name = String(fields[0])
            if stays[name] == nil { order.append(name) }
            let minutes = Minutes(measured: measured, entered: measured + delay)
            stays[name, default: [:]][minutes, default: []].append(
                RecordedValue(name: String(fields[3]), value: value)
            )
        }
        return order.map { name in
            let entries = (stays[name] ?? [:]).map { minutes, values in
                RecordedEntry(
                    measuredMinute: minutes.measured,
                    enteredMinute: minutes.entered,
                    values: values
                )
            }
            return RecordedStay(name: name, entries: entries)
        }
    }

    /// A monitor's numerics, one row a minute, each at once: `t_min` and a column a sign.
    public static func numerics(_ text: String, name: String) throws(CSVError) -> RecordedStay {
        let header = "t_min,HR,ABPSys,ABPDias,ABPMean,PULSE,RESP,SpO2,NBPSys,NBPDias,NBPMean"
        let names = [
            "", "HR", "ABPs", "ABPd", "ABPm", "PULSE", "RR", "SpO2", "NBPs", "NBPd", "NBPm",
        ]
        let rows = try rows(of: text, header: header)
        var entries: [RecordedEntry] = []
        for (number, fields) in rows {
            guard let minute = Double(fields[0]) else {
                throw CSVError(line: number, column: "t_min", message: "a number is expected")
            }
            let values = zip(names, fields).dropFirst().compactMap { name, field in
                Double(field).map { RecordedValue(name: name, value: $0) }
            }
            entries.append(
                RecordedEntry(measuredMinute: minute, enteredMinute: minute, values: values)
            )
        }
        return RecordedStay(name: name, entries: entries)
    }

    private struct Minutes: Hashable {
        let measured: Double
        let entered: Double
    }

    /// The rows after the header, split at commas: the recordings hold numbers and plain names.
    private static func rows(
        of text: String,
        header: String
    ) throws(CSVError) -> [(line: Int, fields: [Substring])] {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard lines.first == header[...] else {
            throw CSVError(line: 1, column: nil, message: "the header should be '\(header)'")
        }
        let count = header.split(separator: ",").count
        var rows: [(line: Int, fields: [Substring])] = []
        for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count == count else {
                throw CSVError(
                    line: index + 1,
                    column: nil,
                    message: "\(fields.count) fields, the header has \(count)"
                )
            }
            rows.append((index + 1, fields))
        }
        return rows
    }
}
