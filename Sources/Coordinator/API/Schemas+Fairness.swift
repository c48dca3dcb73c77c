/// The shapes of what doctor hours are worth, and of who waits.
extension Schemas {
    static let hourPrices = Schema.object(
        [
            ("at", .instant), ("specialties", .list(pricedSpecialty)),
            (
                "items",
                .list(
                    .object(
                        [
                            ("specialty", .string), ("language", .string),
                            ("province", .identifier), ("from", .instant), ("until", .instant),
                            ("worth", .number), ("atMost", .number),
                        ],
                        optional: []
                    )
                )
            ),
        ],
        optional: []
    )

    private static let pricedSpecialty = Schema.object(
        [
            ("specialty", .string), ("madeAt", .instant), ("doctors", .integer),
            ("waiting", .integer), ("expected", .integer), ("rounds", .integer),
        ],
        optional: []
    )

    static let equity = Schema.object(
        [
            ("at", .instant), ("days", .integer(1...31)), ("country", equityLine),
            (
                "provinces",
                .list(.object([("province", .identifier), ("line", equityLine)], optional: []))
            ),
            (
                "sites",
                .list(
                    .object(
                        [
                            ("site", .identifier), ("name", .string), ("province", .identifier),
                            ("line", equityLine),
                        ],
                        optional: ["province"]
                    )
                )
            ),
            (
                "doctors",
                .list(
                    .object(
                        [
                            ("doctor", .identifier), ("name", .string), ("consults", .integer),
                            ("minutes", .integer), ("bookableMinutes", .integer),
                            ("refusals", .integer),
                        ],
                        optional: []
                    )
                )
            ),
        ],
        optional: []
    )

    private static let equityLine = Schema.object(
        [
            ("asked", .integer), ("served", .integer), ("unmatched", .integer),
            ("cancelled", .integer), ("refusals", .integer), ("late", .integer),
            ("meanWaitMinutes", .number), ("longWaitMinutes", .number), ("waitIndex", .number),
        ],
        optional: ["meanWaitMinutes", "longWaitMinutes", "waitIndex"]
    )
}
