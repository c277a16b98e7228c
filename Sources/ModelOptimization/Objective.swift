// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors

/// A function of real parameters, to be minimized.
///
/// An objective owns its workspace and is passed `inout`: evaluations are sequential, and none
/// need allocate. Where the function has no value (a factorization fails) it returns positive
/// infinity, which an optimizer steps back from; it throws only what no other parameters cure.
public protocol Objective {
  /// The number of parameters, m.
  var parameterCount: Int { get }

  /// The value at m parameters; positive infinity where there is none.
  mutating func value(at parameters: [Double]) throws(MixedModelError) -> Double
}

/// An objective with an exact gradient and a model of its Hessian.
///
/// Value, gradient and model come from one call, because they share the costly part (a
/// factorization), and go into a point that the optimizer keeps and reuses.
public protocol SecondOrderObjective: Objective {
  /// The relative noise of the value: a difference between two values below this share of them
  /// may be rounding, or what inner iterations left undone. The gradient must be better than
  /// that: below the noise an optimizer judges a step by the gradients at its ends.
  var relativeNoise: Double { get }

  /// Whether the model differs from the Hessian even at a minimum. A method may then give it up
  /// where it predicts the value badly.
  var hessianIsApproximate: Bool { get }

  /// Writes the value, the gradient and the model Hessian at m parameters into `point`.
  ///
  /// Where there is no value, `point.value` becomes positive infinity and the rest is
  /// unspecified. The model need not be the exact Hessian, nor positive definite: an optimizer
  /// trusts it only as far as it predicts the value. Where `point.needsHessian` is false, the
  /// model may be left out, and `point.hessian` is then unspecified.
  mutating func evaluate(
    at parameters: [Double], into point: inout ObjectivePoint
  ) throws(MixedModelError)
}

extension SecondOrderObjective {
  /// The rounding error of a sum of thousands of terms, with a margin: 1e-11.
  public var relativeNoise: Double { 1e-11 }

  /// A model is taken for the Hessian unless its objective says otherwise.
  public var hessianIsApproximate: Bool { false }
}

/// The value of an objective and its derivatives at one place.
public struct ObjectivePoint: Sendable {
  public var value: Double
  /// m entries.
  public var gradient: [Double]
  /// m × m and symmetric; only the lower triangle is read.
  public var hessian: Matrix
  /// Whether an evaluation into this point must write `hessian`: set before it by the caller,
  /// who may have a model already, so that an objective whose model is costly can leave it out.
  public var needsHessian = true
  /// When an evaluation that takes long may end without its derivatives, set before it by the caller.
  package var deadline: ContinuousClock.Instant?
  /// Whether the evaluation ended so: of the point only the value is known then.
  package var isInterrupted = false

  /// A point yet to be evaluated, with its Hessian: the value is infinite, the derivatives are
  /// zero.
  public init(parameterCount: Int) {
    value = .infinity
    gradient = .zeros(parameterCount)
    hessian = Matrix(rowCount: parameterCount, columnCount: parameterCount)
  }
}
