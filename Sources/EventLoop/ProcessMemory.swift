import CLinux

/// What glibc's allocator does with memory that is free again.
public enum ProcessMemory {
    /// Lets the threads share two arenas instead of eight for each processor.
    ///
    /// Call it first in `main`. What one thread frees the others can then use; with an arena each,
    /// the readers' and the writer's leftovers lie side by side (mallopt(3), `M_ARENA_MAX`).
    public static func shareArenas() {
        _ = mallopt(M_ARENA_MAX, 2)
    }

    /// Gives what is free back to the system, after a start that read whole tables.
    ///
    /// It takes some milliseconds (malloc_trim(3)).
    public static func giveBack() {
        _ = malloc_trim(0)
    }
}
