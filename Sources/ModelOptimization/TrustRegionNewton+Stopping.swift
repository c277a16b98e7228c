// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

// When Newton's method ends, and what that means.

extension TrustRegionNewton {
  /// Without a limit in the options, more evaluations than this mean that the derivatives are
  /// wrong: a hard fit of seventy parameters takes fifteen.
  static let largestCount = 200
  /// A reduction smaller than this is of no consequence for a log-likelihood. It serves secant
  /// models too: they gain digits so fast in the end that a looser one would hardly save them an
  /// evaluation, and it leaves room for a prediction that is off by a factor.
  private static let reductionTolerance = 1e-10
  /// Nor can a reduction smaller than this be seen in the value, a few units in its last place.
  private static let relativeReductionTolerance = 1e-15
  /// A failure to reduce the value where the model predicts less than this share of it is due
  /// to rounding: an objective sums thousands of terms.
  static let roundingTolerance = 1e-12
  /// Where rounding has shrunk the region, the result still counts as a minimum if the model
  /// predicts less than these, or than the noise of the objective, for a full step; more means
  /// that values and derivatives disagree.
  private static let restTolerance = (absolute: 1e-8, relative: 1e-10)

  /// The method's own tolerance on the predicted reduction.
  private static func tolerance(at value: Double) -> Double {
    max(reductionTolerance, relativeReductionTolerance * abs(value))
  }

  /// The tolerance on the predicted reduction, which options may only loosen.
  static func tolerance(at value: Double, _ options: OptimizationOptions) -> Double {
    max(
      tolerance(at: value), options.ftolAbsolute ?? 0, (options.ftolRelative ?? 0) * abs(value))
  }

  /// What a negligible predicted reduction means, given the step without the restriction that
  /// earlier failures put on the radius; `nil` if it is no reason to stop.
  ///
  /// Shrinking the region makes any prediction negligible in the end, so that alone must not
  /// pass for convergence.
  static func verdict(
    _ step: TrustRegionStep, _ unrestricted: TrustRegionStep, at value: Double, noise: Double,
    _ options: OptimizationOptions
  ) -> Termination? {
    if unrestricted.predictedReduction < tolerance(at: value, options) {
      return .predictedReduction
    }
    guard step.predictedReduction < tolerance(at: value) else { return nil }
    let rest = max(restTolerance.absolute, max(restTolerance.relative, noise) * abs(value))
    return unrestricted.predictedReduction < rest ? .rounding : .stalled
  }

  static func isNegligible(
    _ step: [Double], at parameters: [Double], _ options: OptimizationOptions
  ) -> Bool {
    if let absolute = options.xtolAbsolute, absolute > 0,
      step.allSatisfy({ abs($0) < absolute })
    {
      return true
    }
    guard let relative = options.xtolRelative, relative > 0 else { return false }
    let squaredStep = step.reduce(0) { $0 + $1 * $1 }
    let squaredNorm = parameters.reduce(0) { $0 + $1 * $1 }
    return squaredStep < relative * relative * squaredNorm
  }
}
