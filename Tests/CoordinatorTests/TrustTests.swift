import Coordinator
import Store
import Testing
import Vocabulary

private let start = Instant(seconds: 1_800_000_000)

private func principal(
    _ roles: [Role],
    site: String? = nil,
    doctor: String? = nil
) -> Principal {
    Principal(
        UserAccount(
            id: UserID(trusted: "someone"),
            roles: roles,
            site: site.map { SiteID(trusted: $0) },
            doctor: doctor.map { DoctorID(trusted: $0) },
            passwordHash: ""
        ),
        address: "127.0.0.1"
    )
}

@Suite struct AuthorisationTests {
    private let own = AccessTarget(site: SiteID(trusted: "s-1"))
    private let other = AccessTarget(site: SiteID(trusted: "s-2"))

    @Test(arguments: [Resource.patient, .alarm, .request, .booking, .session, .device])
    func `a clinic reaches its own site and no other`(resource: Resource) {
        let nurse = principal([.clinic], site: "s-1")
        #expect(Authorisation.allows(nurse, .read, resource, own))
        #expect(!Authorisation.allows(nurse, .read, resource, other))
        #expect(!Authorisation.allows(nurse, .read, resource, AccessTarget()))
    }

    @Test func `a doctor reaches a patient only through a live consult`() {
        let doctor = principal([.doctor], doctor: "d-1")
        let treated = AccessTarget(
            site: SiteID(trusted: "s-1"),
            doctors: [DoctorID(trusted: "d-1")]
        )
        let another = AccessTarget(
            site: SiteID(trusted: "s-1"),
            doctors: [DoctorID(trusted: "d-2")]
        )
        #expect(Authorisation.allows(doctor, .read, .patient, treated))
        #expect(!Authorisation.allows(doctor, .read, .patient, another))
        #expect(!Authorisation.allows(doctor, .create, .patient, treated))
    }

    @Test(arguments: [Resource.patient, .limits, .alarm, .request, .booking, .session, .audit])
    func `the department of health sees figures and no patient`(resource: Resource) {
        for verb in Verb.allCases {
            #expect(!Authorisation.mayEver(principal([.observer]), verb, resource))
        }
        #expect(Authorisation.allows(principal([.observer]), .read, .statistics))
    }

    @Test func `an administrator sets up but reads no vitals and joins no consult`() {
        let administrator = principal([.administrator])
        #expect(Authorisation.allows(administrator, .create, .patient, own))
        #expect(!Authorisation.allows(administrator, .read, .patient, own))
        #expect(!Authorisation.allows(administrator, .change, .booking, own))
        #expect(!Authorisation.allows(administrator, .change, .session, own))
    }

    @Test func `only the auditor and the administrator read the audit chain, nobody changes it`() {
        for role in Role.allCases {
            let reads = Authorisation.allows(principal([role]), .read, .audit)
            #expect(reads == (role == .auditor || role == .administrator))
            #expect(!Authorisation.allows(principal([role]), .change, .audit))
        }
    }

    @Test func `a device's account may do nothing at the API`() {
        for verb in Verb.allCases {
            for resource in Resource.allCases {
                #expect(!Authorisation.mayEver(principal([.device]), verb, resource))
            }
        }
    }
}

@Suite struct LoginThrottleTests {
    @Test func `the fifth failure starts the wait and each further one doubles it`() {
        var throttle = LoginThrottle()
        for _ in 0..<4 { throttle.failed("a", at: start) }
        #expect(throttle.wait(for: "a", at: start) == nil)
        throttle.failed("a", at: start)
        #expect(throttle.wait(for: "a", at: start) == .seconds(1))
        throttle.failed("a", at: start)
        #expect(throttle.wait(for: "a", at: start) == .seconds(2))
        #expect(throttle.wait(for: "b", at: start) == nil)
    }

    @Test func `the wait ends by itself and is never longer than 15 minutes`() {
        var throttle = LoginThrottle()
        for _ in 0..<60 { throttle.failed("a", at: start) }
        #expect(throttle.wait(for: "a", at: start) == .seconds(900))
        #expect(throttle.wait(for: "a", at: start + .milliseconds(899_999)) != nil)
        #expect(throttle.wait(for: "a", at: start + .seconds(900)) == nil)
    }

    @Test func `a success forgets the failures`() {
        var throttle = LoginThrottle()
        for _ in 0..<9 { throttle.failed("a", at: start) }
        throttle.succeeded("a")
        #expect(throttle.wait(for: "a", at: start) == nil)
    }

    @Test func `memory is bounded under any number of names`() {
        var throttle = LoginThrottle()
        for number in 0...LoginThrottle.capacity {
            throttle.failed("name \(number)", at: start + .milliseconds(number))
        }
        #expect(throttle.count <= LoginThrottle.capacity)
    }
}

@Suite struct CallRateTests {
    @Test func `the burst is a quarter of a minute's calls, then they come back with time`() {
        var rate = CallRate(perMinute: 240)
        let burst = (0..<60).map { _ in rate.admit("a", at: start) }
        #expect(!burst.contains(false))
        let beyond = rate.admit("a", at: start)
        #expect(!beyond)
        let another = rate.admit("b", at: start)
        #expect(another)
        let tooSoon = rate.admit("a", at: start + .milliseconds(240))
        #expect(!tooSoon)
        let later = rate.admit("a", at: start + .milliseconds(500))
        #expect(later)
    }
}

@Suite struct AccessTokenTests {
    private let key = [UInt8](repeating: 7, count: 32)
    private let user = UserID(trusted: "nurse")

    @Test func `a token is good until the instant it expires`() {
        let token = AccessToken(user: user, expiresAt: start)
        let text = token.text(key: key)
        #expect(AccessToken(text, key: key, now: start - .milliseconds(1)) == token)
        #expect(AccessToken(text, key: key, now: start) == nil)
    }

    @Test func `another key, another letter or another form is no token`() {
        let text = AccessToken(user: user, expiresAt: start).text(key: key)
        let now = start - .seconds(1)
        #expect(AccessToken(text, key: [UInt8](repeating: 8, count: 32), now: now) == nil)
        #expect(AccessToken(text + "A", key: key, now: now) == nil)
        #expect(AccessToken("th2" + text.dropFirst(3), key: key, now: now) == nil)
        #expect(AccessToken("", key: key, now: now) == nil)
        #expect(AccessToken("th1..", key: key, now: now) == nil)
        #expect(AccessToken(String(repeating: "A", count: 1_000_000), key: key, now: now) == nil)
        var letters = Array(text)
        for index in letters.indices where letters[index] != "." {
            let before = letters[index]
            letters[index] = before == "A" ? "B" : "A"
            let forged = AccessToken(String(letters), key: key, now: now)
            // The last letter of base64 may hold spare bits; it must not name somebody else.
            #expect(forged == nil || forged?.user == user && index == letters.count - 1)
            letters[index] = before
        }
    }
}
