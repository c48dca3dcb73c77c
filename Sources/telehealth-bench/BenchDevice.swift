import Vocabulary

/// Devices are dealt out to as many provinces as there are partitions, each with one site.
func benchProvince(_ number: Int, of partitions: Int) -> String { "bench-\(number % partitions)" }
func benchSite(_ number: Int, of partitions: Int) -> String { "bench-site-\(number % partitions)" }

func benchDevice(_ number: Int) -> String { "bench-\(number)" }

func benchNumber(of device: some StringProtocol) -> Int? { Int(device.dropFirst(6)) }

func benchTopic(_ number: Int, of partitions: Int = 1) -> String {
    let province = benchProvince(number, of: partitions)
    return "telehealth/v1/\(province)/\(benchSite(number, of: partitions))/"
        + "\(benchDevice(number))/vitals"
}

/// A monitor's reading as native JSON.
func nativePayload(_ sequence: Int, at: Instant) -> String {
    #"{"seq":\#(sequence),"boot":"b1","at":\#(at.milliseconds),"hr":\#(60 + sequence % 30),"#
        + #""spo2":97,"rr":16,"sys":120,"dia":80,"temp":36.8,"avpu":"A","o2":false}"#
}
