public import Vocabulary
import Wire

/// The table of sites as CSV: `Config/sites.csv`, administrators' imports and exports.
public enum SiteTable {
    /// The columns, in the order in which they are written.
    public static let columns = [
        "id", "name", "province", "provinceName", "ward", "latitude", "longitude", "tier",
        "stations", "chain",
    ]
    /// Columns that a table may leave out: when planned consults are held, as doctors' `weekly`, and
    /// what the link carries.
    public static let optionalColumns = ["opening", "link"]
    private static let idText = "1-40 characters of [a-z0-9-]"

    /// Reads the sites; throws every error of every row.
    ///
    /// A text that is no table of these columns is one error. `known` are sites that stand in the
    /// register already: chains may name them.
    public static func read(
        _ text: String,
        known: Set<SiteID> = []
    ) throws(TableErrors) -> [Site] {
        let table: CSVTable
        do {
            table = try CSVTable(text, columns: columns, optional: optionalColumns)
        } catch {
            throw TableErrors([error])
        }
        var errors: [CSVError] = []
        var sites: [(site: Site, row: CSVRow)] = []
        var lineByID: [SiteID: Int] = [:]
        for row in table.rows {
            var reader = RowReader(row)
            let site = site(&reader)
            if let id = row["id"].flatMap(SiteID.init(rawValue:)) {
                if let line = lineByID[id] { reader.fail("id", "'\(id)' is on line \(line) too") }
                lineByID[id] = lineByID[id] ?? row.line
            }
            errors += reader.errors
            if let site { sites.append((site, row)) }
        }
        for (site, row) in sites {
            for other in site.chain {
                if other == site.id {
                    errors.append(row.error("chain", "a site is not in its own chain"))
                } else if lineByID[other] == nil, !known.contains(other) {
                    errors.append(row.error("chain", "no site has the id '\(other)'"))
                }
            }
        }
        guard errors.isEmpty else { throw TableErrors(errors) }
        return sites.map(\.site)
    }

    /// Writes the sites, a line each, so that `read` gives them back.
    public static func write(_ sites: [Site]) -> String {
        let needed = [sites.contains { $0.opening != nil }, sites.contains { $0.link != nil }]
        func chosen(_ fields: [String]) -> [String] {
            zip(needed, fields).filter(\.0).map(\.1)
        }
        let columns = columns + chosen(optionalColumns)
        let lines = sites.map { site in
            let hours = (site.opening ?? []).map(WindowText.write).joined(separator: ";")
            let fields = [
                site.id.rawValue, csvField(site.name), site.province.rawValue,
                csvField(site.provinceName), csvField(site.ward), String(site.latitude),
                String(site.longitude), site.tier.name, String(site.stations),
                site.chain.map(\.rawValue).joined(separator: ";"),
            ]
            return (fields + chosen([hours, site.link?.rawValue ?? ""])).joined(separator: ",")
        }
        return ([columns.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
    }

    private static func site(_ reader: inout RowReader) -> Site? {
        let id = reader.value("id", expected: idText) { SiteID(rawValue: $0) }
        let name = reader.text("name")
        let province = reader.value("province", expected: idText) { ProvinceID(rawValue: $0) }
        let provinceName = reader.text("provinceName")
        let ward = reader.text("ward")
        let latitude = reader.value("latitude", expected: "degrees, -90 to 90") {
            degrees($0, limit: 90)
        }
        let longitude = reader.value("longitude", expected: "degrees, -180 to 180") {
            degrees($0, limit: 180)
        }
        let tier = reader.value(
            "tier",
            expected: "central, provincial, regional or commune"
        ) { SiteTier(name: $0) }
        let stations = reader.value("stations", expected: "a whole number from 1 to 1000") {
            Int($0).flatMap { (1...1_000).contains($0) ? $0 : nil }
        }
        let chain = reader.list("chain", expected: idText) { SiteID(rawValue: $0) }
        let opening = reader.list(
            "opening",
            expected: "a weekday and a window, as '1 07:30-11:30'",
            WindowText.weekly
        )
        let link = reader.optional("link", expected: "video, audio or text, or nothing") {
            LinkQuality(rawValue: $0)
        }
        guard let id, let name, let province, let provinceName, let ward, let latitude,
            let longitude, let tier, let stations
        else { return nil }
        var site = Site(
            id: id,
            name: name,
            province: province,
            provinceName: provinceName,
            ward: ward,
            latitude: latitude,
            longitude: longitude,
            tier: tier,
            stations: stations,
            chain: chain
        )
        site.opening = opening.isEmpty ? nil : opening
        site.link = link
        return site
    }

    private static func degrees(_ text: String, limit: Double) -> Double? {
        guard let value = Double(text), value.isFinite, abs(value) <= limit else { return nil }
        return value
    }
}
