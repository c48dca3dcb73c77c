import Arguments
import Coordinator

let configCommand = Command(
    "config",
    "The configuration.",
    subcommands: [
        Command(
            "check",
            "Read the configuration from all its sources and say whether it can be used.",
            options: configurationOptions
        ) { arguments in
            try arguments.configuration().checkTables()
            writeLine("the configuration is good")
        },
        Command("keys", "Print every key with its default and what it is for.") { _ in
            for key in ConfigurationKey.all {
                let value: String
                switch key.standard {
                case .text(let text): value = "\"\(text)\""
                case .integer(let number): value = "\(number)"
                case .list(let list): value = "[\(list.joined(separator: ", "))]"
                }
                writeLine("\(key.name) = \(value)\n    \(key.help)")
            }
        },
    ]
)
