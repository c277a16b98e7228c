// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import StatisticalFunctions

/// Draws of a fixed seed against the distributions they are of.
///
/// The Kolmogorov-Smirnov distance of n draws exceeds 1.95/√n with probability 0.001 if they are
/// of the distribution (less often for counts), so that a method that is wrong by more than 1.3 % of
/// probability anywhere fails. Means and variances are looked at with five standard errors.
@Suite("Random draws")
struct RandomDrawsTests {
  private static let count = 25_000
  private static let distanceBound = 1.95 / Double(count).squareRoot()

  private static func sample(
    seed: UInt64, _ draw: (inout RandomStream) -> Double
  ) -> [Double] {
    var stream = RandomStream(seed: seed)
    return (0..<count).map { _ in draw(&stream) }.sorted()
  }

  /// The largest distance of the empirical distribution from the given one.
  private static func distance(_ sorted: [Double], _ cumulative: (Double) -> Double) -> Double {
    var largest = 0.0
    for (i, x) in sorted.enumerated() {
      let expected = cumulative(x)
      largest = max(largest, abs(expected - Double(i + 1) / Double(count)))
      largest = max(largest, abs(expected - Double(i) / Double(count)))
    }
    return largest
  }

  /// The same at every count that occurs.
  private static func countDistance(
    _ sorted: [Double], _ cumulative: (Double) -> Double
  ) -> Double {
    var largest = 0.0
    for i in sorted.indices where i + 1 == sorted.count || sorted[i + 1] > sorted[i] {
      largest = max(largest, abs(cumulative(sorted[i]) - Double(i + 1) / Double(count)))
    }
    return largest
  }

  private static func expectMoments(
    _ values: [Double], mean: Double, variance: Double, kurtosis: Double, _ what: String
  ) {
    let n = Double(values.count)
    let average = values.reduce(0, +) / n
    let spread = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    #expect(abs(average - mean) <= 5 * (variance / n).squareRoot(), "mean of \(what)")
    // The variance of (x - mean)² is (kurtosis - 1) variance².
    #expect(
      abs(spread - variance) <= 5 * variance * ((kurtosis - 1) / n).squareRoot(),
      "variance of \(what)")
  }

  @Test("The layers of the ziggurat end at the top of the curve")
  func ziggurat() {
    let ziggurat = Ziggurat.standard
    #expect(ziggurat.widths.count == Ziggurat.layerCount + 1)
    #expect(zip(ziggurat.widths, ziggurat.widths.dropFirst()).allSatisfy { $0 > $1 })
    // The last layer has the area of all others only if the tail begins at the right place.
    let last = Ziggurat.layerCount - 1
    let area = ziggurat.widths[1] * (ziggurat.heights[2] - ziggurat.heights[1])
    #expect(abs(ziggurat.widths[last] * (1 - ziggurat.heights[last]) - area) < 1e-12 * area)
  }

  @Test("Normal numbers are normal, in the tail too")
  func normal() {
    let values = Self.sample(seed: 1) { $0.normal() }
    let distance = Self.distance(values) { Normal().cumulative($0) }
    #expect(distance < Self.distanceBound)
    Self.expectMoments(values, mean: 0, variance: 1, kurtosis: 3, "normal")
    // Beyond the base of the ziggurat lie 2.6e-4 of a million draws.
    var stream = RandomStream(seed: 2)
    var many = [Double](repeating: 0, count: 1_000_000)
    stream.fillNormals(&many)
    for limit in [Ziggurat.base, 4.0] {
      let expected = 2e6 * Normal().survival(limit)
      let found = Double(many.count { abs($0) > limit })
      #expect(abs(found - expected) < 4 * expected.squareRoot())
    }
  }

  @Test("Filling an array gives the numbers one by one, whatever the generator")
  func filling() {
    func fill(_ generator: inout some RandomNumberGenerator) -> [Double] {
      var values = [Double](repeating: 0, count: 50)
      generator.fillNormals(&values)
      return values
    }
    var (first, second, third) = (
      RandomStream(seed: 4), RandomStream(seed: 4), RandomStream(seed: 4)
    )
    var values = [Double](repeating: 0, count: 50)
    first.fillNormals(&values)
    #expect(values == fill(&second))
    #expect(values == (0..<50).map { _ in third.normal() })
    #expect(first == second && second == third)
  }

  @Test("Gamma numbers have the gamma distribution", arguments: [0.05, 0.7, 1, 3.5, 400])
  func gamma(shape: Double) {
    let values = Self.sample(seed: 5) { $0.gamma(shape: shape) }
    let distribution = ChiSquared(degreesOfFreedom: 2 * shape)
    #expect(Self.distance(values) { distribution.cumulative(2 * $0) } < Self.distanceBound)
    Self.expectMoments(
      values, mean: shape, variance: shape, kurtosis: 3 + 6 / shape, "gamma \(shape)")
  }

  @Test(
    "Inverse Gaussian numbers have their distribution",
    arguments: [(1.0, 1.0), (3, 0.2), (0.01, 5), (2, 4000)])
  func inverseGaussian(mean: Double, shape: Double) {
    let values = Self.sample(seed: 6) { $0.inverseGaussian(mean: mean, shape: shape) }
    let normal = Normal()
    let distance = Self.distance(values) { x in
      let root = (shape / x).squareRoot()
      // Its second part is the product of a number without end and one without beginning.
      let second = normal.logCumulativeDerivatives(-root * (x / mean + 1)).value
      return normal.cumulative(root * (x / mean - 1)) + exp(2 * shape / mean + second)
    }
    #expect(distance < Self.distanceBound)
    Self.expectMoments(
      values, mean: mean, variance: mean * mean * mean / shape, kurtosis: 3 + 15 * mean / shape,
      "inverse Gaussian \(mean), \(shape)")
  }

  @Test(
    "Poisson numbers have the Poisson distribution",
    arguments: [0.02, 1.3, 9.99, 10, 47.5, 3e4])
  func poisson(mean: Double) {
    let values = Self.sample(seed: 7) { $0.poisson(mean: mean) }
    let distance = Self.countDistance(values) {
      ChiSquared(degreesOfFreedom: 2 * ($0 + 1)).survival(2 * mean)
    }
    #expect(distance < Self.distanceBound)
    Self.expectMoments(
      values, mean: mean, variance: mean, kurtosis: 3 + 1 / mean, "Poisson \(mean)")
  }

  @Test(
    "Binomial numbers have the binomial distribution",
    arguments: [
      (1.0, 0.3), (7, 0.02), (40, 0.2), (40, 0.26), (25, 0.9), (1000, 0.5), (1e6, 3e-5),
      (1e6, 0.7),
    ])
  func binomial(trials: Double, probability: Double) {
    let values = Self.sample(seed: 8) { $0.binomial(trials: trials, probability: probability) }
    #expect(values.allSatisfy { $0 >= 0 && $0 <= trials && $0 == $0.rounded() })
    let odds = probability / (1 - probability)
    let distance = Self.countDistance(values) { k in
      guard k < trials else { return 1 }
      return FisherF(
        numeratorDegreesOfFreedom: 2 * (k + 1), denominatorDegreesOfFreedom: 2 * (trials - k)
      ).survival((trials - k) / (k + 1) * odds)
    }
    #expect(distance < Self.distanceBound)
    let variance = trials * probability * (1 - probability)
    Self.expectMoments(
      values, mean: trials * probability, variance: variance,
      kurtosis: 3 + (1 - 6 * probability * (1 - probability)) / variance,
      "binomial \(trials), \(probability)")
  }

  @Test(
    "Negative binomial numbers have their distribution",
    arguments: [(0.5, 0.4), (4, 2), (30, 1000)])
  func negativeBinomial(mean: Double, size: Double) {
    let values = Self.sample(seed: 9) { $0.negativeBinomial(mean: mean, size: size) }
    let distance = Self.countDistance(values) { k in
      FisherF(numeratorDegreesOfFreedom: 2 * size, denominatorDegreesOfFreedom: 2 * (k + 1))
        .cumulative((k + 1) / mean)
    }
    #expect(distance < Self.distanceBound)
    let probability = size / (size + mean)
    Self.expectMoments(
      values, mean: mean, variance: mean + mean * mean / size,
      kurtosis: 3 + 6 / size + probability * probability / ((1 - probability) * size),
      "negative binomial \(mean), \(size)")
  }

  @Test("Ends of a range are drawn as such, and what has no distribution is NaN")
  func ends() {
    var stream = RandomStream(seed: 10)
    #expect(stream.poisson(mean: 0) == 0)
    #expect(stream.binomial(trials: 12, probability: 0) == 0)
    #expect(stream.binomial(trials: 12, probability: 1) == 12)
    #expect(stream.binomial(trials: 0, probability: 0.4) == 0)
    #expect(stream.gamma(shape: 1e-300) == 0)
    for value in [
      stream.poisson(mean: -1), stream.poisson(mean: .infinity), stream.poisson(mean: .nan),
      stream.binomial(trials: 5, probability: .nan), stream.binomial(trials: 5, probability: 1.5),
      stream.gamma(shape: 0), stream.gamma(shape: .infinity),
      stream.inverseGaussian(mean: 0, shape: 1), stream.inverseGaussian(mean: 1, shape: .nan),
      stream.negativeBinomial(mean: 2, size: 0),
    ] { #expect(value.isNaN) }
    #expect((0..<1000).allSatisfy { _ in (0.0..<1.0).contains(stream.uniform()) })
  }
}
