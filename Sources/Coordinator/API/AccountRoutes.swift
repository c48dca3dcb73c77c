import CareLoop
import Clinical
import EventLoop
import Gateway
import Scheduler
import Signalling
import Store
import Vocabulary
import WebServer

/// Signing in and out, and who one is.
enum AccountRoutes {
    static var routes: [Route] {
        [
            Route(
                "POST",
                "/login",
                "Sign in; the token also comes as a cookie.",
                access: .open,
                body: .object([("user", .string), ("password", .string)], optional: []),
                answer: .named("Login")
            ) { try await login($0, $1) },
            Route("POST", "/logout", "Sign out.", access: .signedIn, status: 204) {
                call,
                services in
                guard let token = call.token else { throw Problem.notSignedIn }
                try await services.accounts.logout(token, by: try call.principal())
                var answer = APIAnswer.none
                answer.headers.append(("set-cookie", cookie("", seconds: 0, services)))
                return answer
            },
            Route("GET", "/me", "Who one is.", access: .signedIn, answer: .named("Account")) {
                call,
                services in
                guard let token = call.token else { throw Problem.notSignedIn }
                return try .json(AccountView(try call.principal(), token, services, token: nil))
            },
        ]
    }

    private struct Credentials: Decodable {
        let user: String
        let password: String
    }

    private static func login(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let credentials: Credentials = try call.body()
        guard credentials.user.utf8.count <= 64, credentials.password.utf8.count <= 1_024 else {
            throw Problem(401, "wrongCredentials", "user or password is wrong")
        }
        let (token, principal) = try await services.accounts.login(
            user: credentials.user,
            password: credentials.password,
            address: call.request.remoteAddress
        )
        let text = token.text(key: services.keys.tokens)
        var answer = try APIAnswer.json(AccountView(principal, token, services, token: text))
        let seconds = (token.expiresAt - call.at).wholeMilliseconds / 1_000
        answer.headers.append(("set-cookie", cookie(text, seconds: seconds, services)))
        return answer
    }

    private static func cookie(_ text: String, seconds: Int64, _ services: Services) -> String {
        let secure = services.publicURL.hasPrefix("https") ? "; Secure" : ""
        return "\(Router.cookieName)=\(text); Path=/; Max-Age=\(seconds); HttpOnly;"
            + " SameSite=Strict\(secure)"
    }
}

private struct AccountView: Encodable {
    let token: String?
    let expiresAt: Instant
    let user: UserID
    let roles: [Role]
    let site: SiteID?
    let doctor: DoctorID?
    let interpreter: InterpreterID?
    let csrf: String

    init(_ principal: Principal, _ access: AccessToken, _ services: Services, token: String?) {
        self.token = token
        expiresAt = access.expiresAt
        user = principal.user
        roles = principal.roles
        site = principal.site
        doctor = principal.doctor
        interpreter = principal.interpreter
        csrf = access.csrf(key: services.keys.tokens)
    }
}
