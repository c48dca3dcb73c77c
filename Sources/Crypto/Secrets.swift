import COpenSSL

/// Bytes from OpenSSL's generator, fit for keys, salts, tokens and tickets.
///
/// Traps when the system has no randomness to give: nothing secure can follow.
public func randomBytes(_ count: Int) -> [UInt8] {
    precondition((0...Int(Int32.max)).contains(count), "\(count) random bytes at once")
    var output = [UInt8](repeating: 0, count: count)
    let status = unsafe RAND_bytes(&output, Int32(count))
    precondition(count == 0 || status == 1, "the system gives no random bytes")
    return output
}

/// Whether the bytes are equal, in a time that depends on their number alone.
///
/// Different lengths are told at once: a length is no secret here.
public func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in left.indices { difference |= left[index] ^ right[index] }
    return difference == 0
}

/// Whether the texts' UTF-8 is equal, in a time that depends on its length alone.
public func constantTimeEquals(_ left: String, _ right: String) -> Bool {
    constantTimeEquals(Array(left.utf8), Array(right.utf8))
}
