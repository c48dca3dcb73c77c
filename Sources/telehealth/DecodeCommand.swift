import Arguments
import Foundation
import Gateway

let decodeCommand = Command(
    "decode",
    "Print what the gateway would make of each payload: the readings, or why it refuses.",
    operands: "[FILE…]",
    options: [
        .option("--content-type", "TYPE", "the MQTT 5 content type; JSON when absent"),
        .option("--profile", "NAME", "the device profile; native"),
        .option("--topic", "TOPIC", "the topic, to check it too"),
    ]
) { arguments in
    if let profile = arguments.value("--profile"), profile != "native" {
        throw UsageError("--profile takes native, not '\(profile)'")
    }
    var payloads: [[UInt8]] = []
    for file in arguments.operands {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CommandFailure("cannot read \(file); check path and rights")
        }
        payloads.append(Array(data))
    }
    if arguments.operands.isEmpty {
        payloads.append(Array(FileHandle.standardInput.readDataToEndOfFile()))
    }
    for payload in payloads {
        writeLine(
            decodeReport(
                payload: payload.span,
                contentType: arguments.value("--content-type"),
                topic: arguments.value("--topic"),
                at: systemTime()
            )
        )
    }
}
