// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DataTables
import DenseMatrices
import MixedModelErrors
import ModelFormulas

/// A generalized linear mixed model before it is fitted: design, rows, family and link, and the
/// analysis of the factor.
///
///     let problem = try GeneralizedProblem(
///       "incidence / size ~ period + (1 | herd)", data: cbpp, family: .binomial)
///     let model = try problem.fit()
public struct GeneralizedProblem: Sendable {
  public let design: ModelDesign
  public let family: any Family
  public let link: any Link
  /// The prior weights, trials included; `nil` if all are one.
  public let weights: [Double]?
  package let rows: DesignRows
  /// How rows are joined for the fit; `nil` if none are.
  let compression: RowCompression?
  /// What is fitted: the rows, or what they are joined into.
  let numbers: GeneralizedRows
  package let covariance: RelativeCovarianceFactor
  let randomLayout: CholeskyLayout
  let jointLayout: CholeskyLayout

  /// The problem of a formula over a table.
  /// - Parameters:
  ///   - family: the distribution of the response given the random effects.
  ///   - link: the link; by default the family's own.
  /// - Throws: ``MixedModelError`` if formula, data, family and options do not fit together, or if the
  ///   model would take more memory than the options allow.
  public init(
    _ formula: Formula, data: DataTable, family: any Family, link: (any Link)? = nil,
    options: DesignOptions = DesignOptions()
  ) throws(MixedModelError) {
    try Trials.check(weights: options.weights, of: formula.response, family: family)
    guard options.logDeterminant == .exact else { throw .stochasticOfGeneralizedModel() }
    let trials = try Trials.values(of: formula.response, in: data, family: family)
    let (design, rows) = try ModelDesign.learned(
      formula: formula, data: data, options: options,
      acceptsTwoLevelResponse: family.acceptsTwoLevelResponse, family: family.name)
    try rows.checkMagnitudes(design)
    try self.init(
      design: design, rows: rows, trials: trials, family: family, link: link ?? family.defaultLink,
      joinsRows: true)
    guard rows.observationCount > numbers.rank else {
      throw .tooFewRows(
        rows.observationCount, columnCount: design.fixedEffectCount, rank: numbers.rank
      ).adding(design.schema.strayTextNotes(options: options))
    }
    try options.checkMemory(of: design, .factor(jointLayout), data: data, family: family)
  }

  /// The problem of rows whose design is known.
  /// - Parameter trials: the trials of every row of the table that the rows are from.
  /// - Throws: ``MixedModelError`` if a response is not one of the family.
  init(
    design: ModelDesign, rows: DesignRows, trials: [Double]?, family: any Family, link: any Link,
    joinsRows: Bool
  ) throws(MixedModelError) {
    var weights = rows.weights
    if let trials {
      let used = rows.tableRows.map { trials[$0] }
      weights = weights.map { zip($0, used).map { $0 * $1 } } ?? used
    }
    try ResponseModel.check(
      rows.response, weights: weights, family: family, name: design.responseName,
      tableRows: rows.tableRows)
    self.init(
      design: design, rows: rows, weights: weights, family: family, link: link,
      joinsRows: joinsRows)
  }

  /// - Precondition: the responses are within the family's domain.
  init(
    design: ModelDesign, rows: DesignRows, weights: [Double]?, family: any Family,
    link: any Link, joinsRows: Bool
  ) {
    self.design = design
    self.family = family
    self.link = link
    self.weights = weights
    self.rows = rows
    compression = joinsRows ? RowCompression(rows, weights: weights, family: family) : nil
    numbers = GeneralizedRows(
      compression?.rows ?? rows,
      response: compression?.response(family: family, link: link)
        ?? ResponseModel(rows, weights: weights, family: family, link: link))
    covariance = RelativeCovarianceFactor(design.randomEffects)
    randomLayout = CholeskyLayout(numbers.random.layout)
    jointLayout = CholeskyLayout(numbers.joint.layout)
  }

  /// The number of covariance parameters.
  public var covarianceParameterCount: Int { covariance.parameterCount }

  /// The same problem with no rows joined.
  var withSeparateRows: GeneralizedProblem {
    guard compression != nil else { return self }
    return GeneralizedProblem(
      design: design, rows: rows, weights: weights, family: family, link: link, joinsRows: false)
  }

  /// The response of the rows themselves.
  /// - Complexity: O(n) where the fit joins rows.
  var response: ResponseModel {
    guard compression != nil else { return numbers.response }
    return ResponseModel(rows, weights: weights, family: family, link: link)
  }

  func deviance(
    _ criterion: GeneralizedCriterion, information: LaplaceInformation
  ) -> LaplaceDeviance {
    LaplaceDeviance(
      numbers, randomLayout: randomLayout, jointLayout: jointLayout, covariance: covariance,
      information: information == .observed ? .observed : .expected,
      profilesFixedEffects: criterion.profilesFixedEffects)
  }
}

extension GeneralizedProblem: ScaledProblem {
  package var effectUnits: [EffectUnits] { numbers.effectUnits }
}

extension ResponseModel {
  /// The response of some rows, each for itself.
  /// - Parameter weights: the prior weights, trials included; `nil` if all are one.
  init(_ rows: DesignRows, weights: [Double]?, family: any Family, link: any Link) {
    self.init(
      family: family, link: link, response: rows.response, weights: weights,
      frequencies: rows.frequencies)
  }
}
