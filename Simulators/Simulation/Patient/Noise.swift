import Glibc
import Vocabulary

/// Noise that remembers: a first-order autoregressive process in continuous time.
///
/// Sampled at any spacing it keeps a variance of 1, so a device that measures every second and one
/// that measures every hour see the same patient.
struct Noise: Sendable {
    /// How long it remembers, in seconds: after this the correlation is 1/e.
    let memorySeconds: Double
    private(set) var value: Double

    init(memorySeconds: Double, using random: inout SeededRandom) {
        self.memorySeconds = memorySeconds
        self.value = random.normal()
    }

    /// The value `seconds` later, cut to ±2.5: a living patient's signs have no endless tails.
    mutating func advance(by seconds: Double, using random: inout SeededRandom) -> Double {
        let kept = exp(-max(0, seconds) / memorySeconds)
        value = kept * value + (1 - kept * kept).squareRoot() * random.normal()
        return min(2.5, max(-2.5, value))
    }
}

extension SeededRandom {
    /// A draw from the standard normal distribution (Box and Muller).
    mutating func normal() -> Double {
        let radius = (-2 * log(Double.random(in: .leastNonzeroMagnitude..<1, using: &self)))
            .squareRoot()
        return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
    }
}
