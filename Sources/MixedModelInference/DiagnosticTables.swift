// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting

extension MixedModel {
  /// The checks of the whole fit as tables: summary numbers, variance inflation, principal components
  /// of the random effects. What is not defined for the model is missing, and a note says why.
  /// - Parameters:
  ///   - simulations: the simulated responses of quantile residuals.
  ///   - seed: that of the simulation.
  /// - Throws: ``MixedModelError`` if the model does not hold its rows.
  public func diagnosticOverview(
    simulations: Int = 250, seed: UInt64 = 1
  ) throws(MixedModelError) -> [ResultTable] {
    var overview = ResultTable(
      "diagnostics", title: "Diagnostics",
      columns: [
        ResultTable.Column("key", "Quantity"), ResultTable.Column("value", "Value"),
        ResultTable.Column("pValue", "p", .probability),
      ])
    func add(_ name: String, _ value: Double?, _ pValue: Double? = nil) {
      overview.append([.text(name), ResultTable.Value(value), ResultTable.Value(pValue)])
    }
    func add(_ name: String, count: Int, _ pValue: Double? = nil) {
      overview.append([.text(name), .integer(count), ResultTable.Value(pValue)])
    }
    let leverages = try leverages()
    add("sum of leverages", leverages.reduce(0, +))
    add("largest leverage", leverages.max())
    add("largest Cook's distance", try cooksDistances().max())
    do {
      let variance = try varianceDecomposition()
      add("R-squared, marginal", variance.marginalRSquared)
      add("R-squared, conditional", variance.conditionalRSquared)
      add("intraclass correlation, adjusted", variance.adjustedIntraclassCorrelation)
      add("intraclass correlation, unadjusted", variance.unadjustedIntraclassCorrelation)
    } catch {
      overview.notes.append(error.description)
    }
    // Where these checks do not belong to the family there is nothing to tell.
    if let test = try? overdispersionTest() {
      add("overdispersion ratio (Pearson)", test.ratio, test.pValue)
    }
    if let zeros = try? zeroCount() {
      add("zeros, observed", count: zeros.observed)
      add("zeros, expected", zeros.expected)
    }
    do {
      if let residuals = try simulatedRanks(simulations, seed) {
        add(
          "quantile residuals, distance from uniform", residuals.uniformity.distance,
          residuals.uniformity.pValue)
        add(
          "quantile residuals, dispersion ratio", residuals.dispersion.ratio,
          residuals.dispersion.pValue)
        add(
          "quantile residuals, outliers", count: residuals.outliers.count,
          residuals.outlierPValue)
      }
    } catch {
      overview.notes.append(error.description)
    }
    return [overview] + inflationTables + [principalComponents]
  }

  /// A row for each row used: fitted value, residuals, leverage, Cook's distance and quantile residual.
  /// - Throws: ``MixedModelError`` if the model does not hold its rows.
  public func observationDiagnostics(
    simulations: Int = 250, seed: UInt64 = 1
  ) throws(MixedModelError) -> ResultTable {
    let rows = try rowBased("diagnostics of observations").designRows
    let leverages = try leverages()
    let distances = try cooksDistances()
    let pearson = pearsonResiduals ?? []
    let fitted = fittedMeans
    var table = ResultTable(
      "observations",
      columns: [
        ResultTable.Column("row", "Row"), ResultTable.Column("fitted", "Fitted"),
        ResultTable.Column("residual", "Residual"), ResultTable.Column("pearson", "Pearson"),
        ResultTable.Column("leverage", "Leverage"),
        ResultTable.Column("cooksDistance", "Cook's D"),
        ResultTable.Column("quantileResidual", "Quantile"),
      ])
    var quantiles: [Double]?
    do {
      quantiles = try simulatedRanks(simulations, seed)?.values
    } catch {
      table.notes.append(error.description)
    }
    for row in rows.response.indices {
      table.append([
        .integer(rows.tableRows[row] + 1), .number(fitted[row]),
        .number(rows.response[row] - fitted[row]), .number(pearson[row]),
        .number(leverages[row]), .number(distances[row]),
        ResultTable.Value(quantiles.map { $0[row] }),
      ])
    }
    return table
  }

  /// The fixed effects with a cluster-robust covariance matrix, as a table.
  /// - Throws: as ``clusterRobustCovariance(_:by:)`` does.
  public func robustTests(
    _ correction: ClusterCorrection, by clusters: RowGroups? = nil
  ) throws(MixedModelError) -> ResultTable {
    let covariance = try clusterRobustCovariance(correction, by: clusters)
    let tests = try FixedEffectsInference(
      fixedEffects: fixedEffects, reference: covariance.reference, model: self,
      testDescription: nil
    ).coefficientTable()
    var table = ResultTable(
      "robustTests",
      title: "Cluster-robust tests (\(correction.rawValue.uppercased())), "
        + "\(covariance.clusterCount) clusters of \(covariance.clusterName)",
      columns: [
        ResultTable.Column("name", "Coefficient"), ResultTable.Column("estimate", "Estimate"),
        ResultTable.Column("standardError", "Std. Error"), ResultTable.Column("statistic", "t"),
        ResultTable.Column("df", "df"), ResultTable.Column("pValue", "p", .probability),
      ])
    for row in tests.rows {
      table.append(
        [.text(row.name)]
          + [row.estimate, row.standardError, row.statistic, row.degreesOfFreedom, row.pValue]
          .map { ResultTable.Value($0) })
    }
    return table
  }

  private func simulatedRanks(
    _ simulations: Int, _ seed: UInt64
  ) throws(MixedModelError) -> QuantileResiduals? {
    guard let model = self as? any Resimulatable else { return nil }
    return try model.quantileResiduals(simulations: simulations, seed: seed)
  }

  private var fittedMeans: [Double] {
    if let model = self as? LinearMixedModel { return model.fittedValues() }
    return (self as? GeneralizedLinearMixedModel)?.fittedValues() ?? []
  }

  /// Empty where there are fewer than two terms to compare.
  private var inflationTables: [ResultTable] {
    guard let inflation = try? varianceInflation() else { return [] }
    var table = ResultTable(
      "varianceInflation", title: "Variance inflation",
      columns: [
        ResultTable.Column("term", "Term"), ResultTable.Column("df", "df"),
        ResultTable.Column("factor", "GVIF"),
        ResultTable.Column("standardErrorFactor", "GVIF^(1/2df)"),
      ])
    for entry in inflation {
      table.append([
        .text(entry.term), .integer(entry.degreesOfFreedom), .number(entry.factor),
        .number(entry.standardErrorFactor),
      ])
    }
    return [table]
  }

  private var principalComponents: ResultTable {
    var table = ResultTable(
      "principalComponents", title: "Principal components of the random effects (correlations)",
      columns: [
        ResultTable.Column("group", "Group"), ResultTable.Column("component", "Component"),
        ResultTable.Column("proportion", "Proportion"),
        ResultTable.Column("cumulative", "Cumulative"),
      ])
    for group in randomEffectsPCA.groups {
      let components = group.correlationScale
      for (index, share) in components.varianceProportions.enumerated() {
        table.append([
          .text(group.groupingFactor), .integer(index + 1), .number(share),
          .number(components.cumulativeProportions[index]),
        ])
      }
    }
    return table
  }
}
