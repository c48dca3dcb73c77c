import COpenSSL

/// Message digests.
public enum Digest {
    /// SHA-256 of the bytes: 32 bytes.
    public static func sha256(_ bytes: Span<UInt8>) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 32)
        let status = unsafe bytes.withUnsafeBufferPointer { input in
            unsafe EVP_Digest(input.baseAddress, input.count, &output, nil, EVP_sha256(), nil)
        }
        precondition(status == 1, "OpenSSL has no SHA-256")
        return output
    }

    /// SHA-256 of the bytes: 32 bytes.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        sha256(bytes.span)
    }

    /// SHA-256 of the text's UTF-8: 32 bytes.
    public static func sha256(_ text: String) -> [UInt8] {
        sha256(Array(text.utf8).span)
    }
}
