import Signalling
import Testing

@Suite struct EnvelopeTests {
    @Test func `the parts are where they stand`() throws {
        let bytes = Array(#" {"b":{"x":[1]},"a":0,"q":7,"id":"r-1","t":"vitals.subscribe"} "#.utf8)
        let envelope = try Envelope(bytes.span)
        #expect(envelope.type == .vitalsSubscribe)
        #expect(envelope.sequence == 7)
        #expect(envelope.acknowledged == 0)
        let id = try #require(envelope.id)
        #expect(String(decoding: bytes[id], as: UTF8.self) == "r-1")
        let body = try #require(envelope.body)
        #expect(String(decoding: bytes[body], as: UTF8.self) == #"{"x":[1]}"#)
    }

    @Test func `every type is known by its name, and no two share one`() throws {
        for type in MessageType.allCases {
            let bytes = Array(#"{"t":"\#(type.name)"}"#.utf8)
            let envelope = try Envelope(bytes.span)
            #expect(envelope.type == type)
        }
        for name in ["", "Hello", "hello ", "hell", "helloo", "knocks"] {
            let bytes = Array(#"{"t":"\#(name)"}"#.utf8)
            let envelope = try Envelope(bytes.span)
            #expect(envelope.type == nil)
        }
        let names = Set(MessageType.allCases.map { "\($0.name)" })
        #expect(names.count == MessageType.allCases.count)
    }

    @Test(arguments: [
        "{}", "[]", "null", "1", "\"t\"", #"{"t":1}"#, #"{"t":null}"#, #"{"T":"hello"}"#,
        #"{"t":"hello","t":"hello"}"#, #"{"t":"hello","\u0074":"leave"}"#,
        #"{"t":"hello","x":1}"#, #"{"t":"hello","b":[]}"#, #"{"t":"hello","b":null}"#,
        #"{"t":"hello","b":{},"b":{}}"#, #"{"t":"hello","q":0}"#, #"{"t":"hello","q":-1}"#,
        #"{"t":"hello","q":1.0}"#, #"{"t":"hello","q":"1"}"#,
        #"{"t":"hello","q":9223372036854775808}"#, #"{"t":"hello","q":1,"q":2}"#,
        #"{"t":"hello","a":-1}"#, #"{"t":"hello","a":1e0}"#, #"{"t":"hello","id":""}"#,
        #"{"t":"hello","id":7}"#, #"{"t":"hello","id":"a\"b"}"#, #"{"t":"hello"}{}"#,
        #"{"t":"hello"},"#,
        #"{"t":"hello","id":"0123456789012345678901234567890123456789012345678901234567890123x"}"#,
    ])
    func `what is not exactly one envelope is refused`(text: String) {
        let bytes = Array(text.utf8)
        #expect(throws: MessageError.self) { _ = try Envelope(bytes.span) }
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        let bytes = Array(#"{"t":"hello","id":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)
        #expect(throws: MessageError.self) { _ = try Envelope(bytes.span) }
    }

    @Test func `a refusal repeats nothing of what was said`() {
        let secret = "canary"
        for text in [
            #"{"t":"hello","\#(secret)":1}"#, #"{"t":"\#(secret)"#,
            #"{"id":"\#(secret)\n","t":"x"}"#,
        ] {
            let bytes = Array(text.utf8)
            do throws(MessageError) {
                _ = try Envelope(bytes.span)
                Issue.record("it was read")
            } catch {
                #expect(!error.description.contains(secret))
            }
        }
    }

    @Test func `every error and close code is the specification's`() {
        let errors =
            "bad_message unknown_type out_of_order not_ready auth_failed ticket_expired "
            + "forbidden no_session no_peer session_full session_ended not_admitted "
            + "consent_required stale_negotiation too_large rate_limited busy resume_unknown "
            + "resume_expired version internal"
        #expect(ErrorCode.allCases.map(\.rawValue).joined(separator: " ") == errors)
        #expect(
            CloseCode.allCases.map(\.rawValue) == [
                1_000, 1_001, 1_008, 1_009, 1_013, 4_400, 4_401, 4_403, 4_404, 4_408, 4_409,
                4_410, 4_429, 4_430, 4_440,
            ]
        )
    }
}
