// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// The form of the covariance matrix of one random-effects term.
///
/// A structure maps its parameters theta to the term factor lambda, a lower-triangular k × k
/// matrix with `lambda * lambda'` the covariance of the effects, relative to the residual variance
/// in a linear model. Theta is unconstrained: the criterion depends on `lambda * lambda'` only, so
/// signs are free during a fit and made canonical (non-negative diagonal) afterwards.
public protocol CovarianceStructure: Sendable {
  /// The name that wraps a term in a formula, such as `diag` in `diag(1 + days | subj)`.
  static var formulaName: String { get }

  /// The parameters at which lambda is the identity; their number is that of the parameters.
  func identityParameters(dimension: Int) -> [Double]

  /// The lower-triangular factor lambda, `dimension × dimension`.
  func termFactor(_ theta: ArraySlice<Double>, dimension: Int) -> Matrix

  /// Whether lambda is linear in theta, so that its derivatives are the same everywhere; by default
  /// it is not.
  var isLinear: Bool { get }

  /// The derivative of lambda with respect to each parameter.
  func derivatives(at theta: ArraySlice<Double>, dimension: Int) -> [Matrix]

  /// Parameters of the same covariance with a non-negative diagonal of lambda, except that
  /// diagonal entries below `threshold` become exact zeros, as do the entries below them.
  func canonicalParameters(
    _ theta: ArraySlice<Double>, dimension: Int, zeroBelow threshold: Double
  ) -> [Double]

  /// The derivative G of the criterion with respect to Σ without the part that would make the
  /// structure's curvature `2 tr(G E_a E_b')` negative. Far from the optimum that part would send a
  /// step to the edge of the trust region.
  func convexPart(_ gradient: Matrix) -> Matrix

  /// The unit direction v for which adding a little variance, `Σ + ε² v v'`, lowers the criterion
  /// the most, and the slope `v'Gv` there; G is the derivative of the criterion with respect to Σ.
  func steepestDirection(_ gradient: Matrix) -> (direction: [Double], slope: Double)

  /// Parameters of the covariance `Σ + v v'`, or of the nearest one that the structure allows.
  func parameters(
    _ theta: ArraySlice<Double>, dimension: Int, addingVarianceAlong direction: [Double]
  ) -> [Double]

  /// Parameters of a positive semidefinite covariance matrix, relative like lambda; `nil` if it is
  /// not of this form.
  func parameters(ofCovariance covariance: Matrix) -> [Double]?

  /// Parameters of the same covariance with the effects in another order, entry (i, j) being entry
  /// (`order[i]`, `order[j]`) before; `nil`, the default, if the structure is bound to the order.
  ///
  /// A fit may then choose the order in which it factorizes. There is nothing to gain from that
  /// where lambda has no entries below its diagonal.
  func parameters(
    _ theta: ArraySlice<Double>, dimension: Int, ordering order: [Int]
  ) -> [Double]?
}

extension CovarianceStructure {
  public func parameters(
    _ theta: ArraySlice<Double>, dimension: Int, ordering order: [Int]
  ) -> [Double]? {
    nil
  }
}

extension CovarianceStructure {
  public var isLinear: Bool { false }
}
