// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Decimal numbers in text, read to the nearest double.
///
/// Accepted are an optional sign, digits with an optional point (`1`, `1.`, `.5`), an optional
/// exponent (`1e-3`), and `inf` or `infinity` in any letter case. Hexadecimal numbers, digit
/// separators and `nan` are not numbers here.
///
/// Source: W. D. Clinger (1990), How to read floating point numbers accurately, for the first of
/// three ways; the second divides or multiplies by a power of five in 128-bit integers, which is
/// exact for every number of at most 19 digits; what is left goes to the standard library.
enum DecimalText {
  /// The number that the bytes spell, correctly rounded, or `nil` if they spell none.
  static func number(_ start: UnsafePointer<UInt8>, count: Int) -> Double? {
    let end = start + count
    var next = start
    var isNegative = false
    if next < end, next.pointee == UInt8(ascii: "-") || next.pointee == UInt8(ascii: "+") {
      isNegative = next.pointee == UInt8(ascii: "-")
      next += 1
    }

    // Digits past the 19th do not fit the mantissa; they are only counted.
    var mantissa: UInt64 = 0
    var significantDigitCount = 0
    var digitCount = 0
    var fractionDigitCount = 0
    var isFraction = false
    while next < end {
      let digit = next.pointee &- UInt8(ascii: "0")
      if digit <= 9 {
        digitCount += 1
        if isFraction { fractionDigitCount += 1 }
        if mantissa != 0 || digit != 0 {
          significantDigitCount += 1
          mantissa = mantissa &* 10 &+ UInt64(digit)
        }
      } else if next.pointee == UInt8(ascii: "."), !isFraction {
        isFraction = true
      } else {
        break
      }
      next += 1
    }
    guard digitCount > 0 else {
      return isFraction ? nil : infinity(next, end: end, isNegative: isNegative)
    }
    guard let exponent = exponent(next, end: end) else { return nil }
    if significantDigitCount > 19 { return roundedByLibrary(start, count: count) }
    let magnitude = rounded(mantissa, powerOfTen: exponent - fractionDigitCount)
    guard let magnitude else { return roundedByLibrary(start, count: count) }
    return isNegative ? -magnitude : magnitude
  }

  /// The exponent that fills the rest of the text: 0 if nothing is left, `nil` if it is not one.
  @inline(__always)
  private static func exponent(_ start: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>) -> Int? {
    guard start < end else { return 0 }
    guard start.pointee | 0x20 == UInt8(ascii: "e") else { return nil }
    var next = start + 1
    var isNegative = false
    if next < end, next.pointee == UInt8(ascii: "-") || next.pointee == UInt8(ascii: "+") {
      isNegative = next.pointee == UInt8(ascii: "-")
      next += 1
    }
    guard next < end else { return nil }
    // Beyond this every double is infinite or zero, unless the digits outnumber it: then the
    // standard library, which sees the text itself, decides.
    let largestExponent = 1_000_000
    var exponent = 0
    while next < end {
      let digit = next.pointee &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      exponent = min(exponent * 10 + Int(digit), largestExponent)
      next += 1
    }
    return isNegative ? -exponent : exponent
  }

  private static func infinity(
    _ start: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>, isNegative: Bool
  ) -> Double? {
    let word: StaticString = "infinity"
    let count = end - start
    guard count == 3 || count == 8 else { return nil }
    for i in 0..<count where start[i] | 0x20 != word.utf8Start[i] { return nil }
    return isNegative ? -.infinity : .infinity
  }

  private static func roundedByLibrary(_ start: UnsafePointer<UInt8>, count: Int) -> Double? {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    return Double(text)
  }
}

// MARK: - Exact scaling by a power of ten

extension DecimalText {
  /// `mantissa × 10^powerOfTen` to the nearest double, or `nil` if the power is out of reach.
  @inline(__always)
  private static func rounded(_ mantissa: UInt64, powerOfTen: Int) -> Double? {
    if mantissa == 0 { return 0 }
    if powerOfTen == 0 { return Double(mantissa) }
    let magnitude = powerOfTen.magnitude
    if mantissa <= 1 << 53, magnitude <= 22 {
      // Both operands are exact, so that the one operation rounds once.
      let power = powersOfTen.withUnsafeBufferPointer { $0[Int(magnitude)] }
      return powerOfTen < 0 ? Double(mantissa) / power : Double(mantissa) * power
    }
    guard magnitude <= 27 else { return nil }
    let power = powersOfFive.withUnsafeBufferPointer { $0[Int(magnitude)] }
    return powerOfTen < 0
      ? quotient(mantissa, by: power, powerOfTwo: powerOfTen)
      : product(mantissa, by: power, powerOfTwo: powerOfTen)
  }

  /// `mantissa / divisor × 2^powerOfTwo`, for nonzero operands.
  private static func quotient(
    _ mantissa: UInt64, by divisor: UInt64, powerOfTwo: Int
  ) -> Double {
    let mantissaShift = mantissa.leadingZeroBitCount
    let divisorShift = divisor.leadingZeroBitCount
    let dividend = mantissa << mantissaShift
    // Halving the dividend keeps its high word below the divisor; the quotient has 63 or 64 bits.
    let (quotient, remainder) = (divisor << divisorShift).dividingFullWidth(
      (dividend >> 1, dividend << 63))
    return rounded(
      quotient, isInexact: remainder != 0,
      powerOfTwo: powerOfTwo - 63 - mantissaShift + divisorShift)
  }

  /// `mantissa × factor × 2^powerOfTwo`, for nonzero operands.
  private static func product(_ mantissa: UInt64, by factor: UInt64, powerOfTwo: Int) -> Double {
    let (high, low) = mantissa.multipliedFullWidth(by: factor)
    if high == 0 { return rounded(low, isInexact: false, powerOfTwo: powerOfTwo) }
    let shift = high.leadingZeroBitCount
    let top = shift == 0 ? high : high << shift | low >> (64 - shift)
    return rounded(top, isInexact: low << shift != 0, powerOfTwo: powerOfTwo + 64 - shift)
  }

  /// `(bits + something in (0, 1) if inexact) × 2^powerOfTwo` to the nearest double, ties to even.
  ///
  /// The powers in reach keep the result far from overflow and from subnormal numbers.
  private static func rounded(_ bits: UInt64, isInexact: Bool, powerOfTwo: Int) -> Double {
    let excess = max(0, 11 - bits.leadingZeroBitCount)
    var kept = bits >> excess
    let dropped = bits & (1 << excess - 1)
    let half: UInt64 = excess == 0 ? 0 : 1 << (excess - 1)
    if excess > 0, dropped > half || dropped == half && (isInexact || kept & 1 == 1) { kept += 1 }
    let scale = Double(bitPattern: UInt64(1023 + powerOfTwo + excess) << 52)
    return Double(kept) * scale
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  /// The powers of five that fit 64 bits.
  private static let powersOfFive: [UInt64] = (0...27).map { exponent in
    (0..<exponent).reduce(1) { power, _ in power * 5 }
  }
}
