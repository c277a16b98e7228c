// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import MixedModelFitting

@Suite("Numbers as tables show them")
struct NumberFormattingTests {
  @Test("Fixed decimals agree with printf for 20000 doubles of all magnitudes")
  func fixedAgreesWithPrintf() {
    var generator = SplitMix(state: 20_240_601)
    for _ in 0..<20_000 {
      let value = generator.nextDouble()
      let decimals = Int(generator.next() % 12)
      #expect(value.fixedText(decimals: decimals) == String(format: "%.\(decimals)f", value))
    }
  }

  @Test(
    "Six significant digits agree with printf's %g where both use fixed notation")
  func compactAgreesWithPrintf() {
    var generator = SplitMix(state: 7)
    for _ in 0..<20_000 {
      let value = Double(generator.next() >> 11) * 0x1p-53 * 99_999
      guard value > 1e-4 else { continue }
      var expected = String(format: "%.6g", value)
      if !expected.contains(".") { expected += ".0" }
      #expect(value.compactText == expected)
    }
  }

  @Test(
    "Compact text is Julia's",
    arguments: [
      (0.0, "0.0"), (-0.0, "-0.0"), (1527.5, "1527.5"), (2, "2.0"), (9.20350, "9.2035"),
      (-0.01194, "-0.01194"), (123456, "123456.0"), (123456.7, "1.23457e5"), (1e6, "1.0e6"),
      (0.0001, "0.0001"), (0.00001234567, "1.23457e-5"), (999999.5, "1.0e6"),
      (1e300, "1.0e300"), (.leastNonzeroMagnitude, "4.94066e-324"), (.nan, "NaN"),
      (-.infinity, "-Inf"),
    ])
  func compact(value: Double, expected: String) {
    #expect(value.compactText == expected)
  }

  @Test(
    "Halves round to even, and only exact halves are halves",
    arguments: [
      (0.125, 2, "0.12"), (0.375, 2, "0.38"), (2.675, 2, "2.67"), (1.005, 2, "1.00"),
      (0.5, 0, "0"), (1.5, 0, "2"), (2.5, 0, "2"), (0.04, 1, "0.0"), (9.999, 2, "10.00"),
      (-0.001, 2, "-0.00"),
    ])
  func halves(value: Double, decimals: Int, expected: String) {
    #expect(value.fixedText(decimals: decimals) == expected)
  }

  @Test(
    "A small p-value is shown as the power of ten above it",
    arguments: [
      (0.86817, "0.8682"), (1e-4, "0.0001"), (9.99e-5, "<1e-04"), (3.2e-12, "<1e-11"),
      (1e-7, "<1e-07"), (1e-300, "<1e-99"), (0, "<1e-99"), (1, "1.0000"), (.nan, "NaN"),
    ])
  func probabilities(value: Double, expected: String) {
    #expect(value.probabilityText == expected)
  }

  @Test("A sign can be asked for, and undefined correlations have one too")
  func signs() {
    #expect(0.0812.fixedText(decimals: 2, showsPlus: true) == "+0.08")
    #expect((-0.5).fixedText(decimals: 2, showsPlus: true) == "-0.50")
    #expect(Double.nan.fixedText(decimals: 2, showsPlus: true) == "+NaN")
  }
}

/// Numbers from a fixed seed (SplitMix64), doubles from all bit patterns that are finite.
private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func nextDouble() -> Double {
    while true {
      let value = Double(bitPattern: next())
      if value.isFinite { return value }
    }
  }
}
