// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModels

/// A model whose fit is timed, in terms that every program compared can read.
struct BenchmarkCase: Codable, Sendable {
  /// The distributions that the compared programs share.
  enum ResponseFamily: String, Codable {
    case gaussian, bernoulli, binomial, poisson
  }

  let name: String
  /// The built-in or generated data set, and the name of its file.
  let data: String
  /// The formula, which means the same in this package and in lme4.
  let formula: String
  /// Numeric columns that are categorical in this model.
  let categorical: [String]
  let family: ResponseFamily
  /// As in lme4: 1 is the Laplace approximation, 0 the same with profiled fixed effects.
  let quadraturePoints: Int

  init(
    _ name: String, data: String, formula: String, categorical: [String] = [],
    family: ResponseFamily = .gaussian, quadraturePoints: Int = 1
  ) {
    self.name = name
    self.data = data
    self.formula = formula
    self.categorical = categorical
    self.family = family
    self.quadraturePoints = quadraturePoints
  }

  func table() throws -> DataTable {
    if let generated = GeneratedData(rawValue: data) { return try generated.table() }
    return try Dataset.named(data).table
  }

  /// The problem, its formula read from the text.
  func problem(_ table: DataTable) throws -> BenchmarkProblem {
    let formula = try Formula(formula)
    let options = DesignOptions(categorical: Set(categorical))
    let generalizedFamily: any Family
    switch family {
    case .gaussian: return .linear(try LinearProblem(formula, data: table, options: options))
    case .bernoulli: generalizedFamily = .bernoulli
    case .binomial: generalizedFamily = .binomial
    case .poisson: generalizedFamily = .poisson
    }
    return .generalized(
      try GeneralizedProblem(formula, data: table, family: generalizedFamily, options: options),
      quadraturePoints == 0 ? .profiledLaplace : .quadrature(points: quadraturePoints))
  }
}

/// A prepared problem of either kind.
enum BenchmarkProblem: Sendable {
  case linear(LinearProblem)
  case generalized(GeneralizedProblem, GeneralizedCriterion)

  func fit() throws -> any MixedModel {
    switch self {
    case .linear(let problem): try problem.fit()
    case .generalized(let problem, let criterion): try problem.fit(criterion: criterion)
    }
  }
}

extension BenchmarkCase {
  static let all = linear + generalized

  /// From one variance that is estimated as zero to 55 covariance parameters and 4,100 crossed
  /// random effects.
  private static let linear = [
    BenchmarkCase("dyestuff2", data: "dyestuff2", formula: "yield ~ 1 + (1 | batch)"),
    BenchmarkCase(
      "sleepstudy", data: "sleepstudy", formula: "reaction ~ 1 + days + (1 + days | subj)"),
    BenchmarkCase(
      "penicillin", data: "penicillin", formula: "diameter ~ 1 + (1 | plate) + (1 | sample)"),
    BenchmarkCase("pastes", data: "pastes", formula: "strength ~ 1 + (1 | batch/cask)"),
    BenchmarkCase(
      "insteval", data: "insteval", formula: "y ~ 1 + service * dept + (1 | s) + (1 | d)"),
    BenchmarkCase(
      "insteval-dept", data: "insteval",
      formula: "y ~ 1 + service + (1 | s) + (1 | d) + (1 | dept)"),
    BenchmarkCase(
      "sleepstudy-categorical", data: "sleepstudy",
      formula: "reaction ~ 1 + days + (1 + days | subj)", categorical: ["days"]),
    BenchmarkCase(
      "worker-firm", data: "worker-firm", formula: "y ~ 1 + x + (1 | worker) + (1 | firm)"),
    BenchmarkCase(
      "five-crossed", data: "five-crossed",
      formula: "y ~ 1 + x + (1 | a) + (1 | b) + (1 | c) + (1 | d) + (1 | e)"),
    BenchmarkCase(
      "schools", data: "schools", formula: "y ~ 1 + x + sex + (1 | area/school)"),
  ]

  /// From 56 rows to 100,000 with 5,500 crossed random effects.
  private static let generalized = [
    BenchmarkCase(
      "cbpp", data: "cbpp", formula: "incidence / size ~ 1 + period + (1 | herd)",
      categorical: ["period"], family: .binomial),
    BenchmarkCase("contra", data: "contra", formula: contraFormula, family: .bernoulli),
    BenchmarkCase(
      "contra-agq9", data: "contra", formula: contraFormula, family: .bernoulli,
      quadraturePoints: 9),
    BenchmarkCase("verbagg", data: "verbagg", formula: verbaggFormula, family: .bernoulli),
    BenchmarkCase(
      "verbagg-fast", data: "verbagg", formula: verbaggFormula, family: .bernoulli,
      quadraturePoints: 0),
    BenchmarkCase(
      "grouseticks", data: "grouseticks",
      formula: "ticks ~ 1 + year + center(height) + (1 | index) + (1 | brood) + (1 | location)",
      categorical: ["year", "index", "brood", "location"], family: .poisson),
    BenchmarkCase(
      "binomial-crossed", data: "binomial-crossed", formula: crossedFormula, family: .bernoulli),
    BenchmarkCase(
      "poisson-crossed", data: "poisson-crossed", formula: crossedFormula, family: .poisson),
  ]

  private static let contraFormula = "use ~ 1 + age + I(age^2) + livch + urban + (1 | dist)"
  private static let verbaggFormula =
    "r2 ~ 1 + anger + gender + btype + situ + mode + (1 | subj) + (1 | item)"
  private static let crossedFormula = "y ~ 1 + x + (1 | user) + (1 | item)"
}
