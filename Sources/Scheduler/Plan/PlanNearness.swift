/// What a doctor's place costs a request: in the site's chain, in its region, elsewhere.
///
/// Kept by site and by hospital and not for every pair, of which there are as many as the square
/// of a country's size.
struct PlanNearness: Sendable {
    /// The least that any place costs.
    let least: Int
    /// Each hospital's place in an order of them all: others before central ones, then by region.
    let ranks: [Int32]
    /// The ranks of a region's hospitals that are not central, and of those that are.
    private let rankRanges: [(others: Range<Int32>, central: Range<Int32>)]
    private let centralRanks: Range<Int32>
    private let siteRegions: [Int32]
    private let hospitalRegions: [Int32]
    private let isCentral: [Bool]
    /// The chains of all sites, one after another, and where each begins.
    private var chains: [Int32] = []
    private var chainStarts: [Int32] = [0]
    private let chain: Int
    private let region: Int
    private let far: Int
    private let centralRoutine: Int

    init(
        _ sites: [PlanProblem.Site],
        _ hospitals: [PlanProblem.Hospital],
        _ weights: PlanProblem.Weights
    ) {
        let regions = PlanNearness.numbers(sites.map(\.region) + hospitals.map(\.region))
        siteRegions = Array(regions[..<sites.count])
        hospitalRegions = Array(regions[sites.count...])
        isCentral = hospitals.map { $0.tier == 1 }
        let order = hospitals.indices.sorted { [isCentral, hospitalRegions] left, right in
            let (a, b) = (isCentral[left] ? 1 : 0, isCentral[right] ? 1 : 0)
            return (a, hospitalRegions[left], left) < (b, hospitalRegions[right], right)
        }
        var ranks = [Int32](repeating: 0, count: hospitals.count)
        for (rank, hospital) in order.enumerated() { ranks[hospital] = Int32(rank) }
        self.ranks = ranks
        let others = Int32(isCentral.count { !$0 })
        centralRanks = others..<Int32(hospitals.count)
        rankRanges = PlanNearness.rankRanges(order, hospitalRegions, regions, others)
        (chain, region, far) = weights.affinity
        centralRoutine = weights.centralRoutine
        least = min(chain, region, far)
        for site in sites {
            for hospital in site.chain where hospitals.indices.contains(hospital) {
                chains.append(Int32(hospital))
            }
            chainStarts.append(Int32(chains.count))
        }
    }

    /// What a hospital costs a request of the site.
    func cost(site: Int, hospital: Int, isRoutine: Bool) -> Int {
        let more = isRoutine && isCentral[hospital] ? centralRoutine : 0
        for place in Int(chainStarts[site])..<Int(chainStarts[site + 1])
        where chains[place] == Int32(truncatingIfNeeded: hospital) {
            return chain + more
        }
        return (siteRegions[site] == hospitalRegions[hospital] ? region : far) + more
    }

    /// What a central hospital, or another, of the region or of elsewhere costs a request.
    func cost(inRegion: Bool, isCentral: Bool, isRoutine: Bool) -> Int {
        (inRegion ? region : far) + (isRoutine && isCentral ? centralRoutine : 0)
    }

    /// The hospitals of the site's chain that there are.
    func chain(of site: Int) -> ArraySlice<Int32> {
        chains[Int(chainStarts[site])..<Int(chainStarts[site + 1])]
    }

    /// The ranks of the central hospitals of a site's region, or of the others there.
    func ranks(nearTo site: Int, isCentral: Bool) -> Range<Int32> {
        let ranges = rankRanges[Int(siteRegions[site])]
        return isCentral ? ranges.central : ranges.others
    }

    /// The ranks of all central hospitals, or of all others.
    func ranks(isCentral: Bool) -> Range<Int32> {
        isCentral ? centralRanks : 0..<centralRanks.lowerBound
    }

    private static func rankRanges(
        _ order: [Int],
        _ regionOf: [Int32],
        _ regions: [Int32],
        _ others: Int32
    ) -> [(others: Range<Int32>, central: Range<Int32>)] {
        let none: Range<Int32> = 0..<0
        let count = Int(regions.max() ?? -1) + 1
        var ranges = Array(repeating: (others: none, central: none), count: count)
        for (rank, hospital) in order.enumerated() {
            let (region, rank) = (Int(regionOf[hospital]), Int32(rank))
            if rank < others {
                let first = ranges[region].others
                ranges[region].others = (first.isEmpty ? rank : first.lowerBound)..<(rank + 1)
            } else {
                let first = ranges[region].central
                ranges[region].central = (first.isEmpty ? rank : first.lowerBound)..<(rank + 1)
            }
        }
        return ranges
    }

    /// Numbers from 0 on in place of whatever stands for the regions.
    private static func numbers(_ regions: [Int]) -> [Int32] {
        var numbers: [Int: Int32] = [:]
        return regions.map { region in
            if let number = numbers[region] { return number }
            numbers[region] = Int32(numbers.count)
            return Int32(numbers.count - 1)
        }
    }
}
