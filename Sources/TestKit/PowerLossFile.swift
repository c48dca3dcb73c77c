import CSQLite
import Glibc

extension PowerLossDisk {
    /// Registers the disk as a file layer under its name, for the rest of the process's life.
    ///
    /// Everything but `xOpen` and `xDelete` stays the system's, which looks at none of its own fields there.
    func register() {
        guard let system = unsafe sqlite3_vfs_find(nil) else {
            preconditionFailure("SQLite has no file layer")
        }
        let layer = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        unsafe layer.initialize(to: system.pointee)
        unsafe layer.pointee.pNext = nil
        unsafe layer.pointee.szOsFile = system.pointee.szOsFile + Int32(headSize)
        unsafe layer.pointee.zName = UnsafePointer(strdup(name))
        unsafe layer.pointee.pAppData = Unmanaged.passRetained(self).toOpaque()
        unsafe layer.pointee.xOpen = { layer, path, file, flags, outFlags in
            guard let layer = unsafe layer, let file = unsafe file, let path = unsafe path,
                let system = unsafe sqlite3_vfs_find(nil), let owner = unsafe layer.pointee.pAppData
            else { return SQLITE_CANTOPEN }
            let status = unsafe system.pointee.xOpen(system, path, real(file), flags, outFlags)
            guard status == SQLITE_OK else { return status }
            let disk = unsafe Unmanaged<PowerLossDisk>.fromOpaque(owner).takeUnretainedValue()
            let number = unsafe disk.opened(String(cString: path))
            let head = UnsafeMutableRawPointer(file)
            unsafe file.pointee.pMethods = UnsafePointer(bitPattern: methods)
            unsafe head.storeBytes(of: owner, toByteOffset: 8, as: UnsafeMutableRawPointer.self)
            unsafe head.storeBytes(of: number, toByteOffset: 16, as: Int.self)
            return SQLITE_OK
        }
        unsafe layer.pointee.xDelete = { layer, path, isDurable in
            guard let layer = unsafe layer, let path = unsafe path,
                let system = unsafe sqlite3_vfs_find(nil), let owner = unsafe layer.pointee.pAppData
            else { return SQLITE_IOERR }
            let disk = unsafe Unmanaged<PowerLossDisk>.fromOpaque(owner).takeUnretainedValue()
            // Without power nothing is deleted either.
            guard !disk.isOff else { return SQLITE_IOERR }
            unsafe disk.deleted(String(cString: path))
            return unsafe system.pointee.xDelete(system, path, isDurable)
        }
        unsafe sqlite3_vfs_register(layer, 0)
    }
}

/// A file of the layer is the method table, the disk, the file's number, and after these bytes the
/// system's own file.
private let headSize = 32

// `SQLITE_IOERR_WRITE`, `_TRUNCATE` and `_FSYNC`, which the importer cannot see.
private let writeFailed = SQLITE_IOERR | 3 << 8
private let truncateFailed = SQLITE_IOERR | 6 << 8
private let syncFailed = SQLITE_IOERR | 4 << 8

private typealias FilePointer = UnsafeMutablePointer<sqlite3_file>

private func real(_ file: FilePointer?) -> FilePointer? {
    unsafe file.map { file in
        unsafe (UnsafeMutableRawPointer(file) + headSize).assumingMemoryBound(to: sqlite3_file.self)
    }
}

private func system(_ file: FilePointer?) -> sqlite3_io_methods {
    guard let methods = unsafe real(file)?.pointee.pMethods else {
        preconditionFailure("a file that is not open")
    }
    return unsafe methods.pointee
}

private func disk(_ file: FilePointer?) -> (PowerLossDisk, Int) {
    guard let head = UnsafeMutableRawPointer(file) else {
        preconditionFailure("no file")
    }
    let owner = unsafe head.load(fromByteOffset: 8, as: UnsafeMutableRawPointer.self)
    let number = unsafe head.load(fromByteOffset: 16, as: Int.self)
    return (unsafe Unmanaged<PowerLossDisk>.fromOpaque(owner).takeUnretainedValue(), number)
}

/// The address of the layer's method table, which lives as long as the process.
private let methods: UInt = {
    let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    unsafe table.initialize(to: sqlite3_io_methods())
    unsafe table.pointee.iVersion = 2
    unsafe table.pointee.xClose = { unsafe system($0).xClose(real($0)) }
    unsafe table.pointee.xRead = { unsafe system($0).xRead(real($0), $1, $2, $3) }
    unsafe table.pointee.xWrite = { file, bytes, count, offset in
        let (disk, number) = unsafe disk(file)
        let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: Int(count))
        guard unsafe disk.wrote(buffer, at: Int(offset), file: number) else {
            return writeFailed
        }
        return unsafe system(file).xWrite(real(file), bytes, count, offset)
    }
    unsafe table.pointee.xTruncate = { file, size in
        let (disk, number) = unsafe disk(file)
        guard disk.truncated(to: Int(size), file: number) else { return truncateFailed }
        return unsafe system(file).xTruncate(real(file), size)
    }
    unsafe table.pointee.xSync = { file, _ in
        let (disk, number) = unsafe disk(file)
        return disk.synchronised(file: number) ? SQLITE_OK : syncFailed
    }
    unsafe table.pointee.xFileSize = { unsafe system($0).xFileSize(real($0), $1) }
    unsafe table.pointee.xLock = { unsafe system($0).xLock(real($0), $1) }
    unsafe table.pointee.xUnlock = { unsafe system($0).xUnlock(real($0), $1) }
    unsafe table.pointee.xCheckReservedLock = {
        unsafe system($0).xCheckReservedLock(real($0), $1)
    }
    unsafe table.pointee.xFileControl = { unsafe system($0).xFileControl(real($0), $1, $2) }
    unsafe table.pointee.xSectorSize = { unsafe system($0).xSectorSize(real($0)) }
    unsafe table.pointee.xDeviceCharacteristics = {
        unsafe system($0).xDeviceCharacteristics(real($0))
    }
    unsafe table.pointee.xShmMap = { unsafe system($0).xShmMap(real($0), $1, $2, $3, $4) }
    unsafe table.pointee.xShmLock = { unsafe system($0).xShmLock(real($0), $1, $2, $3) }
    unsafe table.pointee.xShmBarrier = { unsafe system($0).xShmBarrier(real($0)) }
    unsafe table.pointee.xShmUnmap = { unsafe system($0).xShmUnmap(real($0), $1) }
    return UInt(bitPattern: table)
}()
