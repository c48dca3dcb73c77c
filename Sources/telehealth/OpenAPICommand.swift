import Arguments
import Coordinator
import Signalling

let openAPICommand = Command("openapi", "Print the OpenAPI 3.1 document of the API.") { _ in
    writeLine(try openAPIDocument())
}

let schemaCommand = Command(
    "schema",
    "Print the JSON Schema of every message of the WebSocket."
) { _ in
    writeLine(messageSchema())
}
