import Arguments
import Coordinator

let openAPICommand = Command("openapi", "Print the OpenAPI 3.1 document of the API.") { _ in
    writeLine(try openAPIDocument())
}
