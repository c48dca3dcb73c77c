extension Sign {
    /// The magnitude, in the sign's own unit, of a value in another unit of the same dimension.
    ///
    /// `ucum` is the UCUM code that the value came with: kPa for pressures (1 kPa = 7.50061683
    /// mmHg), `[degF]`, `g` and `[lb_av]` (0.45359237 kg), `mg/dL` for glucose (18.0156 mg/dL =
    /// 1 mmol/L), `[in_i]` and `m` for height, besides each sign's own. Nil when the unit is of
    /// another dimension or the value is not finite: a unit is never guessed.
    public func magnitude(_ value: Double, ucum: String) -> Magnitude? {
        guard value.isFinite, let own = SignCode.of(self).ucum else { return nil }
        switch (own, ucum) {
        case (_, own): return Magnitude(rounding: value)
        case ("mm[Hg]", "kPa"): return Magnitude(rounding: value * 7.500_616_83)
        case ("Cel", "[degF]"): return Magnitude(rounding: (value - 32) / 1.8)
        case ("kg", "g"): return Magnitude(rounding: value / 1_000)
        case ("kg", "[lb_av]"): return Magnitude(rounding: value * 0.453_592_37)
        case ("mmol/L", "mg/dL"): return Magnitude(rounding: value / 18.0156)
        case ("cm", "[in_i]"): return Magnitude(rounding: value * 2.54)
        case ("cm", "m"): return Magnitude(rounding: value * 100)
        default: return nil
        }
    }
}
