// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import ModelOptimization

extension SavedModel {
  /// The model as it was fitted, from the rows that it was fitted to: everything that the fit gave
  /// but the steps of the optimization, and all that needs the rows.
  ///
  /// Nothing is optimized: a linear model is evaluated at its theta, and a generalized one takes
  /// over its estimates.
  /// - Parameter data: the table that the model was fitted to; further columns do not matter.
  /// - Returns: a ``LinearMixedModel`` or a ``GeneralizedLinearMixedModel``.
  /// - Throws: ``MixedModelError`` if the data lack a column or their rows are not those of the fit;
  ///   it names the column.
  public func restored(from data: DataTable) throws(MixedModelError) -> any MixedModel {
    try check(data)
    let rows = try design.rows(of: data)
    switch fit {
    case .linear(let criterion):
      return try restored(LinearProblem(design, rows), criterion)
    case .generalized(let criterion, let information, let covarianceKind):
      let trials = try Trials.values(of: formula.response, in: data, family: family)
      let problem = try GeneralizedProblem(
        design: design, rows: rows, trials: trials, family: family, link: link,
        joinsRows: !criterion.isPseudoLikelihood)
      return GeneralizedLinearMixedModel(
        self, problem: problem, criterion: criterion, information: information,
        covarianceKind: covarianceKind)
    }
  }

  private func restored(
    _ problem: LinearProblem, _ criterion: Criterion
  ) throws(MixedModelError) -> LinearMixedModel {
    if let objective = problem.stochasticDeviance(criterion) {
      return try restored(problem, criterion, objective)
    }
    return try restored(problem, criterion, try problem.profiledDeviance(criterion))
  }

  private func restored<Objective: LinearCriterion>(
    _ problem: LinearProblem, _ criterion: Criterion, _ objective: consuming Objective
  ) throws(MixedModelError) -> LinearMixedModel {
    let parameters = problem.internalParameters(theta)
    guard let solution = objective.solution(at: parameters) else {
      throw .undefinedCriterion(at: theta)
    }
    return LinearMixedModel(
      problem: problem, criterion: criterion, internalTheta: parameters, solution: solution,
      objective: objective.objective(solution), certificate: certificate, fitReport: fitReport)
  }

  /// Refuses rows that are not those of the fit.
  private func check(_ data: DataTable) throws(MixedModelError) {
    for name in design.columnNames where data[name] == nil {
      throw .missingColumn(name, available: data.columnNames)
    }
    let rows = try CompleteRows(
      of: design.columnNames, in: data, frequencyWeights: design.frequencyWeights)
    guard rows.rowCount == design.rowCount else {
      throw .otherRowCount(
        rows.rowCount, fitted: design.rowCount, droppedRowCount: rows.droppedRowCount,
        source: source)
    }
    for (name, known) in zip(design.columnNames, columnDigests) {
      guard let column = rows[name], ColumnDigest(column, as: known.kind) == known else {
        throw .otherValues(in: name, source: source)
      }
    }
  }
}

extension GeneralizedLinearMixedModel {
  fileprivate init(
    _ saved: SavedModel, problem: GeneralizedProblem, criterion: GeneralizedCriterion,
    information: LaplaceInformation, covarianceKind: FixedEffectsCovarianceKind
  ) {
    self.problem = problem
    self.criterion = criterion
    self.information = information
    self.covarianceKind = covarianceKind
    jointCovarianceFailed = saved.findings.jointCovarianceFailed
    theta = saved.theta
    internalTheta = problem.internalParameters(saved.theta)
    objective = saved.objective
    dispersion = saved.dispersion ?? 1
    sizeParameter = saved.sizeParameter
    fixedEffects = saved.fixedEffects
    certificate = saved.certificate
    fitReport = saved.fitReport
    sphericalRandomEffects = problem.heldSphericalEffects(
      saved.randomEffects.map(\.sphericalRandomEffects), termFactors: saved.termFactors)
    linearPredictor = problem.rows.linearPredictor(
      saved.fixedEffects, randomEffects: saved.randomEffects)
  }
}

extension ModelDesign {
  /// The digest of each column in the rows of the fit.
  /// - Parameter rows: what the model was fitted to, which the table must give.
  /// - Throws: ``MixedModelError`` if the table gives other rows.
  func columnDigests(
    of data: DataTable, fittedTo rows: DesignRows
  ) throws(MixedModelError) -> [ColumnDigest] {
    guard try self.rows(of: data).isSame(as: rows) else { throw .notTheDataOfTheFit() }
    let complete = try CompleteRows(
      of: columnNames, in: data, frequencyWeights: frequencyWeights)
    var digests: [ColumnDigest] = []
    for name in columnNames {
      guard let column = complete[name], let digest = ColumnDigest(column, as: kind(ofColumn: name))
      else { throw .missingColumn(name, available: data.columnNames) }
      digests.append(digest)
    }
    return digests
  }
}

extension DesignRows {
  fileprivate func isSame(as other: DesignRows) -> Bool {
    response == other.response && weights == other.weights && frequencies == other.frequencies
      && offset == other.offset
      && fixedEffects == other.fixedEffects
      && zip(terms, other.terms).allSatisfy {
        $0.levelCodes == $1.levelCodes && $0.values == $1.values
      }
  }
}
