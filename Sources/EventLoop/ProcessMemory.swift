import CLinux

/// What glibc's allocator does with memory that is free again.
public enum ProcessMemory {
    /// Keeps the process from holding what it has freed; call it first in `main`.
    ///
    /// The threads share two arenas instead of eight for each processor, so that what one frees the
    /// others can use. What takes 256 KiB or more is the system's own mapping and goes back at once;
    /// glibc would move that limit up to 32 MiB, and a compaction's arrays would leave holes
    /// (mallopt(3), `M_ARENA_MAX` and `M_MMAP_THRESHOLD`).
    public static func keepSmall() {
        _ = mallopt(M_ARENA_MAX, 2)
        _ = mallopt(M_MMAP_THRESHOLD, 256 << 10)
    }

    /// Gives what is free back to the system, after a start that read whole tables.
    ///
    /// It takes some milliseconds (malloc_trim(3)).
    public static func giveBack() {
        _ = malloc_trim(0)
    }
}
