// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import ModelFormulas
import RealModule
import TestSupport
import Testing

@testable import MixedModelFitting

/// A generalized model with one grouping factor, on which quadrature is tested.
struct QuadratureModel: Sendable, CustomTestStringConvertible {
  let name: String
  let formula: String
  let family: any Family
  let link: (any Link)?
  /// Points per random effect with which tests are quick.
  let points: Int

  init(
    _ name: String, _ formula: String, _ family: any Family, link: (any Link)? = nil, points: Int
  ) {
    self.name = name
    self.formula = formula
    self.family = family
    self.link = link
    self.points = points
  }

  var testDescription: String { name }

  func problem() throws -> GeneralizedProblem {
    try GeneralizedProblem(
      Formula(formula), data: quadratureTable(), family: family, link: link)
  }

  static let bernoulli = QuadratureModel(
    "bernoulli, k = 1", "binary ~ 1 + x + (1 | g)", .bernoulli, points: 9)
  static let poisson = QuadratureModel(
    "poisson, k = 2", "count ~ 1 + x + (1 + x | g)", .poisson, points: 5)

  static let all: [QuadratureModel] = [
    bernoulli,
    QuadratureModel("bernoulli, k = 2", "binary ~ 1 + x + (1 + x | g)", .bernoulli, points: 5),
    QuadratureModel(
      "bernoulli, k = 3", "binary ~ 1 + x + (1 + x + z | g)", .bernoulli, points: 3),
    QuadratureModel(
      "bernoulli with a cloglog link", "binary ~ 1 + x + (1 + z | g)", .bernoulli, link: .cloglog,
      points: 4),
    QuadratureModel(
      "bernoulli, many points", "binary ~ 1 + x + (0 + z | g)", .bernoulli, points: 60),
    QuadratureModel("poisson, k = 1", "count ~ 1 + x + (1 | g)", .poisson, points: 7),
    poisson,
    QuadratureModel("poisson, k = 3", "count ~ 1 + x + (1 + x + z | g)", .poisson, points: 3),
    QuadratureModel(
      "poisson, uncorrelated effects", "count ~ 1 + x + zerocorr(1 + x + z | g)", .poisson,
      points: 3),
    QuadratureModel(
      "gamma, k = 1", "positive ~ 1 + x + (1 | g)", .gamma, link: .log, points: 7),
    QuadratureModel(
      "gamma, k = 2", "positive ~ 1 + x + (1 + x | g)", .gamma, link: .log, points: 5),
    QuadratureModel(
      "gamma, k = 3", "positive ~ 1 + x + (1 + x + z | g)", .gamma, link: .log, points: 3),
    QuadratureModel(
      "negative binomial, k = 1", "count ~ 1 + x + (1 | g)", .negativeBinomial, points: 7),
    QuadratureModel(
      "negative binomial, k = 2", "count ~ 1 + x + (1 + x | g)", .negativeBinomial, points: 5),
    QuadratureModel(
      "negative binomial, k = 3", "count ~ 1 + x + (1 + x + z | g)", .negativeBinomial, points: 3),
  ]
}

/// 72 unbalanced rows in nine groups, with responses of several kinds.
func quadratureTable() throws -> DataTable {
  var random = SplitMix(seed: 11)
  let n = 72
  let g = (0..<n).map { _ in random.index(below: 9) }
  let x = random.normals(n)
  let z = random.normals(n)
  let (intercepts, slopes) = (random.normals(9), random.normals(9))
  let eta = (0..<n).map { row -> Double in
    let fixed = 0.4 + 0.5 * x[row]
    return fixed + 0.7 * intercepts[g[row]] + 0.4 * slopes[g[row]] * x[row]
  }
  let noise = random.normals(n)
  let uniform = random.uniforms(n)
  let binary = (0..<n).map { row -> Double in
    let probability = 1 / (1 + Double.exp(-eta[row]))
    return (uniform[row] + 1) / 2 < probability ? 1 : 0
  }
  return try DataTable(
    numeric: [
      "x": x, "z": z, "binary": binary, "gaussian": zip(eta, noise).map { $0 + $1 },
      "positive": zip(eta, noise).map { Double.exp($0 + 0.5 * $1) },
      "count": zip(eta, noise).map { Double.exp($0 + 0.6 * $1).rounded() },
    ],
    categorical: ["g": g.map { "g\($0)" }, "h": (0..<n).map { "h\($0 % 5)" }])
}

extension GeneralizedProblem {
  func quadrature(
    points: Int, information: LaplaceInformation = .observed, profilesFixedEffects: Bool = false
  ) throws -> AdaptiveQuadrature {
    let start = try GeneralizedStart(self)
    var laplace = deviance(
      profilesFixedEffects ? .profiledLaplace : .laplace, information: information)
    laplace.setMode(u: start.u, gamma: start.gamma)
    // Finer grids than a user may ask for, to see values converge.
    return AdaptiveQuadrature(
      laplace, AdaptiveQuadratureGrid(points: points, dimension: numbers.terms[0].dimension))
  }

  /// Random parameters near where a fit would be.
  func parameters(
    _ random: inout SplitMix, profilesFixedEffects: Bool = false
  ) throws -> [Double] {
    let start = try GeneralizedStart(self)
    let gamma = start.gamma.map { $0 + 0.2 * random.uniform() }
    let theta = covariance.identityParameters.map {
      $0 == 1 ? 0.7 + 0.3 * random.uniform() : 0.4 * random.uniform()
    }
    let own = numbers.response.hasParameter ? [start.t + 0.2 * random.uniform()] : []
    return (profilesFixedEffects ? [] : gamma) + theta + own
  }
}
