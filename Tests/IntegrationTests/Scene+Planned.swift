import Testing
import WebServer

extension Scene {
    /// The only hours of the doctor are 07:00 to 19:00 local of the day.
    func keepHours(
        on day: String,
        _ doctor: Person = .doctor,
        _ id: String = Deployment.doctor
    )
        async throws
    {
        _ = try await self[doctor].object(
            .put,
            "/doctors/\(id)/availability",
            [
                "weekly": [String](), "absences": [String](), "onCall": [String](),
                "additions": [["from": "\(day)T00:00:00Z", "until": "\(day)T12:00:00Z"]],
            ]
        )
    }

    /// A routine consult of the clinic within the doctor's hours of the day, to which the doctor said
    /// yes.
    func planned(on day: String) async throws -> String {
        try await keepHours(on: day)
        let nurse = self[.clinic]
        let request = try await nurse.object(
            .post,
            "/requests",
            [
                "patient": Deployment.patient, "specialty": "emergency", "urgency": "routine",
                "earliest": "\(day)T01:00:00Z", "deadline": "\(day)T06:00:00Z",
            ],
            expecting: 201
        )
        let id = try #require(request["id"])
        var booking: String?
        try await eventually("it is offered") {
            booking = try await nurse.object(.get, "/requests/\(id)")["booking"]
            return booking != nil
        }
        let found = try #require(booking)
        _ = try await self[.doctor].object(.post, "/bookings/\(found)/accept")
        return found
    }
}
