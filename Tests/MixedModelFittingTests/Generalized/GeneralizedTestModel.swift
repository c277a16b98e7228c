// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import ModelFormulas
import TestSupport
import Testing

@testable import MixedModelFitting

/// A family with a link, and a region of parameters in which every linear predictor has a mean.
struct FamilyWithLink: Sendable, CustomTestStringConvertible {
  let family: any Family
  let link: any Link
  /// The response in the formula.
  let response: String
  /// A mean in the middle of the responses, and the size of linear effects that means allow.
  let mean: Double
  let spread: Double
  /// The logarithm of the dispersion or size.
  var t = 0.0

  var testDescription: String {
    "\(family.name)\((family as? NegativeBinomial)?.size.map { "(\($0))" } ?? "") \(link.name)"
  }

  private static func proportion(_ link: any Link, _ family: any Family = .binomial) -> Self {
    Self(
      family: family, link: link,
      response: family.name == "bernoulli" ? "y01" : "successes / trials", mean: 0.45, spread: 0.4)
  }

  private static func count(
    _ family: any Family, _ link: any Link, _ spread: Double, t: Double = 0
  ) -> Self {
    Self(family: family, link: link, response: "count", mean: 4, spread: spread, t: t)
  }

  private static func positive(
    _ family: any Family, _ link: any Link, _ spread: Double, t: Double = 0
  ) -> Self {
    Self(family: family, link: link, response: "positive", mean: 2, spread: spread, t: t)
  }

  private static func negativeBinomial(size: Double) -> any Family {
    (try? NegativeBinomial(size: size)) ?? Poisson()
  }

  private static func power(_ exponent: Double) -> any Link {
    (try? PowerLink(exponent: exponent)) ?? IdentityLink()
  }

  static let logit = proportion(.logit)
  static let probit = proportion(.probit)
  static let poissonLog = count(.poisson, .log, 0.3)
  static let gammaLog = positive(.gamma, .log, 0.3, t: -1.9)
  static let negativeBinomialLog = count(.negativeBinomial, .log, 0.3, t: 0.9)

  static let all: [FamilyWithLink] = [
    logit, probit, proportion(.cloglog), proportion(.cauchit), proportion(.logit, .bernoulli),
    proportion(.cloglog, .bernoulli),
    poissonLog, count(.poisson, .squareRoot, 0.15), count(.poisson, .identity, 0.3),
    negativeBinomialLog, count(.negativeBinomial, .squareRoot, 0.15, t: 1.4),
    count(negativeBinomial(size: 2.5), .log, 0.3),
    gammaLog, positive(.gamma, .inverse, 0.04, t: -1.9), positive(.gamma, .identity, 0.2, t: -1.9),
    positive(.inverseGaussian, .log, 0.3, t: -2.7),
    positive(.inverseGaussian, .inverseSquare, 0.02, t: -2.7),
    positive(.inverseGaussian, .inverse, 0.04, t: -2.7),
    positive(.gaussian, .identity, 0.5, t: -0.7), positive(.gaussian, .log, 0.2, t: -0.7),
    positive(.gaussian, .inverse, 0.03, t: -0.7),
    positive(.gaussian, power(0.3), 0.1, t: -0.7),
    count(.quasiPoisson, .log, 0.3), proportion(.probit, .quasiBinomial),
  ]
}

/// A structure of random effects.
struct RandomStructure: Sendable, CustomTestStringConvertible {
  let name: String
  let predictors: String
  var options = DesignOptions()

  var testDescription: String { name }

  static let vectorAndScalar = RandomStructure(
    name: "a vector crossed with a scalar", predictors: "1 + x + (1 + x | g) + (1 | h)")
  static let all: [RandomStructure] = [
    RandomStructure(name: "one scalar term", predictors: "1 + x + f + (1 | g)"),
    RandomStructure(name: "a vector term, k = 2", predictors: "1 + x + (1 + x | g)"),
    RandomStructure(name: "uncorrelated effects", predictors: "1 + x + zerocorr(1 + x + z | g)"),
    RandomStructure(name: "a vector term, k = 3", predictors: "1 + x + (1 + x + z | g)"),
    RandomStructure(name: "two crossed factors", predictors: "1 + x + (1 | g) + (1 | h)"),
    vectorAndScalar,
    RandomStructure(name: "nested factors", predictors: "1 + x + (1 | h / k)"),
    RandomStructure(name: "three factors", predictors: "1 + (1 | g) + (1 | h) + (0 + z | k)"),
    RandomStructure(name: "no fixed effects but the offset", predictors: "0 + x + (1 | g)"),
    RandomStructure(
      name: "an offset and weights", predictors: "1 + x + (1 + x | g) + (1 | h)",
      options: DesignOptions(weights: "w", offset: "o")),
    RandomStructure(name: "an aliased column", predictors: "1 + x + twice + (1 | g)"),
  ]
}

extension FamilyWithLink {
  func problem(_ structure: RandomStructure) throws -> GeneralizedProblem {
    try GeneralizedProblem(
      Formula("\(response) ~ \(structure.predictors)"), data: generalizedTable, family: family,
      link: link, options: structure.options)
  }

  /// Parameters of ``LaplaceDeviance`` at random: moderate effects around the mean of the data.
  func parameters(_ problem: GeneralizedProblem, _ random: inout SplitMix) -> [Double] {
    let n = problem.numbers.rowCount
    let center = [Double](repeating: link.linearPredictor(mean), count: n)
    let gamma = problem.numbers.leastSquares(center).map { $0 + 0.3 * spread * random.uniform() }
    let theta = problem.covariance.identityParameters.map {
      spread * ($0 == 1 ? 0.8 + 0.4 * random.uniform() : 0.4 * random.uniform())
    }
    let own = problem.numbers.response.hasParameter ? [t + 0.3 * random.uniform()] : []
    return gamma + theta + own
  }

  /// The size on which the criterion varies in each parameter.
  func scales(_ problem: GeneralizedProblem) -> [Double] {
    let count = problem.numbers.rank + problem.covariance.parameterCount
    return [Double](repeating: spread, count: count)
      + (problem.numbers.response.hasParameter ? [1] : [])
  }
}

/// 64 unbalanced rows with a response for every family.
let generalizedTable: DataTable = {
  var random = SplitMix(seed: 3)
  let n = 64
  let g = (0..<n).map { _ in random.index(below: 8) }
  let h = (0..<n).map { _ in random.index(below: 5) }
  let k = (0..<n).map { _ in random.index(below: 3) }
  let f = (0..<n).map { _ in random.index(below: 3) }
  let x = random.normals(n)
  let z = random.normals(n)
  let (ofG, slopes, ofH) = (random.normals(8), random.normals(8), random.normals(5))
  let eta = (0..<n).map { row -> Double in
    let byG = ofG[g[row]] + 0.5 * slopes[g[row]] * x[row]
    return 0.4 * x[row] + byG + ofH[h[row]]
  }
  let noise = random.normals(n)
  let trials = (0..<n).map { _ in Double(1 + random.index(below: 9)) }
  let shares = (0..<n).map { row -> Double in
    min(max(0.45 + 0.15 * eta[row] + 0.1 * noise[row], 0), 1)
  }
  var columns: [String: [Double]] = ["x": x, "z": z, "twice": x.map { 2 * $0 - 1 }]
  columns["o"] = (0..<n).map { _ in 0.02 * random.uniform() }
  columns["w"] = (0..<n).map { _ in Double(1 + random.index(below: 2)) }
  columns["trials"] = trials
  columns["successes"] = zip(shares, trials).map { ($0 * $1).rounded() }
  columns["y01"] = (0..<n).map { 0.5 * eta[$0] + noise[$0] > 0.1 ? 1.0 : 0.0 }
  columns["count"] = (0..<n).map { row -> Double in
    (3.5 * exponential(0.25 * eta[row] + 0.5 * noise[row])).rounded(.down)
  }
  columns["positive"] = (0..<n).map { row -> Double in
    1.9 * exponential(0.15 * eta[row] + 0.3 * noise[row])
  }
  let factors = [("g", g), ("h", h), ("k", k), ("f", f)]
  do {
    return try DataTable(
      columns.sorted { $0.key < $1.key }.map { ($0.key, .numeric(NumericColumn($0.value))) }
        + factors.map { name, codes in
          (name, .categorical(CategoricalColumn(codes.map { "\(name)\($0)" })))
        })
  } catch {
    fatalError("\(error)")
  }
}()

/// The exponential to a few digits, the same on every platform.
private func exponential(_ x: Double) -> Double {
  let small = 1 + x / 64 + x * x / 8192
  return (0..<6).reduce(small) { value, _ in value * value }
}
