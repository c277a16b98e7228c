// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DataTables
import DenseMatrices
import MixedModelErrors
import ModelFormulas
import ModelOptimization

/// A linear mixed model before it is fitted: design, cross-products and the analysis of the factor.
///
///     let problem = try LinearProblem("reaction ~ 1 + days + (1 + days | subj)", data: sleepstudy)
///     let model = try problem.fit()
///
/// A problem can be inspected, evaluated at any theta, and fitted several times, by either
/// criterion and with any optimizer, without touching the rows again.
public struct LinearProblem: Sendable {
  public let design: ModelDesign
  /// The cross-products of the rows.
  public let crossProducts: CrossProducts
  private let deferredRows: DeferredRows
  /// What its equations are solved by.
  let system: EquationSystem
  package let covariance: RelativeCovarianceFactor

  /// The problem of a formula over a table.
  /// - Throws: ``MixedModelError`` if the formula, the data and the options do not fit together,
  ///   if no model of this form can be identified from the data, or if it would take more memory than
  ///   the options allow.
  /// - Complexity: one pass over the rows, O(n (p² + Σ k (p + k))).
  public init(
    _ formula: Formula, data: DataTable, options: DesignOptions = DesignOptions()
  ) throws(MixedModelError) {
    let (design, learnt) = try ModelDesign.learning(
      formula: formula, data: data, options: options)
    var evaluator = learnt
    var system: EquationSystem?
    func check(_ layout: BlockLayout) throws(MixedModelError) {
      let analysed = EquationSystem(layout, design.logDeterminant)
      try options.checkMemory(of: design, analysed, data: data)
      system = analysed
    }
    if let crossProducts = try CrossProducts(design, from: &evaluator, check: check) {
      let (rows, constants) = (evaluator.rows, evaluator.constants)
      self.init(design, crossProducts, system: system) { () throws(MixedModelError) in
        var evaluator = ColumnEvaluator(rows: rows, constants: constants)
        return try design.rows(from: &evaluator, for: .fitting)
      }
      return
    }
    do {
      try options.checkMemory(of: design, data: data)
      let rows = try design.rows(from: &evaluator, for: .fitting)
      try rows.checkMagnitudes(design)
      try Self.checkIdentifiable(design, rows)
      let crossProducts = try CrossProducts(rows, check: check)
      self.init(design, crossProducts, system: system) { () throws(MixedModelError) in rows }
    } catch {
      // A covariate that has a level for nearly every row leaves too few of these.
      throw error.adding(design.schema.strayTextNotes(options: options))
    }
  }

  /// The problem of cross-products whose rows can be made when they are needed.
  /// - Parameter system: that of the same groups, if it is known.
  init(
    _ design: ModelDesign, _ crossProducts: CrossProducts, system known: EquationSystem? = nil,
    rows: @escaping DeferredRows.Source
  ) {
    self.design = design
    self.crossProducts = crossProducts
    deferredRows = DeferredRows(rows)
    system = Self.system(of: crossProducts.layout, design, known)
    covariance = RelativeCovarianceFactor(design.randomEffects)
  }

  /// The problem of rows whose design is known.
  /// - Parameters:
  ///   - system: that of rows of the same groups, if it is known.
  ///   - unitLimits: when covariates of random effects are held in other units than the data.
  /// - Throws: ``MixedModelError`` if no model of this form can be identified from the rows.
  init(
    _ design: ModelDesign, _ rows: DesignRows, system known: EquationSystem? = nil,
    unitLimits: EffectUnitLimits = .linear
  ) throws(MixedModelError) {
    self.design = design
    deferredRows = DeferredRows(rows)
    crossProducts = try CrossProducts(rows, unitLimits: unitLimits)
    system = Self.system(of: crossProducts.layout, design, known)
    covariance = RelativeCovarianceFactor(design.randomEffects)
  }

  private static func system(
    of layout: BlockLayout, _ design: ModelDesign, _ known: EquationSystem?
  ) -> EquationSystem {
    // Collinear columns may have made the border smaller.
    if let known, known.matrix.borderCount == layout.borderCount { return known }
    return EquationSystem(layout, design.logDeterminant)
  }

  /// How the log-determinant is found: as the options ask for, but exactly where no grouping factors
  /// are crossed.
  public var logDeterminant: LogDeterminantMethod {
    system.factor == nil ? design.logDeterminant : .exact
  }

  /// The analysis of the factor.
  /// - Throws: ``MixedModelError`` if the log-determinant is stochastic, so that there is no factor.
  package var layout: CholeskyLayout {
    get throws(MixedModelError) {
      guard let factor = system.factor else { throw .exactFactorNeeded() }
      return factor
    }
  }

  /// The same problem with another response, whose cross-products are given.
  init(_ problem: LinearProblem, response: [Double], crossProducts: CrossProducts) {
    design = problem.design
    deferredRows = DeferredRows(problem.rows.replacingResponse(response))
    self.crossProducts = crossProducts
    system = problem.system
    covariance = problem.covariance
  }

  /// The same problem in storage of its own but for the design and the rows, for another thread.
  func detached() -> LinearProblem {
    let rows = rows
    return LinearProblem(design, crossProducts.detached()) { rows }
  }

  /// Checks a response that shall take the place of the problem's own.
  /// - Throws: ``MixedModelError`` unless it has a finite value for each row used, of magnitudes
  ///   whose squares can be summed.
  func checkNewResponse(_ response: [Double], rowCount: Int) throws(MixedModelError) {
    guard response.count == rowCount else {
      throw .newResponseOfWrongLength(response.count, rowCount: rowCount)
    }
    var largest = 0.0
    for (row, value) in response.enumerated() {
      guard value.isFinite else { throw .newResponseNotFinite(value, rowNumber: row + 1) }
      if abs(value) > largest { largest = abs(value) }
    }
    try DesignRows.checkMagnitude(largest, design.responseName)
  }

  /// With one row per level and equal weights, the variance of a constant effect and the residual
  /// variance are one parameter.
  static func checkIdentifiable(
    _ design: ModelDesign, _ rows: DesignRows
  ) throws(MixedModelError) {
    let hasEqualWeights = rows.weights.map { Set($0).count == 1 } ?? true
    for (term, termRows) in zip(design.randomEffects, rows.terms) {
      guard termRows.levelCount == rows.observationCount, hasEqualWeights else { continue }
      for effect in 0..<termRows.dimension {
        let first = abs(termRows.values[effect])
        let isConstant = (0..<rows.rowCount).allSatisfy {
          abs(termRows.values[$0 * termRows.dimension + effect]) == first
        }
        if isConstant { throw .oneRowPerLevel(term, effect: effect, rowCount: rows.rowCount) }
      }
    }
  }
}

extension LinearProblem {
  /// The rows in numbers, made when they are first asked for.
  ///
  /// Those of a table can be made whenever the problem could. Those of a file that was streamed can be
  /// asked for once ``readRows()`` has read them.
  package var rows: DesignRows {
    do {
      return try deferredRows.made()
    } catch {
      preconditionFailure("rows that were not read in time: \(error)")
    }
  }

  /// Makes the rows, so that they are there when they are asked for.
  /// - Throws: ``MixedModelError`` if the file that they stand in has changed.
  package func readRows() throws(MixedModelError) { _ = try deferredRows.made() }

  /// The number of covariance parameters.
  public var covarianceParameterCount: Int { covariance.parameterCount }

  /// The parameters at which every term's relative covariance factor is the identity: where methods
  /// other than ``TrustRegionNewton`` start (`optsum.initial` in MixedModels.jl).
  public var identityParameters: [Double] { userParameters(covariance.identityParameters) }

  /// The criterion at any theta (`setθ!`, `updateL!` and `objective` in MixedModels.jl).
  /// - Parameter theta: as a model reports it; negative diagonal entries are allowed.
  /// - Throws: ``MixedModelError`` if theta has the wrong length or the criterion has no value there.
  public func objective(
    at theta: [Double], criterion: Criterion = .maximumLikelihood
  ) throws(MixedModelError) -> Double {
    guard theta.count == covariance.parameterCount else {
      throw .optionOfWrongLength(
        "theta", count: theta.count, parameterCount: covariance.parameterCount)
    }
    let parameters = internalParameters(theta)
    let value: Double
    if var objective = stochasticDeviance(criterion) {
      value = objective.value(at: parameters)
      if objective.leastSquares.needsMoreSteps { throw .tooManyKrylovSteps() }
    } else {
      var objective = try profiledDeviance(criterion)
      value = objective.value(at: parameters)
    }
    guard value < .infinity else { throw .undefinedCriterion(at: theta) }
    return value
  }

  /// The criterion with its exact gradient and the optimizer's model of its Hessian, at any theta.
  package func evaluation(
    at theta: [Double], criterion: Criterion = .maximumLikelihood
  ) throws(MixedModelError) -> ObjectivePoint {
    var point = ObjectivePoint(parameterCount: theta.count)
    if var objective = stochasticDeviance(criterion) {
      objective.evaluate(at: theta, into: &point)
    } else {
      var objective = try profiledDeviance(criterion)
      objective.evaluate(at: theta, into: &point)
    }
    return point
  }

  /// - Parameter residualVariance: the residual variance, in squared units of the response, if it is
  ///   known.
  package func profiledDeviance(
    _ criterion: Criterion, residualVariance: Double? = nil
  ) throws(MixedModelError) -> ProfiledDeviance {
    let scale = crossProducts.basis.responseScale
    return ProfiledDeviance(
      crossProducts, layout: try layout, covariance: covariance, criterion: criterion,
      fixedVariance: residualVariance.map { $0 / (scale * scale) })
  }

  /// The criterion with its stochastic log-determinant; `nil` if it is exact.
  func stochasticDeviance(_ criterion: Criterion) -> StochasticDeviance? {
    guard case .schurComplement(_, let probeCount, let seed) = system else { return nil }
    return StochasticDeviance(
      crossProducts, covariance: covariance, criterion: criterion, probeCount: probeCount,
      seed: seed)
  }
}

extension LinearProblem: ScaledProblem {
  package var effectUnits: [EffectUnits] { crossProducts.effectUnits }
}
