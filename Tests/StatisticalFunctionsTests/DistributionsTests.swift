// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import StatisticalFunctions

/// The relative accuracy promised for both tails and for quantiles; R's own, where it has been
/// compared with forty-digit values, is of the same size.
private let tolerance = 1e-13

private func isClose(_ value: Double, _ reference: Double, _ tolerance: Double = tolerance) -> Bool
{
  abs(value - reference) <= tolerance * abs(reference)
}

/// A value of R 4.2.2: the argument, the lower and the upper tail.
private struct TailReference: Sendable, CustomTestStringConvertible {
  let distribution: any Distribution
  let x: Double
  let lower: Double
  let upper: Double

  var testDescription: String { "\(distribution) at \(x)" }
}

/// A value of R 4.2.2: the probability and the quantile.
private struct QuantileReference: Sendable, CustomTestStringConvertible {
  let distribution: any Distribution
  let probability: Double
  let quantile: Double

  var testDescription: String { "\(distribution), \(probability)" }
}

private func studentT(_ degreesOfFreedom: Double) -> StudentT {
  StudentT(degreesOfFreedom: degreesOfFreedom)
}

private func chiSquared(_ degreesOfFreedom: Double) -> ChiSquared {
  ChiSquared(degreesOfFreedom: degreesOfFreedom)
}

private func fisherF(_ numerator: Double, _ denominator: Double) -> FisherF {
  FisherF(numeratorDegreesOfFreedom: numerator, denominatorDegreesOfFreedom: denominator)
}

/// R 4.2.2, `pnorm`, `pt`, `pchisq`, `pf`, with and without `lower.tail = FALSE`.
private let tails: [TailReference] = [
  TailReference(distribution: Normal(), x: 0, lower: 0.5, upper: 0.5),
  TailReference(
    distribution: Normal(), x: 0.5, lower: 0.69146246127401301, upper: 0.30853753872598694),
  TailReference(
    distribution: Normal(), x: -3, lower: 0.0013498980316300946, upper: 0.9986501019683699),
  TailReference(
    distribution: Normal(), x: -8, lower: 6.2209605742717849e-16, upper: 0.99999999999999933),
  TailReference(distribution: Normal(), x: -20.5, lower: 1.0764673258790961e-93, upper: 1),
  TailReference(
    distribution: studentT(17), x: 2.5, lower: 0.98852609650680745, upper: 0.01147390349319247),
  TailReference(
    distribution: studentT(17.2796), x: -1.5, lower: 0.075832013686933833,
    upper: 0.92416798631306618),
  TailReference(
    distribution: studentT(10), x: 40, lower: 0.99999999999885958, upper: 1.1404288715428737e-12),
  TailReference(
    distribution: studentT(1), x: 0.1, lower: 0.53172551743055352, upper: 0.46827448256944643),
  TailReference(
    distribution: studentT(1e6), x: 3, lower: 0.99865006872928919, upper: 0.0013499312707108962),
  TailReference(
    distribution: studentT(0.5), x: 2, lower: 0.7772425549084343, upper: 0.22275744509156564),
  TailReference(
    distribution: chiSquared(1), x: 3.84, lower: 0.94995647875129474,
    upper: 0.050043521248705224),
  TailReference(
    distribution: chiSquared(2.5), x: 1e-3, lower: 6.597217091898476e-05,
    upper: 0.99993402782908103),
  TailReference(distribution: chiSquared(5), x: 200, lower: 1, upper: 2.8406228986415315e-41),
  TailReference(
    distribution: chiSquared(900), x: 1000, lower: 0.98900539105786411,
    upper: 0.010994608942135853),
  TailReference(distribution: chiSquared(3), x: 1400, lower: 1, upper: 2.9456193610163185e-303),
  TailReference(
    distribution: fisherF(1, 17), x: 4, lower: 0.9382613934698808, upper: 0.061738606530119179),
  TailReference(
    distribution: fisherF(2, 15.8825), x: 45.85, lower: 0.99999974751900544,
    upper: 2.5248099449550247e-07),
  TailReference(
    distribution: fisherF(3, 5), x: 0.01, lower: 0.0015555134525659553,
    upper: 0.99844448654743401),
  TailReference(distribution: fisherF(3, 20), x: 500, lower: 1, upper: 5.7209589092631947e-19),
  TailReference(
    distribution: fisherF(100, 1000), x: 1.2, lower: 0.90313472896191649,
    upper: 0.096865271038083581),
]

/// R 4.2.2, `qnorm`, `qt`, `qchisq`, `qf`.
private let quantiles: [QuantileReference] = [
  QuantileReference(distribution: Normal(), probability: 0.5, quantile: 0),
  QuantileReference(distribution: Normal(), probability: 0.975, quantile: 1.9599639845400536),
  QuantileReference(distribution: Normal(), probability: 0.3, quantile: -0.52440051270804067),
  QuantileReference(distribution: Normal(), probability: 1e-10, quantile: -6.3613409024040557),
  QuantileReference(distribution: Normal(), probability: 1e-300, quantile: -37.047096299361201),
  QuantileReference(distribution: studentT(17), probability: 0.975, quantile: 2.1098155778333165),
  QuantileReference(
    distribution: studentT(15.8825), probability: 0.975, quantile: 2.1211806320338531),
  QuantileReference(distribution: studentT(3), probability: 0.001, quantile: -10.214531852407385),
  QuantileReference(distribution: studentT(1e6), probability: 0.6, quantile: 0.25334717053784167),
  QuantileReference(distribution: studentT(1), probability: 0.95, quantile: 6.3137515146750376),
  QuantileReference(distribution: chiSquared(1), probability: 0.95, quantile: 3.841458820694124),
  QuantileReference(distribution: chiSquared(10), probability: 0.05, quantile: 3.9402991361190605),
  QuantileReference(
    distribution: chiSquared(2.5), probability: 0.999, quantile: 15.082186971981956),
  QuantileReference(distribution: fisherF(1, 17), probability: 0.95, quantile: 4.451321772468134),
  QuantileReference(distribution: fisherF(3, 5), probability: 0.05, quantile: 0.11094524590339291),
  QuantileReference(
    distribution: fisherF(2, 15.8825), probability: 0.99, quantile: 6.2407796254282264),
]

@Suite("Distributions")
struct DistributionsTests {
  @Test("Both tails agree with R 4.2.2", arguments: tails)
  fileprivate func tail(reference: TailReference) {
    #expect(isClose(reference.distribution.cumulative(reference.x), reference.lower))
    #expect(isClose(reference.distribution.survival(reference.x), reference.upper))
  }

  @Test("Quantiles agree with R 4.2.2", arguments: quantiles)
  fileprivate func quantile(reference: QuantileReference) {
    let quantile = reference.distribution.quantile(reference.probability)
    #expect(isClose(quantile, reference.quantile))
  }

  @Test("The p-value of a z test holds its digits to the end of the number range")
  func farTail() {
    // erfc(|z|/√2) with 40 digits (mpmath 1.3.0); the last is subnormal and has fewer digits.
    let references: [(z: Double, tail: Double, tolerance: Double)] = [
      (0.5, 0.61707507745197379272, 1e-15), (3, 0.0026997960632601890533, 1e-15),
      (8, 1.2441921148543568247e-15, 1e-15), (20.5, 2.1529346517581920671e-93, 1e-15),
      (37, 1.1451142445049153645e-299, 1e-15), (37.5, 9.2107060191639096877e-308, 1e-15),
      (38, 5.7708567201375686167e-16 * 1e-300, 1e-7),
    ]
    for (z, tail, tolerance) in references {
      #expect(isClose(Normal().twoSidedTail(z), tail, tolerance))
      #expect(Normal().twoSidedTail(-z) == Normal().twoSidedTail(z))
    }
    #expect(Normal().twoSidedTail(40) == 0 && Normal().twoSidedTail(0) == 1)
  }

  @Test("The p-value of a t test is twice the upper tail of |t|")
  func twoSided() {
    // R 4.2.2: 2 * pt(2.5, 17, lower.tail = FALSE).
    #expect(isClose(studentT(17).twoSidedTail(-2.5), 2 * 0.01147390349319247))
  }

  @Test("Quantile and cumulative are inverses")
  func inverses() {
    let distributions: [any Distribution] = [
      Normal(), studentT(0.7), studentT(25.3), chiSquared(0.5), chiSquared(40), fisherF(2, 3),
      fisherF(7.5, 1e4), fisherF(3, .infinity), studentT(.infinity),
    ]
    for distribution in distributions {
      for probability in [1e-8, 0.01, 0.3, 0.5, 0.9, 0.999] {
        let quantile = distribution.quantile(probability)
        // Relative to the probability, times how steeply it depends on the quantile.
        #expect(isClose(distribution.cumulative(quantile), probability, 1e-12))
        #expect(isClose(distribution.survival(quantile), 1 - probability, 1e-12))
      }
    }
  }

  @Test("The limit of infinite degrees of freedom is the simpler distribution")
  func limits() {
    #expect(studentT(.infinity).survival(1.3) == Normal().survival(1.3))
    #expect(isClose(studentT(1e14).survival(1.3), Normal().survival(1.3), 1e-12))
    #expect(fisherF(3, .infinity).survival(2) == chiSquared(3).survival(6))
    #expect(isClose(fisherF(3, 1e12).survival(2), chiSquared(3).survival(6), 1e-9))
  }

  @Test("The ends of the support have their limits")
  func ends() {
    for distribution in [Normal(), studentT(3), chiSquared(3), fisherF(3, 4)] as [any Distribution]
    {
      #expect(distribution.cumulative(-.infinity) == 0 && distribution.survival(-.infinity) == 1)
      #expect(distribution.cumulative(.infinity) == 1 && distribution.survival(.infinity) == 0)
      #expect(distribution.quantile(1) == .infinity)
    }
    #expect(Normal().quantile(0) == -.infinity && studentT(3).quantile(0) == -.infinity)
    #expect(chiSquared(3).quantile(0) == 0 && fisherF(3, 4).quantile(0) == 0)
    #expect(chiSquared(1).survival(0) == 1 && chiSquared(1).cumulative(-1) == 0)
  }

  @Test("What is not defined is NaN")
  func undefined() {
    for bad in [Double.nan, 0, -1, -Double.infinity] {
      let distributions: [any Distribution] = [
        studentT(bad), chiSquared(bad), fisherF(bad, 3), fisherF(3, bad),
      ]
      for distribution in distributions {
        #expect(distribution.cumulative(1).isNaN && distribution.survival(1).isNaN)
        #expect(distribution.quantile(0.5).isNaN)
      }
    }
    for distribution in [Normal(), studentT(3), chiSquared(3), fisherF(3, 4)] as [any Distribution]
    {
      #expect(distribution.cumulative(.nan).isNaN && distribution.survival(.nan).isNaN)
      for probability in [Double.nan, -0.1, 1.1] {
        #expect(distribution.quantile(probability).isNaN)
      }
    }
  }
}
