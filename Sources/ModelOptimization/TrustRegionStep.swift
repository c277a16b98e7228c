// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// A quadratic model g'p + p'Hp/2 of an objective about a point, diagonalized in the scale D.
///
/// It is made once a point; every trial radius then costs O(m²).
struct ScaledQuadratic {
  /// The diagonal of D, positive.
  let scale: [Double]
  /// The eigen-decomposition V Λ V' of D⁻¹HD⁻¹.
  private let eigen: SymmetricEigen
  /// V'D⁻¹g, entries that are rounding error beside the others set to zero.
  private let gradient: [Double]
  /// Eigenvalues, those that are rounding error beside the largest set to zero.
  private let curvature: [Double]

  /// The model of a gradient and a Hessian (lower triangle), `nil` if these or their squares are
  /// not finite.
  init?(gradient: [Double], hessian: Matrix, scale: [Double]) {
    let count = gradient.count
    var scaled = hessian
    for j in 0..<count {
      for i in j..<count { scaled[i, j] /= scale[i] * scale[j] }
    }
    guard let eigen = SymmetricEigen(scaled) else { return nil }
    let roundoff = Double(count) * .ulpOfOne
    let largestCurvature = max(abs(eigen.values.first ?? 0), abs(eigen.values.last ?? 0))
    var rotated = [Double](repeating: 0, count: count)
    var squaredNorm = 0.0
    for k in 0..<count {
      for i in 0..<count { rotated[k] += eigen.vectors[i, k] * gradient[i] / scale[i] }
      squaredNorm += rotated[k] * rotated[k]
    }
    guard squaredNorm.isFinite else { return nil }
    let negligible = 4 * roundoff * squaredNorm.squareRoot()
    self.scale = scale
    self.eigen = eigen
    self.gradient = rotated.map { abs($0) <= negligible ? 0 : $0 }
    self.curvature = eigen.values.map { abs($0) <= roundoff * largestCurvature ? 0 : $0 }
  }
}

/// The minimizer p of a quadratic model within ‖Dp‖ ≤ Δ.
///
/// With the multiplier μ it satisfies, to rounding error (Moré & Sorensen 1983, lemmas 2.1, 2.3):
/// (H + μD²)p = -g, μ ≥ 0, μ(Δ - ‖Dp‖) = 0, and H + μD² has no negative eigenvalue.
struct TrustRegionStep {
  /// p, m entries.
  let step: [Double]
  /// μ.
  let multiplier: Double
  /// ‖Dp‖.
  let length: Double
  /// -(g'p + p'Hp/2), never negative.
  let predictedReduction: Double
  /// Whether the radius, not the model, decided the length.
  let isOnBoundary: Bool
}

extension ScaledQuadratic {
  /// Whether the model curves downwards in some direction.
  var hasNegativeCurvature: Bool { (curvature.first ?? 0) < 0 }
}

extension ScaledQuadratic {
  /// Newton's method on the secular equation gains digits quadratically from a start on its
  /// monotone side: it takes 3 to 6 iterations, and rounding ends it well before this.
  private static let largestIterationCount = 60

  /// The length of a step on the boundary is the radius to this relative accuracy.
  private static let lengthTolerance = 1e-13

  /// The step within the given positive radius.
  ///
  /// In the eigenvector coordinates the solution is q = -c/(λ + μ). The multiplier solves
  /// 1/‖q(μ)‖ = 1/Δ, whose left side is concave, so that Newton's method from a μ too small
  /// increases monotonically to the root. The unknown is the shift s = μ + λ₁, not μ: the sums
  /// λ + μ = (λ - λ₁) + s then have no cancellation next to the least eigenvalue λ₁.
  ///
  /// In the hard case (λ₁ < 0, no gradient along its eigenvectors, and the rest too short) the
  /// step is completed along the first eigenvector to the boundary.
  ///
  /// Source: Moré & Sorensen, "Computing a trust region step", SIAM J. Sci. Stat. Comput. 4
  /// (1983), 553-572; Conn, Gould & Toint, *Trust-Region Methods* (2000), section 7.3.
  func step(radius: Double) -> TrustRegionStep {
    guard let lowest = curvature.first else {
      return TrustRegionStep(
        step: [], multiplier: 0, length: 0, predictedReduction: 0, isOnBoundary: false)
    }
    // The least admissible shift: μ ≥ 0 and μ ≥ -λ₁.
    let leastShift = max(lowest, 0)
    let leastLength = squaredLength(shift: leastShift).value.squareRoot()
    if leastLength <= radius {
      let isHardCase = lowest < 0
      let rest = ((radius - leastLength) * (radius + leastLength)).squareRoot()
      return step(shift: leastShift, alongLowest: isHardCase ? rest : 0, isOnBoundary: isHardCase)
    }
    var shift = leastShift
    for i in gradient.indices {
      // |c|/(λ + μ) is at most the radius, so this is not beyond the root.
      shift = max(shift, abs(gradient[i]) / radius - (curvature[i] - lowest))
    }
    for _ in 0..<Self.largestIterationCount {
      let squared = squaredLength(shift: shift)
      let length = squared.value.squareRoot()
      // φ = 1/‖q‖ - 1/Δ and φ' = (Σ c²/(λ + μ)³)/‖q‖³.
      let increment = (length - radius) / radius * squared.value / squared.slope
      guard length - radius > Self.lengthTolerance * radius, shift + increment > shift else {
        break
      }
      shift += increment
    }
    return step(shift: shift, alongLowest: 0, isOnBoundary: true)
  }

  /// Σ (c/(λ + μ))² and Σ c²/(λ + μ)³ over the directions with a gradient.
  private func squaredLength(shift: Double) -> (value: Double, slope: Double) {
    var value = 0.0
    var slope = 0.0
    for i in gradient.indices where gradient[i] != 0 {
      let stiffness = curvature[i] - curvature[0] + shift
      let ratio = gradient[i] / stiffness
      value += ratio * ratio
      slope += ratio * ratio / stiffness
    }
    return (value, slope)
  }

  private func step(shift: Double, alongLowest: Double, isOnBoundary: Bool) -> TrustRegionStep {
    let multiplier = max(shift - curvature[0], 0)
    var step = [Double](repeating: 0, count: gradient.count)
    var squaredLength = 0.0
    // c²(λ/2 + μ)/(λ + μ)² in each direction: no term is negative, none cancels.
    var reduction = -curvature[0] * alongLowest * alongLowest / 2
    for k in gradient.indices {
      var coordinate = k == 0 ? alongLowest : 0
      if gradient[k] != 0 {
        coordinate = -gradient[k] / (curvature[k] - curvature[0] + shift)
        reduction += coordinate * coordinate * (curvature[k] / 2 + multiplier)
      }
      guard coordinate != 0 else { continue }
      squaredLength += coordinate * coordinate
      for i in step.indices { step[i] += eigen.vectors[i, k] * coordinate / scale[i] }
    }
    return TrustRegionStep(
      step: step, multiplier: multiplier, length: squaredLength.squareRoot(),
      predictedReduction: max(reduction, 0), isOnBoundary: isOnBoundary)
  }
}
