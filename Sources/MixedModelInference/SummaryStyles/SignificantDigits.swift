// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelFitting

// Numbers as R and C write them, from their exact value.

/// The notation that numbers of one column have in common, as R's `format` chooses it.
///
/// Fixed notation has the decimals that show every number to the given count of significant digits,
/// trailing zeros of all left out. Where it would be wider than notation with exponents, that is
/// used.
struct CommonNotation {
  private enum Form {
    case fixed(decimals: Int)
    case scientific(digits: Int)
  }

  private let form: Form

  init(_ values: [Double], significantDigits count: Int) {
    var decimals = 0
    var wholeWidth = 1
    var mantissaDigits = 1
    var exponents = 0...0
    var isFirst = true
    for value in values where value.isFinite {
      let exact = DecimalDigits(exactly: value.magnitude)
      let rounded = exact.rounded(keeping: count).withoutTrailingZeros
      let digitCount = max(1, rounded.digits.count)
      let exponent = value == 0 ? 0 : rounded.exponent - 1
      // A number that rounds up to a power of ten is one digit shorter in fixed notation.
      let wholeDigits = max(1, min(exponent, exact.exponent - 1) + 1)
      wholeWidth = max(wholeWidth, wholeDigits + (value < 0 ? 1 : 0))
      decimals = max(decimals, digitCount - exponent - 1)
      mantissaDigits = max(mantissaDigits, digitCount)
      exponents =
        isFirst
        ? exponent...exponent
        : min(exponents.lowerBound, exponent)...max(exponents.upperBound, exponent)
      isFirst = false
    }
    let hasSign = values.contains { $0.isFinite && $0 < 0 }
    let exponentWidth = exponents.upperBound >= 100 || exponents.lowerBound <= -99 ? 5 : 4
    let scientificWidth =
      (hasSign ? 1 : 0) + mantissaDigits + (mantissaDigits > 1 ? 1 : 0) + exponentWidth
    let fixedWidth = wholeWidth + decimals + (decimals > 0 ? 1 : 0)
    form =
      fixedWidth <= scientificWidth
      ? .fixed(decimals: decimals) : .scientific(digits: mantissaDigits)
  }

  func text(_ value: Double) -> String {
    // R shows no sign of zero.
    let value = value == 0 ? 0 : value
    switch form {
    case .fixed(let decimals): return value.fixedText(decimals: decimals)
    case .scientific(let digits): return value.scientificText(digits: digits)
    }
  }

  /// Values in a notation of their own, padded from the left to one width.
  static func column(_ values: [Double], significantDigits count: Int) -> [String] {
    let notation = CommonNotation(values, significantDigits: count)
    return values.map(notation.text).padded(.right)
  }
}

extension Double {
  /// Rounded to a count of decimals, halves of the exact value to even.
  func rounded(decimals: Int) -> Double { Double(fixedText(decimals: decimals)) ?? self }

  /// One digit, the point and the others, with an exponent of two digits or more: C's `%e`.
  func scientificText(digits count: Int) -> String {
    guard isFinite else { return fixedText(decimals: 0) }
    let rounded = DecimalDigits(exactly: magnitude).rounded(keeping: count)
    let digits = (0..<count).map { String(rounded.digit(at: $0)) }
    let exponent = self == 0 ? 0 : rounded.exponent - 1
    let power = String(exponent.magnitude)
    return (self < 0 ? "-" : "") + digits[0] + (count > 1 ? "." : "") + digits[1...].joined()
      + (exponent < 0 ? "e-" : "e+") + (power.count < 2 ? "0" : "") + power
  }

  /// So many significant digits at most, without trailing zeros, with an exponent where it is below
  /// -4 or the digits end before the point: C's `%g`.
  func generalText(digits count: Int) -> String {
    guard isFinite, self != 0 else { return self == 0 ? "0" : fixedText(decimals: 0) }
    let rounded = DecimalDigits(exactly: magnitude).rounded(keeping: count).withoutTrailingZeros
    guard (-4..<count).contains(rounded.exponent - 1) else {
      return scientificText(digits: rounded.digits.count)
    }
    return fixedText(decimals: max(0, rounded.digits.count - rounded.exponent))
  }

  /// The largest whole number not above the decimal logarithm of the magnitude; zero has none.
  var decimalExponent: Int? {
    self == 0 || !isFinite ? nil : DecimalDigits(exactly: magnitude).exponent - 1
  }
}
