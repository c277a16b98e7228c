// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import StatisticalFunctions

@Suite("The studentized range")
struct StudentizedRangeTests {
  private func range(_ count: Int, _ degreesOfFreedom: Double) -> StudentizedRange {
    StudentizedRange(count: count, degreesOfFreedom: degreesOfFreedom)
  }

  @Test(
    "The tails are those of R 4.2.2, ptukey, to 1e-8",
    arguments: [
      (3, 10, 0.5, 0.93386417215043971), (3, 10, 8, 0.00055885879221251322),
      (3, 60, 4, 0.017215933510513648), (3, 1000, 4, 0.013228307616847901),
      (3, .infinity, 4, 0.012987661373184856), (10, 10, 4, 0.24263930539016398),
      (10, 60, 8, 1.9350005886598076e-05), (10, .infinity, 2, 0.92321423846858197),
    ] as [(Int, Double, Double, Double)])
  func tails(count: Int, degreesOfFreedom: Double, x: Double, upper: Double) {
    let distribution = range(count, degreesOfFreedom)
    #expect(abs(distribution.survival(x) - upper) < 1e-8)
    #expect(abs(distribution.cumulative(x) - (1 - upper)) < 1e-8)
  }

  // R's own error exceeds 1e-8 where there are many means or few degrees of freedom.
  @Test(
    "The tails are those of SciPy 1.17.1, studentized_range.sf, to a relative 1e-9",
    arguments: [
      (3, 2.5, 4, 0.15232170657771626), (3, 60, 4, 0.017215933487606083),
      (10, 2.5, 8, 0.10479139974474616), (10, 10, 4, 0.24263930573542347),
      (10, 60, 8, 1.93499866725233e-05), (50, 2.5, 2, 0.991268749254777),
      (50, 10, 8, 0.03363526608262879),
    ] as [(Int, Double, Double, Double)])
  func adaptiveTails(count: Int, degreesOfFreedom: Double, x: Double, upper: Double) {
    #expect(abs(range(count, degreesOfFreedom).survival(x) - upper) < 1e-9 * upper)
  }

  @Test("The range of two is a difference: Student's t, far into its tail too")
  func two() {
    for degrees in [0.5, 1, 2.5, 7, 40, 1e3, 1e7, .infinity] {
      for x in [1e-3, 0.3, 1, 3, 10, 30] {
        let expected = StudentT(degreesOfFreedom: degrees).twoSidedTail(x / 2.0.squareRoot())
        let value = range(2, degrees).survival(x)
        #expect(abs(value - expected) <= 1e-11 * expected, "\(degrees) \(x)")
      }
    }
  }

  @Test("The range of three known normal variables has its moments")
  func threeMean() {
    // The mean is ∫ P(Q > x) dx = 3/√π (David and Nagaraja, Order Statistics, 3rd ed.).
    let distribution = range(3, .infinity)
    var sum = 0.5
    for node in 1..<300 { sum += distribution.survival(Double(node) * 0.05) }
    #expect(abs(sum * 0.05 - 3 / Double.pi.squareRoot()) < 1e-9)
  }

  @Test(
    "Quantiles are those of SciPy 1.17.1, and the ways back",
    arguments: [
      (3, 10, 0.95, 3.876776750013158), (10, 2.5, 0.99, 21.492062707879082),
      (10, 60, 0.95, 4.646323963266348),
    ] as [(Int, Double, Double, Double)])
  func quantiles(count: Int, degreesOfFreedom: Double, probability: Double, quantile: Double) {
    let distribution = range(count, degreesOfFreedom)
    let value = distribution.quantile(probability)
    #expect(abs(value - quantile) < 1e-9 * quantile)
    #expect(abs(distribution.cumulative(value) - probability) < 1e-12)
  }

  @Test("What is not defined is NaN; the ends are exact")
  func ends() {
    #expect(range(1, 3).survival(1).isNaN)
    #expect(range(3, 0).survival(1).isNaN)
    #expect(range(3, 3).survival(.nan).isNaN)
    #expect(range(3, 3).quantile(1.5).isNaN)
    #expect(range(3, 3).survival(0) == 1)
    #expect(range(3, 3).survival(.infinity) == 0)
    #expect(range(3, 3).quantile(0) == 0)
    #expect(range(3, 3).quantile(1) == .infinity)
  }
}
