// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import ModelOptimization

/// The evidence that a fit ended at a minimum of its criterion.
public struct Certificate: Sendable, Hashable {
  /// The first-order condition at a singular covariance: no added variance lowers the criterion.
  public struct BoundaryCondition: Sendable, Hashable {
    /// The grouping factor whose covariance matrix is singular.
    public let groupingFactor: String
    /// The least slope of the criterion when variance is added in any direction the structure
    /// allows, times a hundredth of the term's largest variance: in units of the criterion.
    /// Not negative, up to rounding, at a minimum. Where the slope is negative, this is the
    /// greatest fall of the criterion that was found along it, which may be none to speak of.
    public let leastSlope: Double
  }

  /// `sqrt(g' H⁻¹ g)`, the Newton decrement in the metric of the model Hessian: half its square is
  /// the fall of the criterion that one more Newton step predicts. Not a number, as the least curvature,
  /// where the time limit left no time for derivatives.
  public let gradientNorm: Double
  /// The least eigenvalue of the Hessian of the criterion in theta, scaled to a unit diagonal;
  /// zero in a direction that the data do not identify, and where a negative value is rounding, as
  /// no point along its direction is lower.
  public let leastCurvature: Double
  /// Whether ``leastCurvature`` belongs to the exact Hessian, by differences of the exact gradient,
  /// or, where that would cost more than the fit, to the optimizer's model of it.
  public let curvatureIsExact: Bool
  /// One entry per term with a singular covariance matrix.
  public let boundaryConditions: [BoundaryCondition]

  /// The predicted fall of the criterion below which nothing that is reported would change.
  static let decrementTolerance = 1e-6
  /// Rounding error of the curvature, in units of the diagonal.
  static let curvatureTolerance = 1e-4
  /// Rounding error of a boundary slope, in units of the criterion.
  static let slopeTolerance = 1e-5

  /// Whether all conditions of a minimum hold.
  public var isMinimum: Bool {
    gradientNorm * gradientNorm / 2 < Self.decrementTolerance
      && leastCurvature > -Self.curvatureTolerance
      && boundaryConditions.allSatisfy { $0.leastSlope > -Self.slopeTolerance }
  }
}

extension Certificate {
  /// That of a fit whose time was up before there were derivatives at its end.
  static let unknown = Certificate(
    gradientNorm: .nan, leastCurvature: .nan, curvatureIsExact: false, boundaryConditions: [])

  /// Below this share of the largest curvature a direction counts as flat.
  private static let flatness = 1e-8

  /// `sqrt(g' H⁻¹ g)`, with flat directions given the least curvature that still counts.
  static func decrement(_ gradient: [Double], hessian: Matrix) -> Double {
    guard let (eigen, scale) = scaledEigen(hessian) else { return .infinity }
    return decrement(gradient, eigen, scale: scale)
  }

  private static func decrement(
    _ gradient: [Double], _ eigen: SymmetricEigen, scale: [Double]
  ) -> Double {
    var sum = 0.0
    for (index, value) in eigen.values.enumerated() {
      var projection = 0.0
      for i in gradient.indices { projection += eigen.vectors[i, index] * gradient[i] / scale[i] }
      sum += projection * projection / max(value, flatness)
    }
    return sum.squareRoot()
  }

  /// `-H⁻¹ g` without a component in flat directions; `nil` if the decrement is no more than the given
  /// one.
  static func newtonStep(
    _ gradient: [Double], hessian: Matrix, settledDecrement: Double
  ) -> [Double]? {
    if let (step, reduction) = TrustRegionNewton.newtonStep(gradient, hessian: hessian) {
      return (2 * reduction).squareRoot() > settledDecrement ? step : nil
    }
    guard let (eigen, scale) = scaledEigen(hessian), let largest = eigen.values.last,
      decrement(gradient, eigen, scale: scale) > settledDecrement
    else { return nil }
    var step = [Double](repeating: 0, count: gradient.count)
    for (index, value) in eigen.values.enumerated() where value > 1e-6 * largest {
      var projection = 0.0
      for i in gradient.indices { projection += eigen.vectors[i, index] * gradient[i] / scale[i] }
      for i in gradient.indices {
        step[i] -= projection / value * eigen.vectors[i, index] / scale[i]
      }
    }
    return step
  }

  /// The eigen-decomposition of a Hessian scaled to a unit diagonal, and the scale.
  private static func scaledEigen(
    _ hessian: Matrix
  ) -> (eigen: SymmetricEigen, scale: [Double])? {
    let count = hessian.rowCount
    let scale = (0..<count).map { max(hessian[$0, $0], 1e-12).squareRoot() }
    var scaled = hessian
    for j in 0..<count {
      for i in 0..<count { scaled[i, j] /= scale[i] * scale[j] }
    }
    return SymmetricEigen(scaled).map { ($0, scale) }
  }

  /// The least eigenvalue of a Hessian scaled to a unit diagonal, and its vector in the parameters'
  /// own units; of a Hessian that is not finite, minus infinity and `nil`.
  static func leastCurvature(_ hessian: Matrix) -> (value: Double, direction: [Double]?) {
    let count = hessian.rowCount
    let largest = (0..<count).reduce(0) { max($0, abs(hessian[$1, $1])) }
    // A flat parameter keeps its own small scale out of the quotient.
    let scale = (0..<count).map { max(abs(hessian[$0, $0]), 1e-8 * largest).squareRoot() }
    guard largest > 0 else { return (0, nil) }
    var scaled = hessian
    for j in 0..<count {
      for i in 0..<count { scaled[i, j] /= scale[i] * scale[j] }
    }
    guard let eigen = SymmetricEigen(scaled), let least = eigen.values.first else {
      return (-.infinity, nil)
    }
    return (least, zip(eigen.vectors.column(0), scale).map { $0 / $1 })
  }
}
