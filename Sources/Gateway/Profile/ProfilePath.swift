/// A path into a vendor's JSON: `oxi.sat`, `$.session`, `channels[2].value`.
///
/// Names are separated by points; `[n]` is the n-th element of an array, from 0. `$.` starts at
/// the payload's root; without it a path starts at the reading.
struct ProfilePath: Equatable {
    enum Step: Equatable {
        case member([UInt8])
        case element(Int)
    }

    let steps: [Step]
    let isFromRoot: Bool

    init(_ text: String) throws(DeviceProfileError) {
        isFromRoot = text.hasPrefix("$.")
        var steps: [Step] = []
        for part in text.dropFirst(isFromRoot ? 2 : 0).split(
            separator: ".",
            omittingEmptySubsequences: false
        ) {
            let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
            guard let name = pieces.first, !name.isEmpty || pieces.count > 1 && steps.isEmpty else {
                throw DeviceProfileError("the path '\(text)' has an empty name")
            }
            if !name.isEmpty { steps.append(.member(Array(name.utf8))) }
            for piece in pieces.dropFirst() {
                guard piece.last == "]", let index = Int(piece.dropLast()),
                    (0...ProfileTree.elementLimit).contains(index)
                else {
                    throw DeviceProfileError(
                        "the path '\(text)' has something else than [0] to"
                            + " [\(ProfileTree.elementLimit)] between its brackets"
                    )
                }
                steps.append(.element(index))
            }
        }
        self.steps = steps
    }
}

/// The paths of a profile as one tree, so that a payload is walked once for all of them.
struct ProfileTree: Sendable {
    /// The greatest index of an array in a path.
    static let elementLimit = 1_000

    struct Node: Sendable {
        var members: [(name: [UInt8], node: Int)] = []
        var elements: [(index: Int, node: Int)] = []
        /// The slot that the value goes to.
        var slot: Int?
    }

    private(set) var nodes = [Node()]
    /// How many slots the paths have.
    private(set) var slotCount = 0

    /// Whether the paths lead into an array and not into an object.
    var startsWithArray: Bool { !nodes[0].elements.isEmpty && nodes[0].members.isEmpty }

    /// Adds a path and returns its slot; the same path has one slot.
    mutating func slot(_ steps: [ProfilePath.Step]) -> Int {
        var node = 0
        for step in steps { node = child(of: node, step) }
        if let slot = nodes[node].slot { return slot }
        nodes[node].slot = slotCount
        slotCount += 1
        return slotCount - 1
    }

    private mutating func child(of node: Int, _ step: ProfilePath.Step) -> Int {
        let next = nodes.count
        switch step {
        case .member(let name):
            if let known = nodes[node].members.first(where: { $0.name == name }) {
                return known.node
            }
            nodes[node].members.append((name, next))
        case .element(let index):
            if let known = nodes[node].elements.first(where: { $0.index == index }) {
                return known.node
            }
            nodes[node].elements.append((index, next))
        }
        nodes.append(Node())
        return next
    }
}
