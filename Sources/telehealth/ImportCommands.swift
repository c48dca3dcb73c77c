import Arguments
import Coordinator
import Store
import Wire

/// The commands of one importable table: `import`, and `list` where people look at it.
func importCommand(_ table: ImportTable, _ name: String, _ summary: String) -> Command {
    Command(
        name,
        summary,
        subcommands: [
            Command(
                "import",
                "Check every row of a CSV file, then write all of them or nothing.",
                operands: "FILE",
                options: configurationOptions + [
                    .flag("--columns", "print the expected columns and do nothing")
                ]
            ) { arguments in
                if arguments.has("--columns") {
                    return writeLine(table.columns.joined(separator: ","))
                }
                let file = try arguments.operand("FILE")
                let imported = try await withStore(arguments) { store, configuration in
                    try await table.load(
                        file: file,
                        into: store,
                        profiles: table == .devices ? DeviceProfiles(configuration).names : [],
                        holidays: table == .availability ? configuration.holidays() : nil,
                        at: systemTime()
                    )
                }
                let noun = table == .availability ? "doctors' availability" : table.rawValue
                writeLine("imported \(imported.rows) \(noun)")
                for remark in imported.remarks { writeLine(remark) }
            },
            Command(
                "list",
                "List what is stored.",
                options: configurationOptions + [.flag("--json", "one JSON object a line")]
            ) { arguments in
                let lines = try await withStoreForReading(arguments) { store, _ in
                    try await table.lines(of: store, asJSON: arguments.has("--json"))
                }
                for line in lines { writeLine(line) }
            },
        ]
    )
}
