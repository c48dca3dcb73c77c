import CareLoop
import Vocabulary

/// What may move of what was planned, as the configuration writes it.
extension Configuration {
    static func readStability(_ reader: ConfigurationReader, into policy: inout LoopPolicy) {
        let displacement = "displacement."
        policy.displacement.movesPerSiteAndDay = reader.integer(
            displacement + "movesPerSiteAndDay"
        )
        policy.displacement.freeze = .minutes(reader.integer(displacement + "freezeMinutes"))
        policy.replanning = .seconds(reader.integer("replanning.seconds"))
    }
}
