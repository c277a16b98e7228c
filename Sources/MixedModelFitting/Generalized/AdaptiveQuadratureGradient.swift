// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// The gradient of adaptive quadrature, from the sums over the nodes back to the parameters.
///
/// With expectations under the normalized summands, `v = Σ g z_i`, and `r = 2u - 2λ'v` the gradient
/// of q, the derivatives of d in the mode and in `S = L⁻ᵀ` are `E r` and `E rz'`. The latter joins
/// the `2/L_ii` of the determinant, and goes back through the Cholesky factorization to that in M,
///
///     H = L⁻ᵀ (P + P') L⁻¹ / 2,   P = low½(2I - E(zr')L⁻ᵀ),
///
/// which stands where `M⁻¹` stands for the Laplace approximation; low½ is the lower triangle with
/// half the diagonal. From there all is as in ``LaplaceDeviance``, except that the fixed effects
/// and the mode have slopes of their own.
///
/// Source of the factorization's derivative: Murray, "Differentiation of the Cholesky
/// decomposition", arXiv:1602.07527 (2016), equation 10.
struct AdaptiveQuadratureGradient {
  /// In the fixed effects, rank entries.
  let gamma: [Double]
  /// In all entries of λ, k × k.
  let factor: [Double]
  /// In t; zero without one.
  let parameter: Double

  /// - Returns: `nil` where the mode is not a regular minimum.
  init?(
    _ laplace: LaplaceDeviance, _ groups: AdaptiveQuadratureGroups,
    _ sums: AdaptiveQuadratureSums, factors: [Double]
  ) {
    let rows = laplace.rows
    let n = rows.rowCount
    let k = groups.dimension
    let term = rows.terms[0]
    var search = laplace.search
    if search.information == .expected {
      guard search.factorizeObserved(factors) else { return nil }
    }
    let derivatives = search.derivatives

    let scales = (0..<groups.count).map { ScaleDerivatives(groups, sums, group: $0) }
    // λHλ' in the place of the Laplace approximation's covariance of the random effects.
    let covariances = scales.flatMap { $0.covariance }
    let spreads = (0..<n).map { row -> Double in
      let block = Int(term.levelCodes[row]) * k * k
      var sum = 0.0
      for j in 0..<k {
        for i in 0..<k {
          sum +=
            term.values[row * k + i] * covariances[block + i + j * k] * term.values[row * k + j]
        }
      }
      return sum
    }
    let s = (0..<n).map { derivatives.informationSlope[$0] * spreads[$0] }
    let direct = (0..<n).map { s[$0] - 2 * sums.scores[$0] }
    var slopes = search.scaledProduct(rows.transposedProduct(direct), factors: factors)
    for group in 0..<groups.count {
      for i in 0..<k {
        slopes[group * k + i] += 2 * scales[group].meanEffects[i]
      }
    }
    let a = search.solve(slopes)

    var change = [Double](repeating: 0, count: n)
    if laplace.profilesFixedEffects {
      rows.addFixedPart(&change, gamma: Array(a.suffix(rows.rank)))
    }
    rows.addRandomPart(&change, groups.scaled(Array(a.prefix(groups.modes.count))))
    let product = rows.transposedProduct(
      (0..<n).map { direct[$0] - derivatives.information[$0] * change[$0] })
    let score = rows.transposedProduct(derivatives.score)

    gamma = Array(product.suffix(rows.rank))
    var factor = [Double](repeating: 0, count: k * k)
    for group in 0..<groups.count {
      for j in 0..<k {
        for i in 0..<k {
          let (left, right) = (group * k + i, group * k + j)
          factor[i + j * k] +=
            product[left] * groups.modes[right] + score[left] * a[right]
            + scales[group].factor[i + j * k]
        }
      }
    }
    self.factor = factor
    var sum = 0.0
    if rows.response.hasParameter {
      for i in 0..<n {
        sum +=
          spreads[i] * derivatives.informationParameterSlope[i]
          + change[i] * derivatives.scoreParameterSlope[i]
      }
      sum -= 2 * sums.parameterScores.reduce(0, +)
    }
    parameter = sum
  }
}

/// The derivatives of one group's part of d with respect to the scale of its nodes.
private struct ScaleDerivatives {
  /// `λHλ'`.
  let covariance: [Double]
  /// `E u`, k entries.
  let meanEffects: [Double]
  /// What depends on λ neither through the linear predictor at the mode nor through the mode:
  /// `2(CλH - E(vz')L⁻¹)`.
  let factor: [Double]

  init(_ groups: AdaptiveQuadratureGroups, _ sums: AdaptiveQuadratureSums, group: Int) {
    let k = groups.dimension
    let entries = group * k * k..<(group + 1) * k * k
    let inverse = groups.inverseFactors[entries]
    let lambda = groups.factor[...]
    let scoreProducts = sums.scoreProducts[entries]
    let mode = groups.modes[group * k..<(group + 1) * k]
    let mean = sums.nodeMeans[group * k..<(group + 1) * k]

    var effects = Array(mode)
    for i in 0..<k {
      for j in i..<k {
        effects[i] += inverse[entries.lowerBound + j + i * k] * mean[group * k + j]
      }
    }
    meanEffects = effects

    // E(rz') = 2(u E(z)' + L⁻ᵀE(zz') - λ'E(vz')).
    var slopes = multiply(transposed: inverse, sums.nodeProducts[entries], k)
    let pull = multiply(transposed: lambda, scoreProducts, k)
    for j in 0..<k {
      for i in 0..<k {
        let offset = mode[group * k + i] * mean[group * k + j]
        slopes[i + j * k] = 2 * (slopes[i + j * k] + offset - pull[i + j * k])
      }
    }
    // P + P', symmetric with the diagonal of 2I - E(zr')L⁻ᵀ; slopes'L⁻ᵀ = (L⁻¹ slopes)'.
    let moved = multiply(inverse, slopes[...], k)
    var p = [Double](repeating: 0, count: k * k)
    for j in 0..<k {
      for i in j..<k {
        let value = (i == j ? 2 : 0) - moved[j + i * k]
        p[i + j * k] = value
        p[j + i * k] = value
      }
    }
    let h = multiply(transposed: inverse, multiply(p[...], inverse, k)[...], k).map { $0 / 2 }
    let scaled = multiply(lambda, h[...], k)
    covariance = multiply(scaled[...], transpose(groups.factor, k)[...], k)
    let bySize = multiply(groups.crossProducts[entries], scaled[...], k)
    let byNodes = multiply(scoreProducts, inverse, k)
    factor = zip(bySize, byNodes).map { 2 * ($0 - $1) }
  }
}
