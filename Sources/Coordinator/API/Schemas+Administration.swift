/// What administrators send and get.
extension Schemas {
    static let user = Schema.object(
        [
            ("user", .identifier), ("roles", roles), ("site", .identifier),
            ("doctor", .identifier), ("interpreter", .identifier), ("disabledAt", .instant),
        ],
        optional: ["site", "doctor", "interpreter", "disabledAt"]
    )

    static let imported = Schema.object(
        [
            ("table", .string), ("columns", .list(.string)), ("isPreview", .boolean),
            ("rows", .integer), ("added", .integer), ("changed", .integer),
            ("remarks", .list(.string)), ("problemCount", .integer),
            (
                "problems",
                .list(
                    .object(
                        [("line", .integer), ("column", .string), ("message", .string)],
                        optional: ["column"]
                    )
                )
            ),
        ],
        optional: []
    )
}
