import COpenSSL

/// A file in memory, which OpenSSL reads PEM from and writes it to.
@safe
struct MemoryFile: ~Copyable {
    private let file: OpaquePointer

    /// An empty one, to be written to.
    init() throws(CryptoError) {
        guard let file = unsafe BIO_new(BIO_s_mem()) else { throw .ofLibrary("BIO_new") }
        unsafe self.file = file
    }

    /// One that holds the text.
    static func holding(_ text: String) throws(CryptoError) -> MemoryFile {
        let file = try MemoryFile()
        let bytes = Array(text.utf8)
        guard
            unsafe bytes.isEmpty || BIO_write(file.file, bytes, Int32(clamping: bytes.count)) > 0
        else { throw .ofLibrary("BIO_write") }
        return file
    }

    deinit { unsafe BIO_free(file) }

    /// Calls `body` with the file; the pointer must not leave it.
    borrowing func with<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        unsafe body(file)
    }

    /// What was written and not read yet.
    borrowing func text() -> String {
        var bytes = [UInt8](repeating: 0, count: unsafe BIO_ctrl_pending(file))
        let count = unsafe BIO_read(file, &bytes, Int32(clamping: bytes.count))
        return String(decoding: bytes.prefix(Int(max(count, 0))), as: UTF8.self)
    }
}
