import Glibc

/// A program made of commands: finds the one that is meant, runs it, and ends with 0, 1 or 2.
public struct Program: Sendable {
    /// The program's name.
    public let name: String
    /// Its version.
    public let version: String
    /// One line about it.
    public let summary: String
    /// Its commands.
    public let commands: [Command]

    /// A program.
    public init(name: String, version: String, summary: String, commands: [Command]) {
        self.name = name
        self.version = version
        self.summary = summary
        self.commands = commands
    }

    /// Runs the command that the words name and returns the exit code: 0, 1 (failed), 2 (usage).
    ///
    /// Errors go to standard error, one line each.
    public func run(_ words: [String]) async -> Int32 {
        do {
            try await dispatch(words)
            return 0
        } catch let error as UsageError {
            writeLine("\(name): \(error); see '\(name) --help'", to: STDERR_FILENO)
            return 2
        } catch {
            writeLine("\(name): \(error)", to: STDERR_FILENO)
            return 1
        }
    }

    private func dispatch(_ words: [String]) async throws {
        var path = [name]
        var available = commands
        var rest = words[...]
        while true {
            guard let word = rest.popFirst() else {
                throw UsageError(
                    "expected a command: \(available.map(\.name).joined(separator: ", "))"
                )
            }
            if word == "--help" || word == "-h" || word == "help" {
                return writeLine(overview(path, available), to: STDOUT_FILENO)
            }
            if path.count == 1, word == "--version" || word == "version" {
                return writeLine("\(name) \(version)", to: STDOUT_FILENO)
            }
            if path.count == 1, word == "completions" {
                return writeLine(completionScript, to: STDOUT_FILENO)
            }
            guard let command = available.first(where: { $0.name == word }) else {
                throw UsageError(unknown(word, among: available.map(\.name)))
            }
            path.append(word)
            if command.subcommands.isEmpty {
                if rest.contains("--help") || rest.contains("-h") {
                    return writeLine(help(path, command), to: STDOUT_FILENO)
                }
                return try await command.run(try ParsedArguments(Array(rest), for: command))
            }
            available = command.subcommands
        }
    }

    private func overview(_ path: [String], _ commands: [Command]) -> String {
        let width = commands.map(\.name.count).max() ?? 0
        var lines = [summary, "", "usage: \(path.joined(separator: " ")) COMMAND [OPTION…]", ""]
        for command in commands {
            lines.append("  \(padded(command.name, width))  \(command.summary)")
        }
        if path.count == 1 {
            lines.append("  \(padded("version", width))  print the version")
            lines.append("  \(padded("completions", width))  print a completion script for bash")
        }
        return lines.joined(separator: "\n")
    }

    private func help(_ path: [String], _ command: Command) -> String {
        let options = command.options.map { option in
            (option.name + (option.value.map { " \($0)" } ?? ""), option.help)
        }
        let width = options.map(\.0.count).max() ?? 0
        var usage = "usage: \(path.joined(separator: " "))"
        if !options.isEmpty { usage += " [OPTION…]" }
        if !command.operands.isEmpty { usage += " \(command.operands)" }
        var lines = [command.summary, "", usage]
        if !options.isEmpty { lines.append("") }
        for (name, help) in options { lines.append("  \(padded(name, width))  \(help)") }
        return lines.joined(separator: "\n")
    }

    /// A bash completion for commands, subcommands and options.
    var completionScript: String {
        var cases: [String] = []
        func visit(_ path: String, _ commands: [Command]) {
            for command in commands {
                let words =
                    command.subcommands.isEmpty
                    ? command.options.map(\.name) : command.subcommands.map(\.name)
                cases.append(
                    "    \"\(path) \(command.name)\"*) words=\"\(words.joined(separator: " "))\";;"
                )
                visit("\(path) \(command.name)", command.subcommands)
            }
        }
        visit(name, commands)
        let top = (commands.map(\.name) + ["version", "completions"]).joined(separator: " ")
        let function = "_" + name.map { $0.isLetter ? String($0) : "_" }.joined()
        return """
            \(function)() {
              local words="\(top)" line="${COMP_WORDS[*]:0:$COMP_CWORD}"
              case "$line" in
            \(cases.reversed().joined(separator: "\n"))
              esac
              COMPREPLY=($(compgen -W "$words" -f -- "${COMP_WORDS[$COMP_CWORD]}"))
            }
            complete -F \(function) \(name)
            """
    }
}

/// Writes one line to a descriptor, whole.
public func writeLine(_ line: String, to descriptor: Int32 = 1) {
    var bytes = Array((line + "\n").utf8)[...]
    while !bytes.isEmpty {
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe write(descriptor, buffer.baseAddress, buffer.count)
        }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
    }
}

private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}
