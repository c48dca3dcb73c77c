/// Requests decided one by one as they come: each at once, by the best place that is left.
///
/// What a batch gains by looking at the whole day shows beside it.
public struct PlanDesk: Sendable {
    private var schedule: PlanSchedule
    private var vacancies: PlanVacancies

    /// A day on which nobody has come yet.
    public init(_ problem: PlanProblem) {
        schedule = PlanSchedule(problem)
        vacancies = PlanVacancies(schedule)
    }

    /// The cost so far, with everybody who has not come counted as left out.
    public var cost: Int { schedule.cost }

    /// How many doctors, or groups of them passed over whole, decisions have looked at.
    package var looks: Int { vacancies.looks }

    /// Each request's place so far; nil for none.
    public var plan: [PlanPlace?] { schedule.places.map { $0.isServed ? $0 : nil } }

    /// Serves the request at the best place that is left; nil when there is none.
    ///
    /// A request that has been served keeps its place.
    public mutating func decide(_ request: Int) -> PlanPlace? {
        guard !schedule.places[request].isServed else { return schedule.places[request] }
        guard let offer = vacancies.offer(request, in: &schedule) else { return nil }
        schedule.place(request, offer.place)
        vacancies.note(
            offer.place,
            length: schedule.problem.jobs[request].duration,
            schedule
        )
        return offer.place
    }
}
