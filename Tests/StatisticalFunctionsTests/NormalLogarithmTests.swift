// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import StatisticalFunctions

private struct LogCumulative: Sendable {
  let x: Double
  let value: Double
  let first: Double
  let second: Double
  let third: Double
}

/// mpmath 1.3.0 with 60 digits.
private let references: [LogCumulative] = [
  LogCumulative(
    x: -700, value: -245007.47002090905, first: 700.00142856559773, second: -0.99999795920866263,
    third: 5.830760996086319e-9),
  LogCumulative(
    x: -100, value: -5005.5242086942051, first: 100.00999800099926, second: -0.99990005995005174,
    third: 1.9976029958623432e-6),
  LogCumulative(
    x: -30, value: -454.3212439563432, first: 30.033259667433677, second: -0.99889622848810991,
    third: 7.3099930157844385e-5),
  LogCumulative(
    x: -5.1, value: -15.588487091871466, first: 5.283287616909157, second: -0.96836119674894058,
    third: 0.01033171862926559),
  LogCumulative(
    x: -4.9, value: -14.551182689355313, first: 5.0898286001298836, second: -0.96619503806369925,
    third: 0.011349989438385681),
  LogCumulative(
    x: -1, value: -1.8410216450092635, first: 1.5251352761609812, second: -0.80090233442965121,
    third: 0.11693119540604883),
  LogCumulative(
    x: 2, value: -0.023012909328963488, first: 0.055247862678989959, second: -0.11354805168857645,
    third: 0.18439481503247759),
]

@Suite("Logarithm of the normal distribution")
struct NormalLogarithmTests {
  @Test("It and three derivatives keep their digits in both tails", arguments: references)
  private func derivatives(reference: LogCumulative) {
    let result = Normal().logCumulativeDerivatives(reference.x)
    #expect(abs(result.value - reference.value) <= 1e-14 * abs(reference.value))
    #expect(abs(result.first - reference.first) <= 1e-13 * abs(reference.first))
    #expect(abs(result.second - reference.second) <= 1e-13 * abs(reference.second))
    // Just inside the tail the third derivative is a difference of values of order one.
    #expect(abs(result.third - reference.third) <= 1e-11 * abs(reference.third))
  }

  @Test("The density agrees with R 4.2.2")
  func density() {
    #expect(abs(Normal().density(-3) - 0.0044318484119380075) < 1e-17)
    #expect(abs(Normal().density(0) - 0.3989422804014327) < 1e-16)
  }

  @Test("Far in the upper tail the logarithm is minus the survival")
  func upperTail() {
    // R 4.2.2, pnorm(8, log.p = TRUE).
    let result = Normal().logCumulativeDerivatives(8)
    #expect(abs(result.value / -6.2209605742717868e-16 - 1) < 1e-13)
    #expect(Normal().logCumulativeDerivatives(700).third == 0)
  }
}
