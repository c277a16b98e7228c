// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// A quadratic model g'p + p'Hp/2 of an objective about a point, in the scale D.
///
/// It is made once a point. Where it is safely convex, a triangular factor gives the Newton step, which
/// is the answer for every radius that it does not exceed: most of a fit asks for no more. The
/// diagonalization that all other radii need is made when one of them is asked for.
struct ScaledQuadratic {
  /// The diagonal of D, positive.
  let scale: [Double]
  private let gradient: [Double]
  private let hessian: Matrix
  /// The minimizer of the whole model, unless some direction is flat or curves downwards.
  private let newtonStep: TrustRegionStep?
  /// The diagonalized model, where there is no Newton step.
  private let spectrum: ModelSpectrum?

  /// The model of a gradient and a Hessian (lower triangle), `nil` if these or their squares are
  /// not finite.
  init?(gradient: [Double], hessian: Matrix, scale: [Double]) {
    newtonStep = TrustRegionStep(newton: gradient, hessian, scale: scale)
    spectrum = newtonStep == nil ? ModelSpectrum(gradient, hessian, scale: scale) : nil
    guard newtonStep != nil || spectrum != nil else { return nil }
    self.scale = scale
    self.gradient = gradient
    self.hessian = hessian
  }

  /// Whether the model curves downwards in some direction.
  var hasNegativeCurvature: Bool { spectrum?.hasNegativeCurvature ?? false }

  /// The step within the given positive radius.
  func step(radius: Double) -> TrustRegionStep {
    if let newtonStep, newtonStep.length <= radius { return newtonStep }
    guard let spectrum = spectrum ?? ModelSpectrum(gradient, hessian, scale: scale) else {
      // Not reached: what has a Newton step is finite.
      return TrustRegionStep(
        step: gradient.map { _ in 0 }, multiplier: 0, length: 0, predictedReduction: 0,
        isOnBoundary: false)
    }
    return spectrum.step(radius: radius)
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

extension TrustRegionStep {
  /// A pivot below this share of its diagonal entry may belong to a flat direction: that is for the
  /// eigenvalues to decide.
  private static let leastPivot = 1e-6

  /// The step -H⁻¹g by a factorization H = L D L', which needs no scale; `nil` unless all pivots are
  /// well above zero.
  init?(newton gradient: [Double], _ hessian: Matrix, scale: [Double]) {
    let count = gradient.count
    guard count <= Self.largestSmallCount else {
      self.init(newtonOfLarge: gradient, hessian, scale: scale)
      return
    }
    var isPositive = true
    var doubledReduction = 0.0
    var squaredLength = 0.0
    var step = [Double].zeros(count)
    step.withUnsafeMutableBufferPointer { step in
      // L row by row, the pivots on its diagonal.
      withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, count * count)) { l in
        for i in 0..<count {
          var pivot = hessian[i, i]
          step[i] = -gradient[i]
          for j in 0..<i {
            // L_ij D_j, and then L_ij.
            var sum = hessian[i, j]
            for k in 0..<j { sum -= l[i * count + k] * l[j * count + k] * l[k * count + k] }
            l[i * count + j] = sum / l[j * count + j]
            pivot -= sum * l[i * count + j]
            step[i] -= l[i * count + j] * step[j]
          }
          guard pivot > Self.leastPivot * hessian[i, i], hessian[i, i] > 0, pivot < .infinity else {
            return isPositive = false
          }
          l[i * count + i] = pivot
          doubledReduction += step[i] * step[i] / pivot
        }
        for i in (0..<count).reversed() {
          step[i] /= l[i * count + i]
          for k in i + 1..<max(i + 1, count) { step[i] -= l[k * count + i] * step[k] }
          squaredLength += step[i] * step[i] * scale[i] * scale[i]
        }
      }
    }
    guard isPositive, squaredLength.isFinite, doubledReduction.isFinite else { return nil }
    // g'H⁻¹g/2, a sum of squares.
    self.init(
      step: step, multiplier: 0, length: squaredLength.squareRoot(),
      predictedReduction: doubledReduction / 2, isOnBoundary: false)
  }
}

extension TrustRegionStep {
  /// With more parameters the linear algebra library is the quicker one.
  private static let largestSmallCount = 256

  /// The same by the library's factorization H = L L'.
  private init?(newtonOfLarge gradient: [Double], _ hessian: Matrix, scale: [Double]) {
    let count = gradient.count
    var l = hessian.values
    var step = gradient
    var doubledReduction = 0.0
    var squaredLength = 0.0
    let isPositive = l.withUnsafeMutableBufferPointer { l in
      step.withUnsafeMutableBufferPointer { step in
        guard let base = l.baseAddress,
          choleskyFactorize(base, order: count, leadingDimension: count) == nil
        else { return false }
        for j in 0..<count {
          let column = j * count
          let pivot = l[column + j]
          guard pivot * pivot > Self.leastPivot * hessian[j, j], pivot < .infinity else {
            return false
          }
          step[j] /= -pivot
          doubledReduction += step[j] * step[j]
          // What is below is negated where it has its turn.
          for i in j + 1..<max(j + 1, count) { step[i] += l[column + i] * step[j] }
        }
        for j in (0..<count).reversed() {
          let column = j * count
          for i in j + 1..<max(j + 1, count) { step[j] -= l[column + i] * step[i] }
          step[j] /= l[column + j]
          squaredLength += step[j] * step[j] * scale[j] * scale[j]
        }
        return true
      }
    }
    guard isPositive, squaredLength.isFinite, doubledReduction.isFinite else { return nil }
    self.init(
      step: step, multiplier: 0, length: squaredLength.squareRoot(),
      predictedReduction: doubledReduction / 2, isOnBoundary: false)
  }
}

/// A quadratic model diagonalized in its scale: every trial radius costs O(m²).
private struct ModelSpectrum {
  private let scale: [Double]
  /// The eigen-decomposition V Λ V' of D⁻¹HD⁻¹.
  private let eigen: SymmetricEigen
  /// V'D⁻¹g, entries that are rounding error beside the others set to zero.
  private let gradient: [Double]
  /// Eigenvalues, those that are rounding error beside the largest set to zero.
  private let curvature: [Double]

  /// - Returns: `nil` if the gradient or the Hessian or their squares are not finite.
  init?(_ gradient: [Double], _ hessian: Matrix, scale: [Double]) {
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

  var hasNegativeCurvature: Bool { (curvature.first ?? 0) < 0 }
}

extension ModelSpectrum {
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
