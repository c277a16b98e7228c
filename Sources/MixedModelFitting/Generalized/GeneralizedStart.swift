// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import RealModule

/// Where the optimization of a generalized model starts: the fit without random effects, then a
/// joint search for modes and fixed effects at unit covariance, and the variances that these modes
/// have.
struct GeneralizedStart: Sendable {
  /// The fixed effects of the model without random effects, in coordinates of the basis.
  let marginalGamma: [Double]
  /// The fixed effects and modes at unit covariance, as far as the search went.
  let gamma: [Double]
  let u: [Double]
  /// Covariance parameters nearer to the estimates, and about the same modes for them.
  let theta: [Double]
  let thetaModes: [Double]
  /// The logarithm of the dispersion or size.
  let t: Double

  /// - Throws: ``MixedModelError`` if the link maps no starting mean, or the likelihood has no
  ///   finite value.
  init(_ problem: GeneralizedProblem) throws(MixedModelError) {
    let numbers = problem.numbers
    let eta = try numbers.response.startingLinearPredictor(tableRows: numbers.tableRows)
    var marginal = MarginalFit(numbers)
    guard
      // From the average alone, if the response's own values lead astray.
      marginal.minimize(from: eta)
        || marginal.minimize(
          from: [Double](repeating: eta.reduce(0, +) / Double(eta.count), count: eta.count))
    else { throw .noMode() }
    marginalGamma = marginal.gamma
    t = numbers.response.startingParameter(marginal.linearPredictor, rank: numbers.rank)

    var search = PIRLS(
      numbers, layout: problem.jointLayout, movesFixedEffects: true, information: .observed)
    search.gamma = marginalGamma
    let identity = problem.covariance.factors(problem.covariance.identityParameters)
    if search.approachMode(factors: identity, t: t, share: Self.nearEnough) {
      gamma = search.gamma
      u = search.u
      (theta, thetaModes) = search.modeVariances(problem.covariance)
    } else {
      gamma = marginalGamma
      u = [Double](repeating: 0, count: search.u.count)
      theta = problem.covariance.identityParameters
      thetaModes = u
    }
  }

  /// The start need not be the mode at unit covariance, which is not that of the estimates either.
  private static let nearEnough = 1e-3

  /// The estimates of a model, as the start of its fit to another response.
  /// - Parameter problem: that of the other response.
  init(_ model: GeneralizedLinearMixedModel, for problem: GeneralizedProblem) {
    let eta = problem.rows.linearPredictor(model.fixedEffects, randomEffects: nil)
    gamma = problem.numbers.leastSquares(problem.compression?.compressed(eta) ?? eta)
    marginalGamma = gamma
    u = [Double](repeating: 0, count: problem.numbers.layout.randomCount)
    theta = model.internalTheta
    thetaModes = u
    t = model.logParameter
  }
}

extension PIRLS {
  /// The least standard deviation to start from: zero would be a stationary point.
  private static let leastDeviation = 1e-2

  /// Covariance parameters after a search at unit covariance, and the modes for them: for terms with
  /// one effect per level a step of the EM algorithm, the mean of `u² + 1/M_gg`, where the inverse
  /// entry is nearly the variance that is left; one for all other terms.
  fileprivate func modeVariances(
    _ covariance: RelativeCovarianceFactor
  ) -> (theta: [Double], u: [Double]) {
    var theta = covariance.identityParameters
    var u = u
    for (index, term) in rows.layout.terms.enumerated() {
      let parameters = covariance.parameters(ofTerm: index)
      guard term.dimension == 1, parameters.count == 1, term.levelCount > 0 else { continue }
      let diagonal = rows.layout.diagonalStart[index]
      var sum = 0.0
      for level in 0..<term.levelCount {
        let mode = u[term.start + level]
        sum += mode * mode + 1 / (1 + max(0, matrix.values[diagonal + level]))
      }
      let deviation = max((sum / Double(term.levelCount)).squareRoot(), Self.leastDeviation)
      guard deviation.isFinite else { continue }
      theta[parameters.lowerBound] *= deviation
      for level in 0..<term.levelCount { u[term.start + level] /= deviation }
    }
    return (theta, u)
  }
}

extension GeneralizedRows {
  /// The coordinates whose linear predictor, offset included, is nearest to the given one.
  func leastSquares(_ eta: [Double]) -> [Double] {
    let rank = rank
    let gram = fixedCrossProducts(weights: [Double](repeating: 1, count: rowCount))
    let target = offset.map { offset in zip(eta, offset).map { $0 - $1 } } ?? eta
    let right = Array(transposedProduct(target).suffix(rank))
    return solution(gram, right) ?? right
  }

  /// The solution of `gram x = right` for a positive definite matrix of the rank's order, of which the
  /// lower triangle is read; `nil` if it is not.
  func solution(_ gram: [Double], _ right: [Double]) -> [Double]? {
    let rank = rank
    var factor = gram
    var x = right
    let isSolved = factor.withUnsafeMutableBufferPointer { l in
      x.withUnsafeMutableBufferPointer { x in
        guard let l = l.baseAddress, let x = x.baseAddress else { return true }
        guard choleskyFactorize(l, order: rank, leadingDimension: rank) == nil else { return false }
        for i in 0..<rank {
          for k in 0..<i { x[i] -= l[i + k * rank] * x[k] }
          x[i] /= l[i + i * rank]
        }
        for i in (0..<rank).reversed() {
          for k in i + 1..<max(i + 1, rank) { x[i] -= l[k + i * rank] * x[k] }
          x[i] /= l[i + i * rank]
        }
        return true
      }
    }
    return isSolved ? x : nil
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
