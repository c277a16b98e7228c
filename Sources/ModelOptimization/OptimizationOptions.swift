// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// Tolerances, limits and starting values of an optimization.
///
/// A tolerance left `nil` is the method's own. The derivative-free methods take the standard
/// values given here, those of MixedModels.jl 5; ``TrustRegionNewton`` needs none of them,
/// because it stops on the reduction that its model predicts.
public struct OptimizationOptions: Sendable, Hashable {
  /// Stop when the value changes by less than this, relative to it; 0 switches the test off.
  public var ftolRelative: Double?
  /// Stop when the value changes by less than this; 0 switches the test off.
  public var ftolAbsolute: Double?
  /// Stop when the parameters change by less than this, relative to them; 0 switches it off.
  public var xtolRelative: Double?
  /// Stop when every parameter changes by less than this; 0 switches the test off.
  public var xtolAbsolute: Double?
  /// The first step of a derivative-free method in each parameter, positive.
  /// ``TrustRegionNewton`` does not use it.
  public var initialStep: [Double]?
  /// The largest number of evaluations, at least one; `nil` for the method's own limit.
  public var maxEvaluations: Int?
  /// The longest time in seconds, positive; `nil` for no limit. It is looked at between
  /// evaluations, of which there is always one; the default method also ends one whose derivatives
  /// take longer.
  public var maxTime: Double?
  /// Starting parameters in place of the model's.
  public var start: [Double]?
  /// Lower bounds of the parameters, possibly minus infinity, for methods that work within
  /// bounds. ``TrustRegionNewton`` does not use them: its parameters are sign-free.
  public var lowerBounds: [Double]?

  /// Options that leave everything to the method.
  public init(
    ftolRelative: Double? = nil, ftolAbsolute: Double? = nil, xtolRelative: Double? = nil,
    xtolAbsolute: Double? = nil, initialStep: [Double]? = nil, maxEvaluations: Int? = nil,
    maxTime: Double? = nil, start: [Double]? = nil, lowerBounds: [Double]? = nil
  ) {
    self.ftolRelative = ftolRelative
    self.ftolAbsolute = ftolAbsolute
    self.xtolRelative = xtolRelative
    self.xtolAbsolute = xtolAbsolute
    self.initialStep = initialStep
    self.maxEvaluations = maxEvaluations
    self.maxTime = maxTime
    self.start = start
    self.lowerBounds = lowerBounds
  }

  /// The standard relative tolerance on the value, four digits above the unit roundoff.
  public static let standardFtolRelative = 1e-12
  /// The standard absolute tolerance on the value, far below what a likelihood ratio resolves.
  public static let standardFtolAbsolute = 1e-8
  /// The standard relative tolerance on the parameters: off, as parameters may be zero.
  public static let standardXtolRelative = 0.0
  /// The standard absolute tolerance on the parameters, which are of order one.
  public static let standardXtolAbsolute = 1e-10
}

extension OptimizationOptions {
  /// Checks every option against what is accepted for m parameters.
  /// - Throws: A ``MixedModelError`` that names the first option not accepted.
  public func validate(parameterCount: Int) throws(MixedModelError) {
    for (name, tolerance) in [
      ("ftol-rel", ftolRelative), ("ftol-abs", ftolAbsolute), ("xtol-rel", xtolRelative),
      ("xtol-abs", xtolAbsolute),
    ] {
      if let tolerance, !(tolerance >= 0 && tolerance.isFinite) {
        throw .optionNotAccepted(
          name, "\(tolerance)", accepted: "a finite number, zero (no such test) or positive")
      }
    }
    if let maxEvaluations, maxEvaluations < 1 {
      throw .optionNotAccepted(
        "max-evaluations", "\(maxEvaluations)", accepted: "a whole number of at least 1")
    }
    if let maxTime, !(maxTime > 0) {
      throw .optionNotAccepted("max-time", "\(maxTime)", accepted: "a positive number of seconds")
    }
    try validate(
      initialStep, "initial-step", parameterCount, accepted: "positive finite numbers"
    ) { $0 > 0 && $0.isFinite }
    try validate(start, "start", parameterCount, accepted: "finite numbers") { $0.isFinite }
    try validate(
      lowerBounds, "lower-bounds", parameterCount, accepted: "finite numbers or -inf"
    ) { $0.isFinite || $0 == -.infinity }
  }

  private func validate(
    _ values: [Double]?, _ name: String, _ parameterCount: Int, accepted: String,
    isAccepted: (Double) -> Bool
  ) throws(MixedModelError) {
    guard let values else { return }
    if values.count != parameterCount {
      throw .optionOfWrongLength(name, count: values.count, parameterCount: parameterCount)
    }
    if let value = values.first(where: { !isAccepted($0) }) {
      throw .optionNotAccepted(name, "\(value)", accepted: accepted)
    }
  }
}
