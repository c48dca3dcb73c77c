/// The options and operands that were given to a command.
public struct ParsedArguments: Sendable {
    private var values: [String: [String]] = [:]
    /// What was given besides options, in order.
    public private(set) var operands: [String] = []

    /// Reads the words after the command's name; throws `UsageError` for an unknown or bare option.
    public init(_ words: [String], for command: Command) throws(UsageError) {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                return
            }
            guard word.hasPrefix("-"), word != "-" else {
                operands.append(word)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let option = command.options.first(where: { $0.name == name }) else {
                throw UsageError(unknown(name, among: command.options.map(\.name)))
            }
            let value: String
            switch (option.value, parts.count) {
            case (nil, 1): value = ""
            case (nil, _): throw UsageError("\(name) takes no value")
            case (_, 2): value = String(parts[1])
            case (let placeholder?, _):
                guard let next = rest.popFirst() else {
                    throw UsageError("\(name) needs a value: \(name) \(placeholder)")
                }
                value = next
            }
            if values[name] != nil, !option.isRepeatable {
                throw UsageError("\(name) is given twice")
            }
            values[name, default: []].append(value)
        }
    }

    /// Whether the flag or option was given.
    public func has(_ name: String) -> Bool {
        values[name] != nil
    }

    /// The option's value, or nil when it was not given.
    public func value(_ name: String) -> String? {
        values[name]?.first
    }

    /// Every value of a repeatable option.
    public func all(_ name: String) -> [String] {
        values[name] ?? []
    }

    /// The option's value, which the command cannot do without.
    public func required(_ name: String) throws(UsageError) -> String {
        guard let value = value(name) else { throw UsageError("\(name) is missing") }
        return value
    }

    /// The option's value as a whole number in the range, or nil when it was not given.
    public func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(
                "\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound),"
                    + " not '\(text)'"
            )
        }
        return number
    }

    /// The option's value as a finite number above zero, or nil when it was not given.
    public func positiveNumber(_ name: String) throws(UsageError) -> Double? {
        guard let text = value(name) else { return nil }
        guard let number = Double(text), number.isFinite, number > 0 else {
            throw UsageError("\(name) takes a number above 0, not '\(text)'")
        }
        return number
    }

    /// The only operand, called `name` in the error when it is missing or not alone.
    public func operand(_ name: String) throws(UsageError) -> String {
        guard operands.count == 1, let operand = operands.first else {
            throw UsageError("expected one \(name), got \(operands.count)")
        }
        return operand
    }
}

func unknown(_ word: String, among known: [String]) -> String {
    guard let nearest = nearest(to: word, among: known) else { return "unknown '\(word)'" }
    return "unknown '\(word)'; did you mean '\(nearest)'?"
}

/// The known word with the smallest edit distance, or nil without words.
public func nearest(to word: String, among known: [String]) -> String? {
    known.min { editDistance(word, $0) < editDistance(word, $1) }
}

/// How many insertions, deletions and replacements lead from one word to the other.
private func editDistance(_ left: String, _ right: String) -> Int {
    let right = Array(right.lowercased())
    var row = Array(0...right.count)
    for (index, letter) in left.lowercased().enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        for column in right.indices {
            let replaced = diagonal + (letter == right[column] ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
        }
    }
    return row[right.count]
}
