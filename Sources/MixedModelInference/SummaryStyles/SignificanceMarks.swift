// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// P-values and their stars as R shows them.
enum SignificanceMarks {
  /// P-values below this have a mark.
  static let leastMarked = 0.1

  static let legend = "Signif. codes:  0 ‘***’ 0.001 ‘**’ 0.01 ‘*’ 0.05 ‘.’ 0.1 ‘ ’ 1"

  static func mark(_ pValue: Double) -> String {
    switch pValue {
    case ...0.001: "***"
    case ...0.01: "**"
    case ...0.05: "*"
    case ...0.1: "."
    default: " "
    }
  }

  /// P-values with three significant digits, those from 0.0001 in one notation and those below it in
  /// another; what is below the spacing of numbers about one, `2.2e-16`, is not resolved.
  static func pValueTexts(_ values: [Double]) -> [String] {
    let digits = Lme4Layout.digitCount - 1
    var texts = values.map { $0.isNaN ? "NaN" : "" }
    let resolved = values.indices.filter { values[$0] >= .ulpOfOne }
    for isLarge in [true, false] {
      let places = resolved.filter { ((values[$0].decimalExponent ?? 0) >= -4) == isLarge }
      let shown = CommonNotation.column(places.map { values[$0] }, significantDigits: digits)
      for (place, text) in zip(places, shown) { texts[place] = text }
    }
    let width = resolved.map { texts[$0].count }.max()
    // The bound has as many digits as the others leave room for.
    var boundDigits = max(1, digits - 2)
    if let width, boundDigits > 1, boundDigits + 6 > width { boundDigits = max(1, width - 7) }
    let gap = boundDigits == 1 && (width ?? 0) <= 6 ? "" : " "
    let bound = "<" + gap + Double.ulpOfOne.generalText(digits: boundDigits)
    for place in values.indices where values[place] < .ulpOfOne { texts[place] = bound }
    return texts
  }
}
