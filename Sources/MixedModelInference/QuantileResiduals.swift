// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting
import RealModule
import StatisticalFunctions

/// The rank of each response among responses simulated from the fitted model, from zero to one:
/// uniform if the model is right, whatever the family.
///
/// With `below` and `equal` of N simulated values less than and equal to the response, the residual is
/// `(below + U (equal + 1)) / (N + 1)` with U uniform: exactly uniform where the response comes from
/// the simulated distribution, for counts too. Estimates are taken as they are, so that the tests are
/// a little conservative.
///
/// R: `DHARMa::simulateResiduals`, which divides by N and leaves residuals of continuous responses
/// unrandomized. Source: Dunn & Smyth, "Randomized quantile residuals", JCGS 5 (1996).
public struct QuantileResiduals: Sendable, Hashable {
  /// One for each row used.
  public let values: [Double]
  /// The simulated responses of each row, N.
  public let simulationCount: Int
  /// The rows beyond all of their simulated responses.
  public let outliers: [Int]
  /// Whether the residuals are uniform.
  public let uniformity: UniformityTest
  /// Whether responses spread about their simulated means as simulated ones do.
  public let dispersion: DispersionTest
  /// Whether there are more or fewer ``outliers`` than chance has it.
  public let outlierPValue: Double

  /// The Kolmogorov-Smirnov test (R: `DHARMa::testUniformity`).
  public struct UniformityTest: Sendable, Hashable {
    /// The greatest distance of the empirical distribution from the uniform one.
    public let distance: Double
    /// From the limiting distribution with Stephens' correction for n, JRSS B 32 (1970): good to two
    /// hundredths, and better where it is small.
    public let pValue: Double
  }

  /// R: `DHARMa::testDispersion`.
  public struct DispersionTest: Sendable, Hashable {
    /// The variance of the responses about the simulated means over the mean of that of simulated
    /// ones: above one for overdispersion.
    public let ratio: Double
    /// Two-sided, from the rank of the variance among the simulated ones.
    public let pValue: Double
  }
}

extension Resimulatable {
  /// The quantile residual of each row used.
  ///
  /// They depend on the seed and on nothing else.
  /// - Parameters:
  ///   - simulations: how many responses are simulated.
  ///   - randomEffects: whether they have new random effects, or those of the fit.
  /// - Throws: ``MixedModelError`` unless there are two simulations or more, the family has draws, and
  ///   simulated means are within its range.
  /// - Complexity: O(n (p + Σ k)) per simulation, twice; O(n) memory.
  public func quantileResiduals(
    simulations: Int = 250, seed: UInt64 = 1, randomEffects: SimulatedRandomEffects = .new
  ) throws(MixedModelError) -> QuantileResiduals {
    guard (2...ReplicateCount.greatest).contains(simulations) else {
      throw .simulationCount(simulations, greatest: ReplicateCount.greatest)
    }
    let distribution = responseDistribution(randomEffects: randomEffects)
    let response = response
    var below = [Int](repeating: 0, count: response.count)
    var equal = below
    var means = [Double](repeating: 0, count: response.count)
    for replicate in 1...simulations {
      var stream = RandomStream(seed: seed, stream: UInt64(replicate))
      for (row, value) in try distribution.draw(using: &stream).enumerated() {
        if value < response[row] { below[row] += 1 }
        if value == response[row] { equal[row] += 1 }
        means[row] += value / Double(simulations)
      }
    }
    // The same responses once more, which costs less than to keep them.
    let observed = response.spread(about: means)
    var spreads: [Double] = []
    for replicate in 1...simulations {
      var stream = RandomStream(seed: seed, stream: UInt64(replicate))
      spreads.append(try distribution.draw(using: &stream).spread(about: means))
    }
    var ties = RandomStream(seed: seed, stream: 0)
    let values = zip(below, equal).map { below, equal in
      (Double(below) + Double.random(in: 0..<1, using: &ties) * Double(equal + 1))
        / Double(simulations + 1)
    }
    let outliers = response.indices.filter {
      equal[$0] == 0 && (below[$0] == 0 || below[$0] == simulations)
    }
    return QuantileResiduals(
      values: values, simulationCount: simulations, outliers: outliers,
      uniformity: QuantileResiduals.UniformityTest(values),
      dispersion: QuantileResiduals.DispersionTest(observed, among: spreads),
      outlierPValue: binomialTwoSidedTail(
        outliers.count, of: response.count, probability: 2 / Double(simulations + 1)))
  }
}

extension QuantileResiduals.UniformityTest {
  /// The test of values between zero and one.
  init(_ values: [Double]) {
    let count = Double(values.count)
    var distance = 0.0
    for (index, value) in values.sorted().enumerated() {
      distance = max(distance, value - Double(index) / count, Double(index + 1) / count - value)
    }
    self.distance = distance
    let root = count.squareRoot()
    let scaled = (root + 0.12 + 0.11 / root) * distance
    // The series alternates; below this argument the probability is one to seven digits.
    guard scaled > 0.27 else {
      pValue = 1
      return
    }
    var sum = 0.0
    for j in 1...100 {
      let term = Double.exp(-2 * Double(j * j) * scaled * scaled)
      sum += j % 2 == 1 ? term : -term
      if term < 1e-17 { break }
    }
    pValue = min(1, max(0, 2 * sum))
  }
}

extension QuantileResiduals.DispersionTest {
  init(_ observed: Double, among simulated: [Double]) {
    let count = Double(simulated.count)
    let mean = simulated.reduce(0, +) / count
    ratio = observed / mean
    let atMost = Double(simulated.count { $0 <= observed })
    let atLeast = Double(simulated.count { $0 >= observed })
    pValue = min(1, 2 * (1 + min(atMost, atLeast)) / (count + 1))
  }
}

extension [Double] {
  /// The variance of the differences to the given means.
  fileprivate func spread(about means: [Double]) -> Double {
    let differences = zip(self, means).map { $0 - $1 }
    let mean = differences.reduce(0, +) / Double(count)
    return differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      / Double(Swift.max(1, count - 1))
  }
}

/// Twice the lesser of the probabilities of so many successes or fewer, and or more; at most one.
func binomialTwoSidedTail(_ successes: Int, of count: Int, probability: Double) -> Double {
  /// The probability of `k` successes or more, an incomplete beta function in the form of F.
  func atLeast(_ k: Int) -> Double {
    guard k > 0 else { return 1 }
    guard k <= count else { return 0 }
    let (above, rest) = (2 * Double(k), 2 * Double(count - k + 1))
    return FisherF(numeratorDegreesOfFreedom: above, denominatorDegreesOfFreedom: rest)
      .cumulative(probability / (1 - probability) * rest / above)
  }
  return min(1, 2 * min(atLeast(successes), 1 - atLeast(successes + 1)))
}
