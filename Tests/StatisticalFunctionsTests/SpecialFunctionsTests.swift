// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import StatisticalFunctions

private func isClose(_ value: Double, _ reference: Double, _ tolerance: Double) -> Bool {
  abs(value - reference) <= tolerance * abs(reference)
}

@Suite("Special functions")
struct SpecialFunctionsTests {
  @Test(
    "log Γ and its derivative agree with R 4.2.2",
    arguments: [
      (1e-3, 6.9071788853838534, -1000.5755719318104),
      (0.7, 0.2608672465316666, -1.2200235536979349),
      (3.5, 1.2009736023470743, 1.1031566406452433),
      (20.0, 39.339884187199495, 2.9705239922421489),
      (1e8, 1742068066.1038349, 18.420680738952367),
    ])
  func gammaFunctions(x: Double, logGamma: Double, digamma: Double) {
    #expect(isClose(SpecialFunctions.logGamma(x), logGamma, 1e-14))
    #expect(isClose(SpecialFunctions.digamma(x), digamma, 1e-14))
  }

  // mpmath 1.3.0 with 50 digits.
  @Test(
    "The remainder of Stirling's formula keeps its digits",
    arguments: [
      (0.1, 0.51274008133191493, -3.1211698474170309),
      (3.0, 0.027677925684998339, -0.0091612869029758853),
      (15.9, 0.0052403998807561082, -0.00032949816990883927),
      (16.0, 0.0052076559196096404, -0.00032539391232086928),
      (50.0, 0.0016666444469833655, -3.3332000253861665e-5),
      (1e8, 8.3333333333333333e-10, -8.3333333333333332e-18),
    ])
  func stirling(x: Double, value: Double, slope: Double) {
    // Below the series it is a difference of values of the size of x log x.
    let tolerance = x < 16 ? 1e-11 : 1e-15
    #expect(isClose(SpecialFunctions.stirlingRemainder(x), value, tolerance))
    #expect(isClose(SpecialFunctions.stirlingRemainderSlope(x), slope, tolerance))
  }

  @Test("log(1 + x) - x keeps its digits near zero, and ends at -1")
  func logOnePlusMinus() {
    // -x²/2 + x³/3 at x = 1e-8.
    #expect(isClose(SpecialFunctions.logOnePlusMinus(1e-8), -4.9999999666666669e-17, 1e-15))
    #expect(SpecialFunctions.logOnePlusMinus(-1) == -.infinity)
    #expect(SpecialFunctions.logOnePlusMinus(-2).isNaN)
  }

  @Test("Arguments at the ends have their limits, and NaN stays NaN")
  func ends() {
    #expect(SpecialFunctions.logGamma(.infinity) == .infinity)
    #expect(SpecialFunctions.digamma(.infinity) == .infinity)
    #expect(SpecialFunctions.logGamma(.nan).isNaN)
    #expect(SpecialFunctions.digamma(.nan).isNaN)
  }
}
