// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// The damped BFGS update of a model Hessian B from two gradients.
///
/// With the step s and the change y of the gradient along it, the update is
///
///     B⁺ = B - Bs s'B / s'Bs + r r' / s'r,    r = θy + (1 - θ)Bs,
///
/// so that B⁺s = r and, of all such matrices, B⁺ is a nearest one to B. Where the objective
/// curves along the step at least a fifth as much as the model says, θ = 1 and r is y itself: the
/// secant equation. Where it curves less, or downwards, θ is the largest for which s'r is a fifth
/// of s'Bs: a positive (semi)definite model stays one.
///
/// Source: Powell, "A fast algorithm for nonlinearly constrained optimization calculations",
/// Lecture Notes in Mathematics 630 (1978), 144-157; Nocedal & Wright,
/// *Numerical Optimization* (2nd ed., 2006), section 18.3, procedure 18.2.
struct SecantUpdate {
  /// B⁺, m × m and symmetric.
  let hessian: Matrix
  /// r, m entries: the change of the gradient as damped, which `hessian` maps the step to.
  let gradientChange: [Double]

  /// Powell's share of the curvature that an update leaves along the step at least.
  private static let leastShare = 0.2

  /// The update of a positive semidefinite model, of which only the lower triangle is read;
  /// `nil` if the gradients say nothing: the step is zero, or neither they nor the model curve.
  /// - Complexity: O(m²).
  init?(of hessian: Matrix, step: [Double], gradientChange: [Double]) {
    let count = step.count
    var image = [Double](repeating: 0, count: count)
    for j in 0..<count {
      image[j] += hessian[j, j] * step[j]
      for i in (j + 1)..<count {
        image[i] += hessian[i, j] * step[j]
        image[j] += hessian[i, j] * step[i]
      }
    }
    let modelCurvature = max(Self.product(step, image), 0)
    let curvature = Self.product(step, gradientChange)
    var damped = gradientChange
    if curvature < Self.leastShare * modelCurvature {
      let share = (1 - Self.leastShare) * modelCurvature / (modelCurvature - curvature)
      for i in damped.indices { damped[i] = share * damped[i] + (1 - share) * image[i] }
    }
    let dampedCurvature = max(curvature, Self.leastShare * modelCurvature)
    guard dampedCurvature > 0 else { return nil }

    var updated = hessian
    for j in 0..<count {
      for i in j..<count {
        var entry = hessian[i, j]
        // A semidefinite model without curvature along the step maps it to zero.
        if modelCurvature > 0 { entry -= image[i] * (image[j] / modelCurvature) }
        entry += damped[i] * (damped[j] / dampedCurvature)
        updated[i, j] = entry
        updated[j, i] = entry
      }
    }
    self.hessian = updated
    self.gradientChange = damped
  }

  private static func product(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in a.indices { sum += a[i] * b[i] }
    return sum
  }
}
