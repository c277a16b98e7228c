// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

// Numbers as tables show them, correctly rounded: always from the exact value of the double, as
// printf and Julia do, never from digits that were rounded before.

extension Double {
  /// The number with the given count of digits after the point, halves to even.
  package func fixedText(decimals: Int, showsPlus: Bool = false) -> String {
    let sign = sign == .minus && !isNaN ? "-" : showsPlus ? "+" : ""
    guard isFinite else { return sign + (isNaN ? "NaN" : "Inf") }
    let digits = DecimalDigits(exactly: magnitude)
    let rounded = digits.rounded(keeping: digits.exponent + decimals)
    let whole = rounded.exponent > 0 ? (0..<rounded.exponent).map(rounded.digit(at:)) : [0]
    let fraction = (0..<decimals).map { rounded.digit(at: rounded.exponent + $0) }
    return sign + String(decimalDigits: whole)
      + (fraction.isEmpty ? "" : "." + String(decimalDigits: fraction))
  }

  /// The number with six significant digits, trailing zeros left out but for one after the point;
  /// with an exponent where it is below 1e-4, or where six digits end before the point.
  ///
  /// This is the form that Julia calls compact.
  package var compactText: String {
    guard isFinite else { return fixedText(decimals: 0) }
    guard magnitude > 0 else { return sign == .minus ? "-0.0" : "0.0" }
    let sign = sign == .minus ? "-" : ""
    let digits = DecimalDigits(exactly: magnitude)
    let rounded = digits.rounded(keeping: Self.compactDigitCount).withoutTrailingZeros
    guard (-3...Self.compactDigitCount).contains(rounded.exponent) else {
      return sign + rounded.scientificText
    }
    // A whole number that is shown has to be within half a unit of the tenths it claims.
    if rounded.exponent >= rounded.digits.count, abs(magnitude - rounded.wholeValue) > 0.05 {
      return sign + rounded.scientificText
    }
    return fixedText(decimals: max(1, rounded.digits.count - rounded.exponent))
  }

  /// The share as a percentage: `95%`, `97.5%`.
  package var percentText: String {
    let text = (100 * self).compactText
    return (text.hasSuffix(".0") ? String(text.dropLast(2)) : text) + "%"
  }

  /// How many digits after the point the number has with six significant ones, at least one.
  package var compactDecimalCount: Int {
    guard isFinite, magnitude > 0 else { return 1 }
    let rounded = DecimalDigits(exactly: magnitude)
      .rounded(keeping: Self.compactDigitCount).withoutTrailingZeros
    return max(1, rounded.digits.count - rounded.exponent)
  }

  private static let compactDigitCount = 6

  /// A p-value with four decimals, or below 1e-4 as the least power of ten above it, such as
  /// `<1e-11`; never less than `<1e-99`.
  package var probabilityText: String {
    guard !isNaN else { return "NaN" }
    guard self < 1e-4 else { return fixedText(decimals: 4) }
    guard self > 0 else { return "<1e-99" }
    // The number is 0.d1d2d3... × 10^exponent; no double is a negative power of ten itself.
    let bound = min(99, -DecimalDigits(exactly: self).exponent)
    return "<1e-" + (bound < 10 ? "0" : "") + String(bound)
  }
}

/// A number that is not negative as decimal digits: `0.d1d2d3... × 10^exponent`.
package struct DecimalDigits: Sendable, Hashable {
  /// The digits, 0 to 9, the first one not zero; none for zero.
  package let digits: [UInt8]
  package let exponent: Int

  private init(digits: [UInt8], exponent: Int) {
    self.digits = digits
    self.exponent = exponent
  }

  /// All digits of the exact value of a double.
  ///
  /// A double is m 2^e with whole m: for negative e that is m 5^-e × 10^e, a whole number with the
  /// point shifted.
  /// - Complexity: O(digits²), a few multiplications for numbers of usual size.
  package init(exactly value: Double) {
    guard value > 0, value.isFinite else {
      self.init(digits: [], exponent: 0)
      return
    }
    let fieldWidth = Double.significandBitCount
    let hasHiddenBit = value.isNormal
    var whole = value.significandBitPattern | (hasHiddenBit ? 1 << UInt64(fieldWidth) : 0)
    let biased = hasHiddenBit ? Int(value.exponentBitPattern) : 1
    var power = biased - (1 << (Double.exponentBitCount - 1)) + 1 - fieldWidth
    power += whole.trailingZeroBitCount
    whole >>= UInt64(whole.trailingZeroBitCount)

    var limbs = Limbs(whole)
    limbs.multiply(by: power < 0 ? 5 : 2, times: abs(power))
    let digits = limbs.digits
    self.init(digits: digits, exponent: digits.count + min(power, 0))
  }

  /// The digit at a place, counted from the first; zero outside.
  package func digit(at place: Int) -> UInt8 { digits.indices.contains(place) ? digits[place] : 0 }

  /// The number rounded to the given count of digits, halves to even.
  package func rounded(keeping count: Int) -> DecimalDigits {
    guard count < digits.count else { return self }
    guard count >= 0 else { return DecimalDigits(digits: [], exponent: 0) }
    var kept = Array(digits[..<count])
    let next = digits[count]
    let isAboveHalf = next > 5 || (next == 5 && digits[(count + 1)...].contains { $0 > 0 })
    let isOdd = kept.last.map { $0 % 2 == 1 } ?? false
    guard isAboveHalf || (next == 5 && isOdd) else {
      return kept.isEmpty
        ? DecimalDigits(digits: [], exponent: 0) : DecimalDigits(digits: kept, exponent: exponent)
    }
    for place in kept.indices.reversed() {
      if kept[place] < 9 {
        kept[place] += 1
        return DecimalDigits(digits: kept, exponent: exponent)
      }
      kept[place] = 0
    }
    return DecimalDigits(digits: [1] + kept, exponent: exponent + 1)
  }

  package var withoutTrailingZeros: DecimalDigits {
    let last = digits.lastIndex { $0 > 0 } ?? -1
    return DecimalDigits(digits: Array(digits[...last]), exponent: exponent)
  }

  /// The part before the point as a number; exact up to fifteen digits.
  var wholeValue: Double {
    (0..<max(0, exponent)).reduce(0) { $0 * 10 + Double(digit(at: $1)) }
  }

  /// Such as `1.5e-7`, with at least one digit after the point.
  var scientificText: String {
    let rest = digits.count > 1 ? Array(digits[1...]) : [0]
    return String(decimalDigits: [digit(at: 0)]) + "." + String(decimalDigits: rest)
      + "e\(exponent - 1)"
  }
}

/// A whole number of any size, nine decimal digits to a limb, the lowest first.
private struct Limbs {
  private static let base: UInt64 = 1_000_000_000
  private static let digitsPerLimb = 9
  private var limbs: [UInt64]

  init(_ value: UInt64) {
    limbs = []
    var rest = value
    while rest > 0 {
      limbs.append(rest % Self.base)
      rest /= Self.base
    }
  }

  /// Multiplies by `factor`, 2 or 5, as often as asked, several at once.
  mutating func multiply(by factor: UInt64, times count: Int) {
    // 5^13 is below 2^32, so that a limb times it, plus a carry, stays below 2^64.
    let batch = 13
    var remaining = count
    while remaining > 0 {
      let times = min(batch, remaining)
      let product = (0..<times).reduce(UInt64(1)) { product, _ in product * factor }
      var carry: UInt64 = 0
      for i in limbs.indices {
        let value = limbs[i] * product + carry
        limbs[i] = value % Self.base
        carry = value / Self.base
      }
      while carry > 0 {
        limbs.append(carry % Self.base)
        carry /= Self.base
      }
      remaining -= times
    }
  }

  /// The digits, highest first, without leading zeros.
  var digits: [UInt8] {
    var reversed: [UInt8] = []
    for var limb in limbs {
      for _ in 0..<Self.digitsPerLimb {
        reversed.append(UInt8(limb % 10))
        limb /= 10
      }
    }
    while reversed.last == 0 { reversed.removeLast() }
    return reversed.reversed()
  }
}

extension String {
  fileprivate init(decimalDigits digits: [UInt8]) {
    self.init(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
  }
}
