// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import RealModule

/// Where the optimization of a generalized model starts: the fit without random effects, then a
/// joint search for modes and fixed effects at unit covariance.
struct GeneralizedStart: Sendable {
  /// The fixed effects of the model without random effects, in coordinates of the basis.
  let marginalGamma: [Double]
  /// The fixed effects and modes at unit covariance.
  let gamma: [Double]
  let u: [Double]
  /// The logarithm of the dispersion or size.
  let t: Double

  /// - Throws: ``MixedModelError`` if the link maps no starting mean, or the likelihood has no
  ///   finite value.
  init(_ problem: GeneralizedProblem) throws(MixedModelError) {
    let numbers = problem.numbers
    var search = PIRLS(
      numbers, layout: problem.jointLayout, movesFixedEffects: true, information: .observed)
    let eta = try numbers.response.startingLinearPredictor(tableRows: numbers.tableRows)
    let none = [Double](repeating: 0, count: problem.covariance.factorCount)
    var t = 0.0
    search.gamma = numbers.leastSquares(eta)
    if search.findMode(factors: none, t: t, order: .newton) == nil {
      // From the average alone, if the response's own values lead astray.
      let average = eta.reduce(0, +) / Double(eta.count)
      search.gamma = numbers.leastSquares([Double](repeating: average, count: eta.count))
      search.u = [Double](repeating: 0, count: search.u.count)
      guard search.findMode(factors: none, t: t, order: .newton) != nil else { throw .noMode() }
    }
    t = numbers.response.startingParameter(search.linearPredictor, rank: numbers.rank)
    marginalGamma = search.gamma
    let identity = problem.covariance.factors(problem.covariance.identityParameters)
    if search.findMode(factors: identity, t: t, order: .newton) == nil {
      search.gamma = marginalGamma
      search.u = [Double](repeating: 0, count: search.u.count)
    }
    gamma = search.gamma
    u = search.u
    self.t = t
  }

  /// The estimates of a model, as the start of its fit to another response.
  /// - Parameter problem: that of the other response.
  init(_ model: GeneralizedLinearMixedModel, for problem: GeneralizedProblem) {
    let eta = problem.rows.linearPredictor(model.fixedEffects, randomEffects: nil)
    gamma = problem.numbers.leastSquares(problem.compression?.compressed(eta) ?? eta)
    marginalGamma = gamma
    u = [Double](repeating: 0, count: problem.numbers.layout.randomCount)
    t = model.logParameter
  }
}

extension GeneralizedRows {
  /// The coordinates whose linear predictor, offset included, is nearest to the given one.
  func leastSquares(_ eta: [Double]) -> [Double] {
    let rank = rank
    var gram = [Double](repeating: 0, count: rank * rank)
    var right = [Double](repeating: 0, count: rank)
    for row in 0..<rowCount {
      let target = eta[row] - (offset?[row] ?? 0)
      for j in 0..<rank {
        let x = fixed[row * rank + j]
        right[j] += x * target
        for i in j..<rank { gram[i + j * rank] += x * fixed[row * rank + i] }
      }
    }
    gram.withUnsafeMutableBufferPointer { l in
      right.withUnsafeMutableBufferPointer { b in
        guard let l = l.baseAddress, let b = b.baseAddress,
          choleskyFactorize(l, order: rank, leadingDimension: rank) == nil
        else { return }
        for i in 0..<rank {
          for k in 0..<i { b[i] -= l[i + k * rank] * b[k] }
          b[i] /= l[i + i * rank]
        }
        for i in (0..<rank).reversed() {
          for k in i + 1..<max(i + 1, rank) { b[i] -= l[k + i * rank] * b[k] }
          b[i] /= l[i + i * rank]
        }
      }
    }
    return right
  }
}

extension ResponseModel {
  /// A start for the logarithm of the dispersion or size, by moments of the residuals at the given
  /// linear predictors; zero if the family has neither.
  func startingParameter(_ eta: [Double], rank: Int) -> Double {
    guard hasParameter else { return 0 }
    var pearson = 0.0
    var excess = 0.0
    var squaredMeans = 0.0
    for i in 0..<rowCount {
      let mean = link.mean(eta[i]).value
      let residual = response[i] - mean
      let weight = weights?[i] ?? 1
      let frequency = frequencies?[i] ?? 1
      if family.dispersion == .size {
        excess += frequency * (weight * residual * residual - mean)
        squaredMeans += frequency * mean * mean
      } else {
        pearson +=
          frequency * weight * residual * residual / family.variance(mean, parameter: 1).value
      }
    }
    if family.dispersion == .size {
      // E(residual²) = mean + mean²/size; a size from 0.1 to 1000 is a start from either side.
      return Double.log(min(max(squaredMeans / max(excess, 1e-12), 0.1), 1e3))
    }
    let degreesOfFreedom = max(1, observationCount - Double(rank))
    return Double.log(max(pearson / degreesOfFreedom, 1e-10))
  }
}
