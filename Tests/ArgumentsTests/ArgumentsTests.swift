import Arguments
import Synchronization
import Testing

private let command = Command(
    "serve",
    "Serves.",
    options: [
        .option("--config", "FILE", "the file"),
        .option("--set", "KEY=VALUE", "one key", repeatable: true),
        .option("--limit", "N", "a number"),
        .flag("--json", "as JSON"),
    ]
) { _ in }

@Suite struct ArgumentsTests {
    @Test func `options take their value from the next word or after an equals sign`() throws {
        let parsed = try ParsedArguments(
            ["--config", "a", "--set=x=1", "--set", "y=2"],
            for: command
        )
        #expect(parsed.value("--config") == "a")
        #expect(parsed.all("--set") == ["x=1", "y=2"])
    }

    @Test func `an unknown option names the nearest known one`() {
        #expect(throws: UsageError("unknown '--confg'; did you mean '--config'?")) {
            try ParsedArguments(["--confg", "a"], for: command)
        }
    }

    @Test func `an option that may stand once is refused twice`() {
        #expect(throws: UsageError("--config is given twice")) {
            try ParsedArguments(["--config", "a", "--config", "b"], for: command)
        }
    }

    @Test func `an option without its value is refused`() {
        #expect(throws: UsageError("--config needs a value: --config FILE")) {
            try ParsedArguments(["--config"], for: command)
        }
    }

    @Test func `a flag with a value is refused`() {
        #expect(throws: UsageError("--json takes no value")) {
            try ParsedArguments(["--json=yes"], for: command)
        }
    }

    @Test(arguments: [("0", false), ("1", true), ("9", true), ("10", false), ("x", false)])
    func `a whole number is checked against its range`(text: String, isAccepted: Bool) throws {
        let parsed = try ParsedArguments(["--limit", text], for: command)
        if isAccepted {
            #expect(try parsed.integer("--limit", in: 1...9) == Int(text))
        } else {
            #expect(throws: UsageError.self) { try parsed.integer("--limit", in: 1...9) }
        }
    }

    @Test func `words after two dashes are operands`() throws {
        let parsed = try ParsedArguments(["a", "--", "--json"], for: command)
        #expect(parsed.operands == ["a", "--json"])
        #expect(!parsed.has("--json"))
    }

    @Test func `usage ends with 2, failure with 1, success with 0`() async {
        struct Failure: Error {}
        let program = Program(
            name: "t",
            version: "1",
            summary: "Tests.",
            commands: [
                Command("good", "Works.") { _ in },
                Command("bad", "Fails.") { _ in throw Failure() },
            ]
        )
        #expect(await program.run(["good"]) == 0)
        #expect(await program.run(["bad"]) == 1)
        #expect(await program.run(["god"]) == 2)
        #expect(await program.run([]) == 2)
        #expect(await program.run(["good", "--nothing"]) == 2)
    }
}
