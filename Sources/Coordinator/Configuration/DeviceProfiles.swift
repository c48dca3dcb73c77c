import Foundation
public import Gateway

/// The device profiles of a folder: how vendors' own payloads are read.
public struct DeviceProfiles: Sendable {
    /// The profiles, by name.
    public let all: [DeviceProfile]

    /// The names that a device can be registered with, the project's own form first.
    public var names: [String] { [DeviceProfile.native] + all.map(\.name) }

    /// The profiles of the folder that `devices.profiles` names, else of the one that is shipped.
    public init(_ configuration: Configuration) throws(ConfigurationError) {
        guard let folder = configuration.deviceProfiles ?? DeviceProfiles.shippedFolder else {
            all = []
            return
        }
        all = try DeviceProfiles.read(folder: folder)
    }

    /// The profiles of every `.json5` file of the folder; throws the first that cannot be used.
    private static func read(folder: String) throws(ConfigurationError) -> [DeviceProfile] {
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw ConfigurationError(
                "devices.profiles: cannot read the folder \(folder); check path and rights"
            )
        }
        var profiles: [DeviceProfile] = []
        for file in files.sorted() where file.hasSuffix(".json5") {
            let path = folder + "/" + file
            let profile = try DeviceProfiles.read(path)
            guard file == profile.name + ".json5" else {
                throw ConfigurationError(
                    "\(path): the profile's name is '\(profile.name)', so its file must be"
                        + " \(profile.name).json5"
                )
            }
            profiles.append(profile)
        }
        return profiles
    }

    /// What is said of a profile that does not exist.
    static func unknown(among names: [String]) -> String {
        "known profiles: \(names.joined(separator: ", "))"
    }

    /// `Config/device-profiles` in the working directory or in a folder above the program.
    private static var shippedFolder: String? {
        var candidates = ["Config"]
        var folder =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        while folder != "/", !folder.isEmpty {
            folder = (folder as NSString).deletingLastPathComponent
            candidates.append(folder + "/Config")
        }
        candidates.append("/usr/share/telehealth/Config")
        return candidates.lazy.map { $0 + "/device-profiles" }.first {
            FileManager.default.fileExists(atPath: $0)
        }
    }

    private static func read(_ path: String) throws(ConfigurationError) -> DeviceProfile {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError("cannot read \(path); check path and rights")
        }
        do {
            let decoder = JSONDecoder()
            decoder.allowsJSON5 = true
            return try DeviceProfile(try decoder.decode(DeviceProfileSource.self, from: data))
        } catch let error as DecodingError {
            throw ConfigurationError("\(path) is not JSON5: \(error.reason)")
        } catch {
            throw ConfigurationError("\(path): \(error)")
        }
    }
}
