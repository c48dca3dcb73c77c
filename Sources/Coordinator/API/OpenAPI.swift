/// The OpenAPI 3.1 document, made from the routes.
enum OpenAPI {
    /// The document of these routes.
    static func document(_ routes: [Route], version: String) -> JSONValue {
        var paths: [String: JSONValue] = [:]
        for route in routes {
            let path = "/api/v1" + route.path
            var operations = paths[path]?.members ?? [:]
            operations[route.method.lowercased()] = operation(route)
            paths[path] = .object(operations)
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "telehealth",
                "version": .string(version),
                "description": "Readings, alarms, consult requests, bookings and sessions.",
            ],
            "paths": .object(paths),
            "components": [
                "schemas": .object(
                    Dictionary(
                        Schemas.named.map { ($0.0, $0.1.json) },
                        uniquingKeysWith: { $1 }
                    )
                ),
                "securitySchemes": [
                    "bearer": ["type": "http", "scheme": "bearer"],
                    "cookie": ["type": "apiKey", "in": "cookie", "name": "telehealth_session"],
                ],
            ],
        ]
    }

    private static func operation(_ route: Route) -> JSONValue {
        var operation: [String: JSONValue] = [
            "summary": .string(route.summary),
            "operationId": .string(operationID(route)),
            "parameters": .array(parameters(route)),
            "responses": .object(responses(route)),
        ]
        if let body = route.body {
            operation["requestBody"] = [
                "required": .boolean(!route.isBodyOptional),
                "content": .object([route.bodyType: ["schema": body.json]]),
            ]
        }
        switch route.access {
        case .open: operation["security"] = []
        case .signedIn, .granted: operation["security"] = [["bearer": []], ["cookie": []]]
        }
        return .object(operation)
    }

    private static func operationID(_ route: Route) -> String {
        let words = route.segments.map { $0.filter { $0.isLetter || $0.isNumber } }
        return route.method.lowercased()
            + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    private static func parameters(_ route: Route) -> [JSONValue] {
        let path: [JSONValue] = route.segments.filter { $0.hasPrefix("{") }.map {
            [
                "name": .string(String($0.dropFirst().dropLast())), "in": "path",
                "required": true, "schema": ["type": "string"],
            ]
        }
        let query: [JSONValue] = route.parameters.map {
            [
                "name": .string($0.name), "in": "query", "required": false,
                "schema": $0.schema.json, "description": .string($0.help),
            ]
        }
        return path + query
    }

    private static func responses(_ route: Route) -> [String: JSONValue] {
        var success: [String: JSONValue] = ["description": "Done."]
        if let answer = route.answer {
            success["content"] = .object([route.mediaType: ["schema": answer.json]])
        }
        return [
            String(route.status): .object(success),
            "default": [
                "description": "Why not.",
                "content": [
                    "application/problem+json": ["schema": Schema.named("Problem").json]
                ],
            ],
        ]
    }
}

/// The OpenAPI 3.1 document of the API, as JSON text.
public func openAPIDocument() throws -> String {
    let document = OpenAPI.document(Router.routes, version: telehealthVersion)
    return String(decoding: try jsonBytes(document), as: UTF8.self)
}
