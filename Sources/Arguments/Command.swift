/// One command of a program: its words, its options, and what it does.
public struct Command: Sendable {
    /// The word that selects it.
    public let name: String
    /// One line for the list of commands.
    public let summary: String
    /// What stands after the options in the usage line, such as `FILE…`; empty for nothing.
    public let operands: String
    /// Its options, in the order of the help.
    public let options: [Option]
    /// Commands below it; a command with some does nothing by itself.
    public let subcommands: [Command]
    /// What it does; throws `UsageError` for wrong words, anything else for a failure.
    public let run: @Sendable (ParsedArguments) async throws -> Void

    /// A command that does something.
    public init(
        _ name: String,
        _ summary: String,
        operands: String = "",
        options: [Option] = [],
        run: @escaping @Sendable (ParsedArguments) async throws -> Void
    ) {
        self.name = name
        self.summary = summary
        self.operands = operands
        self.options = options
        self.subcommands = []
        self.run = run
    }

    /// A command that groups others.
    public init(_ name: String, _ summary: String, subcommands: [Command]) {
        self.name = name
        self.summary = summary
        self.operands = ""
        self.options = []
        self.subcommands = subcommands
        self.run = { _ in }
    }
}

/// One option of a command.
public struct Option: Sendable {
    /// The word, with its dashes: `--config`.
    public let name: String
    /// What its value is called in the help; nil for a flag.
    public let value: String?
    /// One line of help.
    public let help: String
    /// Whether it may stand more than once.
    public let isRepeatable: Bool

    /// An option with a value.
    public static func option(
        _ name: String,
        _ value: String,
        _ help: String,
        repeatable: Bool = false
    ) -> Option {
        Option(name: name, value: value, help: help, isRepeatable: repeatable)
    }

    /// An option without a value.
    public static func flag(_ name: String, _ help: String) -> Option {
        Option(name: name, value: nil, help: help, isRepeatable: false)
    }
}

/// Words that the program does not understand; ends it with exit code 2.
public struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong and what is expected, one line.
    public let description: String

    /// An error with its line.
    public init(_ description: String) {
        self.description = description
    }
}
