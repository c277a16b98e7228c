// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import ModelFormulas
import ModelOptimization
import Testing

/// A fit to be saved, with the table that it is of. Together the cases have every kind of member
/// that a saved model can.
struct SavedModelCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let table: @Sendable () throws -> DataTable
  let fit: @Sendable (DataTable) throws -> any MixedModel

  /// A linear model.
  init(
    _ formula: Formula, _ table: @autoclosure @escaping @Sendable () throws -> DataTable,
    _ criterion: Criterion = .maximumLikelihood, _ options: DesignOptions = DesignOptions(),
    optimization: OptimizationOptions = OptimizationOptions()
  ) {
    testDescription =
      "\(formula.source), \(criterion.rawValue), \(options), \(optimization.start ?? [])"
    self.table = table
    fit = {
      try LinearMixedModel.fit(
        formula, data: $0, criterion: criterion, options: options, optimization: optimization)
    }
  }

  /// A generalized model.
  init(
    _ formula: Formula, _ table: @autoclosure @escaping @Sendable () throws -> DataTable,
    _ family: any Family, _ link: (any Link)? = nil, _ criterion: GeneralizedCriterion = .laplace,
    _ options: DesignOptions = DesignOptions(),
    covariance: FixedEffectsCovarianceKind = .joint
  ) {
    testDescription = "\(formula.source), \(family.name), \(criterion), \(covariance)"
    self.table = table
    fit = {
      try GeneralizedProblem(formula, data: $0, family: family, link: link, options: options)
        .fit(criterion: criterion, covariance: covariance)
    }
  }

  /// One row for each of the two effects of six groups.
  private static func saturated() throws -> DataTable {
    try DataTable(
      numeric: ["y": [3, 5, 1, 4, 7, 6, 2, 9, 5, 3, 8, 8.5]],
      categorical: [
        "f": (0..<12).map { ["a", "b"][$0 % 2] }, "g": (0..<12).map { "g\($0 / 2)" },
      ])
  }

  /// Rows that random slopes can reproduce.
  private static func unbounded() throws -> DataTable {
    try DataTable(
      numeric: ["y": [1.05678, -1.55494, 14.03336], "x": [0.02839, -1.27747, 6.51668]],
      categorical: ["g": ["a", "b", "b"]])
  }

  typealias Outcome = (model: any MixedModel, saved: SavedModel, table: DataTable)

  /// The model, and what is saved of it. Each is fitted once for all tests.
  func saved() throws -> Outcome {
    if let known = Self.outcomes[testDescription] { return try known.get() }
    return try outcome()
  }

  private static let outcomes = Dictionary(
    uniqueKeysWithValues: (linear + generalized).map { item in
      (item.testDescription, Result { try item.outcome() })
    })

  private func outcome() throws -> Outcome {
    let table = try table()
    let model = try fit(table)
    return (model, try Self.saved(model, table), table)
  }

  static func saved(_ model: any MixedModel, _ table: DataTable) throws -> SavedModel {
    if let model = model as? LinearMixedModel {
      return try SavedModel(model, data: table, source: "the table")
    }
    guard let model = model as? GeneralizedLinearMixedModel else {
      throw MixedModelError(.model, .nothing, problem: "There is no such kind of model.")
    }
    return try SavedModel(model, data: table, source: "the table")
  }

  static let linear: [SavedModelCase] = [
    SavedModelCase("reaction ~ 1 + days + (1 + days | subj)", Dataset.sleepstudy.table),
    SavedModelCase(
      "reaction ~ 1 + days + (1 + days | subj)", Dataset.sleepstudy.table,
      .restrictedMaximumLikelihood),
    SavedModelCase("reaction ~ 1 + days + zerocorr(1 + days | subj)", Dataset.sleepstudy.table),
    SavedModelCase("reaction ~ 1 + days + (1|subj) + (0+days | subj)", Dataset.sleepstudy.table),
    // Its fit is singular.
    SavedModelCase("yield ~ 1 + (1 | batch)", Dataset.dyestuff2.table),
    SavedModelCase("strength ~ 1 + (1 | batch/cask)", Dataset.pastes.table),
    SavedModelCase("diameter ~ 1 + (1 | sample) + (1 | plate)", Dataset.penicillin.table),
    // Sigma is not identified.
    SavedModelCase("y ~ 1 + f + (1 + f | g)", try saturated()),
    // The likelihood has no maximum.
    SavedModelCase("y ~ 1 + (0 + x | g)", try unbounded()),
    SavedModelCase(
      "score ~ 1 + Machine + (1 + fulldummy(Machine) | Worker)", Dataset.machines.table,
      .restrictedMaximumLikelihood, DesignOptions(contrasts: ["Machine": .helmert])),
    // Constants that are learnt, some within others, and a column of extreme magnitude.
    SavedModelCase(
      "log(height) ~ 1 + poly(age, 3) + I(scale(age) * 1e9) + center(I(age + 2)) + (1 | subj)",
      Dataset.oxboys.table),
    // Weights, an offset of both kinds, and a column that another determines.
    SavedModelCase(
      "y_gauss ~ 1 + x + x2 + z + offset(I(x / 8)) + (1 | g)", try ModelFits.synthetic(),
      .maximumLikelihood, DesignOptions(weights: "w", offset: "half_x")),
    // Frequency weights, some of them zero.
    SavedModelCase(
      "reaction ~ 1 + scale(days) + (1 | subj)", Dataset.sleepstudy.table, .maximumLikelihood,
      DesignOptions(frequencyWeights: "days")),
    // A fit that was ended before it converged.
    SavedModelCase(
      "reaction ~ 1 + days + (1 + days | subj)", Dataset.sleepstudy.table,
      optimization: OptimizationOptions(
        ftolRelative: 1e-9, initialStep: [1, 2, 3], maxEvaluations: 2, maxTime: 60,
        start: [2, 0.1, 3], lowerBounds: [0, -.infinity, 0])),
  ]

  static let generalized: [SavedModelCase] = [
    SavedModelCase(
      "incidence / size ~ period + (1 | herd)", Dataset.cbpp.table, .binomial, nil, .laplace,
      DesignOptions(contrasts: ["period": .effects(base: "last")])),
    SavedModelCase(
      "incidence / size ~ period + (1 | herd)", Dataset.cbpp.table, .binomial, .cloglog,
      .quadrature(points: 5), DesignOptions(categorical: ["period"])),
    SavedModelCase(
      "cbind(incidence, size) ~ 1 + (1 | herd)", Dataset.cbpp.table, .binomial, nil,
      .pseudoLikelihood),
    SavedModelCase(
      "use ~ 1 + age + abs2(age) + urban + livch + (1 | dist)", Dataset.contra.table, .bernoulli,
      nil, .profiledLaplace),
    SavedModelCase(
      "use ~ 1 + age + (1 | dist)", Dataset.contra.table, .bernoulli, .probit,
      .profiledQuadrature(points: 3)),
    SavedModelCase(
      "use ~ 1 + age + (1 | dist)", Dataset.contra.table, .bernoulli, .cauchit,
      .quadrature(points: 1), covariance: .conditional),
    SavedModelCase(
      "ticks ~ 1 + scale(height) + (1 | brood)", Dataset.grouseticks.table, .negativeBinomial),
    SavedModelCase(
      "ticks ~ 1 + center(height) + (1 | brood) + (1 | location)", Dataset.grouseticks.table,
      .poisson),
    SavedModelCase(
      "score ~ 1 + Machine + (1 | Worker)", Dataset.machines.table, .gamma, .log),
    SavedModelCase(
      "reaction ~ 1 + days + (1 | subj)", Dataset.sleepstudy.table, .gamma, .log, .laplace,
      DesignOptions(frequencyWeights: "days")),
    SavedModelCase(
      "score ~ 1 + Machine + (1 | Worker)", Dataset.machines.table, .quasiPoisson),
    SavedModelCase(
      "score ~ 1 + Machine + (1 | Worker)", Dataset.machines.table, .gaussian, .log,
      .restrictedPseudoLikelihood),
  ]

  /// Families and links with parameters.
  static func parameterized() throws -> [SavedModelCase] {
    [
      SavedModelCase(
        "ticks ~ 1 + scale(height) + (1 | brood)", Dataset.grouseticks.table,
        try NegativeBinomial(size: 1.0 / 3)),
      SavedModelCase(
        "score ~ 1 + Machine + (1 | Worker)", Dataset.machines.table, .gamma,
        try PowerLink(exponent: 1.0 / 3)),
    ]
  }
}
