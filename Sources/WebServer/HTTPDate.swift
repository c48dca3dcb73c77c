import Glibc

/// The date field's text, made once a second (RFC 9110, 5.6.7).
struct HTTPDate {
    private var second: time_t = 0
    private var cached = ""

    mutating func text() -> String {
        var now = time(nil)
        if now == second { return cached }
        second = now
        var parts = unsafe tm()
        unsafe gmtime_r(&now, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        cached = unsafe """
        \(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \
        \(parts.tm_year + 1_900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT
        """
        return cached
    }
}
