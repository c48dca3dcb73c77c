import Arguments
import Coordinator
import Foundation
import Gateway

let decodeCommand = Command(
    "decode",
    "Print what the gateway would make of each payload: the readings, or why it refuses.",
    operands: "[FILE…]",
    options: [
        .option("--content-type", "TYPE", "the MQTT 5 content type; none when absent"),
        .option("--profile", "NAME", "the device's profile; native when absent"),
        .option("--topic", "TOPIC", "the topic, to check it too"),
    ] + configurationOptions
) { arguments in
    let profile = try profile(arguments)
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
                profile: profile,
                at: systemTime()
            )
        )
    }
}

/// The profile that is asked for; profiles are read only then.
private func profile(_ arguments: ParsedArguments) throws -> DeviceProfile? {
    guard let name = arguments.value("--profile"), name != DeviceProfile.native else { return nil }
    let profiles = try DeviceProfiles(try arguments.configuration())
    guard let profile = profiles.all.first(where: { $0.name == name }) else {
        throw UsageError(
            "there is no profile '\(name)'; known: \(profiles.names.joined(separator: ", "))"
        )
    }
    return profile
}
