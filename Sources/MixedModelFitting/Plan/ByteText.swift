// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension Int {
  /// A number of bytes as people read it, in powers of a thousand: `812 B`, `5.4 MB`, `104 GB`.
  package var byteText: String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    var value = Double(self)
    var unit = 0
    // What rounds to a thousand belongs to the next unit.
    while value >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    let decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
    return value.fixedText(decimals: decimals) + " " + units[unit]
  }

  /// The number with commas between groups of three digits.
  package var groupedText: String {
    let digits = String(magnitude)
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { result.append(",") }
      result.append(digit)
    }
    return self < 0 ? "-" + result : result
  }
}

extension Double {
  /// A time in seconds as people read it: `12 ms`, `1.4 s`, `3 min 20 s`, `2 h 5 min`.
  package var durationText: String {
    guard isFinite, self >= 0 else { return "unknown" }
    if self < 0.9995 { return (self * 1000).fixedText(decimals: self < 0.00995 ? 1 : 0) + " ms" }
    if self < 59.95 { return fixedText(decimals: self < 9.95 ? 1 : 0) + " s" }
    // Rounded to the smaller unit first, so that none reaches sixty.
    let (seconds, limit) = (rounded(), 1e15)
    guard seconds < limit else { return "more than a million years" }
    let whole = Int(seconds)
    if whole < 3600 { return "\(whole / 60) min" + (whole % 60 > 0 ? " \(whole % 60) s" : "") }
    let minutes = (whole + 30) / 60
    return "\(minutes / 60) h" + (minutes % 60 > 0 ? " \(minutes % 60) min" : "")
  }
}
