// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// How the log-determinant in the criterion of a linear model is found.
public enum LogDeterminantMethod: Sendable, Hashable {
  /// From the Cholesky factor: exactly.
  case exact
  /// By stochastic Lanczos quadrature, for crossed designs whose factor is too large to be held: the
  /// largest grouping factor is eliminated exactly, and what is left is never formed.
  ///
  /// The objective then has a standard error (``LinearMixedModel/objectiveStandardError``), which falls
  /// with the square root of the number of probes; the time of an evaluation grows in proportion. The
  /// probes are the same at all parameters and in all models of the same seed, so that an estimate is
  /// a minimum like any other, repeats to the last bit, and models can be compared.
  ///
  /// - Parameters:
  ///   - probes: the random vectors, from 2 to 10,000.
  ///   - seed: which ones.
  case stochastic(probes: Int = standardProbeCount, seed: UInt64 = standardSeed)

  /// Six sweeps of eight vectors.
  public static let standardProbeCount = 48
  public static let standardSeed: UInt64 = 1
}

extension LogDeterminantMethod {
  private static let probeCounts = 2...10_000

  /// - Throws: ``MixedModelError`` if the number of probes is not accepted.
  func validate() throws(MixedModelError) {
    if case .stochastic(let probes, _) = self, !Self.probeCounts.contains(probes) {
      throw .probeCount(probes, accepted: Self.probeCounts)
    }
  }
}

/// The error of an objective whose log-determinant is stochastic.
public struct StochasticError: Sendable, Hashable {
  /// The random vectors and their seed.
  public let probeCount: Int
  public let seed: UInt64
  /// The Monte Carlo standard error of the objective, from the spread over the probes.
  public let standardError: Double
  /// The products with the Schur complement that the slowest of its Krylov spaces took: the steps of
  /// conjugate gradients.
  public let stepCount: Int
  /// What each probe alone would give for the log-determinant.
  package let probeValues: [Double]

  package init(probeCount: Int, seed: UInt64, stepCount: Int, probeValues: [Double]) {
    self.probeCount = probeCount
    self.seed = seed
    self.stepCount = stepCount
    self.probeValues = probeValues
    standardError = probeValues.standardErrorOfMean
  }

  /// The error with its origin, as summaries show it.
  package var summary: String {
    "\(standardError.compactText) (\(probeCount) probes, seed \(seed))"
  }
}

extension LinearMixedModel {
  /// The Monte Carlo error of the objective; `nil` if the log-determinant is exact.
  public var stochasticError: StochasticError? {
    guard case .stochastic(let probes, let seed) = problem.logDeterminant else { return nil }
    return StochasticError(
      probeCount: probes, seed: seed, stepCount: solution.krylovStepCount,
      probeValues: solution.probeValues)
  }

  /// The Monte Carlo standard error of ``objective``; `nil` if the log-determinant is exact.
  public var objectiveStandardError: Double? { stochasticError?.standardError }

}

extension MixedModel {
  /// The Monte Carlo standard error of the difference between the objectives of this model and another;
  /// `nil` if both are exact.
  ///
  /// With the same probes in both, the errors of each probe go together, and what counts is the spread
  /// of their differences.
  public func standardErrorOfDifference(from other: any MixedModel) -> Double? {
    let (own, others) = (stochasticError, other.stochasticError)
    guard own != nil || others != nil else { return nil }
    if let own, let others, own.probeCount == others.probeCount, own.seed == others.seed {
      return zip(own.probeValues, others.probeValues).map { $0 - $1 }.standardErrorOfMean
    }
    let squares = [own, others].map { $0.map { $0.standardError * $0.standardError } ?? 0 }
    return (squares[0] + squares[1]).squareRoot()
  }
}

extension [Double] {
  /// The standard deviation of the values over the root of their number.
  fileprivate var standardErrorOfMean: Double {
    let mean = reduce(0, +) / Double(count)
    let square = reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (square / Double(count * (count - 1))).squareRoot()
  }
}
