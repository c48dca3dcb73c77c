import Foundation
import Testing
import WebServer

/// The API's own document as the judge of every call that a test makes through it.
final class Contract {
    /// One call of the document.
    struct Operation: Hashable, Sendable {
        let method: HTTPMethod
        /// Below `/api/v1`, parameters in braces.
        let path: String
    }

    let check: SchemaCheck
    /// Every call of the document.
    let operations: Set<Operation>
    /// The calls that were made.
    private(set) var exercised: Set<Operation> = []

    init(_ document: JSON) throws {
        check = SchemaCheck(document: document)
        var operations: Set<Operation> = []
        for (path, item) in document["paths"]?.members ?? [:] {
            for method in item.members.keys {
                let method = try #require(HTTPMethod(rawValue: method.uppercased()))
                operations.insert(Operation(method: method, path: String(path.dropFirst(7))))
            }
        }
        self.operations = operations
    }

    /// The document's text about a call.
    func description(of operation: Operation) -> JSON? {
        check.document["paths"]?["/api/v1" + operation.path]?[
            operation.method.rawValue.lowercased()
        ]
    }

    /// Makes a call, expects its documented success, and judges body and answer by the document.
    @discardableResult
    func call(
        _ caller: Caller,
        _ method: HTTPMethod,
        _ path: String,
        _ values: [String: String] = [:],
        query: String = "",
        _ body: [String: any Sendable]? = nil,
        text: String? = nil
    ) async throws -> JSON {
        let operation = Operation(method: method, path: path)
        let description = try #require(self.description(of: operation), "no \(operation)")
        exercised.insert(operation)
        let name = "\(method.rawValue) \(path)"
        if let text {
            let type = description["requestBody"]?["content"]?.members.keys.first
            let named = try #require(type, "\(name) takes no text")
            let path = Contract.fill(path, values) + query
            let sent = try await caller.send(method, path, text, as: named)
            return try judge(sent, description, name)
        }
        if let schema = description["requestBody"]?["content"]?["application/json"]?["schema"] {
            let sent = try JSON(
                Array(
                    JSONSerialization.data(withJSONObject: try #require(body, "\(name): no body"))
                )
            )
            #expect(check.faults(sent, schema) == [], "\(name): what is sent")
        } else {
            #expect(body == nil, "\(name) takes no body")
        }
        let answer = try await caller.call(method, Contract.fill(path, values) + query, body)
        return try judge(answer, description, name)
    }

    /// Expects the documented success, and judges the answer by the document.
    private func judge(
        _ answer: HTTPResponse,
        _ description: JSON,
        _ name: String
    ) throws -> JSON {
        let responses = description["responses"]?.members ?? [:]
        let success = try #require(responses.keys.first { $0 != "default" })
        try #require(String(answer.status) == success, "\(name): \(answer.status) \(answer.text)")
        guard let content = responses[success]?["content"]?.members.first else {
            #expect(answer.body.isEmpty, "\(name) promises no body")
            return .null
        }
        let type = answer.headers["content-type"] ?? ""
        #expect(type.split(separator: ";").first.map(String.init) == content.key, "\(name)")
        let value = content.key == "application/json" ? try JSON(answer.body) : .string(answer.text)
        #expect(check.faults(value, content.value["schema"] ?? .null) == [], "\(name)")
        return value
    }

    /// Expects a refusal with this status, in the documented form.
    @discardableResult
    func expectProblem(
        _ status: Int,
        _ answer: HTTPResponse,
        _ what: String
    ) throws -> JSON {
        #expect(answer.status == status, "\(what): \(answer.status) \(answer.text)")
        #expect(answer.headers["content-type"] == "application/problem+json", "\(what)")
        let problem = try JSON(answer.body)
        let schema = check.document["components"]?["schemas"]?["Problem"] ?? .null
        #expect(check.faults(problem, schema) == [], "\(what)")
        #expect(problem["status"]?.integer == answer.status, "\(what)")
        return problem
    }

    /// A path with its parameters filled in.
    static func fill(_ path: String, _ values: [String: String]) -> String {
        values.reduce(path) { $0.replacingOccurrences(of: "{\($1.key)}", with: $1.value) }
    }
}
